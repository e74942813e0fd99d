"""The limits of a run, held at the one place that every request goes through."""

from __future__ import annotations

import _thread
import ctypes
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

from conformance.cases.generated import BudgetSpent
from conformance.model.message import NoResponse, Request, Response
from conformance.model.ports import Responder
from conformance.run import pulse

GRACE = 0.7
"""Seconds that a request on its way may take after the end of the time, or after the run was stopped."""
_LOOK = 0.1


@runtime_checkable
class _Breakable(Protocol):
    """A responder whose requests can be broken off from another thread."""

    def abort(self) -> None: ...


@runtime_checkable
class _Indebted(Protocol):
    """A responder that will have to send more at the end, to delete what was made; ``None`` when it need not."""

    @property
    def owed(self) -> int | None: ...


class ShareSpent(BudgetSpent):
    """What a part of a run may send is sent; another part may go on."""


class Limited:
    """A responder that sends no more than it may: so many requests, until a moment, and while the run is not stopped.

    Args:
        inner: what answers.
        max_requests: how many may be sent, ``None`` for any number.
        deadline: when to stop, in seconds since the epoch.

    ``sent`` is how many were sent; ``reserve`` of those that may be are kept for later.
    """

    _until: int | None = None

    def __init__(self, inner: Responder, *, max_requests: int | None = None, deadline: float | None = None) -> None:
        self._inner, self._max_requests, self._deadline = inner, max_requests, deadline
        self._broken_off = False
        self.sent = 0
        self.reserve = 0

    def over(self) -> str:
        """Why nothing more may be sent; empty while something may."""
        if pulse.stopped():
            return "the run was stopped"
        if self._deadline is not None and time.time() >= self._deadline:
            return "the time is over"
        if self._max_requests is not None and self.sent + self.reserve + (self.owed or 0) >= self._max_requests:
            return "the request budget is spent"
        return ""

    def left(self) -> int | None:
        """How many requests may still be sent, in the share that is open where one is; ``None`` for any number."""
        if self._max_requests is None:
            return None
        least = self._max_requests - self.reserve - (self.owed or 0)
        return max(0, min(least, self._until if self._until is not None else least) - self.sent)

    @contextmanager
    def share(self, part: float) -> Iterator[None]:
        """While this is open, no more is sent than a part of what may be now; ends quietly when that is spent.

        Args:
            part: from 0 to 1, of what is left.
        """
        left = self.left()
        self._until = None if left is None else self.sent + max(1, round(left * part))
        try:
            yield
        except ShareSpent:
            pass
        finally:
            self._until = None

    @property
    def owed(self) -> int | None:
        """How many requests will be needed to delete what was made; ``None`` where nobody insists on that."""
        return self._inner.owed if isinstance(self._inner, _Indebted) else None

    def _is_too_dear(self, request: Request) -> bool:
        """Whether nothing would be left to delete what a request may make."""
        owed = self.owed if self._max_requests is not None and request.method in {"POST", "PUT"} else None
        return owed is not None and self.sent + owed + 2 > (self._max_requests or 0)

    def respond(self, request: Request) -> Response | NoResponse:
        """The answer.

        Raises:
            BudgetSpent: instead of sending more than may be sent, or when the request had to be broken off.
        """
        reason = self.over()
        if reason or self._is_too_dear(request):
            raise BudgetSpent(reason or "the request budget is spent")
        if self._until is not None and self.sent >= self._until:
            raise ShareSpent("the share of the request budget is spent")
        self.sent += 1
        answer = self._inner.respond(request)
        if isinstance(answer, NoResponse) and answer.kind == "unsent":
            self.sent -= 1
            return answer
        # Silence that we made ourselves is no fault of the service.
        if self._broken_off and isinstance(answer, NoResponse):
            raise BudgetSpent(self.over())
        return answer

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While this is open, what outlasts the limits by ``GRACE`` seconds is broken off: a request, or its making.

        Raises:
            BudgetSpent: in the thread that has opened it, wherever it was.
        """
        watch = _Watch(self, whom=threading.current_thread())
        thread = threading.Thread(target=watch.run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            watch.end()

    def is_late(self) -> bool:
        """Whether a limit is passed that holds for what is under way too."""
        return pulse.stopped() or (self._deadline is not None and time.time() >= self._deadline)

    def break_off(self) -> None:
        """End the request that is under way, if the responder can."""
        self._broken_off = True
        if isinstance(self._inner, _Breakable):
            self._inner.abort()


class _Watch:
    """Looks at the clock and the pulse from a thread of its own."""

    def __init__(self, limited: Limited, *, whom: threading.Thread) -> None:
        self._limited, self._whom, self._in_main = limited, whom, whom is threading.main_thread()
        self._ended = threading.Event()
        self._lock = threading.Lock()

    def end(self) -> None:
        """Say nothing more, and take back what has not been heard."""
        with self._lock:
            self._ended.set()
        if self._in_main:
            # Python's own handler takes a word for Ctrl-C, and leaves it standing.
            _breaks.clear()
        else:
            _raise_in(self._whom, None)

    def run(self) -> None:
        while not self._ended.wait(_LOOK):
            if self._limited.is_late():
                if not self._ended.wait(GRACE):
                    self._limited.break_off()
                    self._interrupt()
                return

    def _interrupt(self) -> None:
        # A request that is broken off ends by itself; the making of a case may take many seconds more.
        if self._ended.wait(_LOOK):
            return
        with self._lock:
            if self._ended.is_set():
                return
            if self._in_main:
                _breaks.set()
                _interrupt_main()
            else:
                _raise_in(self._whom, BudgetSpent)


def _raise_in(thread: threading.Thread, what: type[BaseException] | None) -> None:
    """Raise something in a thread when it next does anything in Python; ``None`` takes it back."""
    set_in_thread = ctypes.pythonapi.PyThreadState_SetAsyncExc
    set_in_thread(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(what) if what is not None else None)


def _interrupt_main() -> None:
    ident = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and ident is not None:
        # A true signal ends a wait too.
        signal.pthread_kill(ident, signal.SIGINT)
    else:  # Windows
        _thread.interrupt_main()


_breaks = threading.Event()


def on_interrupt() -> bool:
    """For a handler of SIGINT: whether it came from a watch, which means no more than ``BudgetSpent``."""
    if not _breaks.is_set():
        return False
    _breaks.clear()
    return True


def worker_handler(_signal: int, _frame: object) -> None:
    """The handler of SIGINT in a worker process: Ctrl-C is the parent's affair, a watch's word is not."""
    if on_interrupt():
        raise BudgetSpent("broken off")

"""The limits of a run, held at the one place that every request goes through."""

from __future__ import annotations

import _thread
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


class Limited:
    """A responder that sends no more than it may: so many requests, until a moment, and while the run is not stopped.

    Args:
        inner: what answers.
        max_requests: how many may be sent, ``None`` for any number.
        deadline: when to stop, in seconds since the epoch.

    ``sent`` is how many were sent; ``reserve`` of those that may be are kept for later.
    """

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
        """How many requests may still be sent, ``None`` for any number."""
        if self._max_requests is None:
            return None
        return max(0, self._max_requests - self.sent - self.reserve - (self.owed or 0))

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
            BudgetSpent: in the main thread, wherever it was.
        """
        watch = _Watch(self, in_main=threading.current_thread() is threading.main_thread())
        thread = threading.Thread(target=watch.run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            watch.end()
            # Python's own handler takes a word for Ctrl-C, and leaves it standing.
            _breaks.clear()

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

    def __init__(self, limited: Limited, *, in_main: bool) -> None:
        self._limited, self._in_main = limited, in_main
        self._ended = threading.Event()
        self._lock = threading.Lock()

    def end(self) -> None:
        with self._lock:
            self._ended.set()

    def run(self) -> None:
        while not self._ended.wait(_LOOK):
            if self._limited.is_late():
                if not self._ended.wait(GRACE):
                    self._limited.break_off()
                    self._interrupt()
                return

    def _interrupt(self) -> None:
        # A request that is broken off ends by itself; the making of a case may take many seconds more.
        if self._in_main and not self._ended.wait(_LOOK):
            with self._lock:
                if not self._ended.is_set():
                    _breaks.set()
                    _interrupt_main()


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

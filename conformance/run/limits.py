"""The limits of a run, held at the one place that every request goes through."""

from __future__ import annotations

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


class Limited:
    """A responder that sends no more than it may: so many requests, until a moment, and while the run is not stopped.

    Args:
        inner: what answers.
        max_requests: how many may be sent, ``None`` for any number.
        deadline: when to stop, in seconds since the epoch.
    """

    def __init__(self, inner: Responder, *, max_requests: int | None = None, deadline: float | None = None) -> None:
        self._inner, self._max_requests, self._deadline = inner, max_requests, deadline
        self._broken_off = False
        self.sent = 0

    def over(self) -> str:
        """Why nothing more may be sent; empty while something may."""
        if pulse.stopped():
            return "the run was stopped"
        if self._deadline is not None and time.time() >= self._deadline:
            return "the time is over"
        if self._max_requests is not None and self.sent >= self._max_requests:
            return "the request budget is spent"
        return ""

    def respond(self, request: Request) -> Response | NoResponse:
        """The answer.

        Raises:
            BudgetSpent: instead of sending more than may be sent, or when the request had to be broken off.
        """
        reason = self.over()
        if reason:
            raise BudgetSpent(reason)
        self.sent += 1
        answer = self._inner.respond(request)
        # Silence that we made ourselves is no fault of the service.
        if self._broken_off and isinstance(answer, NoResponse):
            raise BudgetSpent(self.over())
        return answer

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While this is open, a request that outlasts the limits by ``GRACE`` seconds is broken off."""
        if not isinstance(self._inner, _Breakable):
            yield
            return
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(self._inner, ended), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def _watch(self, inner: _Breakable, ended: threading.Event) -> None:
        while not ended.wait(_LOOK):
            if pulse.stopped() or (self._deadline is not None and time.time() >= self._deadline):
                if not ended.wait(GRACE):
                    self._broken_off = True
                    inner.abort()
                return

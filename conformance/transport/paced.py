"""A responder that comes again no sooner than the service asks: 429 with Retry-After holds back whoever shares the pace."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from conformance.model.message import NoResponse, Request, Response
from conformance.model.ports import Responder

LONGEST = 60.0
"""Seconds that are waited at most, whatever the service says."""

_USUAL = 1.0
_PATIENCE = 3
_STEP = 0.05
_VARIES = re.compile(r"/[^/?]*[0-9%][^/?]*")


class Pace:
    """When the next request may leave. Share one between all that speak to a service, in whatever thread.

    A place that refuses again and again, however long it was waited for, has another reason; it is not heeded any more until
    it answers otherwise.

    Args:
        clock: seconds since any moment.
        now: seconds since 1970, which dates in Retry-After are held against.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time) -> None:
        self._clock, self._now = clock, now
        self._lock = threading.Lock()
        self._until = 0.0
        self._refusals: dict[str, int] = {}

    def left(self) -> float:
        """Seconds until the next request may leave."""
        return max(0.0, self._until - self._clock())

    def heed(self, request: Request, answer: Response | NoResponse) -> None:
        """Take in what the service answered."""
        if not isinstance(answer, Response):
            return
        if answer.status != 429 and not self._refusals:
            return
        place = f"{request.method} {_VARIES.sub('/*', request.parts().path)}"
        with self._lock:
            if answer.status != 429:
                self._refusals.pop(place, None)
                return
            count = self._refusals[place] = self._refusals.get(place, 0) + 1
            if count <= _PATIENCE:
                self._until = max(self._until, self._clock() + min(self._asked(answer), LONGEST))

    def _asked(self, answer: Response) -> float:
        """The seconds that an answer asks for (RFC 9110 section 10.2.3)."""
        text = (answer.header("retry-after") or "").strip()
        if text.isdecimal():
            return float(text)
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - self._now())
        except (ValueError, OverflowError):
            return _USUAL


class Paced:
    """Sends what ``inner`` sends, at the pace that it shares with others."""

    def __init__(self, inner: Responder, pace: Pace) -> None:
        self._inner, self._pace = inner, pace
        self._aborted = threading.Event()

    def respond(self, request: Request) -> Response | NoResponse:
        """The answer, as soon as it may be asked for."""
        while (left := self._pace.left()) > 0:
            if self._aborted.wait(min(left, _STEP)):
                return NoResponse(kind="unsent", reason="broken off while the service had asked to wait")
        answer = self._inner.respond(request)
        self._pace.heed(request, answer)
        return answer

    def abort(self) -> None:
        """Break off what is under way in other threads."""
        self._aborted.set()
        abort = getattr(self._inner, "abort", None)
        if abort is not None:
            abort()

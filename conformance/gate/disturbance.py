"""A sandbox that is busy or fails now and then, so that a client shows how it tries again."""

from __future__ import annotations

import json
from typing import Final

from conformance.model.message import NoResponse, Request, Response
from conformance.sandbox.turn import Conduct, Turn

MARK: Final = "x-conformance-disturbance"
"""The header of an answer that was made to disturb, so that nobody holds it against the sandbox."""

_KINDS = ((429, "Too Many Requests", True), (503, "Service Unavailable", True), (502, "Bad Gateway", False))
"""Statuses, and whether they come with Retry-After. After the last, nobody knows whether the request was done."""
_MOST = 65_536


class Disturbing(Conduct):
    """Answers 429, 503 and 502 in turns, once for every so many requests, and never the same request twice.

    Args:
        every: one request of so many is disturbed.
        wait: seconds that Retry-After asks for.
    """

    def __init__(self, every: int, *, wait: int = 1) -> None:
        self._every, self._wait = every, wait
        self._count = self._disturbed = 0
        self._known: set[tuple[str, str, bytes]] = set()

    def arrival(self, turn: Turn) -> Request | Response | NoResponse:
        """The request, or a refusal in its place."""
        request = turn.request
        place = (request.method, request.url, request.body)
        if turn.operation is None or place in self._known:
            return request
        self._count += 1
        if self._count % self._every:
            return request
        if len(self._known) < _MOST:
            self._known.add(place)
        status, title, tells = _KINDS[self._disturbed % len(_KINDS)]
        self._disturbed += 1
        wait = (("retry-after", str(self._wait)),) if tells else ()
        headers = (("content-type", "application/problem+json"), *wait, (MARK, str(status)))
        body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": "asked for by --disturb"})
        return Response(status=status, headers=headers, body=body.encode())

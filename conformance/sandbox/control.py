"""A sandbox with a few paths beside the document's own, by which tests put it in order.

GET  /__sandbox             what is served, and what is broken
POST /__sandbox/reset       forget the session that the header X-Sandbox-Session names, or everything without it
GET  /__sandbox/snapshot    everything that the session remembers
PUT  /__sandbox/snapshot    put the session back to that
POST /__sandbox/clock       {"advance": 60} moves its time on by so many seconds
GET  /__sandbox/deliveries  the events that were sent, or were not and why
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from conformance.model.message import NoResponse, Request, Response
from conformance.sandbox.responder import Sandbox
from conformance.sandbox.sessions import HEADER

PREFIX = "/__sandbox"


class Clock:
    """A clock that can be moved on. ``now`` gives seconds since 1970."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self._ahead = now, 0.0

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self._now() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds."""
        self._ahead += seconds


class Controlled:
    """A responder: the sandbox, and the paths that control it."""

    def __init__(self, sandbox: Sandbox, clock: Clock, *, deliveries: Callable[[], list[dict[str, Any]]] = list) -> None:
        """``deliveries`` lists what became of the events that the sandbox sent."""
        self._sandbox, self._clock, self._deliveries = sandbox, clock, deliveries
        self._actions = {
            ("GET", ""): self._about, ("POST", "/reset"): self._reset, ("GET", "/snapshot"): self._snapshot,
            ("PUT", "/snapshot"): self._restore, ("POST", "/clock"): self._advance, ("GET", "/deliveries"): self._sent,
        }  # fmt: skip

    def respond(self, request: Request) -> Response | NoResponse:
        """The sandbox's answer, or what became of a control request: 204, or JSON."""
        if PREFIX not in request.url:
            return self._sandbox.respond(request)
        path = request.parts().path.rstrip("/")
        if path != PREFIX and not path.startswith(f"{PREFIX}/"):
            return self._sandbox.respond(request)
        path = path.removeprefix(PREFIX)
        action = self._actions.get((request.method, path))
        if action is not None:
            return action(request)
        allowed = ", ".join(method for method, known in self._actions if known == path)
        if allowed:
            return _json(405, {"detail": f"this takes {allowed}"}, ("allow", allowed))
        return _json(404, {"detail": "there are " + ", ".join(f"{method} {PREFIX}{known}" for method, known in self._actions)})

    def _about(self, _: Request) -> Response:
        operations = self._sandbox.document.operations
        return _json(200, {"title": self._sandbox.document.title, "state": self._sandbox.state, "operations": len(operations),
                           "broken": dict(self._sandbox.broken)})  # fmt: skip

    def _reset(self, request: Request) -> Response:
        self._sandbox.reset(request.header(HEADER))
        return Response(status=204)

    def _snapshot(self, request: Request) -> Response:
        return _json(200, self._sandbox.snapshot(request.header(HEADER) or ""))

    def _restore(self, request: Request) -> Response:
        try:
            self._sandbox.restore(json.loads(request.body), request.header(HEADER) or "")
        except ValueError as raised:
            return _json(422, {"detail": str(raised)})
        return Response(status=204)

    def _advance(self, request: Request) -> Response:
        try:
            seconds = float(json.loads(request.body)["advance"])
        except (ValueError, KeyError, TypeError, OverflowError):
            seconds = math.nan
        if not 0 <= seconds <= 1e9:
            return _json(422, {"detail": 'send {"advance": SECONDS}, a number from 0 to 1000000000'})
        self._clock.advance(seconds)
        return Response(status=204)

    def _sent(self, _: Request) -> Response:
        return _json(200, self._deliveries())


def _json(status: int, value: Any, *headers: tuple[str, str]) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Response(status=status, headers=(("content-type", "application/json"), *headers), body=body)

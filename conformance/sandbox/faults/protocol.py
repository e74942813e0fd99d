"""Faults of HTTP itself: what it asks for is missing, and connections that end badly."""

from __future__ import annotations

from dataclasses import replace

from conformance.model.message import NoResponse, Response
from conformance.sandbox.faults.fault import Family, Fault, Scene
from conformance.sandbox.faults.ground import Site
from conformance.sandbox.faults.spoiling import with_header
from conformance.sandbox.roles import Role
from conformance.sandbox.turn import Turn

SLOW = 6.0
"""Seconds that a slow answer takes."""

_PATIENCE = 5

_SHARE = 1 / 3


def _without_allow(turn: Turn, response: Response, scene: Scene) -> Response:
    return with_header(response, "allow", None) if response.status == 405 else response


def _wrong_allow(turn: Turn, response: Response, scene: Scene) -> Response:
    return with_header(response, "allow", turn.request.method.upper()) if response.status == 405 else response


def _takes_any_method(turn: Turn, response: Response, scene: Scene) -> Response:
    if response.status != 405 or turn.request.method.upper() in {"OPTIONS", "HEAD"}:
        return response
    return Response(status=200, headers=(("content-type", "application/json"),), body=b"{}")


def _without_challenge(turn: Turn, response: Response, scene: Scene) -> Response:
    return with_header(response, "www-authenticate", None) if response.status == 401 else response


def _bad_location(turn: Turn, response: Response, scene: Scene) -> Response:
    if response.status not in {201, 202}:
        return response
    base = turn.request.url.partition("?")[0].rstrip("/")
    return with_header(response, "location", f"{base}/not-here/{turn.number}")


def _limited(turn: Turn, scene: Scene) -> Response | None:
    if scene.chance("limited", turn.number) >= _SHARE:
        return None
    return Response(status=429, headers=(("content-type", "text/plain; charset=utf-8"),), body=b"Too Many Requests")


def _reset(turn: Turn, response: Response, scene: Scene) -> NoResponse:
    return NoResponse(kind="reset", reason="the server closed the connection without an answer")


def _short(turn: Turn, response: Response, scene: Scene) -> Response | NoResponse:
    if len(response.body) < 2 or turn.request.method.upper() == "HEAD":
        return response
    told = with_header(response, "content-length", str(len(response.body)))
    begun = replace(told, body=response.body[: len(response.body) // 2])
    return NoResponse(kind="reset", reason="the server closed the connection in the middle of its answer", begun=begun)


def _slow(turn: Turn, response: Response, scene: Scene) -> Response:
    return replace(response, elapsed=response.elapsed + SLOW)


def _is_to_be_quick(site: Site) -> bool:
    """A background operation may take as long."""
    return site.operation.extensions.get("x-latency-category") != "background"


def _everywhere(site: Site) -> bool:
    return True


def _has_body(site: Site) -> bool:
    return any(spec.content for status, spec in site.operation.responses.items() if status[:1] == "2" or status == "default")


FAULTS = (
    Fault(id="protocol-allow-missing", family=Family.PROTOCOL, promise="405 lists the methods that there are in Allow.",
          checks=("allow-missing",), applies=_everywhere, departure=_without_allow, aside=True),
    Fault(id="protocol-allow-wrong", family=Family.PROTOCOL, promise="Allow does not list the method that was refused.",
          checks=("allow-missing",), applies=_everywhere, departure=_wrong_allow, aside=True),
    Fault(id="protocol-method-accepted", family=Family.PROTOCOL, promise="A method that the path does not have is refused.",
          checks=("method-undeclared",), applies=_everywhere, departure=_takes_any_method, aside=True),
    Fault(id="protocol-challenge-missing", family=Family.PROTOCOL, promise="401 says how to authenticate.",
          checks=("auth-challenge-missing",), applies=lambda site: site.operation.needs_auth, departure=_without_challenge),
    Fault(id="protocol-location-wrong", family=Family.PROTOCOL, promise="Location leads to what was created.",
          checks=("location-wrong",), departure=_bad_location,
          applies=lambda site: site.plan.role is Role.CREATE and bool({"201", "202"} & set(site.operation.responses))),
    Fault(id="protocol-retry-after-missing", family=Family.PROTOCOL, promise="429 says when to come again.",
          checks=("retry-after-missing",), applies=_everywhere, arrival=_limited),
    Fault(id="protocol-reset", family=Family.PROTOCOL, promise="Every request is answered.",
          checks=("no-response",), applies=_everywhere, departure=_reset),
    Fault(id="protocol-body-short", family=Family.PROTOCOL, promise="A body is as long as Content-Length says.",
          checks=("no-response",), applies=_has_body, departure=_short),
    Fault(id="protocol-slow", family=Family.PROTOCOL, promise=f"An answer takes less than {_PATIENCE} seconds.",
          checks=("latency-exceeded",), applies=_is_to_be_quick, departure=_slow),
)  # fmt: skip

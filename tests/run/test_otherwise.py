"""What is said of a GET that is asked for by HEAD and on conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.model.message import NoResponse, Request, Response
from conformance.model.record import Case, Exchange, Intent
from conformance.run.otherwise import NO_TAG, otherwise

FULL = Response(status=200, headers=(("Content-Type", "application/json"), ("ETag", '"1"'), ("Content-Length", "2")), body=b"{}")
PLAIN = Response(status=200, headers=(("Content-Type", "application/json"),), body=b"{}")
Answer = Callable[[Request], Response | NoResponse]


def good(request: Request) -> Response | NoResponse:
    """What keeps every promise of HTTP."""
    if request.header("if-none-match") == '"1"':
        return Response(status=304)
    return replace(FULL, body=b"") if request.method == "HEAD" else FULL


def but(method: str, answer: Response | NoResponse, *, on: str | None = None) -> Answer:
    return lambda request: answer if (request.method, request.header("if-none-match")) == (method, on) else good(request)


def said(answer: Answer) -> list[str]:
    def send(request: Request, why: str) -> Exchange:
        case = Case(id="1", operation="GET /a", stage="fuzz", phase="coverage", intent=Intent.PROBE, description=why)
        return Exchange(request=request, response=answer(request), case=case, operation="GET /a")

    return [check for check, _, _ in otherwise(Request(method="GET", url="http://api/a"), send)]


def changing() -> Answer:
    lengths = iter(range(1, 9))
    return lambda request: replace(PLAIN, body=b"x" * next(lengths)) if request.method == "GET" else Response(
        status=200, headers=(("content-length", "1"),))  # fmt: skip


@pytest.mark.parametrize("answer", [
    good,
    lambda _request: Response(status=404),
    lambda _request: PLAIN if _request.method == "GET" else replace(PLAIN, body=b""),
    but("HEAD", Response(status=405)), but("HEAD", Response(status=501)), but("HEAD", NoResponse(kind="reset", reason="gone")),
    but("HEAD", Response(status=200)),
    but("HEAD", Response(status=200, headers=(("content-length", "1"), ("content-encoding", "gzip")))),
    but("GET", replace(FULL, headers=(("ETag", '"2"'),)), on='"1"'),
    changing(),
])  # fmt: skip
def test_a_good_service_is_not_accused(answer: Answer) -> None:
    assert said(answer) == []


@pytest.mark.parametrize(("answer", "check"), [
    (but("HEAD", Response(status=404)), "head-refused"),
    (but("HEAD", FULL), "head-differs"),
    (but("HEAD", Response(status=200, headers=(("Content-Type", "text/html"),))), "head-differs"),
    (but("HEAD", Response(status=200, headers=(("Content-Length", "0"),))), "head-differs"),
    (but("GET", FULL, on='"1"'), "condition-ignored"),
    (but("GET", Response(status=304), on=NO_TAG), "condition-wrong"),
])  # fmt: skip
def test_what_differs_is_said(answer: Answer, check: str) -> None:
    assert said(answer) == [check]

"""Requests that keep every rule, and are refused for what they name and only the service knows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.model.message import Request, Response
from conformance.model.record import Case, Exchange, Intent
from conformance.run.judge import Judge


def ids(judge: Judge, method: str, path: str, status: int, says: bytes = b"", sent: Any = None) -> list[str]:
    asked = (("Content-Type", "application/json"),) if sent is not None else ()
    request = Request(
        method=method, url=f"http://api{path}", headers=asked, body=json.dumps(sent).encode() if sent is not None else b""
    )
    case = Case(id="1", operation=f"{method} {path}", stage="fuzz", phase="coverage", intent=Intent.POSITIVE)
    exchange = Exchange(
        request=request, response=Response(status=status, headers=(), body=says), case=case, operation=case.operation
    )
    return sorted(found.id for found in judge(exchange).observation.findings)


@pytest.mark.parametrize(
    ("responses", "says", "found"),
    [
        ({"200": {"description": "one"}, "400": {"description": "wrong"}}, "Pet not found", []),
        ({"200": {"description": "one"}, "400": {"description": "wrong"}}, "limit is too large", ["valid-refused"]),
        ({"200": {"description": "one"}, "400": {"description": "wrong"}, "404": {"description": "none"}}, "Pet not found",
         ["valid-refused"]),
    ],
)  # fmt: skip
def test_an_unknown_id_may_be_called_invalid_where_nothing_else_can_be_said(
    make_document: Any, responses: dict[str, Any], says: str, found: list[str]
) -> None:
    named = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    judge = Judge(make_document({"/pets/{id}": {"get": {"parameters": named, "responses": responses}}}), base_url="http://api/")
    assert ids(judge, "GET", "/pets/a", 400, says.encode()) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [("cursor", []), ("page[after]", []), ("pageToken", []), ("search", ["valid-refused"]), ("after_hours", ["valid-refused"])],
)
def test_a_cursor_that_the_service_never_gave_out_may_be_refused(make_document: Any, name: str, found: list[str]) -> None:
    get = {"parameters": [{"name": name, "in": "query", "schema": {"type": "string"}}],
           "responses": {"200": {"description": "some"}, "400": {"description": "wrong"}}}  # fmt: skip
    judge = Judge(make_document({"/pets": {"get": get}}), base_url="http://api/")
    assert ids(judge, "GET", f"/pets?{name}=abc", 400) == found


BODY = {
    "type": "object",
    "properties": {"owner_id": {"type": "string"}, "name": {"type": "string"}, "parts": {"type": "array", "items": {
        "type": "object", "properties": {"partId": {"type": "string"}}}}},
}  # fmt: skip
REFUSED = ["valid-refused"]


@pytest.mark.parametrize(
    ("sent", "says", "found"),
    [
        ({"owner_id": "a"}, b"", []),
        ({"owner_id": "a"}, b"Owner does not exist", []),
        ({"owner_id": "a"}, b'{"source": {"pointer": "/owner_id"}}', []),
        ({"parts": [{"partId": "a"}]}, b"partId: no such part", []),
        ({"owner_id": "a", "name": "b"}, b"name is too long", REFUSED),
        ({"owner_id": "a"}, b"my_owner_ids are wrong", REFUSED),
        ({"owner_id": ""}, b"", REFUSED),
        ({"name": "b"}, b"", REFUSED),
        ({"name": "b"}, b"no such name", REFUSED),
    ],
)
def test_what_a_request_refers_to_may_not_exist(make_document: Any, sent: Any, says: bytes, found: list[str]) -> None:
    responses = {"201": {"description": "made"}, "422": {"description": "wrong"}}
    post = {"requestBody": {"content": {"application/json": {"schema": BODY}}}, "responses": responses}
    judge = Judge(make_document({"/pets": {"post": post}}), base_url="http://api/")
    assert ids(judge, "POST", "/pets", 422, says, sent) == found

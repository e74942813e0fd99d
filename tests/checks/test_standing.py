"""Refusals of what keeps every rule: those that speak of what no document can say, and those that do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.model.message import Request, Response
from conformance.model.record import Case, Exchange, Intent
from conformance.run.judge import Judge

BODY = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("name", "email", "phone", "start_time", "endTime", "status")},
}
TAKES = {"requestBody": {"content": {"application/json": {"schema": BODY}}},
         "responses": {"200": {"description": "done"}, "422": {"description": "no", "content": {"application/json": {}}}}}  # fmt: skip
QUERY = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in ("from", "until")]
LIST = {"parameters": QUERY, "responses": TAKES["responses"]}
NAMED = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]


@pytest.fixture
def judge(make_document: Any) -> Judge:
    paths = {"/pets": {"post": TAKES, "get": LIST}, "/pets/{id}": {"parameters": NAMED, "patch": TAKES, "put": TAKES}}
    return Judge(make_document(paths), base_url="http://api/")


def refused(judge: Judge, method: str, path: str, says: Any) -> bool:
    asked = (("Content-Type", "application/json"),) if method != "GET" else ()
    request = Request(method=method, url=f"http://api{path}", headers=asked, body=b'{"name": "a"}' if asked else b"")
    response = Response(status=422, headers=(("Content-Type", "application/json"),), body=json.dumps(says).encode())
    case = Case(id="1", operation=f"{method} {path}", stage="fuzz", phase="coverage", intent=Intent.POSITIVE)
    found = judge(Exchange(request=request, response=response, case=case, operation=case.operation)).observation.findings
    return "valid-refused" in {finding.id for finding in found}


@pytest.mark.parametrize(
    ("method", "path", "says"),
    [
        ("POST", "/pets", {"title": "name has already been taken"}),
        ("POST", "/pets", {"errors": [{"detail": "Name must be unique."}]}),
        ("POST", "/pets", "The quota of 5 pets is used up"),
        ("PATCH", "/pets/a", {"errors": ["name is immutable"]}),
        ("PUT", "/pets/a", {"errors": {"name": ["cannot be changed"]}}),
        ("PATCH", "/pets/a", {"title": "not in its current state"}),
        ("POST", "/pets", {"title": "email and phone go together"}),
        ("POST", "/pets", {"errors": [{"detail": "'endTime' has to be after the start time"}]}),
        ("GET", "/pets", {"errors": [{"detail": "'until' must be later than 'from'"}]}),
    ],
)
def test_a_refusal_may_be_about_what_no_document_can_say(judge: Judge, method: str, path: str, says: Any) -> None:
    assert not refused(judge, method, path, says)


@pytest.mark.parametrize(
    ("method", "path", "says"),
    [
        ("POST", "/pets", {"title": "Invalid", "detail": "Refused"}),
        ("POST", "/pets", {}),
        ("POST", "/pets", {"errors": ["name is immutable"]}),
        ("POST", "/pets", {"errors": ["name is longer than allowed"]}),
        ("POST", "/pets", {"errors": [{"detail": "is invalid", "field": "email"}, {"detail": "is invalid", "field": "phone"}]}),
        ("POST", "/pets", {"errors": ["if there is a name, it is to be ASCII"]}),
        ("POST", "/pets", {"errors": ["name and email are invalid"]}),
        ("GET", "/pets", {"errors": ["already"]}),
    ],
)
def test_a_refusal_that_speaks_of_the_request_alone_is_one(judge: Judge, method: str, path: str, says: Any) -> None:
    assert refused(judge, method, path, says)

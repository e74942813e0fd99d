from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks.state import Ledger, names_in
from conformance.model.message import Request, Response
from conformance.spec.reading import read_request
from conformance.spec.router import Router

ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
ANY = {"responses": {"default": {"description": "any"}}}
PATHS = {
    "/pets": {"get": ANY, "post": ANY, "delete": ANY},
    "/pets/{id}": {"parameters": ID, "get": ANY, "put": ANY, "delete": ANY},
    "/pets/{id}/actions/release": {"parameters": ID, "post": ANY},
}
Step = tuple[str, str, int, Any]
MADE: Step = ("POST", "/pets", 201, {"data": {"id": "a"}})


def faults(make_document: Any, *steps: Step, paths: Any = PATHS) -> list[str]:
    document = make_document(paths)
    router, ledger = Router(document.operations), Ledger(document.operations)
    found = []
    for method, path, status, body in steps:
        request = Request(method=method, url=f"http://api{path}")
        match = router.match(method, path)
        assert match is not None
        assert match.operation is not None
        if not status:
            ledger.lost(match.operation, request)
            continue
        response = Response(
            status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(body).encode() if body else b""
        )
        reading = read_request(match.operation, request, match.values)
        found += [check for check, _ in ledger.see(match.operation, request, response, reading)]
    return found


def test_the_names_that_a_request_says_are_those_of_its_fields_and_parameters() -> None:
    body = Request(method="POST", url="http://api/a?page[size]=1&q=x", body=b'[{"a": {"b": [{"c": 1}]}}]')
    assert names_in(body) == {"page", "size", "", "q", "a", "b", "c"}
    assert names_in(Request(method="POST", url="http://api/a", body=b"d%5Be%5D=1&f=2")) >= {"d", "e", "f"}
    assert names_in(Request(method="POST", url="http://api/a", body=b'{"a":')) == set()


@pytest.mark.parametrize(
    "steps",
    [
        (MADE, ("GET", "/pets/a", 404, None)),
        (("POST", "/pets", 200, {"id": "a"}), ("GET", "/pets", 200, []), ("GET", "/pets/a", 410, None)),
        (MADE, ("DELETE", "/pets/b", 204, None), ("GET", "/pets/a", 404, None)),
        (("PUT", "/pets/a", 201, {"id": "a"}), ("GET", "/pets/a", 404, None)),
    ],
)
def test_what_was_created_and_cannot_be_read_is_found(make_document: Any, steps: tuple[Step, ...]) -> None:
    assert faults(make_document, *steps) == ["resource-unavailable-after-create"]


@pytest.mark.parametrize(
    "steps",
    [
        (MADE, ("DELETE", "/pets/a", 204, None), ("GET", "/pets/a", 200, {"data": {"id": "a"}})),
        (("DELETE", "/pets/a", 200, None), ("POST", "/pets", 201, {"id": "b"}), ("GET", "/pets/a", 200, {"id": "a"})),
    ],
)
def test_what_was_deleted_and_can_be_read_is_found(make_document: Any, steps: tuple[Step, ...]) -> None:
    assert faults(make_document, *steps) == ["use-after-delete"]


@pytest.mark.parametrize(
    "steps",
    [
        (MADE, ("GET", "/pets/a", 200, {"data": {"id": "a"}}), ("DELETE", "/pets/a", 204, None), ("GET", "/pets/a", 404, None)),
        (MADE, ("POST", "/pets/a/actions/release", 200, None), ("GET", "/pets/a", 404, None)),
        (MADE, ("DELETE", "/pets", 204, None), ("GET", "/pets/a", 404, None)),
        (MADE, ("PUT", "/pets/a", 500, None), ("GET", "/pets/a", 404, None)),
        (MADE, ("DELETE", "/pets/a", 0, None), ("GET", "/pets/a", 404, None)),
        (("PUT", "/pets/a", 202, {"id": "a"}), ("GET", "/pets/a", 404, None)),
        (("POST", "/pets", 202, {"id": "a"}), ("GET", "/pets/a", 404, None)),
        (("DELETE", "/pets/a", 202, None), ("GET", "/pets/a", 200, {"id": "a"})),
        (("DELETE", "/pets/a", 404, None), ("GET", "/pets/a", 200, {"id": "a"})),
        (("DELETE", "/pets/a", 204, None), ("PUT", "/pets/a", 200, {"id": "a"}), ("GET", "/pets/a", 200, {"id": "a"})),
        (("DELETE", "/pets/a", 204, None), MADE, ("GET", "/pets/a", 200, {"id": "a"})),
        (("DELETE", "/pets/a", 200, None), ("GET", "/pets/a", 200, {"id": "a", "status": "deleted"})),
        (("DELETE", "/pets/a", 200, None), ("GET", "/pets/a", 200, {"id": "a", "deleted_at": "2026-01-01T00:00:00Z"})),
    ],
)
def test_an_answer_that_something_else_explains_is_not_accused(make_document: Any, steps: tuple[Step, ...]) -> None:
    assert faults(make_document, *steps) == []


@pytest.mark.parametrize(
    ("steps", "asked", "is_known"),
    [
        ((), "/pets/a", False),
        ((MADE,), "/pets/a", True),
        ((MADE,), "/pets/a/actions/release", True),
        ((("POST", "/pets/b/actions/release", 200, None),), "/pets/b", True),
        ((("GET", "/pets/b", 400, None),), "/pets/b", False),
        ((MADE, ("DELETE", "/pets/a", 204, None)), "/pets/a", False),
    ],
)
def test_what_a_path_names_is_known_to_exist_once_it_was_created_or_answered_for(
    make_document: Any, steps: tuple[Step, ...], asked: str, is_known: bool
) -> None:
    document = make_document(PATHS)
    router, ledger = Router(document.operations), Ledger(document.operations)
    for method, path, status, body in steps:
        match = router.match(method, path)
        assert match is not None
        headers = (("Content-Type", "application/json"),)
        response = Response(status=status, headers=headers, body=json.dumps(body).encode() if body else b"")
        list(ledger.see(match.operation, Request(method=method, url=f"http://api{path}"), response, None))
    match = router.match("POST" if "actions" in asked else "GET", asked)
    assert match is not None
    assert match.operation is not None
    assert ledger.knows(match.operation, Request(method="GET", url=f"http://api{asked}?a=b")) is is_known


@pytest.mark.parametrize(
    ("made", "told"), [({"id": "m", "pet_id": "a"}, 0), ({"id": "a", "pet_id": "a"}, 1), ({"pet_id": "a"}, 1)]
)
def test_what_goes_by_two_names_may_have_been_changed_by_the_other(make_document: Any, made: Any, told: int) -> None:
    parameters = [{"name": "pet_id", "in": "path", "required": True, "schema": {"type": "string"}}]
    paths = {"/pets": {"post": ANY}, "/pets/{pet_id}": {"parameters": parameters, "get": ANY, "delete": ANY}}
    steps: tuple[Step, ...] = (("POST", "/pets", 201, made), ("DELETE", "/pets/m", 204, None), ("GET", "/pets/a", 404, None))
    assert len(faults(make_document, *steps, paths=paths)) == told

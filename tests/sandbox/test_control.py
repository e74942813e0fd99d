"""The paths by which tests put a sandbox in order."""

from __future__ import annotations

import json

import pytest

from conformance.model.message import Request
from conformance.sandbox.control import Clock, Controlled
from conformance.sandbox.responder import Sandbox

THING = {"type": "object", "required": ["id", "created_at"],
         "properties": {"id": {"type": "string"}, "created_at": {"type": "string", "format": "date-time"}}}  # fmt: skip
CONTENT = {"content": {"application/json": {"schema": THING}}}
MANY = {"content": {"application/json": {"schema": {"type": "array", "items": THING}}}}
DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "Things", "version": "1"},
    "paths": {
        "/things": {"get": {"responses": {"200": {"description": "d", **MANY}}},
                    "post": {"responses": {"201": {"description": "d", **CONTENT}}}},
        "/things/{id}": {"get": {"responses": {"200": {"description": "d", **CONTENT}},
                                 "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}},
        "/broken": {"get": {"responses": {"200": {"description": "d", "content": {"application/json": {"schema": False}}}}}},
    },
}  # fmt: skip


@pytest.fixture
def ask(document_of):
    clock = Clock(lambda: 0.0)
    controlled = Controlled(Sandbox(document_of(DOCUMENT), clock=clock), clock, deliveries=lambda: [{"name": "made"}])

    def send(method, path, value=None, session=None):
        headers = (("x-sandbox-session", session),) if session else ()
        body = b"" if value is None else value if isinstance(value, bytes) else json.dumps(value).encode()
        answer = controlled.respond(Request(method=method, url=f"http://h{path}", headers=headers, body=body))
        return answer.status, json.loads(answer.body) if answer.body else None

    return send


def test_it_says_what_is_served_and_what_is_broken(ask):
    status, about = ask("GET", "/__sandbox")
    assert (status, about["title"], about["state"], about["operations"]) == (200, "Things", "strict", 4)
    assert list(about["broken"]) == ["GET /broken"]


def test_reset_forgets_one_session_or_everything(ask):
    for session in ("one", "two", None):
        ask("POST", "/things", session=session)
    assert ask("POST", "/__sandbox/reset", session="one")[0] == 204
    assert [len(ask("GET", "/things", session=session)[1]) for session in ("one", "two", None)] == [0, 1, 1]
    assert ask("POST", "/__sandbox/reset")[0] == 204
    assert [len(ask("GET", "/things", session=session)[1]) for session in ("one", "two", None)] == [0, 0, 0]


def test_a_snapshot_goes_out_and_comes_back(ask):
    made = ask("POST", "/things")[1]
    snapshot = ask("GET", "/__sandbox/snapshot")[1]
    ask("POST", "/__sandbox/reset")
    assert ask("PUT", "/__sandbox/snapshot", snapshot)[0] == 204
    assert ask("GET", f"/things/{made['id']}") == (200, made)
    assert ask("PUT", "/__sandbox/snapshot", snapshot, session="other")[0] == 204
    assert ask("GET", "/things", session="other") == (200, [made])


@pytest.mark.parametrize("value", [b"{", [], {"": [1]}, {"": [{"family": "/things", "scope": None}]}, {"": 3}])
def test_what_is_no_snapshot_is_refused(ask, value):
    made = ask("POST", "/things")[1]
    assert ask("PUT", "/__sandbox/snapshot", value)[0] == 422
    assert ask("GET", "/things") == (200, [made])


def test_time_can_be_moved_on(ask):
    assert ask("POST", "/things")[1]["created_at"] == "1970-01-01T00:00:00Z"
    assert ask("POST", "/__sandbox/clock", {"advance": 90})[0] == 204
    assert ask("POST", "/things")[1]["created_at"] == "1970-01-01T00:01:30Z"


@pytest.mark.parametrize("value", [b"", {}, {"advance": -1}, {"advance": "soon"}, {"advance": 1e300}, [1], b"NaN"])
def test_time_moves_only_on_and_by_numbers(ask, value):
    assert ask("POST", "/__sandbox/clock", value)[0] == 422


def test_what_was_sent_can_be_seen_and_other_paths_say_what_there_is(ask):
    assert ask("GET", "/__sandbox/deliveries") == (200, [{"name": "made"}])
    assert ask("DELETE", "/__sandbox/snapshot") == (405, {"detail": "this takes GET, PUT"})
    assert "POST /__sandbox/reset" in ask("GET", "/__sandbox/nothing")[1]["detail"]
    assert ask("GET", "/__sandboxes")[0] == 404

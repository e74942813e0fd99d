"""Sessions, users, modes, snapshots: what the sandbox remembers of whom."""

from __future__ import annotations

import json

import pytest

from conformance.model.message import Request
from conformance.sandbox.responder import Sandbox

THING = {
    "type": "object", "required": ["id", "name"],
    "properties": {"id": {"type": "string", "format": "uuid"}, "name": {"type": "string"}, "size": {"type": "integer"}},
}  # fmt: skip
JSON = "application/json"


def body(schema):
    return {"content": {JSON: {"schema": schema}}}


DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    "security": [{"bearer": []}],
    "paths": {
        "/things": {
            "get": {"responses": {"200": {"description": "d", **body({"type": "array", "items": THING})}}},
            "post": {
                "requestBody": {"required": True, **body({"type": "object", "properties": {"name": {"type": "string"}}})},
                "responses": {"201": {"description": "d", **body(THING)}},
            },
        },
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": {"description": "d", **body(THING)}, "404": {"description": "d"}}},
            "delete": {"responses": {"204": {"description": "d"}, "404": {"description": "d"}}},
        },
        "/slots/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": {"description": "d", **body(THING)}, "404": {"description": "d"}}},
        },
    },
}  # fmt: skip


@pytest.fixture
def client(document_of):
    return lambda **options: Asker(Sandbox(document_of(DOCUMENT), **options))


class Asker:
    def __init__(self, sandbox):
        self.sandbox = sandbox

    def __call__(self, method, path, value=None, *, session=None, token="t"):
        headers = [("authorization", f"Bearer {token}")]
        if session is not None:
            headers.append(("X-Sandbox-Session", session))
        if value is not None:
            headers.append(("content-type", JSON))
        content = b"" if value is None else json.dumps(value).encode()
        answer = self.sandbox.respond(Request(method=method, url=f"http://h{path}", headers=tuple(headers), body=content))
        return answer.status, json.loads(answer.body) if answer.body else None


def test_sessions_know_nothing_of_one_another(client):
    ask = client()
    _, made = ask("POST", "/things", {"name": "a"}, session="one")
    assert ask("GET", f"/things/{made['id']}", session="one") == (200, made)
    assert ask("GET", f"/things/{made['id']}", session="two")[0] == 404
    assert ask("GET", f"/things/{made['id']}")[0] == 404
    assert ask("GET", "/things", session="two") == (200, [])


def test_the_same_requests_get_the_same_answers_in_every_session(client):
    ask = client()
    assert ask("POST", "/things", {"name": "a"}, session="one") == ask("POST", "/things", {"name": "a"}, session="two")


def test_one_session_can_be_reset_without_the_others(client):
    ask = client()
    for session in ("one", "two"):
        ask("POST", "/things", {"name": "a"}, session=session)
    ask.sandbox.reset("one")
    assert ask("GET", "/things", session="one") == (200, [])
    assert len(ask("GET", "/things", session="two")[1]) == 1
    ask.sandbox.reset()
    assert ask("GET", "/things", session="two") == (200, [])


def test_a_snapshot_brings_back_what_was_and_what_was_gone(client):
    ask = client()
    _, kept = ask("POST", "/things", {"name": "kept"})
    _, lost = ask("POST", "/things", {"name": "lost"})
    ask("DELETE", f"/things/{lost['id']}")
    snapshot = json.loads(json.dumps(ask.sandbox.snapshot()))
    ask("DELETE", f"/things/{kept['id']}")
    ask("POST", "/things", {"name": "later"})
    ask.sandbox.restore(snapshot)
    assert ask("GET", "/things") == (200, [kept])
    assert ask("GET", f"/things/{lost['id']}")[0] == 404


def test_what_is_no_snapshot_is_refused_and_nothing_is_lost(client):
    ask = client()
    _, made = ask("POST", "/things", {"name": "a"})
    with pytest.raises(ValueError, match="no snapshot"):
        ask.sandbox.restore({"": [{"family": "/things"}]})
    assert ask("GET", f"/things/{made['id']}") == (200, made)


def test_users_see_only_their_own(client):
    ask = client(users={"t-a": "a", "t-b": "b"})
    _, made = ask("POST", "/things", {"name": "a's"}, token="t-a")
    assert ask("GET", f"/things/{made['id']}", token="t-a") == (200, made)
    assert ask("GET", f"/things/{made['id']}", token="t-b")[0] == 404
    assert ask("GET", "/things", token="t-b") == (200, [])
    _, other = ask("POST", "/things", {"name": "a's"}, token="t-b")
    assert other["id"] != made["id"]
    assert ask("GET", "/things", token="t-c")[0] == 401


def test_what_one_user_has_comes_to_life_for_no_other(client):
    """Nothing makes these things, so that a name that nobody has is brought to life; see ``/slots``."""
    ask = client(users={"t-a": "a", "t-b": "b"})
    assert ask("GET", "/slots/7", token="t-a")[0] == 200
    assert ask("GET", "/slots/7", token="t-b")[0] == 404
    assert ask("GET", "/slots/8", token="t-b")[0] == 200


def test_only_the_token_passes_where_there_is_one(client):
    ask = client(token="right")
    assert ask("GET", "/things", token="right")[0] == 200
    assert ask("GET", "/things", token="wrong")[0] == 401


def test_lenient_brings_to_life_what_is_asked_for_even_after_a_delete(client):
    ask = client(state="lenient")
    status, made = ask("GET", "/things/never-seen")
    assert status == 200
    assert ask("GET", "/things/never-seen") == (200, made)
    assert ask("DELETE", "/things/never-seen")[0] == 204
    assert ask("GET", "/things/never-seen")[0] == 200


def test_strict_knows_only_what_was_created(client):
    ask = client()
    assert ask("GET", "/things/never-seen")[0] == 404
    _, made = ask("POST", "/things", {"name": "a"})
    assert ask("DELETE", f"/things/{made['id']}")[0] == 204
    assert ask("DELETE", f"/things/{made['id']}")[0] == 404

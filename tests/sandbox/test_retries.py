"""A request with a key of its own is carried out once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.model.message import Request, Response
from conformance.sandbox.responder import Sandbox

THING = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
CONTENT = {"content": {"application/json": {"schema": THING}}}
KEY = [{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}]


def made(sandbox: Sandbox, key: str | None, name: str = "one") -> str:
    headers = (("Content-Type", "application/json"), *([("Idempotency-Key", key)] if key is not None else []))
    answer = sandbox.respond(
        Request(method="POST", url="http://api/things", headers=headers, body=json.dumps({"name": name}).encode())
    )
    assert isinstance(answer, Response)
    assert answer.status == 201
    return str(json.loads(answer.body)["id"])


@pytest.fixture
def sandbox(make_document: Any) -> Sandbox:
    paths = {
        "/things": {
            "get": {"responses": {"200": {"description": "all", "content": {"application/json": {"schema": {"type": "array", "items": THING}}}}}},
            "post": {"parameters": KEY, "requestBody": CONTENT, "responses": {"201": {"description": "made", **CONTENT}}},
        }
    }  # fmt: skip
    return Sandbox(make_document(paths))


def test_the_same_request_with_the_same_key_is_done_once(sandbox: Sandbox) -> None:
    assert made(sandbox, "a") == made(sandbox, "a")
    listed = sandbox.respond(Request(method="GET", url="http://api/things"))
    assert isinstance(listed, Response)
    assert len(json.loads(listed.body)) == 1


def test_another_key_another_body_or_none_is_another_request(sandbox: Sandbox) -> None:
    assert len({made(sandbox, "a"), made(sandbox, "b"), made(sandbox, "a", "two"), made(sandbox, None), made(sandbox, None)}) == 5

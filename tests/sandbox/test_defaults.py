"""What a client leaves out of a create is what the document says that it is then."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.model.message import Request, Response
from conformance.sandbox.responder import Sandbox


def typed(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


WRITTEN = {
    "weight": typed("integer", default=5),
    "loud": typed("boolean", default=False),
    "mode": typed("string", default="slow"),
}
SHOWN = {"id": typed("string"), "weight": typed("integer"), "loud": typed("boolean"), "mode": typed("string", enum=["a", "b"])}


def create(make_document: Any, body: dict[str, Any]) -> dict[str, Any]:
    content, one = ({"content": {"application/json": {"schema": typed("object", properties=held)}}} for held in (WRITTEN, SHOWN))
    named = [{"name": "id", "in": "path", "required": True, "schema": typed("string")}]
    paths = {
        "/things": {"post": {"requestBody": content, "responses": {"201": {"description": "", **one}}}},
        "/things/{id}": {"get": {"parameters": named, "responses": {"200": {"description": "", **one}}}},
    }
    sandbox = Sandbox(make_document(paths))
    request = Request(method="POST", url="http://api/things", headers=(("Content-Type", "application/json"),),
                      body=json.dumps(body).encode())  # fmt: skip
    answer = sandbox.respond(request)
    assert isinstance(answer, Response)
    assert answer.status == 201
    return dict(json.loads(answer.body))


@pytest.mark.parametrize(("sent", "weight", "loud"), [({}, 5, False), ({"weight": 7, "loud": True}, 7, True)])
def test_a_default_is_for_what_was_left_out(make_document: Any, sent: dict[str, Any], weight: int, loud: bool) -> None:
    made = create(make_document, sent)
    assert (made["weight"], made["loud"]) == (weight, loud)
    # A default that the thing cannot show is none of it.
    assert made["mode"] in {"a", "b"}

"""An overlay states what inference cannot know, and says where it is wrong."""

from __future__ import annotations

import json

import pytest

from conformance.errors import UsageError
from conformance.model.message import Request
from conformance.sandbox.overlay import overlay_of
from conformance.sandbox.responder import Sandbox
from conformance.spec.load import parse

LEG = {
    "type": "object", "required": ["ref", "state"],
    "properties": {"ref": {"type": "string"}, "state": {"enum": ["new", "linked"]}, "note": {"type": "string"}},
}  # fmt: skip
CONTENT = {"content": {"application/json": {"schema": LEG}}}
MANY = {"content": {"application/json": {"schema": {"type": "array", "items": {**LEG, "title": "another"}}}}}
ID = [{"name": "leg", "in": "path", "required": True, "schema": {"type": "string"}}]
DOCUMENT = {
    "paths": {
        "/dial": {"post": {"operationId": "dial", "responses": {"200": {"description": "d", **CONTENT},
                                                                "202": {"description": "d", **CONTENT}}}},
        "/legs": {"get": {"responses": {"200": {"description": "d", **MANY}}}},
        "/legs/{leg}": {"parameters": ID, "get": {"responses": {"200": {"description": "d", **CONTENT}}}},
        "/legs/{leg}/bridge": {"parameters": ID, "post": {"responses": {"200": {"description": "d", **CONTENT}}}},
    }
}  # fmt: skip
OVERLAY = """
collections:
  /legs:
    id: ref
operations:
  dial:
    does: create
    to: /legs
    status: 202
  POST /legs/{leg}/bridge:
    does: show
    to: /legs
    sets: {state: linked, note: bridged}
"""


def test_an_overlay_says_what_an_operation_does_and_how_it_answers(document_of):
    document = document_of(DOCUMENT)
    sandbox = Sandbox(document, overlay=overlay_of(parse("o.yaml", OVERLAY.encode()), document.operations))

    def ask(method, path):
        answer = sandbox.respond(Request(method=method, url=f"http://h{path}"))
        return answer.status, json.loads(answer.body)

    status, made = ask("POST", "/dial")
    assert status == 202
    assert made in ask("GET", "/legs")[1]
    assert ask("GET", f"/legs/{made['ref']}") == (200, made)
    assert ask("POST", f"/legs/{made['ref']}/bridge")[1] == {**made, "state": "linked", "note": "bridged"}
    assert ask("GET", f"/legs/{made['ref']}")[1]["state"] == "linked"
    assert ask("POST", "/legs/unknown/bridge")[0] == 404


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[]", "o.yaml:1: a mapping belongs here"),
        ("colections: {}", "o.yaml:1: 'colections' means nothing here; it may be one of collections, operations"),
        ("collections:\n  /leg: {}", "o.yaml:2: the document has no path '/leg'; did you mean '/legs'"),
        ("collections:\n  /legs:\n    id: 3", "o.yaml:3: a name or a list of names belongs here"),
        ("operations:\n  dail: {}", "o.yaml:2: the document has no operation 'dail'; did you mean 'dial'?"),
        ("operations:\n  dial:\n    does: make", "o.yaml:3: 'make' is nothing that an operation does; choose one of create,"),
        ("operations:\n  dial:\n    does: create", "o.yaml:3: say which collection it works on, with 'to'"),
        ("operations:\n  dial:\n    status: 404", "o.yaml:3: the document has no answer 404 for this operation"),
    ],
)
def test_a_mistake_in_an_overlay_is_one_sentence_with_its_line(document_of, text, what):
    with pytest.raises(UsageError) as raised:
        overlay_of(parse("o.yaml", text.encode()), document_of(DOCUMENT).operations)
    assert what in str(raised.value)

"""A document with a few operations, and a session of the gate in this process, without a socket."""

from __future__ import annotations

import json
from functools import partial

import pytest

from conformance.gate.watch import Focus, GateWatch
from conformance.model.message import Request
from conformance.model.record import Case, Exchange, Intent
from conformance.run.baseline import Baseline
from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document

NOTE = {"type": "object", "required": ["id", "text"], "properties": {"id": {"type": "string"}, "text": {"type": "string"}}}
NEW = {"type": "object", "required": ["text"], "properties": {
    "text": {"type": "string"}, "colour": {"type": "string", "enum": ["red"], "example": "blue"}, "size": {"type": "integer"}}}  # fmt: skip


def answer(schema):
    return {"description": "ok", "content": {"application/json": {"schema": schema}}}


def api(**others):
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}
    old = {"name": "old", "in": "query", "deprecated": True, "schema": {"type": "string"}}
    page = {"name": "page", "in": "query", "style": "deepObject", "explode": True,
            "schema": {"type": "object", "properties": {"size": {"type": "integer"}}}}  # fmt: skip
    path = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "servers": [{"url": "https://api.example.com/v2"}],
        "security": [{"bearer": []}], "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/notes": {
                "get": {"operationId": "listNotes", "tags": ["Notes"], "parameters": [limit, page, old],
                        "responses": {"200": answer({"type": "array", "items": NOTE})}},
                "post": {"operationId": "createNote", "tags": ["Notes"], "responses": {"201": answer(NOTE)},
                         "requestBody": {"required": True, "content": {"application/json": {"schema": NEW}}}},
            },
            "/notes/{id}": {"parameters": [path], "get": {"operationId": "getNote", "tags": ["Notes"], "responses": {
                "200": answer(NOTE)}}},
            "/phone_numbers": {"get": {"operationId": "old", "tags": ["Numbers"], "deprecated": True, "responses": {
                "200": answer({"type": "object"})}}},
            **others,
        },
    }  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def written(raw, name="api.json"):
        path = tmp_path / name
        path.write_text(json.dumps(raw))
        return path

    return written


class Session:
    """A client, the sandbox and the gate between them."""

    def __init__(self, document, responder=None, focus=None, baseline=None):
        self._responder = responder or Sandbox(document, state="lenient")
        focus = focus or Focus(is_sandbox=responder is None)
        self.watch = GateWatch(document, base_url="http://t/v2", baseline=baseline or Baseline.empty(), focus=focus)
        self._now = 1e9

    def send(self, method, path, body=None, *, headers=None, test="", after=1.0):
        self._now += after
        text = b"" if body is None else json.dumps(body).encode()
        plain = {"Authorization": "Bearer t", **({"Content-Type": "application/json"} if text else {}), **(headers or {})}
        sent = tuple((name, value) for name, value in plain.items() if value is not None)
        if test:
            sent = (*sent, ("X-Conformance-Test", test))
        request = Request(method=method, url=f"http://t{path}", headers=sent, body=text)
        case = Case(id="1", operation="", stage="gate", phase="", intent=Intent.RECORDED)
        exchange = Exchange(request=request, response=self._responder.respond(request), case=case, operation=None)
        return list(self.watch.see(exchange, alone=True, at=self._now))

    def end(self):
        list(self.watch.end({}))
        return self.watch.watched


@pytest.fixture
def document(write):
    return Document.load(write(api()))


@pytest.fixture
def session(document):
    return partial(Session, document)


@pytest.fixture
def gated(write):
    return lambda raw: Session(Document.load(write(raw)))


@pytest.fixture
def base_repeated(gated):
    repeated = {"/v2/notes": {"get": {"operationId": "again", "responses": {"200": answer({"type": "array"})}}}}
    return gated(api(**repeated))

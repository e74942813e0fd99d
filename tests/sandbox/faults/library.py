"""A small document in which every fault can show, and a client of the sandbox that is made from it."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from conformance.model.message import Request
from conformance.sandbox.faults.ground import Ground
from conformance.sandbox.faults.misconduct import misconduct
from conformance.sandbox.layout import Layout
from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document
from conformance.spec.load import Source
from conformance.spec.parameters import MISSING, from_headers


def _json(description, schema, **others):
    return {"description": description, "content": {"application/json": {"schema": schema}}, **others}


WRITABLE = {
    "title": {"type": "string", "minLength": 1, "maxLength": 40},
    "state": {"type": "string", "enum": ["draft", "sold", "lost"]},
    "isbn": {"type": "string", "pattern": "^[0-9]{3}$"},
    "pages": {"type": "integer", "minimum": 1, "maximum": 1000},
    "email": {"type": "string", "format": "email"},
    "note": {"type": "string"},
    "weight": {"type": "number"},
    "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
}
BOOK = {
    "type": "object",
    "required": ["id", "title", "state"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "format": "uuid", "readOnly": True},
        **WRITABLE,
        "created_at": {"type": "string", "format": "date-time", "readOnly": True},
        "publisher": {"type": "object", "readOnly": True, "required": ["name"], "properties": {"name": {"type": "string"}}},
    },
}
NEW = {"type": "object", "required": ["title"], "additionalProperties": False, "properties": WRITABLE}
CHANGES = {"type": "object", "additionalProperties": False, "properties": WRITABLE}
LIST = {
    "type": "object",
    "required": ["data", "meta"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Book"}},
        "meta": {
            "type": "object",
            "required": ["page_number", "page_size", "total_pages", "total_results"],
            "properties": {name: {"type": "integer"} for name in ("page_number", "page_size", "total_pages", "total_results")},
        },
    },
}
ERROR = {"type": "object", "required": ["errors"], "properties": {"errors": {"type": "array", "items": {"type": "object"}}}}
ONE = {"type": "object", "required": ["data"], "properties": {"data": {"$ref": "#/components/schemas/Book"}}}
WRONG = {status: _json("no", ERROR) for status in ("401", "404", "422")}


def _body(schema, *, required=True):
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _query(name, schema, *, required=False):
    return {"name": name, "in": "query", "required": required, "schema": schema}


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Library", "version": "1"},
    "servers": [{"url": "https://library.example/v1"}],
    "security": [{"bearer": []}],
    "paths": {
        "/books": {
            "get": {
                "operationId": "listBooks",
                "tags": ["Books"],
                "parameters": [
                    _query("page[number]", {"type": "integer", "minimum": 1, "default": 1}),
                    _query("page[size]", {"type": "integer", "minimum": 1, "maximum": 250, "default": 20}),
                    _query("filter[title]", {"type": "string"}),
                    _query("sort", {"type": "string", "enum": ["title", "-title", "pages", "-pages"]}),
                ],
                "responses": {
                    "200": _json("all", LIST, headers={"X-Total": {"required": True, "schema": {"type": "integer"}}}),
                    **WRONG,
                },
            },
            "post": {
                "operationId": "createBook",
                "tags": ["Books"],
                "requestBody": _body(NEW),
                "responses": {
                    "201": _json("made", ONE, headers={"Location": {"schema": {"type": "string"}}}),
                    **WRONG,
                },
            },
        },
        "/books/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"operationId": "getBook", "tags": ["Books"], "responses": {"200": _json("one", ONE), **WRONG}},
            "put": {
                "operationId": "putBook",
                "requestBody": _body(NEW),
                "responses": {"200": _json("put", ONE), **WRONG},
            },
            "patch": {
                "operationId": "changeBook",
                "requestBody": _body(CHANGES),
                "responses": {"200": _json("changed", ONE), **WRONG},
            },
            "delete": {"operationId": "deleteBook", "responses": {"204": {"description": "gone"}, **WRONG}},
        },
        "/events": {
            "get": {
                "operationId": "listEvents",
                "parameters": [
                    _query("cursor", {"type": "string"}),
                    _query("limit", {"type": "integer", "minimum": 1, "default": 2}),
                ],
                "responses": {
                    "200": _json(
                        "some",
                        {
                            "type": "object",
                            "required": ["data", "has_more"],
                            "properties": {
                                "data": {
                                    "type": "array",
                                    "items": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
                                },
                                "has_more": {"type": "boolean"},
                                "next_cursor": {"type": ["string", "null"]},
                            },
                        },
                    ),
                    **WRONG,
                },
            }
        },
    },
    "components": {
        "schemas": {"Book": BOOK},
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
    },
}


def document(value=DOCUMENT):
    return Document(Source(uri="library", text=json.dumps(value), value=value, form="JSON"))


class Answer:
    """An answer, read. ``kind`` is set when there was none."""

    def __init__(self, answer):
        self.plain = answer
        self.kind = getattr(answer, "kind", None)
        self.status = getattr(answer, "status", None)
        self.elapsed = answer.elapsed

    @property
    def json(self):
        return json.loads(self.plain.body)

    @property
    def data(self):
        return self.json["data"]

    def header(self, name):
        return self.plain.header(name)


class Library:
    """The service, with faults as ``--fault`` takes them."""

    def __init__(self, *faults, document, seed=0, **options):
        self.document = document
        conduct = misconduct(faults, Ground(Layout(document)), seed=seed)
        self.sandbox = Sandbox(document, seed=seed, conduct=conduct, **options)

    def ask(self, method, path, body=None, *, token="t", query=None, kind="application/json"):
        headers = [("authorization", f"Bearer {token}")] if token else []
        if body is not None:
            headers.append(("content-type", kind))
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        url = f"http://library.example/v1{path}" + (f"?{urlencode(query)}" if query else "")
        return Answer(self.sandbox.respond(Request(method=method, url=url, headers=tuple(headers), body=raw)))

    def list(self, **query):
        names = {"number": "page[number]", "size": "page[size]", "title": "filter[title]", "sort": "sort"}
        return self.ask("GET", "/books", query={names[name]: value for name, value in query.items()})

    def make(self, **fields):
        """A new book; its id."""
        return self.ask("POST", "/books", {"title": "A", **fields}).data["id"]

    def read(self, book):
        return self.ask("GET", f"/books/{book}").data

    def ids(self, **query):
        return [book["id"] for book in self.list(**query).data]

    def is_right(self, label, answer):
        """Whether an answer is one that the document has for an operation."""
        spec = self.document.by_label[label].response_for(answer.status)
        if spec is None:
            return False
        for header in spec.headers.values():
            value = from_headers(header, answer.plain.headers)
            if header.required if value is MISSING else not header.schema.is_valid(value, direction="response"):
                return False
        media = spec.content.get(answer.plain.media_type)
        if media is None:
            return not spec.content and not answer.plain.body
        try:
            return media.schema.is_valid(answer.json, direction="response")
        except ValueError:
            return False

"""A small document that has one of everything coverage counts, and exchanges with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.model.message import NoResponse, Request, Response
from conformance.model.record import Case, Exchange, Intent
from conformance.spec.document import Document

PETS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "https://api.example.com/v2"}],
    "paths": {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "tags": ["Pets"],
                "parameters": [
                    {"name": "status", "in": "query", "schema": {"enum": ["active", "sold"]}},
                    {"name": "page", "in": "query", "style": "deepObject", "explode": True,
                     "schema": {"type": "object", "properties": {"size": {"type": "integer"}, "number": {"type": "integer"}}}},
                    {"name": "filter", "in": "query", "style": "deepObject", "explode": True,
                     "schema": {"type": "object", "properties": {
                         "kind": {"type": "object", "properties": {"eq": {"enum": ["cat", "dog"]}, "in": {"type": "array", "items": {"type": "string"}}}},
                         "age": {"anyOf": [{"type": "integer"}, {"type": "object", "properties": {"gte": {"type": "integer"}}}]}}}},
                    {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"enum": ["a", "b"]}}},
                    {"name": "X-Trace", "in": "header", "schema": {"type": "boolean"}},
                    {"name": "Accept", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {"description": "", "content": {"application/json": {"schema": {
                        "type": "object",
                        "properties": {
                            "data": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
                            "meta": {"type": "object", "additionalProperties": {"type": "object", "properties": {"n": {"type": "integer"}}}},
                        }}}}},
                    "4XX": {"description": "", "content": {"application/problem+json": {"schema": {"type": "object", "properties": {"title": {"type": "string"}}}}}},
                    "default": {"description": ""},
                },
            },
            "post": {
                "operationId": "createPet",
                "tags": ["Pets", "Write"],
                "requestBody": {"content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}},
                    "application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"name": {"type": "string"}}}},
                    "application/octet-stream": {"schema": {"type": "string"}},
                }},
                "responses": {"201": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}},
            },
        },
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"enum": ["one", "two"]}}],
            "delete": {"responses": {"302": {"description": "moved"}}},
        },
    },
    "components": {"schemas": {
        "Pet": {
            "allOf": [
                {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}, "name": {"type": "string"}}},
                {"oneOf": [
                    {"type": "object", "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}},
                    {"type": "object", "properties": {"kind": {"const": "dog"}, "good": {"type": "boolean"}}},
                ]},
            ],
            "properties": {
                "secret": {"type": "string", "writeOnly": True},
                "parent": {"$ref": "#/components/schemas/Pet"},
                "owner": {"$ref": "#/components/schemas/Owner", "readOnly": True},
            },
        },
        "Owner": {"type": "object", "properties": {"email": {"type": "string"}}},
    }},
}  # fmt: skip

Load = Callable[[dict[str, Any]], Document]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Make a document of a JSON value."""

    def loaded(value: dict[str, Any]) -> Document:
        path = tmp_path / "document.json"
        path.write_text(json.dumps(value), "utf-8")
        return Document.load(path)

    return loaded


@pytest.fixture
def pets(load: Load) -> Document:
    """The document above."""
    return load(PETS)


def exchange(
    method: str = "GET",
    target: str = "/pets",
    *,
    status: int = 200,
    sent: Any = None,
    got: Any = None,
    content_type: str = "application/json",
    got_type: str = "application/json",
    headers: tuple[tuple[str, str], ...] = (),
    silent: bool = False,
) -> Exchange:
    """An exchange in one line; bodies are JSON values, or bytes as they are."""
    body = b"" if sent is None else sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    answer = b"" if got is None else got if isinstance(got, bytes) else json.dumps(got).encode()
    sent_headers = (*headers, ("Content-Type", content_type)) if body else headers
    response = Response(status=status, headers=(("content-type", got_type),) if answer else (), body=answer)
    return Exchange(
        request=Request(method=method, url=f"https://api.example.com/v2{target}", headers=sent_headers, body=body),
        response=NoResponse(kind="timeout", reason="no answer") if silent else response,
        case=Case(id="1", operation="", stage="fuzz", phase="coverage", intent=Intent.POSITIVE),
        operation=None,
    )


@pytest.fixture(name="exchange")
def _exchange() -> Callable[..., Exchange]:
    return exchange

"""Small documents that differ by what a test says."""

import copy
import json

import yaml

from conformance.diff.diff import diff
from conformance.spec.document import Document
from conformance.spec.load import parse

CAT = {"type": "object", "required": ["kind", "lives"], "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}}
DOG = {"type": "object", "required": ["kind", "tricks"], "properties": {"kind": {"const": "dog"}, "tricks": {"type": "boolean"}}}
FISH = {"type": "object", "required": ["kind", "fins"], "properties": {"kind": {"type": "string"}, "fins": {"type": "integer"}}}
COMPONENTS = {
    "schemas": {"Cat": CAT, "Dog": DOG, "Fish": FISH, "Carp": FISH},
    "securitySchemes": {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "token": {"type": "http", "scheme": "bearer"},
        "flow": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "https://a.test/token", "scopes": {"read": "", "write": ""}}},
        },
    },
}


def document(value):
    return Document(parse("test.json", json.dumps(value).encode()))


def base(**members):
    """A document with one operation, members of the document changed; components are merged one by one."""
    value = {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1.0.0"},
        "servers": [{"url": "https://api.test/v1"}],
        "components": copy.deepcopy(COMPONENTS),
        "paths": {"/pets": {"get": {"operationId": "listPets", "tags": ["pets"], "responses": {"200": {"description": "ok"}}}}},
    }
    for kind, held in members.pop("components", {}).items():
        value["components"].setdefault(kind, {}).update(held)
    value.update(members)
    return value


def in_operation(held, **members):
    """The base with members of its operation."""
    value = base(**members)
    value["paths"]["/pets"]["get"].update(held)
    return {**value, "paths": {path: without_null(item) for path, item in value["paths"].items()}}


def without_null(item):
    return {method: {key: held for key, held in operation.items() if held is not None} for method, operation in item.items()}


def in_request(schema, **members):
    """The base with a schema as the body of POST."""
    value = base(**members)
    value["paths"]["/pets"] = {"post": {"requestBody": json_of(schema), "responses": {"200": {"description": "ok"}}}}
    return value


def in_response(schema, **members):
    """The base with a schema as the answer of GET."""
    return in_operation({"responses": {"200": {"description": "ok", **json_of(schema)}}}, **members)


def json_of(schema):
    return {"content": {"application/json": {"schema": schema}}}


def built(place, text):
    """The documents of an example's fragment, with the direction that each shows; ``None`` is both at once."""
    value = yaml.safe_load(text)
    if place in {"schema", "property"}:
        schema = value if place == "schema" else {"type": "object", "properties": {"it": value}}
        return {"request": in_request(schema), "response": in_response(schema)}
    if place == "paths":
        return {None: base(paths=value)}
    return {None: in_operation(value) if place == "operation" else base(**value)}


def changes(old, new):
    """What differs between two documents given as values, without what is said of versions."""
    return [change for change in diff(document(old), document(new)) if change.id != "version-not-raised"]

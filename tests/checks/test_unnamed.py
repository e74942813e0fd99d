from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.unnamed import unnamed

NAME = {"type": "object", "properties": {"name": {"type": "string"}}}
AGE = {"type": "object", "properties": {"age": {"type": "integer"}}}


def found(make_document: Any, schema: Any, value: Any) -> list[str]:
    answer = {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
    components = {"schemas": {"Name": NAME, "Node": {
        "type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}}}  # fmt: skip
    document = make_document({"/a": {"get": {"responses": answer}}}, components=components)
    media = document.by_label["GET /a"].responses["200"].content["application/json"]
    return sorted(place for place, _, _ in unnamed(value, media.schema))


@pytest.mark.parametrize(
    ("schema", "value", "places"),
    [
        (NAME, {"name": "a", "b": 1}, ["/b"]),
        ({"$ref": "#/components/schemas/Name"}, {"b": 1}, ["/b"]),
        ({"properties": NAME["properties"]}, {"b": 1}, ["/b"]),
        ({"type": "array", "items": NAME}, [{"name": "a"}, {"b/c": 1}], ["/1/b~1c"]),
        ({"type": "object", "properties": {"in": NAME}}, {"in": {"b": 1}}, ["/in/b"]),
        ({"allOf": [NAME, AGE]}, {"name": "a", "age": 1, "b": 1}, ["/b"]),
        ({"allOf": [NAME, {"required": ["name"]}]}, {"name": "a", "b": 1}, ["/b"]),
        ({"allOf": [NAME, {"description": "more"}]}, {"name": "a", "b": 1}, ["/b"]),
        ({"oneOf": [NAME, AGE]}, {"age": 1, "b": 1}, ["/b"]),
        ({"anyOf": [NAME, {"type": "null"}]}, {"b": 1}, ["/b"]),
        ({**NAME, "anyOf": [{"required": ["name"]}, {"required": []}]}, {"b": 1}, ["/b"]),
        ({"$ref": "#/components/schemas/Node"}, {"next": {"next": {"b": 1}}}, ["/next/next/b"]),
        ({"oneOf": [{"properties": {"in": NAME}}, {"properties": {"in": AGE}}]}, {"in": {"age": 1, "b": 1}}, ["/in/b"]),
        ({"oneOf": [NAME, AGE], "discriminator": {"propertyName": "name"}}, {"name": "a", "b": 1}, ["/b"]),
    ],
)
def test_what_no_schema_names_is_found(make_document: Any, schema: Any, value: Any, places: list[str]) -> None:
    assert found(make_document, schema, value) == places


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "object"}, {"b": 1}),
        ({}, {"b": 1}),
        (True, {"b": 1}),
        ({**NAME, "additionalProperties": True}, {"b": 1}),
        ({**NAME, "additionalProperties": {"type": "integer"}}, {"b": 1}),
        ({**NAME, "additionalProperties": False}, {"b": 1}),
        ({**NAME, "patternProperties": {"^b": {}}}, {"b": 1}),
        ({**NAME, "unevaluatedProperties": {"type": "integer"}}, {"b": 1}),
        ({**NAME, "if": {"required": ["name"]}, "then": AGE}, {"age": 1}),
        ({"oneOf": [NAME, {"type": "object"}]}, {"b": 1}),
        ({"anyOf": [NAME, {}]}, {"b": 1}),
        ({"allOf": [NAME, {"type": "object", "additionalProperties": {}}]}, {"b": 1}),
        ({**NAME, "discriminator": {"propertyName": "name"}}, {"name": "dog", "barks": True}),
        ({"type": "array"}, [{"b": 1}]),
        ({"type": "array", "prefixItems": [NAME], "items": AGE}, [{"b": 1}]),
        (
            {"type": "object", "properties": {"map": {"type": "object", "additionalProperties": NAME}}},
            {"map": {"b": {"name": "a"}}},
        ),
        ({"oneOf": [{"properties": {"in": NAME}}, {"properties": {"in": AGE}}]}, {"in": {"age": 1}}),
        (NAME, "text"),
        (NAME, None),
    ],
)
def test_what_may_be_there_is_left_alone(make_document: Any, schema: Any, value: Any) -> None:
    assert found(make_document, schema, value) == []

"""Bodies put together from written parts say what the whole would have said, and only where the parts decide."""

from __future__ import annotations

import json

import pytest

from conformance.model.operation import MediaType
from conformance.sandbox.envelope import Envelope
from conformance.sandbox.frames import frame, is_open
from conformance.spec.schema import SchemaSet

ITEM = {"type": "object", "properties": {"id": {"type": "string"}}}
LIST = {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}
BODY = {"type": "object", "required": ["data"], "x-note": 1, "properties": {"data": LIST, "total": {"type": "integer"}}}


def opened(body, *, path=("data",), many=True):
    schemas = SchemaSet({"components": {"schemas": {"Item": ITEM, "Body": body}}})
    media = MediaType(name="application/json", schema=schemas.node("/components/schemas/Body"))
    return is_open(media, Envelope(path=path, many=many, item=schemas.node("/components/schemas/Item")))


@pytest.mark.parametrize(
    ("body", "path", "many"),
    [
        (BODY, ("data",), True),
        (LIST, (), True),
        ({"type": "object", "properties": {"data": {"$ref": "#/components/schemas/Item"}}}, ("data",), False),
        ({"properties": {"a": BODY}}, ("a", "data"), True),
    ],
)
def test_where_schemas_say_nothing_but_their_parts_the_parts_decide(body, path, many):
    assert opened(body, path=path, many=many)


@pytest.mark.parametrize(
    "body",
    [
        {**BODY, "maxProperties": 1},
        {**BODY, "if": {"properties": {"data": {"minItems": 2}}}, "then": {"required": ["total"]}},
        {**BODY, "allOf": [{"properties": {"data": {"maxItems": 1}}}]},
        {**BODY, "patternProperties": {"^d": {"maxItems": 1}}},
        {**BODY, "unevaluatedProperties": False},
        {**BODY, "properties": {"data": {**LIST, "uniqueItems": True}}},
        {**BODY, "properties": {"data": {**LIST, "maxItems": 2}}},
        {**BODY, "properties": {"data": {**LIST, "contains": {"required": ["id"]}}}},
        {**BODY, "properties": {"data": {**LIST, "prefixItems": [{"type": "string"}]}}},
        {**BODY, "properties": {"data": {"$ref": "#/components/schemas/Item", "minProperties": 1}}},
        {**BODY, "properties": {"other": LIST}},
    ],
)
def test_where_a_schema_speaks_of_the_whole_the_whole_is_checked(body):
    assert not opened(body)


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("path", [(), ("data",), ("a", "data")])
def test_a_body_from_written_parts_is_the_body(path, many):
    things = [{"id": "ü"}, {"id": '"'}] if many else {"id": "a"}
    whole = things
    for name in reversed(path):
        whole = {"before": 1, name: whole, "after": [None]}
    around = frame(whole, path, many=many)
    texts = [json.dumps(thing).encode() for thing in (things if many else [things])]
    assert around is not None
    assert json.loads(around.around(b",".join(texts))) == whole


def test_a_body_that_holds_the_mark_itself_is_not_taken_apart():
    assert frame({"data": [], "other": "\x01the thing itself\x01"}, ("data",), many=True) is None

"""What was made before never changes what is made now: a cast is what would have been made without a mould."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from conformance.sandbox.sample import Sampler
from conformance.spec.schema import SchemaSet

CARD = {"type": "object", "properties": {"number": {"type": "string"}, "limit": {"type": "integer"}}, "required": ["number"]}
BANK = {"type": "object", "properties": {"iban": {"type": "string", "minLength": 5}}, "required": ["iban"]}
SCHEMAS: dict[str, Any] = {
    "plain": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 12},
            "size": {"type": "integer", "minimum": 3},
            "kind": {"enum": ["a", "b"]},
            "made": {"type": "string", "format": "uuid"},
            "note": {"type": "string", "example": "an example"},
            "tags": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}},
            "secret": {"type": "string", "writeOnly": True},
        },
        "required": ["made"],
    },
    "by branch": {
        "type": "object",
        "properties": {
            "kind": {"type": "string"},
            "way": {"oneOf": [{**CARD, "additionalProperties": False}, {**BANK, "additionalProperties": False}]},
        },
    },
    "by value": {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}, "size": {"type": "integer"}, "name": {"type": "string"}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["size"]},
        "else": {"required": ["other"]},
    },
    "nullable": {"anyOf": [{**CARD}, {"type": "null"}]},
    "heavy": {
        "type": "object",
        "properties": {
            **{f"p{index}": {"type": "integer", "example": index} for index in range(60)},
            "name": {"type": "string", "maxLength": 12},
            "size": {"type": "integer", "minimum": 3},
            "kind": {"enum": ["a", "b"]},
            "made": {"type": "string", "format": "uuid"},
        },
        "additionalProperties": {"type": "object", "maxProperties": 0},
    },
    "list": {"type": "array", "uniqueItems": True, "items": CARD},
}
# fmt: off
HINTS: tuple[Any, ...] = (
    {}, {"name": "one"}, {"name": "much too long for the schema"}, {"name": "two"}, {"name": 5}, {"size": 1}, {"size": 7},
    {"kind": "a", "size": 4}, {"kind": "b", "size": 4}, {"kind": "c", "size": 4}, {"tags": ["x", "Y", "z"]}, {"tags": ["x", "y", "z"]},
    {"tags": []}, {"secret": "s"}, {"unknown": {"a": 1}}, {"way": {"number": "1"}}, {"way": {"iban": "12345"}},
    {"way": {"iban": "1"}}, {"way": {"number": "2", "limit": None}}, {"number": "9"}, {"number": "10", "limit": 3}, None,
    [{"number": "1"}, {"number": "2"}], [{"number": "1"}, {"number": "1"}], [{"limit": 4}, {"number": 4}],
)
# fmt: on


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_value_does_not_depend_on_what_was_made_before(name: str) -> None:
    schema = SchemaSet({"components": {"schemas": {"A": SCHEMAS[name]}}}).node("/components/schemas/A")
    experienced = Sampler(direction="response", seed=3)
    for first, second in itertools.permutations(HINTS, 2):
        experienced.complete(schema, first, salt="first")
        found = experienced.complete(schema, second, salt="second")
        assert found == Sampler(direction="response", seed=3).complete(schema, second, salt="second"), (first, second)
        assert schema.is_valid(found, direction="response")


def test_another_salt_gives_other_texts_and_ids_and_keeps_what_was_said() -> None:
    schema = SchemaSet({"components": {"schemas": {"A": SCHEMAS["plain"]}}}).node("/components/schemas/A")
    sampler = Sampler(direction="response")
    found = [sampler.complete(schema, {"size": size}, salt=str(size)) for size in range(3, 33)]
    assert [value["size"] for value in found] == list(range(3, 33))
    assert len({value["made"] for value in found}) == len({value["name"] for value in found}) == 30
    assert {value["note"] for value in found} == {"an example"}


def test_a_value_that_one_schema_refused_is_kept_when_it_fits() -> None:
    schema = SchemaSet({"components": {"schemas": {"A": SCHEMAS["plain"]}}}).node("/components/schemas/A")
    sampler = Sampler(direction="response")
    assert sampler.complete(schema, {"name": "much too long for the schema"})["name"] != "much too long for the schema"
    assert sampler.complete(schema, {"name": "short"})["name"] == "short"

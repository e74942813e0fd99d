"""Samples satisfy their schemas, keep what they are given, and say so when they cannot."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from conformance.sandbox.patterns import matching
from conformance.sandbox.sample import Sampler, Unsatisfiable

TRICKY = {
    "type list with null": {"type": ["null", "string"], "minLength": 3},
    "enum of mixed types": {"enum": [None, 3, "x"]},
    "const object": {"const": {"a": [1, None]}},
    "invalid default and example": {"type": "integer", "minimum": 5, "default": "no", "example": 1},
    "exclusive bounds": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
    "multiple within bounds": {"type": "integer", "multipleOf": 7, "minimum": 50, "maximum": 60},
    "negative range": {"type": "integer", "maximum": -5},
    "fractional step": {"type": "number", "multipleOf": 0.01, "minimum": 0.1},
    "phone pattern": {"type": "string", "pattern": r"^\+[1-9]\d{6,14}$"},
    "pattern with bounds": {"type": "string", "pattern": "^[a-z]+$", "minLength": 40, "maxLength": 45},
    "unanchored pattern": {"type": "string", "pattern": "[0-9]{3}", "minLength": 20},
    "alternatives": {"type": "string", "pattern": "^(foo|ba[rz]{2,3})-(?<year>\\d{4})$"},
    "unicode class": {"type": "string", "pattern": r"^[\p{L} ]{2,8}$"},
    "format and length": {"type": "string", "format": "uri", "maxLength": 60},
    "ipv6": {"type": "string", "format": "ipv6"},
    "byte": {"type": "string", "format": "byte"},
    "int32": {"type": "integer", "format": "int32", "minimum": 2147483647},
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False, "minItems": 2},
    "unique enum items": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True, "minItems": 3},
    "contains": {"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 100}, "minContains": 2, "minItems": 3},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 3},
    "property names": {"type": "object", "propertyNames": {"pattern": "^k[0-9]$"}, "minProperties": 2},
    "pattern properties": {
        "type": "object",
        "patternProperties": {"^x-": {"type": "integer"}},
        "additionalProperties": False,
        "minProperties": 1,
    },
    "few properties": {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "required": ["c"], "maxProperties": 1},
    "required but undeclared": {"type": "object", "required": ["x"], "additionalProperties": {"type": "boolean"}},
    "dependent": {"properties": {"a": {"type": "string"}}, "required": ["a"], "dependentRequired": {"a": ["b"]}},
    "merged": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"a": {"minLength": 5}, "b": {"type": "integer"}}, "required": ["b"]},
        ]
    },
    "one of three": {"oneOf": [{"type": "integer", "minimum": 5}, {"type": "integer", "maximum": 5}, {"type": "string"}]},
    "exclusive branches": {
        "oneOf": [
            {"properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": "string"}}, "required": ["b"]},
        ],
        "type": "object",
    },
    "not": {"type": "string", "not": {"pattern": "^[a-z]"}},
    "not an enum": {"enum": ["a", "b"], "not": {"const": "a"}},
    "condition": {
        "type": "object",
        "properties": {"kind": {"enum": ["x", "y"]}, "size": {"type": "integer"}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "x"}}},
        "then": {"required": ["size"]},
        "else": {"required": ["other"]},
    },
    "closed by evaluation": {
        "allOf": [{"properties": {"a": {"type": "integer"}}}],
        "properties": {"b": {"type": "string"}},
        "unevaluatedProperties": False,
    },
    "siblings of a reference": {"$ref": "#/components/schemas/Node", "required": ["name"]},
    "recursive": {"$ref": "#/components/schemas/Node"},
    "anything": {},
    "true": True,
}
NODE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "next": {"$ref": "#/components/schemas/Node"},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
    },
}


def schema_of(document_of, value):
    return document_of({"paths": {}, "components": {"schemas": {"It": value, "Node": NODE}}}).schema("/components/schemas/It")


@pytest.mark.parametrize("name", TRICKY)
@pytest.mark.parametrize("direction", ["request", "response"])
def test_a_sample_is_valid(document_of, name, direction):
    schema = schema_of(document_of, TRICKY[name])
    for rich in (True, False):
        for salt in ("a", "b"):
            value = Sampler(direction=direction).sample(schema, salt=salt, rich=rich)
            assert schema.is_valid(value, direction=direction), value
            json.dumps(value, allow_nan=False)


@pytest.mark.parametrize(
    "impossible",
    [
        False,
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"enum": []},
        {"type": "object", "required": ["a"], "properties": {"a": False}},
        {"$ref": "#/components/schemas/Absent"},
        {"type": "array", "minItems": 2, "items": {"const": 1}, "uniqueItems": True},
    ],
)
def test_what_cannot_be_satisfied_is_said_to_be_so(document_of, impossible):
    with pytest.raises((Unsatisfiable, LookupError)):
        Sampler(direction="response").sample(schema_of(document_of, impossible))


@pytest.mark.parametrize(
    "malformed",
    [
        {"type": 5},
        {"type": "object", "required": "a"},
        {"type": "object", "properties": []},
        {"minLength": "x", "type": "string"},
        {"enum": "abc"},
        {"allOf": {}},
        {"oneOf": [3]},
        {"type": "array", "items": 5},
        {"multipleOf": 0, "type": "number"},
        {"type": "object", "properties": {"a": 3}, "required": ["a"]},
        {"discriminator": "x", "oneOf": [{"type": "string"}]},
    ],
)
def test_a_malformed_schema_never_ends_in_another_error(document_of, malformed):
    with suppress(Unsatisfiable):
        Sampler(direction="response").sample(schema_of(document_of, malformed))


def test_a_partial_value_is_kept_where_it_fits_and_replaced_where_it_does_not(document_of):
    schema = schema_of(
        document_of,
        {
            "type": "object",
            "required": ["a", "b"],
            "properties": {
                "a": {"type": "string"},
                "b": {"type": "integer"},
                "c": {"type": "object", "properties": {"d": {"enum": ["x", "y"]}}},
                "secret": {"type": "string", "writeOnly": True},
            },
        },
    )
    value = Sampler(direction="response").complete(schema, {"a": "kept", "b": "no", "c": {"d": "y"}, "secret": "s", "unknown": 1})
    assert (value["a"], value["c"]) == ("kept", {"d": "y"})
    assert isinstance(value["b"], int)
    assert not {"secret", "unknown"} & value.keys()


def test_the_branch_that_keeps_the_partial_value_is_chosen(document_of):
    schema = schema_of(
        document_of,
        {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["kind", "wheels"],
                    "properties": {"kind": {"const": "car"}, "wheels": {"type": "integer"}},
                },
                {
                    "type": "object",
                    "required": ["kind", "sails"],
                    "properties": {"kind": {"const": "boat"}, "sails": {"type": "integer"}},
                },
            ]
        },
    )
    assert Sampler(direction="response").complete(schema, {"kind": "boat", "sails": 3}) == {"kind": "boat", "sails": 3}


def test_a_thing_stays_of_its_kind_whatever_else_it_is_given(document_of):
    names = ("topic", "nsfw", "slowmode", "layout")
    talk = {"properties": {"kind": {"enum": [1]}, "with": {"type": "string"}}, "required": ["kind", "with"]}
    room = {"properties": {"kind": {"enum": [0, 2]}, **{name: {"type": "string"} for name in names}}, "required": ["kind"]}
    schema = schema_of(document_of, {"oneOf": [{"type": "object", **room}, {"type": "object", **talk}]})
    given = {"kind": 1, "with": "Ada", **dict.fromkeys(names, "x")}
    made = Sampler(direction="response").complete(schema, given)
    assert (made["kind"], made["with"]) == (1, "Ada")


def test_read_only_is_left_out_of_requests_and_write_only_out_of_responses(document_of):
    schema = schema_of(
        document_of,
        {
            "type": "object",
            "required": ["id", "pin"],
            "properties": {"id": {"type": "string", "readOnly": True}, "pin": {"type": "string", "writeOnly": True}},
        },
    )
    assert Sampler(direction="request").sample(schema).keys() == {"pin"}
    assert Sampler(direction="response").sample(schema).keys() == {"id"}


def test_samples_repeat_with_the_salt_and_change_with_it(document_of):
    schema = schema_of(document_of, {"type": "string", "format": "uuid"})
    sampler = Sampler(direction="response", seed=3)
    assert sampler.sample(schema, salt="a") == sampler.sample(schema, salt="a") != sampler.sample(schema, salt="b")


@pytest.mark.parametrize("pattern", [r"^a{2,3}[^b-z]\w\s?$", r"^(x|y)\1$", r"^\d{3}-\d{4}$", "^[A-Z]{2}[0-9]{1,3}?$", ".+@.+"])
def test_strings_match_their_pattern(pattern):
    import re
    from random import Random

    assert any(re.search(pattern, found) for found in matching(pattern, Random(1)))

"""Documents that mean the same have no changes between them, however they are written."""

import json
from pathlib import Path

import pytest
import yaml
from diff.building import base, document, in_operation, in_request, in_response
from diff.rewriting import WAYS, shuffled

from conformance.diff.diff import changed_operations, diff
from conformance.spec.document import Document
from conformance.spec.load import load, parse

ROOT = Path(__file__).parents[2]
REAL = [ROOT / "specs" / "telnyx-v2.json", ROOT.parent / "shared" / "specs" / "telnyx-2021.json",
        ROOT.parent / "shared" / "specs" / "telnyx-official-2026-07.json"]  # fmt: skip
S, N, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}
PET = {"type": "object", "required": ["name", "kind"], "properties": {"name": S, "kind": {"enum": ["cat", "dog"]}}}
CAT = {"$ref": "#/components/schemas/Cat"}

EQUAL = {
    "an inlined component": (CAT, base()["components"]["schemas"]["Cat"]),
    "an allOf of one": (PET, {"allOf": [PET]}),
    "a union of one": (PET, {"oneOf": [PET]}),
    "an allOf that is merged": (
        PET,
        {"allOf": [{"type": "object", "properties": {"name": S}}, {"required": ["kind", "name"], "properties": {"kind": {"enum": ["dog", "cat"]}}}]},
    ),
    "null in a list of types and in a union": ({"type": ["string", "null"]}, {"anyOf": [S, NULL]}),
    "null in unions of both kinds": ({"anyOf": [S, NULL]}, {"oneOf": [NULL, S]}),
    "null beside a reference": ({"oneOf": [CAT, NULL]}, {"anyOf": [NULL, {"allOf": [CAT]}]}),
    "null in a union of several": ({"anyOf": [S, N, NULL]}, {"anyOf": [S, {"anyOf": [N, NULL]}]}),
    "null in an enum": ({"type": ["string", "null"], "enum": ["a", None]}, {"anyOf": [{"const": "a"}, NULL]}),
    "a constant and an enum of one": ({"const": "a"}, {"enum": ["a"]}),
    "an enum as constants": ({"enum": ["a", "b"]}, {"oneOf": [{"const": "b", "title": "B"}, {"const": "a"}]}),
    "types in a list and in a union": ({"type": ["string", "integer"]}, {"anyOf": [S, N]}),
    "unions in another order": ({"anyOf": [S, PET]}, {"anyOf": [PET, S]}),
    "a union within a union": ({"anyOf": [S, N, PET]}, {"anyOf": [S, {"anyOf": [N, PET]}]}),
    "oneOf and anyOf of what excludes itself": ({"oneOf": [S, PET]}, {"anyOf": [S, PET]}),
    "what is beside a union, in its branches": (
        {"type": "object", "properties": {"a": S}, "oneOf": [{"required": ["b"], "properties": {"b": N}}, {"required": ["c"], "properties": {"c": N}}]},
        {"oneOf": [{"type": "object", "required": ["b"], "properties": {"a": S, "b": N}}, {"type": "object", "required": ["c"], "properties": {"a": S, "c": N}}]},
    ),
    "an excluded bound of integers": ({**N, "exclusiveMinimum": 0}, {**N, "minimum": 1}),
    "limits that say nothing": ({**S, "minLength": 0, "minimum": 4}, S),
    "lists in another order": (PET, {**PET, "required": ["kind", "name"], "properties": {"kind": {"enum": ["dog", "cat"]}, "name": S}}),
    "empty keywords": ({"type": "object", "properties": {}}, {"type": "object", "required": [], "additionalProperties": True}),
    "numbers written otherwise": ({"type": "number", "minimum": 1, "enum": [1, 2]}, {"type": "number", "minimum": 1.0, "enum": [1.0, 2]}),
    "patterns that take the same": ({**S, "pattern": r"^\d{2}$"}, {**S, "pattern": "^[0-9][0-9]$"}),
    "words and examples": ({**S, "description": "a", "example": "x"}, {**S, "title": "t", "examples": ["y"]}),
    "booleans listed": ({"type": "boolean", "enum": [True, False]}, {"type": "boolean"}),
    "a repeated branch": ({"anyOf": [S, S, N]}, {"anyOf": [S, N]}),
    "a multiple of one": ({**N, "multipleOf": 1}, N),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), EQUAL.values(), ids=EQUAL)
@pytest.mark.parametrize("build", [in_request, in_response])
def test_schemas_that_mean_the_same(one, other, build, between):
    assert between(build(one), build(other)) == []
    assert between(build(other), build(one)) == []


def nullable(**more):
    return {"type": "object", "properties": {"a": {"type": "string", "nullable": True}, **more}}


VERSIONS = {
    "nullable": (nullable(), {"type": "object", "properties": {"a": {"type": ["string", "null"]}}}),
    "a nullable reference": (
        {"type": "object", "properties": {"a": {"nullable": True, "allOf": [CAT]}}},
        {"type": "object", "properties": {"a": {"anyOf": [CAT, NULL]}}},
    ),
    "a nullable enum": ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
    "bounds": ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, {"type": "number", "exclusiveMinimum": 0}),
    "bounds that are not excluded": (
        {"type": "number", "maximum": 0, "exclusiveMaximum": False},
        {"type": "number", "maximum": 0},
    ),
    "base64": ({"type": "string", "format": "byte"}, {"type": "string", "contentEncoding": "base64"}),
    "bytes": ({"type": "string", "format": "binary"}, {"contentMediaType": "application/octet-stream"}),
    "siblings that 3.0 ignores": ({"$ref": "#/components/schemas/Cat", "nullable": True}, CAT),
}


@pytest.mark.parametrize(("old", "new"), VERSIONS.values(), ids=VERSIONS)
def test_3_0_and_3_1_that_mean_the_same(old, new, between):
    cat = {"schemas": {"Cat": {"type": "object", "properties": {"kind": {"enum": ["cat"]}}}}}
    before, after = in_response(old, openapi="3.0.3", components=cat), in_response(new, components=cat)
    assert between(before, after) == []
    assert between(after, before) == []


def test_what_3_0_and_3_1_say_otherwise_is_found(between):
    before = in_response({"type": "string", "nullable": True}, openapi="3.0.3")
    (change,) = between(before, in_response({"type": "string"}))
    assert (change.id, change.old_pointer.rpartition("/")[2]) == ("null-refused", "nullable")


def shared_parameter(kind):
    parameter = {"name": "q", "in": "query", "schema": S}
    if kind == "shared":
        value = base(components={"parameters": {"Q": parameter}})
        value["paths"]["/pets"]["parameters"] = [{"$ref": "#/components/parameters/Q"}]
        return value
    return in_operation({"parameters": [parameter]})


MESSAGES = {
    "a parameter of the path item": (shared_parameter("shared"), shared_parameter("own")),
    "parameters in another order": (
        in_operation({"parameters": [{"name": "a", "in": "query", "schema": S}, {"name": "b", "in": "query", "schema": S}]}),
        in_operation({"parameters": [{"name": "b", "in": "query", "schema": S}, {"name": "a", "in": "query", "schema": S}]}),
    ),
    "styles that are the default": (
        in_operation({"parameters": [{"name": "a", "in": "query", "schema": {"type": "array"}}]}),
        in_operation(
            {"parameters": [{"name": "a", "in": "query", "style": "form", "explode": True, "schema": {"type": "array"}}]}
        ),
    ),
    "explode of a scalar": (
        in_operation({"parameters": [{"name": "a", "in": "query", "schema": S}]}),
        in_operation({"parameters": [{"name": "a", "in": "query", "explode": False, "schema": S}]}),
    ),
    "headers in other letters": (
        in_operation({"parameters": [{"name": "X-A", "in": "header", "schema": S}]}),
        in_operation({"parameters": [{"name": "x-a", "in": "header", "schema": S}]}),
    ),
    "a header that is ignored": (
        in_operation({}),
        in_operation({"parameters": [{"name": "Accept", "in": "header", "schema": S}]}),
    ),
    "a media type in other letters": (
        in_operation({"responses": {"200": {"description": "", "content": {"application/json": {"schema": S}}}}}),
        in_operation({"responses": {"200": {"description": "", "content": {"Application/JSON; charset=utf-8": {"schema": S}}}}}),
    ),
    "security of the document and of the operation": (base(security=[{"key": []}]), in_operation({"security": [{"key": []}]})),
    "security schemes called otherwise": (
        base(security=[{"key": []}]),
        base(
            security=[{"other": []}],
            components={"securitySchemes": {"other": {"type": "apiKey", "in": "header", "name": "x-key"}}},
        ),
    ),
    "alternatives of security in another order": (
        base(security=[{"key": []}, {"token": []}]),
        base(security=[{"token": []}, {"key": []}]),
    ),
    "servers of the document and of the operation": (base(), in_operation({"servers": [{"url": "https://api.test/v1/"}]})),
    "servers with words and variables": (
        base(servers=[{"url": "https://{host}/v1", "variables": {"host": {"default": "api.test"}}}]),
        base(servers=[{"url": "https://api.test/v1", "description": "the real one"}]),
    ),
    "tags in another order": (base(tags=[{"name": "pets"}]), base(tags=[])),
    "bytes with and without a schema": (
        in_operation(
            {
                "responses": {
                    "200": {"description": "", "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}
                }
            }
        ),
        in_operation({"responses": {"200": {"description": "", "content": {"image/png": {}}}}}),
    ),
    "an unused component": (base(), base(components={"schemas": {"Unused": S}})),
}


@pytest.mark.parametrize(("one", "other"), MESSAGES.values(), ids=MESSAGES)
def test_messages_that_mean_the_same(one, other, between):
    assert between(one, other) == []
    assert between(other, one) == []


def test_a_recursive_component_is_the_same_as_one_level_of_it(between):
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}, "name": S}}
    unrolled = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}, "name": S}}
    components = {"schemas": {"Node": node}}
    reference = {"$ref": "#/components/schemas/Node"}
    assert between(in_response(reference, components=components), in_response(unrolled, components=components)) == []


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
@pytest.mark.slow
def test_a_real_document_is_the_same_however_it_is_written(path):
    if not path.exists():
        pytest.skip("the document is not here")
    source = load(path)
    old = Document(source)
    for way in WAYS:
        new = Document(parse("new.json", json.dumps(way(source.value)).encode()))
        assert diff(old, new) == (), way.__name__
    assert changed_operations(old, Document(source)) == ()


def test_a_version_that_is_raised_is_no_change(between):
    assert between(base(), base(info={"title": "Pets", "version": "1.1.0"})) == []


def test_a_document_in_yaml_is_the_same():
    value = base(webhooks={"sent": {"post": {"responses": {"200": {"description": ""}}}}})
    as_yaml = Document(parse("new.yaml", yaml.safe_dump(shuffled(value)).encode()))
    assert diff(document(value), as_yaml) == ()

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.spec.document import Document
from conformance.spec.load import Source
from conformance.spec.schema import SchemaNode

TREE = {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string"}, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}}}  # fmt: skip


def written(change: str, to: str) -> dict[str, Any]:
    return json.loads(json.dumps(TREE).replace(change, to))  # type: ignore[no-any-return]


def document(schemas: dict[str, Any], *, version: str = "3.1.0") -> Document:
    value = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": schemas}}
    return Document(Source(uri="inline", text=json.dumps(value), value=value, form="JSON"))


def errors(schemas: dict[str, Any], value: Any, *, name: str = "Main") -> list[tuple[str, str]]:
    schema: SchemaNode = document(schemas).schema(f"/components/schemas/{name}")
    assert schema.problem() is None
    return [(error.keyword, error.schema_pointer) for error in schema.errors(value)]


CLOSED = {
    "Tree": {"$id": "https://example.test/tree", "$dynamicAnchor": "node", **TREE},
    "Main": {"$id": "https://example.test/closed", "$dynamicAnchor": "node", "$ref": "https://example.test/tree",
             "unevaluatedProperties": False},
}  # fmt: skip


@pytest.mark.parametrize(
    "schemas",
    [
        CLOSED,
        {"Main": {"$dynamicAnchor": "node", **TREE}},
        {"Main": {"$anchor": "node", **written("$dynamicRef", "$ref")}},
        {"Tree": {"$id": "tree.json", **json.loads(json.dumps(TREE).replace("$dynamicRef", "$ref").replace("#node", "#"))},
         "Main": {"$ref": "tree.json"}},
        {"Main": {"$id": "https://example.test/a", "$defs": {"n": {"$anchor": "node", **written("$dynamicRef", "$ref")}},
                  "$ref": "#/$defs/n"}},
        {"Tree": written('"$dynamicRef": "#node"', '"$ref": "#/components/schemas/Tree"'),
         "Main": {"$id": "https://example.test/b", "$ref": "#/components/schemas/Tree"}},
    ],
)  # fmt: skip
def test_a_named_schema_is_found_and_its_errors_stand_in_the_document(schemas: dict[str, Any]) -> None:
    assert errors(schemas, {"name": "a", "children": [{"name": "b"}]}) == []
    [(keyword, pointer)] = errors(schemas, {"name": "a", "children": [{"name": 1}]})
    assert keyword == "type"
    assert pointer.startswith("/components/schemas/")
    assert pointer.endswith("/properties/name/type")


def test_dynamic_scope_reaches_the_schema_that_was_asked() -> None:
    grown = {"name": "a", "children": [{"name": "b", "age": 1}]}
    assert errors(CLOSED, grown, name="Tree") == []
    assert errors(CLOSED, grown) == [("unevaluatedProperties", "/components/schemas/Main/unevaluatedProperties")]


def test_a_tree_without_names_knows_pointers_alone() -> None:
    names = document(CLOSED).schemas.validators.names
    plain = names.plain()["components"]["schemas"]
    assert "$id" not in json.dumps(plain)
    assert plain["Main"]["$ref"] == "#/components/schemas/Tree"
    assert plain["Tree"]["properties"]["children"]["items"] == {"$ref": "#/components/schemas/Tree"}


def test_a_document_without_names_has_none() -> None:
    assert not document({"Main": {"type": "string"}, "Other": {"$ref": "#/components/schemas/Main"}}).schemas.validators.names


@pytest.mark.parametrize("reference", ["#nowhere", "https://example.test/other", "other.json", "#/nowhere"])
def test_a_reference_that_leads_nowhere_is_a_problem_and_no_traceback(reference: str) -> None:
    schema = document({"Main": {"type": "object", "properties": {"a": {"$ref": reference}}}}).schema("/components/schemas/Main")
    assert schema.problem() is not None
    assert schema.errors({"a": 1}) == ()


@pytest.mark.parametrize(("form", "great"), [("int32", 2**31), ("int64", 2**63)])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_the_format_of_a_whole_number_sets_its_bounds(version: str, form: str, great: int) -> None:
    schema = document({"Main": {"type": "integer", "format": form, "minimum": 0}}, version=version).schema(
        "/components/schemas/Main"
    )
    assert schema.is_valid(great - 1)
    [error] = schema.errors(great)
    assert (error.keyword, error.schema_pointer) == ("format", "/components/schemas/Main/format")
    [error] = schema.errors(-1)
    assert (error.keyword, error.schema_pointer) == ("minimum", "/components/schemas/Main/minimum")

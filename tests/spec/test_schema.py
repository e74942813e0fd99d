from __future__ import annotations

from typing import Any

import pytest


def schema(make_document: Any, value: Any, **schemas: Any) -> Any:
    return make_document({}, components={"schemas": {"S": value, **schemas}}).schema("/components/schemas/S")


def test_a_pattern_that_cannot_be_compiled_costs_its_own_promise_alone(make_document: Any) -> None:
    found = schema(make_document, {"properties": {"a": {"type": "string", "pattern": "(?<!"}, "b": {"type": "integer"}}})
    assert found.problem() is None
    assert found.is_valid({"a": "x", "b": 1})
    assert [error.instance_pointer for error in found.errors({"a": 5, "b": "x"})] == ["/a", "/b"]


def test_a_schema_that_refers_to_nothing_is_a_problem_and_accuses_nobody(make_document: Any) -> None:
    found = schema(make_document, {"properties": {"a": {"$ref": "#/components/schemas/Missing"}}})
    assert found.problem() is not None
    assert found.errors({"a": 1}) == ()


def test_recursion_is_found_by_the_pointer(make_document: Any) -> None:
    node = {"properties": {"child": {"$ref": "#/components/schemas/S"}}}
    found = schema(make_document, node)
    assert found.properties()["child"].pointer == found.pointer
    assert [error.instance_pointer for error in found.errors({"child": {"child": 5}})] == []


@pytest.mark.parametrize(("direction", "valid"), [("request", True), ("response", False), ("any", False)])
def test_read_only_counts_by_direction(make_document: Any, direction: str, valid: bool) -> None:
    found = schema(make_document, {"required": ["id"], "properties": {"id": {"readOnly": True}}})
    assert found.is_valid({}, direction=direction) is valid


def test_a_reference_with_siblings_means_both(make_document: Any) -> None:
    found = schema(make_document, {"$ref": "#/components/schemas/Base", "maxLength": 3}, Base={"type": "string", "minLength": 2})
    assert found.is_valid("abc")
    assert not found.is_valid("abcd")
    assert not found.is_valid("a")
    assert [branch.pointer for branch in found.branches("allOf")] == ["/components/schemas/Base"]


def test_an_error_names_the_place_of_the_keyword_behind_the_reference(make_document: Any) -> None:
    found = schema(make_document, {"items": {"$ref": "#/components/schemas/N"}}, N={"type": "integer", "maximum": 5})
    (error,) = found.errors([1, 9])
    assert (error.instance_pointer, error.schema_pointer, error.keyword) == ("/1", "/components/schemas/N/maximum", "maximum")

"""What there is to cover of an operation."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.coverage.dimensions import DIMENSIONS
from conformance.coverage.fields import MAX_DEPTH, MAX_PLACES
from conformance.coverage.universe import universe
from conformance.spec.document import Document


def _body(schema: Any, **components: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/x": {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}}}},
        "components": {"schemas": components},
    }


def test_a_universe_has_every_dimension_in_the_order_of_the_reports(pets: Document) -> None:
    assert tuple(universe(pets.by_label["GET /pets"])) == DIMENSIONS


def test_parameters_are_named_by_place_and_objects_by_their_leaves(pets: Document) -> None:
    assert universe(pets.by_label["GET /pets"])["parameters"] == (
        "query:status",
        "query:page[size]",
        "query:page[number]",
        "query:filter[age]",
        "query:filter[kind][eq]",
        "query:filter[kind][in]",
        "query:filter[age][gte]",
        "query:tags",
        "header:X-Trace",
    )


def test_listed_values_are_those_of_enums_constants_and_booleans(pets: Document) -> None:
    assert universe(pets.by_label["GET /pets"])["values"] == (
        "query:status=active",
        "query:status=sold",
        "query:filter[kind][eq]=cat",
        "query:filter[kind][eq]=dog",
        "query:tags=a",
        "query:tags=b",
        "header:X-Trace=true",
        "header:X-Trace=false",
    )
    assert universe(pets.by_label["POST /pets"])["values"] == (
        "body:/kind=cat",
        "body:/kind=dog",
        "body:/good=true",
        "body:/good=false",
    )
    assert universe(pets.by_label["DELETE /pets/{id}"])["values"] == ("path:id=one", "path:id=two")


def test_request_fields_come_through_every_branch_without_what_is_read_only(pets: Document) -> None:
    found = universe(pets.by_label["POST /pets"])
    assert found["request_media"] == ("application/json", "application/x-www-form-urlencoded", "application/octet-stream")
    assert set(found["request_fields"]) == {
        "application/json:/name",
        "application/json:/kind",
        "application/json:/lives",
        "application/json:/good",
        "application/json:/secret",
        "application/json:/parent",
        "application/x-www-form-urlencoded:/name",
    }


def test_response_fields_are_told_apart_by_status_and_media_type_without_what_is_write_only(pets: Document) -> None:
    found = universe(pets.by_label["GET /pets"])
    assert found["statuses"] == ("200", "4XX", "default")
    assert found["response_media"] == ("200:application/json", "4XX:application/problem+json")
    assert set(found["response_fields"]) == {
        "200:application/json:/data",
        "200:application/json:/data/*/id",
        "200:application/json:/data/*/name",
        "200:application/json:/data/*/kind",
        "200:application/json:/data/*/lives",
        "200:application/json:/data/*/good",
        "200:application/json:/data/*/parent",
        "200:application/json:/data/*/owner",
        "200:application/json:/data/*/owner/email",
        "200:application/json:/meta",
        "200:application/json:/meta/*/n",
        "4XX:application/problem+json:/title",
    }


def test_a_schema_that_contains_itself_through_another_is_cut_where_it_comes_back(load: Any) -> None:
    document = load(
        _body(
            {"$ref": "#/components/schemas/A"},
            A={"properties": {"b": {"type": "array", "items": {"$ref": "#/components/schemas/B"}}}},
            B={"properties": {"a": {"$ref": "#/components/schemas/A"}, "n": {"type": "integer"}}},
        )
    )
    found = universe(document.operations[0])["request_fields"]
    assert found == ("application/json:/b", "application/json:/b/*/a", "application/json:/b/*/n")


def test_a_schema_used_twice_side_by_side_counts_twice(load: Any) -> None:
    address = {"properties": {"city": {"type": "string"}}}
    ref = {"$ref": "#/components/schemas/Address"}
    document = load(_body({"properties": {"from": ref, "to": ref}}, Address=address))
    found = universe(document.operations[0])["request_fields"]
    assert {"application/json:/from/city", "application/json:/to/city"} <= set(found)


def test_a_schema_without_measure_is_cut_and_keeps_its_shallow_fields(load: Any) -> None:
    names = [f"N{index}" for index in range(30)]
    all_of_them = {name: {"properties": {other: {"$ref": f"#/components/schemas/{other}"} for other in names}} for name in names}
    document = load(_body({"$ref": "#/components/schemas/N0"}, **all_of_them))
    found = universe(document.operations[0])["request_fields"]
    assert len(found) == MAX_PLACES
    assert {f"application/json:/{name}" for name in names} <= set(found)


def test_a_deep_schema_is_cut_at_the_greatest_depth(load: Any) -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(MAX_DEPTH + 5):
        schema = {"properties": {"a": schema}}
    found = universe(load(_body(schema)).operations[0])["request_fields"]
    assert len(found) == MAX_DEPTH


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": 7, "enum": "x", "items": 3},
        {"properties": {"a": None, "b": True, "c": []}, "allOf": {"x": 1}},
        {"enum": [[1], {"a": 1}, None, 1.0, True]},
        {"type": [None, {}], "patternProperties": {"[": 1}},
        {"$ref": "#/nowhere"},
        True,
    ],
)
def test_a_malformed_schema_never_stops_the_count(load: Any, schema: Any) -> None:
    found = universe(load(_body(schema)).operations[0])
    assert found["operations"] == ("called",)


def test_a_universe_is_worked_out_once(pets: Document) -> None:
    operation = pets.by_label["GET /pets"]
    assert universe(operation) is universe(operation)

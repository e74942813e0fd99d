"""Ways through schemas are counted by every reference, and no further than asked."""

import json

import pytest

from conformance.cases.width import is_wide
from conformance.spec.document import Document


def schema(document_from, schemas):
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}}
    post = {"requestBody": body, "responses": {"204": {"description": "done"}}}
    document = document_from({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"post": post}},
                              "components": {"schemas": schemas}})  # fmt: skip
    return document.operations[0].request_body.content["application/json"].schema


@pytest.fixture
def document_from(tmp_path):
    def load(value):
        (tmp_path / "d.json").write_text(json.dumps(value))
        return Document.load(tmp_path / "d.json")

    return load


def layers(count):
    """Each schema has two properties of the next one: twice the ways with each layer."""
    refs = [{"properties": {name: {"$ref": f"#/components/schemas/S{at + 1}"} for name in "ab"}} for at in range(count)]
    return {f"S{at}": value for at, value in enumerate([*refs, {"type": "string"}])}


def test_ways_are_counted_by_every_reference(document_from):
    one = schema(document_from, layers(3))  # 1 + 2 + 4 + 8
    assert is_wide(one, 14)
    assert not is_wide(one, 15)


def test_a_schema_inside_itself_ends_a_way(document_from):
    tree = {"properties": {"left": {"$ref": "#/components/schemas/S0"}, "right": {"items": {"$ref": "#/components/schemas/S0"}}}}
    assert not is_wide(schema(document_from, {"S0": tree}), 10)


def test_counting_ends_where_the_answer_is_known(document_from):
    assert is_wide(schema(document_from, layers(60)), 5_000)  # to count them all would take longer than the sun has

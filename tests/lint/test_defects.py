"""Documents with one planted defect each: every defect is found at its place, and nothing else is said."""

from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from conformance.lint.lint import lint
from conformance.spec.document import Document
from conformance.spec.structure import structure_errors

CLEAN = sorted((Path(__file__).with_name("data") / "clean").glob("*.yaml"))


def other(value):
    """What openapi-spec-validator says of a document."""
    validator = OpenAPIV30SpecValidator if value["openapi"].startswith("3.0") else OpenAPIV31SpecValidator
    try:
        return [error.message for error in validator(value).iter_errors()]
    except Exception as raised:
        return [str(raised)]


def told(found):
    return [(row.id, row.pointer, row.message) for row in found]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_the_shop_itself_has_no_finding(shop, version):
    value, read = shop
    assert told(lint(read({**value, "openapi": version}))) == []


def test_there_are_at_least_150_defects(defects):
    assert len({row["name"] for row in defects}) >= 150


def test_a_planted_defect_is_found_at_its_place_and_nothing_else_is_said(defect, defective, expected):
    found = lint(defective)
    assert expected in {(row.id, row.pointer) for row in found}, told(found)
    others = [row for row in found if (row.id, row.pointer) != expected and row.id not in defect.get("also", [])]
    assert told(others) == []


def test_a_rule_passes_the_example_of_its_page(passing):
    id_, document = passing
    assert [row for row in told(lint(document)) if row[0] == id_ or row[0] == "structure-invalid"] == []


def test_a_near_miss_is_no_finding(near_miss, near):
    assert told(lint(near)) == []


@pytest.mark.parametrize("path", CLEAN, ids=[path.stem for path in CLEAN])
def test_a_document_full_of_advanced_features_has_no_finding(path):
    assert told(lint(Document.load(path))) == []


# The other one does not follow a reference relative to the `$id` of its schema.
@pytest.mark.parametrize("path", [path for path in CLEAN if path.stem != "tree-3.1"], ids=lambda path: path.stem)
def test_a_second_validator_agrees_that_these_are_valid(path):
    assert other(Document.load(path).raw) == []


def test_whatever_a_second_validator_refuses_has_an_error_here_too(defects, shop_with):
    passed = []
    for row in [row for row in defects if row["rule"] == "structure-invalid"][::2]:
        if other(shop_with(row).raw):
            passed += [] if any(found.severity == "error" for found in lint(shop_with(row))) else [row["name"]]
    assert passed == []


def test_structural_defects_are_all_told_and_not_the_first_alone(shop_with):
    value = shop_with({}).raw
    del value["info"]["title"]
    value["paths"]["/orders"]["get"]["responses"]["200"].pop("description")
    value["tags"].append({})
    found = {error.pointer for error in structure_errors(value)}
    assert found == {"/info", "/paths/~1orders/get/responses/200", "/tags/3"}

"""A document that is no good is compared as far as it goes."""

import copy
import random

import pytest
from diff.building import base, document, in_response
from diff.pairs import SCHEMAS

from conformance.diff.diff import diff

JUNK = (None, 5, "x", [], {}, True, [1], {"a": 1}, -1.5)
KEYWORDS = ("enum", "required", "properties", "anyOf", "oneOf", "allOf", "items", "prefixItems", "minContains", "maxLength", "pattern",
            "format", "minimum", "multipleOf", "dependentRequired", "patternProperties", "discriminator", "type", "const", "not",
            "additionalProperties", "contains", "$ref", "default", "default", "if", "propertyNames")  # fmt: skip


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_keyword_with_a_value_of_a_wrong_type_ends_nothing(keyword):
    for junk in JUNK:
        for old, *_ in list(SCHEMAS.values())[::24]:
            if isinstance(old, dict):
                broken = (
                    {**copy.deepcopy(old), keyword: junk, "contains": {}}
                    if keyword == "minContains"
                    else {**copy.deepcopy(old), keyword: junk}
                )
                assert diff(document(in_response(broken)), document(in_response(broken))) == ()
                diff(document(in_response(old)), document(in_response(broken)))
                diff(document(in_response(broken)), document(in_response(old)))


def test_references_that_lead_nowhere_or_in_a_circle_end_nothing():
    chance = random.Random(1)
    names = ["A", "B", "C", "D"]
    for _ in range(60):
        schemas = {
            name: {chance.choice(["anyOf", "allOf", "oneOf"]): [{"$ref": f"#/components/schemas/{chance.choice([*names, 'Gone'])}"},
                                                                chance.choice([{"type": "string"}, {"type": "null"}, {}])]}
            for name in names
        }  # fmt: skip
        value = in_response({"$ref": "#/components/schemas/A"}, components={"schemas": schemas})
        assert diff(document(value), document(copy.deepcopy(value))) == ()
        diff(document(value), document(base()))
        diff(document(base()), document(value))

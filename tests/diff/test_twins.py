"""Names that differ by case alone collide in generated code."""

import pytest
from diff.building import base, in_operation, in_response

S = {"type": "string"}


def parameters(*names):
    return in_operation({"parameters": [{"name": name, "in": "query", "schema": S} for name in names]})


TWINS = {
    "properties": (in_response({"type": "object", "properties": {"userId": S}}),
                   in_response({"type": "object", "properties": {"userId": S, "userID": S}})),
    "enum values": (in_response({"enum": ["on"]}), in_response({"enum": ["on", "ON"]})),
    "parameters": (parameters("page"), parameters("page", "Page")),
    "schemas": (base(), base(components={"schemas": {"CAT": S}})),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), TWINS.values(), ids=TWINS)
def test_a_twin_is_told(old, new, between):
    (change,) = (change for change in between(old, new) if change.id == "case-twin-added")
    assert (change.level, change.sdk) == ("info", "breaking")
    assert [change for change in between(new, new) if change.id == "case-twin-added"] == []


def test_another_case_for_the_same_name_is_no_twin(between):
    old, new = TWINS["properties"][0], in_response({"type": "object", "properties": {"userID": S}})
    assert {change.id for change in between(old, new)} == {"property-added", "property-removed"}


def test_where_nothing_was_written_the_nearest_place_is_named(between):
    (change,) = between(in_response({"type": "array"}), in_response({"type": "array", "items": S}))
    assert change.old_pointer == "/paths/~1pets/get/responses/200/content/application~1json/schema"
    assert change.new_pointer.endswith("/schema/items/type")

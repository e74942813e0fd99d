"""Values that are written as text, where one is a list of one and 1 is "1"."""

import pytest
from diff.building import changes, in_operation

S, N = {"type": "string"}, {"type": "integer"}
LIST, NUMBERED = {"type": "array", "items": S}, {"type": "integer", "enum": [1, 2]}


def asked(schema, **members):
    return in_operation({"parameters": [{"name": "q", "in": "query", "schema": schema, **members}]})


PAIRS = {
    "a parameter becomes a list of it": (asked(S), asked(LIST), {"type-widened": "info"}),
    "a parameter becomes a list of a part of it": (
        asked(S),
        asked({"type": "array", "items": {"enum": ["a"]}}),
        {"type-widened": "info", "enum-introduced": "breaking"},
    ),
    "a parameter becomes a list of two": (asked(S), asked({**LIST, "minItems": 2}), {"type-changed": "breaking"}),
    "a text becomes a list with commas": (asked(S), asked(LIST, explode=False), {"type-changed": "breaking"}),
    "a number becomes a list with commas": (asked(N), asked(LIST, explode=False), {"type-widened": "info"}),
    "a list becomes a parameter": (asked(LIST), asked(S), {"type-changed": "breaking"}),
    "listed numbers become the same texts": (asked(NUMBERED), asked({"enum": ["1", "2"]}), {"type-widened": "info"}),
    "listed numbers become fewer texts": (asked(NUMBERED), asked({"enum": ["1"]}), {"type-narrowed": "breaking"}),
    "yes and no become texts": (asked({"type": "boolean"}), asked({"enum": ["true", "false"]}), {"type-widened": "info"}),
}


@pytest.mark.parametrize(("old", "new", "levels"), PAIRS.values(), ids=PAIRS)
def test_what_is_written_alike_is_taken_alike(old, new, levels):
    assert {change.id: change.level for change in changes(old, new)} == levels

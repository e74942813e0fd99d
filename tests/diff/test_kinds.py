"""Every class of change shows in its example, with its levels, and with nothing beside it."""

import re
from pathlib import Path

import pytest

from conformance.diff.change import Direction
from conformance.diff.page import page
from conformance.diff.table import KINDS


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row.id)
def test_a_class_of_change_shows_in_its_example(row, example):
    shown = False
    for direction, changes in example(row):
        expected = row.level(Direction(direction)) if direction else None
        if direction and expected is None:
            assert row.id not in {change.id for change in changes}
            continue
        found = [change for change in changes if change.id == row.id]
        assert found, changes
        shown = True
        if direction:
            assert {change.level for change in found} == {expected}
            assert {change.sdk for change in found} == {row.sdk(Direction(direction))}
        else:
            assert {change.level for change in found} <= {row.request, row.response}
        assert {change.id for change in changes} - {"version-not-raised"} <= {row.id, *ALONG.get(row.id, ())}
    assert shown


ALONG = {
    "version-not-raised": ("operation-added", "operation-removed"),
    "base-path-moved": (),
    "case-twin-added": ("operation-added",),
}


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row.id)
def test_an_example_is_no_change_to_itself(row, same):
    assert same(row) == []


def test_ids_are_unique_kebab_case_and_sorted():
    ids = [row.id for row in KINDS]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in ids)


def test_the_page_is_made_from_the_table():
    written = Path(__file__).parents[2] / "docs" / "diff.md"
    assert written.read_text() == page()

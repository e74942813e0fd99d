"""Documents with one planted defect each: every defect is found at its place, and nothing else is said."""

import pytest

from conformance.lint.lint import lint


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


def test_a_near_miss_is_no_finding(near_miss, near):
    assert told(lint(near)) == []

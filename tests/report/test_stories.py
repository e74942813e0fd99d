"""What stories looked at, as coverage.json and the summary have it."""

from __future__ import annotations

from conformance.report.stories import by_check, stories_json, told_of

STORIES = {
    "GET /things": {"sort-ignored": "the document names no order", "total-wrong": "", "page-overlap": ""},
    "GET /parts": {"sort-ignored": "the document names no order", "total-wrong": "the list says no total"},
    "GET /users": {"sort-ignored": "fewer than two things were there"},
}


def test_each_operation_says_what_was_looked_at_and_why_the_rest_was_not() -> None:
    assert stories_json(STORIES)["GET /things"] == {
        "looked_at": ["page-overlap", "total-wrong"],
        "skipped": {"sort-ignored": "the document names no order"},
    }


def test_each_check_is_counted_with_the_reason_that_it_is_mostly_skipped_for() -> None:
    assert by_check(stories_json(STORIES)) == [
        ("page-overlap", 1, 0, ""),
        ("sort-ignored", 0, 3, "the document names no order"),
        ("total-wrong", 1, 1, "the list says no total"),
    ]


def test_one_operation_is_told_in_words() -> None:
    assert told_of(STORIES["GET /parts"]) == (
        "looked at: nothing\n\nskipped sort-ignored: the document names no order\n\nskipped total-wrong: the list says no total"
    )

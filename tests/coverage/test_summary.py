"""The numbers of a run."""

from __future__ import annotations

from typing import Any

from conformance.coverage.dimensions import DIMENSIONS
from conformance.coverage.fold import Coverage
from conformance.coverage.summary import share, summary
from conformance.spec.document import Document


def _covered(pets: Document, exchange: Any) -> Coverage:
    coverage = Coverage()
    coverage.add(pets.by_label["GET /pets"], exchange(target="/pets?status=sold"), source="fuzz")
    coverage.add(pets.by_label["GET /pets"], exchange(target="/pets?status=sold"), source="replay")
    coverage.add(pets.by_label["POST /pets"], exchange("POST", sent={"kind": "cat"}, status=201), source="replay")
    return coverage


def test_a_summary_counts_by_operation_and_lists_what_was_missed(pets: Document, exchange: Any) -> None:
    found = summary(_covered(pets, exchange), pets.operations)
    assert found["version"] == 1
    assert list(found["operations"]) == ["GET /pets", "POST /pets", "DELETE /pets/{id}"]
    assert found["operations"]["GET /pets"]["statuses"] == {
        "covered": 1, "total": 3, "sources": {"fuzz": 1, "replay": 1}, "missed": ["4XX", "default"],
    }  # fmt: skip
    assert found["operations"]["POST /pets"]["values"] == {
        "covered": 1, "total": 4, "sources": {"fuzz": 0, "replay": 1}, "missed": ["body:/kind=dog", "body:/good=true", "body:/good=false"],
    }  # fmt: skip
    assert found["operations"]["DELETE /pets/{id}"]["operations"]["missed"] == ["called"]


def test_an_operation_with_two_tags_counts_under_both_and_once_in_the_totals(pets: Document, exchange: Any) -> None:
    found = summary(_covered(pets, exchange), pets.operations)
    assert {tag: counts["operations"]["total"] for tag, counts in found["tags"].items()} == {
        "Pets": 2,
        "Write": 1,
        "(untagged)": 1,
    }
    assert found["totals"]["operations"] == {"covered": 2, "total": 3, "sources": {"fuzz": 1, "replay": 2}}


def test_every_dimension_stands_in_every_part(pets: Document) -> None:
    found = summary(Coverage(), pets.operations)
    parts = [found["totals"], *found["tags"].values(), *found["operations"].values()]
    assert all(tuple(part) == DIMENSIONS for part in parts)


def test_a_restricted_run_counts_only_what_it_selected(pets: Document, exchange: Any) -> None:
    found = summary(_covered(pets, exchange), pets.select(tags=("Write",)))
    assert list(found["operations"]) == ["POST /pets"]
    assert found["totals"]["operations"]["total"] == 1


def test_covered_and_missed_make_the_total(pets: Document, exchange: Any) -> None:
    found = summary(_covered(pets, exchange), pets.operations)
    for counts in found["operations"].values():
        for count in counts.values():
            assert count["covered"] + len(count["missed"]) == count["total"]


def test_a_share_of_nothing_is_no_number() -> None:
    assert share({"covered": 0, "total": 0}) is None
    assert share({"covered": 1, "total": 4}) == 0.25

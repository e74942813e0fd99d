"""Coverage as numbers: covered and total by tag and by operation, with what was missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.coverage.dimensions import DIMENSIONS, SOURCES
from conformance.coverage.fold import Coverage
from conformance.coverage.universe import universe
from conformance.model.operation import Operation

UNTAGGED = "(untagged)"
"""The tag under which operations without a tag stand."""

Counts = dict[str, Any]


def summary(coverage: Coverage, operations: Iterable[Operation]) -> dict[str, Any]:
    """The content of ``coverage.json``, over the operations of a run alone.

    ``{"version": 1, "totals": {DIM: COUNT}, "tags": {TAG: {DIM: COUNT}}, "operations": {LABEL: {DIM: COUNT}}}``, where
    COUNT is ``{"covered", "total", "sources"}``: ``sources`` says how many keys each source covered, so that a key
    which two of them covered counts for both but once in ``covered``. The counts of an operation also
    have ``missed``, the keys that nothing covered. An operation with two tags counts under
    both, and once in the totals; ``operation_tags`` says which tags it has.
    """
    totals = _nothing()
    tags: dict[str, dict[str, Counts]] = {}
    labels: dict[str, dict[str, Counts]] = {}
    members: dict[str, list[str]] = {}
    for operation in operations:
        counts = _operation(coverage, operation)
        labels[operation.label] = counts
        members[operation.label] = list(dict.fromkeys(operation.tags or (UNTAGGED,)))
        for sums in (totals, *(tags.setdefault(tag, _nothing()) for tag in members[operation.label])):
            _increase(sums, counts)
    return {"version": 1, "totals": totals, "tags": tags, "operations": labels, "operation_tags": members}


def share(counts: Mapping[str, Any]) -> float | None:
    """Covered over total, from 0 to 1; ``None`` where there is nothing to cover."""
    return counts["covered"] / counts["total"] if counts["total"] else None


def percent(counts: Mapping[str, Any]) -> int | None:
    """Covered of total in per cent, rounded down so that 100 means all; ``None`` where there is nothing to cover."""
    return counts["covered"] * 100 // counts["total"] if counts["total"] else None


def _nothing() -> dict[str, Counts]:
    return {dimension: {"covered": 0, "total": 0, "sources": dict.fromkeys(SOURCES, 0)} for dimension in DIMENSIONS}


def _operation(coverage: Coverage, operation: Operation) -> dict[str, Counts]:
    known, label = universe(operation), operation.label
    sources = dict.fromkeys((*SOURCES, *coverage.sources(label)))
    found = {}
    for dimension in DIMENSIONS:
        keys = known[dimension]
        covered = coverage.keys(label, dimension)
        found[dimension] = {
            "covered": sum(key in covered for key in keys),
            "total": len(keys),
            "sources": {source: sum(key in of_source for key in keys) for source in sources
                        for of_source in (coverage.keys(label, dimension, source=source),)},
            "missed": [key for key in keys if key not in covered],
        }  # fmt: skip
    return found


def _increase(sums: dict[str, Counts], counts: Mapping[str, Counts]) -> None:
    for dimension, count in counts.items():
        total = sums[dimension]
        total["covered"] += count["covered"]
        total["total"] += count["total"]
        for source, number in count["sources"].items():
            total["sources"][source] = total["sources"].get(source, 0) + number

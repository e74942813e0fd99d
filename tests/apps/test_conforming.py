"""Services that keep their document in their own way are accused of nothing."""

from __future__ import annotations

from typing import Any

import pytest
from apps import books, files, legacy, modern, odd, wires

from conformance.coverage.summary import summary

SERVICES: dict[str, tuple[dict[str, Any], Any, dict[str, str]]] = {
    "books": (books.DOCUMENT, books.Books, books.HEADERS),
    "books with 400": (books.DOCUMENT, lambda: books.Books(invalid=400, known_first=False), books.HEADERS),
    "files": (files.DOCUMENT, files.Files, {}),
    "legacy": (legacy.DOCUMENT, legacy.Zoo, legacy.HEADERS),
    "modern": (modern.DOCUMENT, modern.Shapes, {}),
    "broken": (odd.BROKEN, odd.Broken, {}),
    "places": (odd.PLACES, odd.Places, {}),
    "wires": (wires.DOCUMENT, wires.Wires, wires.HEADERS),
}
# Where no engine can find a way in: a value that cannot be, or an answer that only a lucky guess brings.
CLOSED = {"broken": {"POST /impossible", "GET /unresolvable", "GET /undeclared/{id}", "GET /null", "POST /string",
                     "POST /unknown-schema", "POST /bad-type"},
          "files": {"TRACE /options"}, "wires": {"GET /keys/query"}}  # fmt: skip


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", SERVICES)
def test_a_conforming_service_is_accused_of_nothing(run_fuzz: Any, open_document: Any, show: Any, name: str, seed: int) -> None:
    raw, make, headers = SERVICES[name]
    result = run_fuzz(raw, make(), seed=seed, headers=headers)
    assert result.requests > 0
    assert show(result) == ""
    # A service that refuses everything would conform too, and prove nothing.
    reached = summary(result.coverage, open_document(raw).operations)["operations"]
    assert {
        label for label, counts in reached.items() if counts["success"]["covered"] < counts["success"]["total"]
    } <= CLOSED.get(name, set())
    assert not [tally for tally in result.tallies.values() if tally.status == "error" and name != "broken"]


@pytest.mark.parametrize("raw", [odd.EMPTY, odd.NO_PATHS])
def test_a_document_without_operations_is_fuzzed_in_no_time(run_fuzz: Any, raw: dict[str, Any]) -> None:
    result = run_fuzz(raw, odd.Broken())
    assert (result.requests, result.findings, result.interrupted) == (0, {}, False)

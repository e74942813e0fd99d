"""Generated traffic: one test for each operation and phase."""

from __future__ import annotations

from conformance.suite.book import Book


def test_fuzz(book: Book, label: str, phase: str) -> None:
    """The service keeps every promise for what was generated."""
    book.fuzz(label, phase)

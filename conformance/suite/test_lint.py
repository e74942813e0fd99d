"""The document itself: one test for it, and one for each operation."""

from __future__ import annotations

from conformance.suite.book import Book


def test_lint(book: Book, linted: str) -> None:
    """The document keeps the rules here."""
    book.lint(linted)

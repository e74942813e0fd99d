"""Recorded traffic: one test for each recorded request."""

from __future__ import annotations

from conformance.suite.book import Book


def test_replay(book: Book, chain: str, index: int) -> None:
    """The service answers a recorded request as the document says, and as it did when it was recorded."""
    book.replay(chain, index)

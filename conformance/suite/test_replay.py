"""Recorded traffic: one test for each recorded request."""

from __future__ import annotations

import pytest

from conformance.suite.book import book_of


def test_replay(pytestconfig: pytest.Config, chain: str, index: int) -> None:
    """The service answers a recorded request as the document says, and as it did when it was recorded."""
    book_of(pytestconfig).replay(chain, index)

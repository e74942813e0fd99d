"""The document itself: one test for it, and one for each operation."""

from __future__ import annotations

import pytest

from conformance.suite.book import book_of


def test_lint(pytestconfig: pytest.Config, linted: str) -> None:
    """The document keeps the rules here."""
    book_of(pytestconfig).lint(linted)

"""Generated traffic: one test for each operation and phase."""

from __future__ import annotations

import pytest

from conformance.suite.book import book_of


def test_fuzz(pytestconfig: pytest.Config, label: str, phase: str) -> None:
    """The service keeps every promise for what was generated."""
    book_of(pytestconfig).fuzz(label, phase)

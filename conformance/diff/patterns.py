"""How the texts of two regular expressions relate, where that can be said."""

from __future__ import annotations


def relation(old: str, new: str) -> str:
    """``equal``, ``wider``, ``narrower`` or ``apart`` for the new pattern, ``unknown`` where it cannot be told."""
    if old == new:
        return "equal"
    return "unknown"

"""The words that a document spells out itself: they say nothing of anybody, wherever they stand."""

from __future__ import annotations

from typing import Any


def listed_words(document: Any) -> frozenset[str]:
    """Every text that an ``enum`` or ``const`` of a document lists, given as the plain values of its JSON or YAML."""
    found: set[str] = set()
    stack = [document]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            listed = value.get("enum")
            found.update(one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, str))
            if isinstance(value.get("const"), str):
                found.add(value["const"])
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return frozenset(found)

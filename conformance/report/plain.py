"""Text that others wrote, for a terminal."""

from __future__ import annotations

_LONGEST = 240


def plain(text: str) -> str:
    """Text that a service may have written, on one line and without what a terminal would obey."""
    text = "".join(character if character.isprintable() else " " for character in text)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"

"""Texts in base64 inside other texts: cursors and credentials that a client puts together from what it was given."""

from __future__ import annotations

import base64

_SHORTEST, _URL_SAFE = 16, frozenset("-_")


def plain_of(token: str) -> str | None:
    """What a token is in base64, where that is a text; its padding may be missing."""
    bare = token.rstrip("=")
    if len(bare) < _SHORTEST:
        return None
    try:
        found = base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_" if _URL_SAFE & set(bare) else None, validate=True).decode()
    except ValueError:
        return None
    return found if found.isprintable() else None


def coded_like(coded: str, text: str) -> str:
    """A text in base64, with the alphabet and the padding of another."""
    found = (base64.urlsafe_b64encode if _URL_SAFE & set(coded) else base64.b64encode)(text.encode()).decode()
    return found if len(coded) % 4 == 0 else found.rstrip("=")


def padded(token: str, text: str) -> str:
    """A token of a text with the padding that follows it there."""
    rest = text[text.index(token) + len(token) :]
    return token + rest[: len(rest) - len(rest.lstrip("="))]

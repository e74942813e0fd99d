"""JSON Pointers (RFC 6901): split, join, and follow them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote


def escape(token: str | int) -> str:
    """One reference token, escaped."""
    text = str(token)
    # Nearly no token has either; documents have hundreds of thousands of tokens.
    return text.replace("~", "~0").replace("/", "~1") if "/" in text or "~" in text else text


def join(base: str, *tokens: str | int) -> str:
    """``base`` with tokens appended."""
    for token in tokens:
        text = token if type(token) is str else str(token)
        if "/" in text or "~" in text:
            text = escape(text)
        base = f"{base}/{text}"
    return base


def from_parts(tokens: Iterable[str | int]) -> str:
    """A pointer from its tokens."""
    return join("", *tokens)


def split(pointer: str) -> tuple[str, ...]:
    """The tokens of a pointer, unescaped."""
    tokens = pointer.split("/")[1:]
    if "~" not in pointer:
        return tuple(tokens)
    return tuple([token.replace("~1", "/").replace("~0", "~") if "~" in token else token for token in tokens])


def from_fragment(fragment: str) -> str:
    """The pointer in a URI fragment (RFC 6901 section 6): percent-decoded."""
    return unquote(fragment)


def follow(value: Any, pointer: str) -> Any:
    """What the pointer leads to; an index has no zero before it (RFC 6901 section 4).

    Raises:
        LookupError: when a token leads nowhere.
    """
    for token in split(pointer):
        if isinstance(value, dict):
            value = value[token]
        elif isinstance(value, list):
            if not (token.isdecimal() and token.isascii()) or (len(token) > 1 and token.startswith("0")):
                raise LookupError(token)
            value = value[int(token)]
        else:
            raise LookupError(token)  # noqa: TRY004 - the token leads nowhere, whatever the type
    return value

"""The ways in which a value may stand in a text: in a URL, in JSON, in base64."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

CODED = 20
"""Shorter texts are not looked for in base64."""


_AS_IT_IS = re.compile(r"[ !#-\[\]-~]*")


def forms(value: str) -> set[str]:
    """The ways in which a value stands in a URL, in JSON, or in base64 where it begins there."""
    # JSON can hold half of a surrogate pair, which no URL can: there it is written as its bytes would be.
    data = value.encode("utf-8", "surrogatepass")
    found = {quote(data, safe=""), quote(data), *in_json(value)}
    if len(value) >= CODED // 2:
        found.add(coded(value))
    return found


def in_json(value: str) -> tuple[str, ...]:
    """The ways in which a value stands in JSON; most do as they are."""
    if _AS_IT_IS.fullmatch(value):
        return (value,)
    return value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]


def coded(value: str) -> str:
    """A value in base64, without the end that depends on what follows it."""
    data = value.encode("utf-8", "surrogatepass")
    return base64.b64encode(data[: len(data) // 3 * 3]).decode()


def swapped(text: str, known: dict[str, str]) -> str:
    """A text with what is known replaced by its stand-in; a number only where it is not part of a longer one."""
    for live, stand_in in known.items():
        if live in text:
            text = re.sub(f"(?<![0-9]){live}(?![0-9])", stand_in, text) if live.isdecimal() else text.replace(live, stand_in)
    return text

"""Texts that come back with other letters than they were sent with: lost, or read in another character set than written.

JSON is UTF-8 wherever it leaves a system (RFC 8259 section 8.1), and a text is made of any characters. A service may write a
text its own way; but what comes back with question marks in place of its letters was meant to be that text, and is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from conformance.checks.subject import Fault, Subject

_WRITES = frozenset({"POST", "PUT", "PATCH"})
_NARROW = ("ascii", "latin-1", "cp1252")
# So many characters are nobody else's text, and so many things of an answer are looked at.
_LEAST, _MOST, _DEEPEST = 6, 400, 6


def letters_come_back(subject: Subject) -> Iterator[Fault]:
    """A text that is answered as it was written has the letters that it was written with."""
    try:
        written = json.loads(subject.request.body)
    except (ValueError, RecursionError):
        return
    sent: dict[str, set[str]] = {}
    for name, text in _texts(written):
        if len(text) >= _LEAST and not text.isascii():
            sent.setdefault(name, set()).add(text)
    for name, shown in _texts(subject.json().value) if sent else ():
        texts = sent.get(name, set())
        lost = next((text for text in texts if shown not in texts and shown in _garbled(text)), None)
        if lost is not None:
            yield Fault(message=f"{name} was written as {_short(lost)}, and is answered as {_short(shown)}", detail=name)
            return


def letters_apply(subject: Subject) -> str | None:
    """Writes of JSON with letters beyond ASCII that were answered with JSON."""
    if subject.request.method.upper() not in _WRITES or not subject.succeeded:
        return "it is no write that was done"
    if subject.request.body.isascii() and b"\\u" not in subject.request.body:
        return "nothing in it is beyond ASCII"
    return None if isinstance(subject.json().value, (dict, list)) else "there is no JSON to look at"


@lru_cache(maxsize=64)
def _garbled(text: str) -> frozenset[str]:
    """What becomes of a text where its letters have no place, or where its bytes are taken for others."""
    found = {text.encode(name, "replace").decode(name) for name in _NARROW}
    found |= {"".join(letter if ord(letter) < most else mark for letter in text)
              for most in (0x80, 0x100, 0x10000) for mark in "?\ufffd"}  # fmt: skip
    found |= {text.encode().decode(name, "replace") for name in _NARROW}
    return frozenset(other for other in found if other != text and len(other) >= _LEAST)


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """The texts of a JSON value with the names that they stand under, the outermost first."""
    level: list[tuple[Any, int]] = [(value, 0)]
    for held, depth in level:
        if len(level) > _MOST or depth > _DEEPEST:
            return
        if isinstance(held, Mapping):
            yield from ((name, inner) for name, inner in held.items() if isinstance(inner, str))
            level += [(inner, depth + 1) for inner in held.values() if isinstance(inner, (dict, list))]
        elif isinstance(held, list):
            level += [(inner, depth + 1) for inner in held if isinstance(inner, (dict, list))]


def _short(text: str) -> str:
    return ascii(text) if len(text) <= 40 else f"{text[:39]!a}…"

"""Texts that come back without letters that they were sent with: cut off, or read in another character set than written.

JSON is UTF-8 wherever it leaves a system (RFC 8259 section 8.1), and a text is made of any characters, as many as the document
lets it have. A service may write a text its own way; but what comes back with question marks in place of its letters, or
without its end, was meant to be that text, and is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from conformance.checks.meaning import is_secret
from conformance.checks.subject import Fault, Subject

_WRITES = frozenset({"POST", "PUT", "PATCH"})
_NARROW = ("ascii", "latin-1", "cp1252")
# So many characters are nobody else's text, so many are the beginning of one, and so many things of an answer are looked at.
_LEAST, _LONG, _MOST, _DEEPEST = 6, 30, 400, 6
_ENVELOPE = 2
# What says what something is, or goes by: what is around it may say the same of itself.
_NAMES = re.compile(r"(^|_)(type|kind|object|class|id|ids|uuid|sid)$|[a-z](Type|Kind|Id|Ids|ID)$")
# Halves of letters are no text (RFC 8259 section 8.2).
_HALVES = re.compile("[\ud800-\udfff]")
# Addresses have parts that mean nothing, and what is shortened to be looked at says so.
_SHORTENED = re.compile(r"://|(\.\.\.|…|\*)$")


def letters_come_back(subject: Subject) -> Iterator[Fault]:
    """A text that is answered as it was written has the letters that it was written with."""
    try:
        written = json.loads(subject.request.body)
    except (ValueError, RecursionError):
        return
    sent: dict[tuple[str, ...], set[str]] = {}
    for path, text in _texts(written):
        if not is_secret(path[-1]) and (len(text) > _LONG or not text.isascii()):
            sent.setdefault(path, set()).add(text)
    for path, shown in _texts(subject.json().value) if sent else ():
        name = path[-1]
        # An answer may have an envelope around what was written.
        texts = {text for cut in range(min(len(path), _ENVELOPE + 1)) for text in sent.get(path[cut:], ())}
        may_be_cut = _NAMES.search(name) is None
        lost = next((text for text in texts if shown not in texts
                     and ((may_be_cut and _is_cut(text, shown)) or shown in _garbled(text))), None)  # fmt: skip
        if lost is not None:
            yield Fault(message=f"{name} was written as {_short(lost)}, and is answered as {_short(shown)}", detail=name)
            return


def letters_apply(subject: Subject) -> str | None:
    """Writes of JSON with something to lose that were answered with JSON."""
    if subject.request.method.upper() not in _WRITES or not subject.succeeded:
        return "it is no write that was done"
    if len(subject.request.body) < _LONG and subject.request.body.isascii() and b"\\u" not in subject.request.body:
        return "nothing in it is long or beyond ASCII"
    return None if isinstance(subject.json().value, (dict, list)) else "there is no JSON to look at"


def _is_cut(text: str, shown: str) -> bool:
    """Whether a text is shown without its end, and something stood there."""
    if not _LONG <= len(shown) < len(text) or not text.startswith(shown) or _SHORTENED.search(shown):
        return False
    return any(letter.isalnum() for letter in text[len(shown) :])


@lru_cache(maxsize=64)
def _garbled(text: str) -> frozenset[str]:
    """What becomes of a text where its letters have no place, or where its bytes are taken for others."""
    if _HALVES.search(text):
        return frozenset()
    found = {text.encode(name, "replace").decode(name) for name in _NARROW}
    found |= {"".join(letter if ord(letter) < most else mark for letter in text)
              for most in (0x80, 0x100, 0x10000) for mark in "?\ufffd"}  # fmt: skip
    found |= {text.encode().decode(name, "replace") for name in _NARROW}
    return frozenset(other for other in found if other != text and len(other) >= _LEAST)


def _texts(value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """The texts of a JSON value with the names that lead to them, the outermost first; what is in a list leads nowhere else."""
    level: list[tuple[Any, tuple[str, ...]]] = [(value, ())]
    for held, path in level:
        if len(level) > _MOST or len(path) > _DEEPEST:
            return
        if isinstance(held, Mapping):
            yield from (((*path, name), inner) for name, inner in held.items() if isinstance(inner, str))
            level += [(inner, (*path, name)) for name, inner in held.items() if isinstance(inner, (dict, list))]
        elif isinstance(held, list):
            level += [(inner, path) for inner in held if isinstance(inner, (dict, list))]


def _short(text: str) -> str:
    return ascii(text) if len(text) <= _LONG + 10 else f"{text[:_LONG]!a}… ({len(text)} characters)"

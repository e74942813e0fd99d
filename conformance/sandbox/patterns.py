"""Strings that match a regular expression, from its parsed tree; what the tree cannot say is left to the caller's check."""

from __future__ import annotations

import importlib
import re
import string
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

# The standard library's own parser; it has no public door, and a second parser would be a second truth.
_parser: Any = importlib.import_module("re._parser")

_LETTERS = string.ascii_lowercase + string.digits
_PRINTABLE = string.ascii_letters + string.digits + " -_.,:;/+*=@#%&()[]{}<>!?'\"|~^$`\\"
_CATEGORIES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_NOT_DIGIT": string.ascii_lowercase,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": _LETTERS,
    "CATEGORY_WORD": _LETTERS,
    "CATEGORY_NOT_WORD": "-",
}
_PROPERTY = re.compile(r"\\p\{(\w+)(?:=\w+)?\}")
_PROPERTY_CLASSES = {
    "L": "A-Za-z",
    "Letter": "A-Za-z",
    "Lu": "A-Z",
    "Ll": "a-z",
    "N": "0-9",
    "Nd": "0-9",
    "P": "!-/",
    "Z": " ",
    "Zs": " ",
}
_GROUP_REFERENCE = re.compile(r"\\k<(\w+)>")
_MOST = 4096


def matching(pattern: str, random: Random, *, shortest: int = 0) -> Iterator[str]:
    """Strings that should match ``pattern`` (ECMA-262, as JSON Schema has it), longer ones later.

    What must lie ahead is laid over the string in every second attempt; look-behind and what must not be there are not
    followed, so the caller must check each string. ``shortest`` is a length to grow to. Nothing
    comes when the pattern cannot be parsed.
    """
    try:
        tree = _parser.parse(_in_python(pattern))
    except (re.error, OverflowError, RecursionError, IndexError):
        return
    ways = (True, False) if "(?=" in pattern else (False,)
    for stretch, overlaid in product((0, 1, 0, 2, 4, max(shortest, 8), shortest * 2), ways):
        writer = _Writer(random, stretch, overlaid=overlaid)
        try:
            text = writer.sequence(tree)
        except RecursionError:
            return
        yield text
        if len(text) < shortest:
            filler = "".join(random.choice(_LETTERS) for _ in range(shortest - len(text)))
            yield text + filler
            yield filler + text


def _in_python(pattern: str) -> str:
    """ECMA-262 spellings that Python spells in another way."""
    text = pattern.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!")
    text = _GROUP_REFERENCE.sub(r"(?P=\1)", text)
    return _PROPERTY.sub(lambda found: _class(found, text), text)


def _class(found: re.Match[str], text: str) -> str:
    inside = _PROPERTY_CLASSES.get(found.group(1), "A-Za-z")
    open_class = text.rfind("[", 0, found.start()) > text.rfind("]", 0, found.start())
    return inside if open_class else f"[{inside}]"


class _Writer:
    """Writes one string.

    ``stretch`` is how often an open-ended repetition goes beyond its minimum. ``overlaid`` puts what must lie ahead over
    what follows it, one after the other, where every character stands for itself.
    """

    def __init__(self, random: Random, stretch: int, *, overlaid: bool) -> None:
        self.random, self.stretch, self.overlaid = random, stretch, overlaid
        self.groups: dict[int, str] = {}
        self.length = 0

    def sequence(self, tree: Any) -> str:
        parts = [(str(kind), detail) for kind, detail in tree]
        text = "".join(self.one(kind, detail) for kind, detail in parts)
        if not self.overlaid:
            return text
        ahead = "".join(_Writer(self.random, 0, overlaid=True).sequence(detail[1])
                        for kind, detail in parts if kind == "ASSERT" and detail[0] > 0)  # fmt: skip
        return ahead + text[len(ahead) :]

    def one(self, kind: str, detail: Any) -> str:
        method = getattr(self, kind.lower(), None)
        text = method(detail) if method is not None else ""
        return str(text)

    def literal(self, detail: int) -> str:
        return chr(detail)

    def not_literal(self, detail: int) -> str:
        return self.random.choice([character for character in _LETTERS if ord(character) != detail])

    def any(self, _: Any) -> str:
        return self.random.choice(_LETTERS)

    def in_(self, detail: Any) -> str:
        negated = any(str(kind) == "NEGATE" for kind, _ in detail)
        characters = "".join(_characters(str(kind), value) for kind, value in detail)
        if negated:
            characters = "".join(character for character in _PRINTABLE if character not in characters)
            characters = "".join(character for character in characters if character in _LETTERS) or characters
        return self.random.choice(characters) if characters else ""

    def branch(self, detail: Any) -> str:
        return self.sequence(self.random.choice(detail[1]))

    def subpattern(self, detail: Any) -> str:
        text = self.sequence(detail[-1])
        if detail[0] is not None:
            self.groups[detail[0]] = text
        return text

    def atomic_group(self, detail: Any) -> str:
        return self.sequence(detail)

    def groupref(self, detail: int) -> str:
        return self.groups.get(detail, "")

    def max_repeat(self, detail: Any) -> str:
        low, high, tree = detail
        times = min(int(high), int(low) + self.stretch, max(int(low), _MOST - self.length))
        parts = [self.sequence(tree) for _ in range(times)]
        text = "".join(parts)
        self.length += len(text)
        return text

    min_repeat = possessive_repeat = max_repeat


setattr(_Writer, "in", _Writer.in_)


def _characters(kind: str, value: Any) -> str:
    if kind == "LITERAL":
        return chr(value)
    if kind == "RANGE":
        return "".join(chr(code) for code in range(value[0], min(value[1], value[0] + 255) + 1))
    return _CATEGORIES.get(str(value), "") if kind == "CATEGORY" else ""

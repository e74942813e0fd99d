"""Patterns of ECMA-262 as trees of character sets: what they match, as far as that is regular.

A character set is a number with a bit for each of the ASCII characters and one for all others together. What is not
regular (references to groups, assertions inside) or needs Unicode tables has no tree, so that nothing is said of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from conformance.spec.patterns.ecma import syntax_problem

OTHER = 1 << 128
ANY = (1 << 129) - 1
_DIGITS = sum(1 << code for code in range(48, 58))
_WORD = _DIGITS | sum(1 << code for code in (*range(65, 91), *range(97, 123), 95))
_SPACE = sum(1 << code for code in (9, 10, 11, 12, 13, 32)) | OTHER
_LINES = (1 << 10) | (1 << 13)
_CONTROLS = {"n": 10, "r": 13, "t": 9, "v": 11, "f": 12, "0": 0}
_SETS: dict[str, int] = {
    "d": _DIGITS,
    "w": _WORD,
    "s": _SPACE,
    "D": ANY & ~_DIGITS,
    "W": ANY & ~_WORD,
    "S": ANY & ~_SPACE | OTHER,
}


class UnusualError(ValueError):
    """A pattern that is not regular, or too large to be looked at."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    chosen: int


@dataclass(frozen=True, slots=True)
class Row:
    """Parts one after the other; none at all is the empty text."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of some alternatives."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part some times; ``most`` is ``None`` when there is no end."""

    part: Tree
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    """The start or the end of the text."""

    is_start: bool


Tree = Chars | Row | Either | Repeat | Edge
ANYTHING = Repeat(Chars(ANY), 0, None)


@lru_cache(maxsize=4096)
def tree(pattern: str) -> Tree | None:
    """The tree of a pattern as it is written, or ``None`` when it has none."""
    if syntax_problem(pattern) is not None or len(pattern) > 400:
        return None
    try:
        return _Parser(pattern).whole()
    except UnusualError:
        return None


@lru_cache(maxsize=4096)
def searched(pattern: str) -> Tree | None:
    """The tree of every whole text in which a search for the pattern succeeds."""
    found = tree(pattern)
    if found is None:
        return None
    try:
        return Either(tuple(_opened(part) for part in (found.parts if isinstance(found, Either) else (found,))))
    except UnusualError:
        return None


def _opened(part: Tree) -> Tree:
    row = list(part.parts) if isinstance(part, Row) else [part]
    if len(row) == 1 and isinstance(row[0], Either):
        return Either(tuple(_opened(inner) for inner in row[0].parts))
    first = [] if row and row[0] == Edge(is_start=True) else [ANYTHING]
    last = [] if row and row[-1] == Edge(is_start=False) else [ANYTHING]
    middle = row[0 if first else 1 : len(row) if last else len(row) - 1]
    if any(_has_edge(inner) for inner in middle):
        raise UnusualError
    return Row((*first, *middle, *last))


def _has_edge(part: Tree) -> bool:
    if isinstance(part, (Row, Either)):
        return any(_has_edge(inner) for inner in part.parts)
    return isinstance(part, Edge) or (isinstance(part, Repeat) and _has_edge(part.part))


def lengths(part: Tree) -> tuple[int, int | None]:
    """The least and the largest number of characters that a tree matches."""
    if isinstance(part, Chars):
        return 1, 1
    if isinstance(part, Edge):
        return 0, 0
    if isinstance(part, Repeat):
        least, most = lengths(part.part)
        top = 0 if most == 0 or part.most == 0 else None if most is None or part.most is None else most * part.most
        return least * part.least, top
    found = [lengths(inner) for inner in part.parts]
    if isinstance(part, Row):
        return sum(least for least, _ in found), None if any(most is None for _, most in found) else sum(
            most or 0 for _, most in found
        )
    tops = [most for _, most in found]
    return min((least for least, _ in found), default=0), None if None in tops else max((most or 0 for most in tops), default=0)


class _Parser:
    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0

    def whole(self) -> Tree:
        found = self._either()
        if self._at < len(self._pattern):
            raise UnusualError
        return found

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _either(self) -> Tree:
        parts = [self._row()]
        while self._peek() == "|":
            self._at += 1
            parts.append(self._row())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _row(self) -> Tree:
        parts: list[Tree] = []
        while self._peek() not in {"", "|", ")"}:
            part = self._part()
            parts.append(self._repeated(part))
        return parts[0] if len(parts) == 1 and isinstance(parts[0], Either) else Row(tuple(parts))

    def _part(self) -> Tree:
        character = self._peek()
        if character == "(":
            return self._group()
        if character == "[":
            return Chars(self._class())
        if character == "\\":
            return Chars(self._escape(in_class=False))
        self._at += 1
        if character in "^$":
            return Edge(is_start=character == "^")
        return Chars(ANY & ~_LINES if character == "." else _bit(character))

    def _group(self) -> Tree:
        self._at += 1
        if self._peek() == "?":
            if self._pattern.startswith("?:", self._at):
                self._at += 2
            elif self._pattern.startswith("?<", self._at) and self._pattern[self._at + 2 : self._at + 3] not in {"=", "!"}:
                self._at = self._pattern.index(">", self._at) + 1
            else:
                raise UnusualError
        found = self._either()
        self._at += 1
        return found

    def _repeated(self, part: Tree) -> Tree:
        character = self._peek()
        bounds: tuple[int, int | None] | None = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(character)
        width = 1
        if character == "{":
            inside, closed, _ = self._pattern[self._at + 1 :].partition("}")
            low, comma, high = inside.partition(",")
            if closed and low.isdecimal() and (high.isdecimal() or not high):
                bounds = int(low), int(high) if high else (None if comma else int(low))
                width = len(inside) + 2
        if bounds is None:
            return part
        self._at += width
        if self._peek() == "?":
            self._at += 1
        return Repeat(part, *bounds)

    def _escape(self, *, in_class: bool) -> int:
        letter = self._pattern[self._at + 1 : self._at + 2]
        self._at += 2
        if letter in _SETS:
            return _SETS[letter]
        if letter in _CONTROLS and not self._peek().isdecimal():
            return 1 << _CONTROLS[letter]
        if letter == "b" and in_class:
            return 1 << 8
        if letter in {"x", "u"}:
            width = 2 if letter == "x" else 4
            digits = self._pattern[self._at : self._at + width]
            if len(digits) == width and all(digit in "0123456789abcdefABCDEF" for digit in digits):
                self._at += width
                return _bit(chr(int(digits, 16)))
        if letter.isalnum():
            raise UnusualError
        return _bit(letter)

    def _class(self) -> int:
        self._at += 1
        is_negated = self._peek() == "^"
        self._at += is_negated
        chosen = 0
        while self._peek() != "]":
            start = self._member()
            if self._peek() == "-" and self._pattern[self._at + 1 : self._at + 2] != "]":
                self._at += 1
                chosen |= _range(start, self._member())
            else:
                chosen |= start
        self._at += 1
        return (ANY & ~chosen) | OTHER if is_negated else chosen

    def _member(self) -> int:
        if self._peek() == "\\":
            return self._escape(in_class=True)
        self._at += 1
        return _bit(self._pattern[self._at - 1])


def _bit(character: str) -> int:
    return 1 << ord(character) if ord(character) < 128 else OTHER


def _range(start: int, end: int) -> int:
    """From one character to another; where one of them is a set, the hyphen means itself."""
    if start.bit_count() != 1 or end.bit_count() != 1:
        return start | end | _bit("-")
    low, high = start.bit_length() - 1, end.bit_length() - 1
    return sum(1 << code for code in range(low, high + 1))

"""JSON of any size, a piece at a time: what is asked for is decoded, and nothing else is held."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

_PIECE = 1 << 20
_SPACE = re.compile(r"[ \t\n\r]*")
_CUT = re.compile(r"[.eE]?[-+]?")
_DECODER = json.JSONDecoder()


class Torn(ValueError):
    """Text that is not JSON from some place on. ``str()`` is the sentence."""


class Stream:
    """Pulls values out of a file, or a text, from its beginning to its end.

    Objects and lists are either gone into (``members``, ``items``) or taken whole (``value``).
    """

    def __init__(self, source: str | TextIO) -> None:
        self._file = io.StringIO(source) if isinstance(source, str) else source
        self._buffer, self._at, self._size = "", 0, _PIECE
        self._line, self._column = 1, 1
        self._ended = False
        if self.peek() == "\ufeff":
            self._at += 1

    def peek(self) -> str:
        """The next character that is no space, empty at the end."""
        while True:
            found = _SPACE.match(self._buffer, self._at)
            self._at = found.end() if found is not None else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def value(self) -> Any:
        """The next value, whole.

        Raises:
            Torn: when there is none.
        """
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as raised:
                if self._more():
                    continue
                raise self._torn(raised.msg, raised.pos) from None
            except (ValueError, RecursionError) as raised:
                raise Torn(f"not JSON that can be read: {raised}") from None
            if _CUT.fullmatch(self._buffer, end) and self._more():  # a number may go on
                continue
            self._at, self._size = end, _PIECE
            return value

    def members(self) -> Iterator[str]:
        """The names of the object that comes next; each one's value has to be taken before the next name.

        Raises:
            Torn: when it is not well-formed.
        """
        self._take("{")
        if self.peek() != "}":
            while True:
                if self.peek() != '"':
                    raise self._torn("Expecting property name enclosed in double quotes", self._at)
                name = self.value()
                self._take(":")
                yield name
                if not self._goes_on("}"):
                    return
        self._take("}")

    def items(self) -> Iterator[None]:
        """Once for each item of the list that comes next; the item has to be taken before the next one.

        Raises:
            Torn: when it is not well-formed.
        """
        self._take("[")
        if self.peek() != "]":
            while True:
                yield None
                if not self._goes_on("]"):
                    return
        self._take("]")

    def _goes_on(self, end: str) -> bool:
        mark = self.peek()
        if mark not in {",", end} or not mark:
            raise self._torn("Expecting ',' delimiter", self._at)
        self._at += 1
        return mark == ","

    def _take(self, mark: str) -> None:
        if self.peek() != mark:
            raise self._torn("Expecting value" if mark in "{[" else f"Expecting '{mark}' delimiter", self._at)
        self._at += 1

    def _more(self) -> bool:
        """Read on; what was passed is forgotten. Each time more, so that a long value costs no more than its length."""
        if self._ended:
            return False
        piece = self._file.read(self._size)
        if not piece:
            self._ended = True
            return False
        self._line, self._column = _after(self._buffer[: self._at], self._line, self._column)
        self._buffer, self._at = self._buffer[self._at :] + piece, 0
        self._size *= 2
        return True

    def _torn(self, why: str, at: int) -> Torn:
        line, column = _after(self._buffer[:at], self._line, self._column)
        return Torn(f"not well-formed JSON at line {line}, column {column}: {why}")


def _after(text: str, line: int, column: int) -> tuple[int, int]:
    breaks = text.count("\n")
    return (line + breaks, len(text) - text.rfind("\n")) if breaks else (line, column + len(text))

"""Lines and columns by JSON Pointer, for JSON and YAML.

The place of an object's member is its key, of a list's item the item itself, and of the root the start of its
value. Lines and columns count characters from 1. A pointer that leads nowhere has the place of its nearest parent.

JSON is scanned once for brackets; members are then found only on the way to the pointers that are asked for, so a
few hundred places in megabytes cost tens of milliseconds.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from functools import lru_cache
from typing import Protocol

from conformance.spec.pointer import split
from conformance.spec.yaml_reader import MalformedError, Spot, read_yaml

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_BRACKET = re.compile(rf'[^"{{}}\[\]]*+(?:{_STRING}[^"{{}}\[\]]*+)*+([{{}}\[\]])', re.DOTALL)
_MEMBER = re.compile(rf"[\s,]*+({_STRING})\s*+:\s*+", re.DOTALL)
_SCALAR = re.compile(rf"{_STRING}|[^\s,\]}}]++", re.DOTALL)
_GAP = re.compile(r"[\s,]*+")


class Positions(Protocol):
    """Where things stand in a text."""

    def locate(self, pointer: str) -> tuple[int, int]:
        """Line and column of what a pointer leads to, or of its nearest parent."""
        ...


@lru_cache(maxsize=16)
def positions(text: str, form: str) -> Positions:
    """The positions of a text; ``form`` is ``JSON`` or ``YAML``."""
    return _JsonPositions(text) if form == "JSON" else _YamlPositions(text)


class _JsonPositions:
    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._root = len(text) - len(text.lstrip())
        self._ends = _matching(text)
        self._members: dict[int, dict[str, tuple[int, int]]] = {}

    def locate(self, pointer: str) -> tuple[int, int]:
        at = value = self._root
        for token in split(pointer):
            if value not in self._ends:
                break
            if value not in self._members:
                self._members[value] = self._scan(value)
            if token not in self._members[value]:
                break
            at, value = self._members[value][token]
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1

    def _scan(self, start: int) -> dict[str, tuple[int, int]]:
        """The members of the object or list that starts at an offset: where each is, and where its value is."""
        text, end = self._text, self._ends[start]
        found: dict[str, tuple[int, int]] = {}
        is_object = text[start] == "{"
        place, count = start + 1, 0
        while place < end:
            if is_object:
                member = _MEMBER.match(text, place, end)
                if member is None:
                    break
                name = member.group(1)
                value = member.end()
                found[json.loads(name, strict=False) if "\\" in name else name[1:-1]] = (member.start(1), value)
            else:
                gap = _GAP.match(text, place, end)
                value = gap.end() if gap else place
                if value >= end:
                    break
                found[str(count)] = (value, value)
                count += 1
            place = self._after(value, end)
        return found

    def _after(self, value: int, end: int) -> int:
        if value in self._ends:
            return self._ends[value] + 1
        scalar = _SCALAR.match(self._text, value, end)
        return scalar.end() if scalar else end


def _matching(text: str) -> dict[int, int]:
    """The offset of the closing bracket for each opening one."""
    ends: dict[int, int] = {}
    open_at: list[int] = []
    for found in _BRACKET.finditer(text):
        at = found.start(1)
        if text[at] in "{[":
            open_at.append(at)
        elif open_at:
            ends[open_at.pop()] = at
    return ends


class _YamlPositions:
    def __init__(self, text: str) -> None:
        try:
            self._root = read_yaml(text).spot
        except MalformedError:
            self._root = Spot(1, 1)

    def locate(self, pointer: str) -> tuple[int, int]:
        spot = self._root
        for token in split(pointer):
            inside = spot.inside
            if isinstance(inside, dict) and token in inside:
                spot = inside[token]
            elif isinstance(inside, list) and token.isdecimal() and int(token) < len(inside):
                spot = inside[int(token)]
            else:
                break
        return spot.line, spot.column

"""Schemas that are written alike in both documents, with all that they refer to: those need not be looked into."""

from __future__ import annotations

import re

import orjson

from conformance.diff.flat import Schemas
from conformance.spec.pointer import from_fragment

_REFERENCE = re.compile(rb'"\$(dynamicRef|ref|id)":"([^"]*)"')


class Sameness:
    """What two documents share, by pointer."""

    def __init__(self, old: Schemas, new: Schemas) -> None:
        self._old, self._new = old, new
        self._same: dict[tuple[str, str], bool] = {}
        self._refers: dict[tuple[str, str], tuple[tuple[str, str], ...] | None] = {}

    def same(self, old: str, new: str) -> bool:
        """Whether two pointers lead to the same text, and every reference in it too."""
        key = (old, new)
        if key not in self._same:
            self._sort(key)
        return self._same[key]

    def _sort(self, root: tuple[str, str]) -> None:
        seen, stack = {root}, [root]
        back: dict[tuple[str, str], list[tuple[str, str]]] = {}
        differing: list[tuple[str, str]] = []
        while stack:
            held = stack.pop()
            known = self._same.get(held)
            beneath = self._beneath(held) if known is None else () if known else None
            if beneath is None:
                differing.append(held)
                continue
            for other in beneath:
                back.setdefault(other, []).append(held)
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
        found = set(differing)
        while differing:
            for held in back.get(differing.pop(), ()):
                if held not in found:
                    found.add(held)
                    differing.append(held)
        for held in seen:
            self._same[held] = held not in found

    def _beneath(self, key: tuple[str, str]) -> tuple[tuple[str, str], ...] | None:
        """What two places refer to, when both say the same; ``None`` when they do not, or it cannot be told by the text."""
        try:
            text = orjson.dumps(self._old.value(key[0]), option=orjson.OPT_SORT_KEYS)
            if text != orjson.dumps(self._new.value(key[1]), option=orjson.OPT_SORT_KEYS):
                return None
        except (TypeError, orjson.JSONEncodeError):
            return None
        if b'"mapping":' in text and b'"discriminator":' in text:
            return None  # names of schemas that are no references
        found = []
        for word, reference in _REFERENCE.findall(text):
            if word != b"ref" or not reference.startswith(b"#/") or b"\\" in reference:
                return None
            pointer = from_fragment(reference[1:].decode())
            found.append((pointer, pointer))
        return tuple(dict.fromkeys(found))

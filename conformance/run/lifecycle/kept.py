"""Promises of lists: the size of a page, filters and sorting, pages that neither overlap nor go on for ever, true totals.

Everything here takes what was asked and what was shown, already read; who reads it is above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from conformance.checks.meaning import agree
from conformance.checks.subject import Fault
from conformance.sandbox.comparison import fulfils, moment, rank
from conformance.sandbox.filters import Condition
from conformance.sandbox.sorting import Key

SURE = frozenset({"eq", "in", "ne", "notin", "gt", "gte", "lt", "lte", "contains", "startswith", "endswith"})
"""The operators that mean the same everywhere."""

_BOUNDS = frozenset({"gt", "gte", "lt", "lte"})
# Seconds by which services may mean another moment: they cut fractions off, and a day begins elsewhere somewhere else.
_SLACK, _DAY = 1.0, 86400.0
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LONGEST = 500
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks of a list: at most ``size`` things, that fit the conditions, in an order.

    ``usual`` is the size that the document names for a request that says none. ``number`` is that of the page, from 1, and
    ``is_first`` says that the beginning is asked for. ``pointer`` is the operation's place.
    """

    size: int | None = None
    usual: int | None = None
    number: int | None = None
    is_first: bool = False
    conditions: tuple[Condition, ...] = ()
    order: tuple[Key, ...] = ()
    pointer: str = ""


def size_is_kept(asked: Asked, things: Sequence[Any]) -> Iterator[Fault]:
    """A page has no more things than were asked for."""
    if asked.size is not None and len(things) > asked.size:
        yield Fault(message=f"{len(things)} things on a page, and {asked.size} were asked for", pointer=asked.pointer)
    elif asked.size is None and asked.usual is not None and len(things) > asked.usual:
        yield Fault(message=f"{len(things)} things on a page, and {asked.usual} is what the document says of a page",
                    detail="default", pointer=asked.pointer)  # fmt: skip


def filters_are_kept(asked: Asked, things: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Nothing is listed that the filters clearly leave out."""
    for condition in asked.conditions:
        if condition.operator not in SURE:
            continue
        for thing in things:
            held = _at(thing, condition.path)
            if held is not None and not isinstance(held, (dict, list)) and not _fits(condition, held):
                where = ".".join(condition.path)
                wish = f"{where} {condition.operator}"
                yield Fault(
                    message=f"{where} is {_short(held)} in a list filtered by {wish} {_short(condition.bound)}",
                    detail=wish,
                    pointer=asked.pointer,
                )
                break


def _fits(condition: Condition, held: Any) -> bool:
    if fulfils(condition.operator, held, condition.bound):
        return True
    bounds = condition.bound if isinstance(condition.bound, list) else [condition.bound]
    if condition.operator in _BOUNDS:
        return any(_is_near(held, bound) for bound in bounds)
    # Services take plain filters loosely: they trim them, ignore case, or look for a part.
    return condition.operator in {"eq", "in"} and any(agree(bound, held) for bound in bounds)


def _is_near(held: Any, bound: Any) -> bool:
    """Whether two moments are so close that services may take one for the other."""
    one, other = (moment(value) if isinstance(value, str) else None for value in (held, bound))
    if one is None or other is None:
        # Texts have no order that is the same everywhere.
        return isinstance(held, str) and isinstance(bound, str) and not (_is_number(held) and _is_number(bound))
    slack = _DAY if one[0] != one[1] or other[0] != other[1] else _SLACK
    return one[0] - slack < other[1] and other[0] - slack < one[1]


def _is_number(text: str) -> bool:
    return text.strip().lstrip("+-").replace(".", "", 1).isdecimal()


def order_is_kept(asked: Asked, things: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Things come in the order that was asked for. Texts count only where every collation agrees."""
    for one, other in pairwise(things):
        for key in asked.order:
            before, after = _at(one, key.path), _at(other, key.path)
            if before == after:
                continue
            is_after = precedes(after, before)
            if is_after is None:
                break
            if is_after is not key.down:
                where, way = ".".join(key.path), "descending" if key.down else "ascending"
                yield Fault(message=f"{_short(before)} comes before {_short(after)} in a list sorted by {where}, {way}",
                            detail=where, pointer=asked.pointer)  # fmt: skip
                return
            break


def precedes(one: Any, other: Any) -> bool | None:
    """Whether a value comes before another in ascending order; ``None`` where services may see it either way."""
    if any(isinstance(value, bool) or value is None for value in (one, other)):
        return None
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one < other if one != other else None
    if not (isinstance(one, str) and isinstance(other, str)):
        return None
    if moment(one) is not None and moment(other) is not None:
        return rank(one) < rank(other) if rank(one) != rank(other) else None
    ways = [_collated(one), _collated(other)]
    if ways[0] is None or ways[1] is None:
        return None
    before = {first < second if first != second else None for first, second in zip(*ways, strict=True)}
    return before.pop() if len(before) == 1 else None


def _collated(text: str) -> tuple[Any, ...] | None:
    """A text as the usual collations see it: as it is, without case, without punctuation, with its numbers as numbers."""
    if not text.isascii() or not text.strip() or len(text) > _LONGEST or _UUID.fullmatch(text):
        return None
    folded = text.casefold()
    plain = "".join(character for character in folded if character.isalnum())
    return text, folded, plain, _natural(folded), _natural(plain)


def _natural(text: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(text) if part]


def _at(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"

"""Promises of lists: the size of a page, filters and sorting, pages that neither overlap nor go on for ever, true totals.

Everything here takes what was asked and what was shown, already read; who reads it is above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from conformance.checks.meaning import agree
from conformance.checks.subject import Fault
from conformance.sandbox.comparison import fulfils, rank
from conformance.sandbox.filters import Condition
from conformance.sandbox.sorting import Key

_SURE = frozenset({"eq", "in", "gt", "gte", "lt", "lte", "contains", "startswith", "endswith"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks of a list: at most ``size`` things, that fit the conditions, in an order. ``pointer`` is its place."""

    size: int | None = None
    conditions: tuple[Condition, ...] = ()
    order: tuple[Key, ...] = ()
    pointer: str = ""


def size_is_kept(asked: Asked, things: Sequence[Any]) -> Iterator[Fault]:
    """A page has no more things than were asked for."""
    if asked.size is not None and len(things) > asked.size:
        yield Fault(message=f"{len(things)} things on a page, and {asked.size} were asked for", pointer=asked.pointer)


def filters_are_kept(asked: Asked, things: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Nothing is listed that the filters clearly leave out."""
    for condition in asked.conditions:
        if condition.operator not in _SURE:
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
    # Services take plain filters loosely: they trim them, ignore case, or look for a part.
    return condition.operator in {"eq", "in"} and any(agree(bound, held) for bound in bounds)


def order_is_kept(asked: Asked, things: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Things come in the order that was asked for. Texts count only where every collation agrees."""
    for one, other in pairwise(things):
        for key in asked.order:
            before, after = _at(one, key.path), _at(other, key.path)
            if not _comparable(before, after):
                break
            if rank(before) == rank(after):
                continue
            if (rank(before) < rank(after)) is key.down:
                where, way = ".".join(key.path), "descending" if key.down else "ascending"
                yield Fault(message=f"{_short(before)} comes before {_short(after)} in a list sorted by {where}, {way}",
                            detail=where, pointer=asked.pointer)  # fmt: skip
                return
            break


def _comparable(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return False
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return True
    return isinstance(one, str) and isinstance(other, str) and all(_is_plain(text) for text in (one, other))


def _is_plain(text: str) -> bool:
    """Whether a text sorts the same everywhere: digits and letters of one case, and what stands in a date."""
    return bool(text) and text.isascii() and not any(character in "_/\\'\"()[]{}<>|~^`" for character in text) and (
        text == text.lower() or text == text.upper())  # fmt: skip


def _at(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"

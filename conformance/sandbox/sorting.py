"""Sorting: what a query asks of the order of a list.

``sort=-created_at``, ``sort=name,size``, ``sort[]=name``, ``sort[value]=name``, ``sort[name]=desc``, ``sort_by=name&order=desc``,
``sort=name:desc``, ``order=name desc``, ``order=desc`` (by age). What leads to no property orders nothing. A parameter that
was not sent counts as its default, where the document gives one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.comparison import rank, text_of
from conformance.sandbox.envelope import folded
from conformance.sandbox.minting import is_birth
from conformance.spec.reading import RequestReading

Thing = TypeVar("Thing")

_BY = frozenset({"sort", "sortby", "sorting", "sorts", "orderby", "ordering", "order", "sortfield", "sortkey", "sortcolumn"})
_WAY = frozenset({"order", "direction", "sortorder", "sortdirection", "sortdir", "orderdirection", "dir", "orderdir"})
_UP, _DOWN = frozenset({"asc", "ascending", "1"}), frozenset({"desc", "descending", "-1"})
_WORD = re.compile(r"([+-]?)\s*(.+?)(?:[\s:.,_|]+(asc|desc|ascending|descending))?\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One level of an order: ``path`` leads to the property."""

    path: tuple[str, ...]
    down: bool = False


def keys(reading: RequestReading, item: Schema) -> tuple[Key, ...]:
    """The order that the query asks for, the weightiest level first."""
    sent = {name: value for (location, name), value in reading.values.items() if location == "query"}
    wishes = {**_defaults(reading.operation), **sent}
    found, way = [], None
    for name, value in wishes.items():
        parts = [part for part in re.split(r"[\[\]]+", name) if part]
        if folded(name) in _WAY and text_of(value).lower() in _UP | _DOWN:
            way = text_of(value).lower() in _DOWN
        elif parts and folded(parts[0]) in _BY:
            found += list(_stated(value if len(parts) == 1 else {parts[-1]: value}, item))
    if way is not None:
        found = [Key(path=key.path, down=way) for key in found] or _by_age(item, down=way)
    return tuple(found)


def ordered(things: Iterable[Thing], values: Callable[[Thing], Any], wanted: Sequence[Key]) -> list[Thing]:
    """The things in the order of their values; equal ones stay as they were. ``values`` gives the value of a thing."""
    found = list(things)
    for key in reversed(wanted):
        found.sort(key=lambda thing: rank(_at(values(thing), key.path)), reverse=key.down)
    return found


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _defaults(operation: Operation) -> dict[str, Any]:
    return {
        parameter.name: parameter.schema.get("default")
        for parameter in operation.parameters_in("query")
        if parameter.schema is not None and folded(parameter.name) in _BY | _WAY and parameter.schema.get("default") is not None
    }


def _stated(value: Any, item: Schema) -> Iterator[Key]:
    if isinstance(value, list):
        for part in value:
            yield from _stated(part, item)
    elif isinstance(value, Mapping):
        for name, way in value.items():
            if folded(name) in {"value", "by", "field"}:
                yield from _stated(way, item)
            elif text_of(way).lower() in _UP | _DOWN:
                yield from _key(str(name), item, down=text_of(way).lower() in _DOWN)
    elif isinstance(value, str):
        for part in value.split(","):
            yield from _worded(part.strip(), item)


def _worded(text: str, item: Schema) -> Iterator[Key]:
    if text.lower() in _UP | _DOWN:
        yield from _by_age(item, down=text.lower() in _DOWN)
        return
    whole = list(_key(text.lstrip("+-"), item, down=text.startswith("-")))
    match = _WORD.fullmatch(text)
    if whole or match is None:
        yield from whole
        return
    yield from _key(match[2], item, down=match[1] == "-" or (match[3] or "").lower().startswith("desc"))


def _key(name: str, item: Schema, *, down: bool) -> Iterator[Key]:
    """The level of a property, nested ones with dots; nothing when there is none."""
    path: list[str] = []
    schema = item
    for part in (name,) if folded(name) in {folded(known) for known in item.all_properties()} else name.split("."):
        known = {folded(known): known for known in reversed(list(schema.all_properties()))}
        if folded(part) not in known or not folded(part):
            return
        path.append(known[folded(part)])
        schema = schema.all_properties()[path[-1]]
    yield Key(path=tuple(path), down=down)


def _by_age(item: Schema, *, down: bool) -> list[Key]:
    born = next((name for name in item.all_properties() if is_birth(name)), None)
    return [Key(path=(born,), down=down)] if born is not None else []


def sorted_by(value: Any, wanted: Sequence[Key]) -> tuple[Any, ...]:
    """What a thing is sorted by, one plain value a level."""
    found = (_at(value, key.path) for key in wanted)
    return tuple(None if isinstance(held, (dict, list)) else held for held in found)


def precedes(one: Sequence[Any], other: Sequence[Any], wanted: Sequence[Key]) -> bool | None:
    """Whether what is sorted by ``one`` comes before what is sorted by ``other``; ``None`` when neither does."""
    for held, against, key in zip(one, other, wanted, strict=False):
        if rank(held) != rank(against):
            return (rank(held) < rank(against)) is not key.down
    return None

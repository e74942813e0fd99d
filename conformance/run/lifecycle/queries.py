"""Queries for lists: every filter and every order that the document names, with values that things are known to have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.checks.meaning import is_moving, is_secret
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.run.lifecycle.asked import reading_of
from conformance.run.lifecycle.kept import SURE, Asked, order_is_kept
from conformance.sandbox.comparison import fulfils
from conformance.sandbox.filters import Condition, conditions
from conformance.sandbox.minting import is_birth
from conformance.sandbox.sorting import Key, keys
from conformance.spec.values import wire_types

_WORD = re.compile(r"[A-Za-z_][\w.]*")
# How authors say that a minus turns an order round.
_DOWN = re.compile(r"(?:^|[\s`'\"(])-(?:[`'\")]|[a-z_])|\bminus\b|\bhyphen\b", re.IGNORECASE)
_SAYS = ("description", "example", "examples", "default")
_DEEPEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter with a value: ``wire`` is its name in a query. ``parts`` says that known things are on both sides of it.

    ``moves`` says that what it looks at may change by itself.
    """

    wire: str
    text: str
    condition: Condition
    parts: bool
    moves: bool = False

    def fits(self, thing: Mapping[str, Any]) -> bool:
        """Whether a thing is one that the filter lets through, beyond doubt."""
        held = at(thing, self.condition.path)
        return held is not None and fulfils(self.condition.operator, held, self.condition.bound)


def filters(
    operation: Operation, item: Schema, things: Sequence[Mapping[str, Any]], *, pages: frozenset[str], turn: int
) -> list[Filter]:
    """Every filter once, those first that let some of the things through and not others.

    ``pages`` are names in a query that are about pages; ``turn`` says where to begin.
    """
    found = [
        chosen for wire, schema in leaves(operation)
        if wire not in pages and (chosen := _filter(operation, item, wire, schema, things)) is not None
    ]  # fmt: skip
    start = turn % len(found) if found else 0
    return sorted((*found[start:], *found[:start]), key=lambda chosen: not chosen.parts)


def _filter(
    operation: Operation, item: Schema, wire: str, schema: Schema | None, things: Sequence[Mapping[str, Any]]
) -> Filter | None:
    """The filter with the value that says most about it."""
    asked = next(iter(conditions(reading_of(operation, {wire: "x"}), item)), None)
    if asked is None or asked.operator not in SURE or is_secret(asked.path[-1]):
        return None
    # What moves by itself may have moved when the filter looks at it; when a thing was made does not. Words may stand for long.
    moves = is_moving(asked.path[-1]) and not is_birth(asked.path[-1])
    if moves and asked.operator not in {"eq", "in"}:
        return None
    held = [value for thing in things if _is_plain(value := at(thing, asked.path))]
    best: Filter | None = None
    for value in (*dict.fromkeys(held), *(() if moves else _others(held, item, asked.path))):
        text = _written(value, schema)
        read = next(iter(conditions(reading_of(operation, {wire: text}), item)), None) if text is not None else None
        if text is None or read is None or read.path != asked.path or read.operator not in SURE:
            continue
        through = sum(fulfils(read.operator, one, read.bound) for one in held)
        chosen = Filter(wire=wire, text=text, condition=read, parts=0 < through < len(held), moves=moves)
        if chosen.parts:
            return chosen
        # One that lets nothing through shows at least whether it is looked at.
        best = chosen if best is None or not through else best
    return best


def _others(held: Sequence[Any], item: Schema, path: Sequence[str]) -> Iterator[Any]:
    """Values that none of the things has, where the document lists what there is."""
    schema: Schema | None = item
    for name in path:
        schema = schema.all_properties().get(name) if schema is not None else None
    listed = listed_values(schema)
    if schema is not None and held and not listed and wire_types(schema) - {"null"} == {"boolean"}:
        listed = [True, False]
    yield from (value for value in listed if _is_plain(value) and value not in held)


def _written(value: Any, schema: Schema | None) -> str | None:
    """A value as it stands in a query, if the parameter takes it; a moment as its day, where only days are taken."""
    text = value if isinstance(value, str) else str(value).lower()
    for candidate in (text, text[:10]):
        if candidate and (schema is None or _takes(schema, value if candidate == text else candidate, candidate)):
            return candidate
    return None


def _takes(schema: Schema, held: Any, text: str) -> bool:
    if "array" in wire_types(schema) and schema.is_valid([held], direction="request"):
        return True
    return any(schema.is_valid(value, direction="request") for value in (held, text) if isinstance(value, str) or held == value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and value != ""


def orders(operation: Operation, item: Schema, things: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Queries that ask for an order, as far as it can be seen in the things whether it is kept.

    Those first that the things, as they are listed without one, do not keep.
    """
    usual = keys(reading_of(operation, {}), item)
    seen: list[tuple[Key, ...]] = []
    found: list[tuple[int, dict[str, str]]] = []
    asked: list[tuple[int, dict[str, str]]] = []
    for wire, value in _choices(operation, item):
        wanted = keys(reading_of(operation, {wire: value}), item)
        if not wanted or wanted in seen:
            continue
        seen.append(wanted)
        kept, reverse = (_is_kept(wanted, things, down=down) for down in (False, True))
        if not kept or not reverse:
            # The usual order is worth asking for where no other one shows.
            (asked if wanted == usual else found).append((int(kept), {wire: value}))
    return [query for _, query in sorted(found or asked[:1], key=lambda entry: entry[0])]


def _is_kept(wanted: Sequence[Key], things: Sequence[Mapping[str, Any]], *, down: bool) -> bool:
    order = tuple(Key(path=key.path, down=key.down is not down) for key in wanted)
    return next(order_is_kept(Asked(order=order), things), None) is None


def _choices(operation: Operation, item: Schema) -> Iterator[tuple[str, str]]:
    """Names and values that may ask for an order: those listed, or else properties that the author speaks of."""
    words = {
        parameter.name: (parameter.description, *map(str, parameter.examples)) for parameter in operation.parameters_in("query")
    }
    known = item.all_properties()
    for wire, schema in leaves(operation):
        inside = schema.child("items") if schema is not None else None
        values = [value for value in (*listed_values(schema), *listed_values(inside)) if isinstance(value, str)]
        if not values:
            said = " ".join((*words.get(wire, ()), *(str(schema.get(key)) for key in _SAYS if schema is not None)))
            named = [word for word in dict.fromkeys(_WORD.findall(said)) if word in known]
            values = [f"{sign}{name}" for name in named for sign in (("", "-") if _DOWN.search(said) else ("",))]
        yield from ((wire, value) for value in values)


def listed_values(schema: Schema | None) -> list[Any]:
    """The values that a schema lists, in itself or in a branch."""
    for node in (
        (schema, *schema.branches("allOf"), *schema.branches("anyOf"), *schema.branches("oneOf")) if schema is not None else ()
    ):
        listed = node.get("enum") if node is not None else None
        if isinstance(listed, list):
            return listed
    return []


def leaves(operation: Operation) -> Iterator[tuple[str, Schema | None]]:
    """Every name that a query can have, with the schema of its value."""
    for parameter in operation.parameters_in("query"):
        schema = parameter.schema
        if schema is None or "object" not in wire_types(schema) or not schema.all_properties():
            yield parameter.name, schema
        elif parameter.style == "deepObject" or not parameter.explode:
            yield from _below(parameter.name, schema, 0)


def _below(name: str, schema: Schema, depth: int) -> Iterator[tuple[str, Schema | None]]:
    for key, child in schema.all_properties().items():
        if child.all_properties() and "object" in wire_types(child) and depth < _DEEPEST:
            yield from _below(f"{name}[{key}]", child, depth + 1)
        else:
            yield f"{name}[{key}]", child


def at(value: Any, path: Sequence[str]) -> Any:
    """What a path leads to; ``None`` when it leads nowhere."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

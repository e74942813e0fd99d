"""Filters: what a query asks of the properties of things, and which things are so.

A query parameter is a filter when it leads to a property: by its own name (``status``, ``created_at[gte]``,
``metadata->agent``), inside a ``filter`` (``filter[status]``, ``filter[address.city][contains]``), or with an operator in its
name (``created_after``, ``status_in``, ``size__gte``, ``min_size``). Everything else filters nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.operation import Operation, Parameter
from conformance.model.ports import Schema
from conformance.sandbox.comparison import fulfils, operator_of
from conformance.sandbox.envelope import folded
from conformance.spec.reading import RequestReading
from conformance.spec.values import wire_types

_AROUND = frozenset({"filter", "filters", "where"})
_SPECIAL = frozenset({"sort", "order", "fields", "include", "expand", "search", "q", "query", "format", "sortby", "orderby"})
_PARTS = re.compile(r"\[([^\]]*)\]|->|\.(?=.)")
_BEFORE = {"min": "gte", "max": "lte", "minimum": "gte", "maximum": "lte", "not": "ne", "exclude": "ne"}
_AFTER = ("in", "gte", "lte", "gt", "lt", "ne", "contains", "startswith", "endswith", "before", "after", "since",
          "until", "from", "to", "min", "max", "prefix", "suffix", "starts_with", "ends_with", "exists", "like",
          "ilike", "not_in", "eq")  # fmt: skip
_STEMS = ("", "at", "on", "date", "time", "datetime")
_WRITTEN = re.compile(r"(not\.)?(eq|neq|gt|gte|lt|lte|like|ilike|in|is)\.(.*)", re.DOTALL)
_DEEPEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a property must be: ``path`` leads to it, ``operator`` is a key of ``comparison.OPERATORS``."""

    path: tuple[str, ...]
    operator: str
    bound: Any

    @property
    def is_equality(self) -> bool:
        """Whether the property must be one value, which ``bound`` says."""
        return self.operator == "eq" and not isinstance(self.bound, (list, dict))


def conditions(reading: RequestReading, item: Schema, taken: frozenset[str] = frozenset()) -> tuple[Condition, ...]:
    """What the query asks of things of a schema. ``taken`` are names on the wire that mean something else, such as a page."""
    found: list[Condition] = []
    for (location, name), value in reading.values.items():
        if location != "query":
            continue
        for keys, bound in _leaves(_parts(name), value):
            if wire_name(keys) in taken:
                continue
            condition = _condition(keys, bound, item)
            if condition is not None:
                found.append(condition)
    return tuple(found)


def holds(value: Any, wishes: Sequence[Condition]) -> bool:
    """Whether a thing is what all conditions ask for."""
    return all(_holds(value, wish.path, wish) for wish in wishes)


def _holds(value: Any, path: tuple[str, ...], wish: Condition) -> bool:
    """Whether anything at the path is so; what has lists on the way has many such places."""
    if isinstance(value, list) and (path or wish.operator not in {"empty", "exists"}):
        if wish.operator in {"ne", "notin"}:
            return all(_holds(item, path, wish) for item in value)
        return any(_holds(item, path, wish) for item in value)
    if path:
        return _holds(value.get(path[0]) if isinstance(value, Mapping) else None, path[1:], wish)
    if isinstance(value, Mapping) and wish.operator not in {"exists", "empty"}:
        return any(fulfils(wish.operator, held, wish.bound) for held in value.values() if not isinstance(held, (dict, list)))
    return fulfils(wish.operator, value, wish.bound)


def is_required(operation: Operation, condition: Condition) -> bool:
    """Whether the document asks every client for the condition."""
    return any(
        parameter.required and _names(parameter, condition.path[0])
        for parameter in operation.parameters_in("query")
    )  # fmt: skip


def _names(parameter: Parameter, name: str) -> bool:
    parts = [folded(part) for part in _parts(parameter.name)]
    return folded(name) in parts or (
        parameter.schema is not None
        and folded(parameter.name) in _AROUND
        and folded(name) in {folded(required) for required in parameter.schema.required()}
    )


def wire_name(keys: Sequence[str]) -> str:
    """The keys of a parameter as they stand in a query."""
    return keys[0] + "".join(f"[{key}]" for key in keys[1:]) if keys else ""


def _parts(name: str) -> list[str]:
    """The keys that a name on the wire is made of; dots and arrows separate as brackets do."""
    return [
        part
        for part in (piece.strip("[]") for piece in _PARTS.sub(lambda match: f"\0{match[1] or ''}\0", name).split("\0"))
        if part
    ]


def _leaves(keys: list[str], value: Any) -> Iterator[tuple[list[str], Any]]:
    if isinstance(value, Mapping) and len(keys) < _DEEPEST:
        for name, inside in value.items():
            yield from _leaves([*keys, *_parts(str(name))], inside)
    else:
        yield keys, value


def _condition(keys: list[str], bound: Any, item: Schema) -> Condition | None:
    inside = folded(keys[0]) in _AROUND and (len(keys) > 1 or folded(keys[0]) not in _folded(item))
    keys = keys[1:] if inside else keys
    if not keys or (not inside and folded(keys[0]) in _SPECIAL):
        return None
    path, rest = _walk(keys, item)
    operator: str | None = "eq"
    if rest and not path:
        path, operator = _worded(rest[0], item)
        rest = rest[1:] if path else rest
    if not path or len(rest) > 1:
        return None
    if rest:
        operator = operator_of(rest[0])
    if operator is None:
        return None
    if operator == "eq" and isinstance(bound, str) and not rest:
        operator, bound = _written(bound)
    return Condition(path=tuple(path), operator=operator, bound=bound)


def _walk(keys: Sequence[str], item: Schema) -> tuple[list[str], list[str]]:
    """The properties that the keys lead through, and the keys that are left."""
    path: list[str] = []
    schema, index = item, 0
    while index < len(keys):
        while (below := _items(schema)) is not None:
            schema = below
        known = _folded(schema)
        # A property's own name may have dots.
        end = next((end for end in range(len(keys), index, -1) if folded("".join(keys[index:end])) in known), None)
        if end is None:
            is_map = bool(path) and not known and "object" in wire_types(schema) and index == len(keys) - 1
            is_key = is_map and operator_of(keys[index]) is None
            return ([*path, keys[index]], []) if is_key else (path, list(keys[index:]))
        path.append(known[folded("".join(keys[index:end]))])
        schema, index = schema.all_properties()[path[-1]], end
    return path, []


def _items(schema: Schema) -> Schema | None:
    return schema.child("items") if not schema.all_properties() else None


def _folded(schema: Schema) -> dict[str, str]:
    return {folded(name): name for name in reversed(list(schema.all_properties()))}


def _worded(key: str, item: Schema) -> tuple[list[str], str | None]:
    """A property and an operator out of one word, such as ``created_after``."""
    known = _folded(item)
    words = [word for word in re.split(r"[_\-]+|(?<=[a-z0-9])(?=[A-Z])", key) if word]
    for count in (1, 2):
        last = "_".join(words[-count:]).lower()
        if len(words) > count and last in _AFTER:
            stem = folded("".join(words[:-count]))
            named = next((known[stem + ending] for ending in _STEMS if stem + ending in known), None)
            if named is not None:
                return [named], operator_of(last)
    first = words[0].lower() if words else ""
    if first in _BEFORE and folded("".join(words[1:])) in known:
        return [known[folded("".join(words[1:]))]], _BEFORE[first]
    return [], None


def _written(text: str) -> tuple[str, Any]:
    """An operator that stands in the value, as in ``gte.2025-01-01`` (PostgREST) or ``gte:2025-01-01``."""
    match = _WRITTEN.fullmatch(text.replace(":", ".", 1) if re.match(r"(eq|neq|gt|gte|lt|lte):", text) else text)
    if match is None or match[1]:
        return "eq", text
    operator = operator_of(match[2])
    bound = match[3].strip("()") if match[2] == "in" else match[3]
    return ("eq", text) if operator is None else (operator, bound)

"""Objects and lists to write, with the plain values in them changed, however deep they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.checks.meaning import is_moving
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.run.lifecycle.bodies import Field, is_own, other_value, plain_fields, written_schema
from conformance.spec.values import wire_types

_DEEPEST = 4


def groups(operation: Operation, shown: Mapping[str, Schema], *, at: str | None = None) -> tuple[Field, ...]:
    """The fields of an operation's body that hold objects or lists, and are shown again; ``at`` is as for ``fields``."""
    schema = written_schema(operation, at=at)
    if schema is None:
        return ()
    left = schema.flagged("readOnly") | schema.flagged("writeOnly")
    found = []
    for name, written in schema.all_properties().items():
        other = shown.get(name)
        types = wire_types(written) - {"null"}
        if other is None or name in left or not is_own(name) or types != wire_types(other) - {"null"}:
            continue
        if types in ({"object"}, {"array"}):
            found.append(Field(name=name, written=written, shown=other))
    return tuple(found)


def other_group(value: Any, field: Field, *, turn: int = 0, rare: bool = False) -> Any:
    """An object or list as it is shown, with the plain values in it changed; ``None`` when that cannot be.

    All of them at once, where that may be written and shown, else one. ``turn`` and ``rare`` are as for ``other_value``.
    """
    how = _How(turn=turn, rare=rare)
    return next((changed for changed in how.groups(value, field, 0) if changed != value and field.takes(changed)), None)


def several(value: Any, field: Field, *, turn: int = 0) -> list[Any] | None:
    """A list with one entry more, which is like its first and another; ``None`` when that cannot be."""
    how = _How(turn=turn, rare=False)
    return next((found for found in how.lists(value, field, 0) if len(found) > len(value) and field.takes(found)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    turn: int
    rare: bool

    def groups(self, value: Any, field: Field, depth: int) -> Iterator[Any]:
        """What a value could be instead, the most different first."""
        if depth > _DEEPEST or not value:
            return
        if isinstance(value, dict):
            yield from self._objects(value, field, depth)
        elif isinstance(value, list):
            yield from self.lists(value, field, depth)

    def _objects(self, value: Mapping[str, Any], field: Field, depth: int) -> Iterator[dict[str, Any]]:
        written, shown = field.written.all_properties(), field.shown.all_properties()
        if not written:
            yield from _other_entries(value)
            return
        held = {name: inner for name, inner in value.items() if name in written and inner is not None}
        changes: dict[str, Any] = {}
        for inside in plain_fields(field.written, shown):
            if inside.name in held and not is_moving(inside.name):
                changes[inside.name] = other_value(held[inside.name], inside, turn=self.turn, rare=self.rare)
        for name, inner in held.items():
            if name in shown and is_own(name) and isinstance(inner, (dict, list)):
                below = Field(name=name, written=written[name], shown=shown[name])
                changes[name] = next(filter(below.takes, self.groups(inner, below, depth + 1)), None)
        changes = {name: changed for name, changed in changes.items() if changed is not None}
        if len(changes) > 1:
            yield {**held, **changes}
        yield from ({**held, name: changed} for name, changed in changes.items())

    def lists(self, value: Any, field: Field, depth: int) -> Iterator[list[Any]]:
        """A list with another first entry: before the one that is there, or in its place."""
        written, shown = field.written.child("items"), field.shown.child("items")
        if not isinstance(value, list) or not value or written is None or shown is None:
            return
        first, items = value[0], Field(name=field.name, written=written, shown=shown)
        changed = (
            next(filter(items.takes, self.groups(first, items, depth + 1)), None)
            if isinstance(first, (dict, list))
            else other_value(first, items, turn=self.turn, rare=self.rare)
        )
        if changed is not None and changed not in value:
            yield [changed, *value]
            yield [changed, *value[1:]]


def _other_entries(value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """An object whose names are free, with another text at one of them."""
    for name, held in value.items():
        if isinstance(held, str) and is_own(name):
            yield {**value, name: "conformance 1" if held != "conformance 1" else "c1"}

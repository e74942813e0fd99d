"""Objects and lists to write, with one plain value changed, however deep it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.checks.meaning import is_moving
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.run.lifecycle.bodies import Field, is_own, json_media, other_value, plain_fields
from conformance.spec.values import wire_types

_DEEPEST = 4


def groups(operation: Operation, shown: Mapping[str, Schema]) -> tuple[Field, ...]:
    """The fields of an operation's body that hold objects or lists, and are shown again."""
    media = json_media(operation)
    if media is None or media.schema is None:
        return ()
    left = media.schema.flagged("readOnly") | media.schema.flagged("writeOnly")
    found = []
    for name, written in media.schema.all_properties().items():
        other = shown.get(name)
        types = wire_types(written) - {"null"}
        if other is None or name in left or not is_own(name) or types != wire_types(other) - {"null"}:
            continue
        if types in ({"object"}, {"array"}):
            found.append(Field(name=name, written=written, shown=other))
    return tuple(found)


def other_group(value: Any, field: Field, *, depth: int = 0) -> Any:
    """An object or list as it is shown, with one plain value in it changed; ``None`` when that cannot be."""
    if depth > _DEEPEST or not value:
        return None
    changed = _other_object(value, field, depth) if isinstance(value, dict) else _other_list(value, field, depth)
    return changed if changed is not None and field.takes(changed) else None


def _other_object(value: Mapping[str, Any], field: Field, depth: int) -> dict[str, Any] | None:
    written, shown = field.written.all_properties(), field.shown.all_properties()
    held = {name: inner for name, inner in value.items() if name in written and inner is not None}
    for inside in plain_fields(field.written, shown):
        changed = other_value(held[inside.name], inside) if inside.name in held and not is_moving(inside.name) else None
        if changed is not None:
            return {**held, inside.name: changed}
    if not written:
        return _other_entry(value)
    for name, inner in held.items():
        if name in shown and is_own(name) and isinstance(inner, (dict, list)):
            changed = other_group(inner, Field(name=name, written=written[name], shown=shown[name]), depth=depth + 1)
            if changed is not None:
                return {**held, name: changed}
    return None


def _other_entry(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """An object whose names are free, with another text at one of them."""
    for name, held in value.items():
        if isinstance(held, str) and is_own(name):
            return {**value, name: "conformance 1" if held != "conformance 1" else "c1"}
    return None


def _other_list(value: Any, field: Field, depth: int) -> list[Any] | None:
    written, shown = field.written.child("items"), field.shown.child("items")
    if not isinstance(value, list) or written is None or shown is None:
        return None
    first, items = value[0], Field(name=field.name, written=written, shown=shown)
    changed = other_group(first, items, depth=depth + 1) if isinstance(first, (dict, list)) else other_value(first, items)
    return [changed, *value[1:]] if changed is not None and changed not in value else None

"""The shape of two answers side by side: fields that came or went, and JSON types that changed. Values are not looked at.

The shape of a list is that of its items taken together, so the order and number of items do not matter. A field that only some
items had is not missed, for others may be there now. Keys of a map (``additionalProperties`` in the document, or keys that are
ids) are one field ``*``. A field that the document has is not added by being there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.model.ports import Schema
from conformance.spec.pointer import join
from conformance.spec.values import wire_types

_GENERATED_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\+?[0-9]{5,}|\d{4}-\d{2}-\d{2}.*", re.IGNORECASE)
_NAMES = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object", type(None): "null"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference. ``detail`` says where, and never holds a generated value."""

    id: str
    message: str
    detail: str


@dataclass(slots=True)
class _Shape:
    """The JSON types seen at a place, and what is below it."""

    schema: Schema | None
    count: int = 0
    objects: int = 0
    types: set[str] = field(default_factory=set)
    fields: dict[str, _Shape] = field(default_factory=dict)
    items: _Shape | None = None

    def add(self, value: Any) -> None:
        self.count += 1
        self.types.add(_NAMES[type(value)])
        if isinstance(value, dict):
            self.objects += 1
            is_map = _is_map(self.schema)
            for name, item in value.items():
                key = "*" if is_map or _GENERATED_KEY.fullmatch(name) else name
                if key not in self.fields:
                    self.fields[key] = _Shape(property_of(self.schema, name))
                self.fields[key].add(item)
        elif isinstance(value, list):
            for item in value:
                self.items = self.items or _Shape(items_of(self.schema))
                self.items.add(item)


def shape_differences(was: Any, now: Any, schema: Schema | None, *, shown: bool = False) -> Iterator[Difference]:
    """How the shape of a JSON body differs from the recorded one; nothing where one is nested beyond measure.

    ``shown`` says that what was recorded is an example: where the document contradicts it, its schema is right.
    """
    before, after = _Shape(schema), _Shape(schema)
    try:
        before.add(was)
        after.add(now)
        yield from list(_compared(before, after, "", shown=shown))
    except RecursionError:  # nested deeper than anything that has a shape worth telling
        return


def _compared(was: _Shape, now: _Shape, pointer: str, *, shown: bool) -> Iterator[Difference]:
    before, after = was.types - {"null"}, now.types - {"null"}
    if before and after and not after <= before and not _allowed(was.schema, after if shown else before | after):
        old, new = " or ".join(sorted(before)), " or ".join(sorted(after))
        yield Difference(id="recording-type-changed", detail=pointer or "/",
                         message=f"{pointer or 'the body'} is {old} in the recording, {new} in the answer")  # fmt: skip
        return
    if "object" in before and "object" in after:
        for name, shape in was.fields.items():
            if name in now.fields:
                yield from _compared(shape, now.fields[name], join(pointer, name), shown=shown)
            elif name != "*" and not _is_of_others(was, now, shape):
                place = join(pointer, name)
                yield Difference(
                    id="recording-field-removed", message=f"the recording has {place}, the answer has not", detail=place
                )
        known = was.schema.all_properties() if was.schema is not None else {}
        for name in now.fields:
            if name not in was.fields and name != "*" and name not in known:
                place = join(pointer, name)
                yield Difference(
                    id="recording-field-added", message=f"the answer has {place}, the recording has not", detail=place
                )
    if was.items is not None and now.items is not None:
        yield from _compared(was.items, now.items, pointer + "/*", shown=shown)


def _is_of_others(was: _Shape, now: _Shape, shape: _Shape) -> bool:
    """Whether many things may lack a field because they are others: not all had it, or of none of them anything is said."""
    return was.objects > 1 and (shape.count < was.objects or not now.fields)


def _allowed(schema: Schema | None, types: set[str]) -> bool:
    """Whether the document itself says that a value may be of all these types."""
    declared = wire_types(schema) if schema is not None else frozenset()
    named = {"number" if name == "integer" else name for name in declared}
    return types <= named and len(declared) < 7


def _is_map(schema: Schema | None) -> bool:
    return schema is not None and not schema.all_properties() and schema.child("additionalProperties") is not None


def property_of(schema: Schema | None, name: str) -> Schema | None:
    """The schema of a field of an object, or of any value of a map."""
    if schema is None:
        return None
    return schema.all_properties().get(name) or schema.child("additionalProperties")


def items_of(schema: Schema | None) -> Schema | None:
    """The schema of a list's items, also when it stands in a branch."""
    stack, seen = [schema] if schema is not None else [], set()
    while stack:
        node = stack.pop()
        items = node.child("items")
        if items is not None:
            return items
        if node.pointer not in seen:
            seen.add(node.pointer)
            stack.extend(branch for keyword in ("allOf", "anyOf", "oneOf") for branch in node.branches(keyword))
    return None

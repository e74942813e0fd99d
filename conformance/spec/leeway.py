"""Values that the document allows and good services may still refuse, or the other way round.

Numbers that many JSON readers and integer types do not keep (RFC 8259 section 6), numbers written in an unusual
way, and properties that a client should leave to the service (``readOnly``, OpenAPI 3.1 section 4.8.24.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.model.ports import Schema
from conformance.spec.pointer import join, split

EXACT = 2**53
"""Whole numbers up to here are kept by every reader."""

WRITTEN = "a whole number is written with a fraction or exponent"
GREAT = "a number is greater than every reader keeps exactly"


def settled(value: Any, oddities: list[str]) -> Any:
    """A value from the wire with its whole numbers as such; says so where one is odd."""
    if isinstance(value, float) and value.is_integer():
        oddities.append(WRITTEN)
        return int(value) if abs(value) <= EXACT else value
    if isinstance(value, int) and abs(value) > EXACT:
        oddities.append(GREAT)
    elif isinstance(value, list):
        return [settled(item, oddities) for item in value]
    elif isinstance(value, dict):
        return {name: settled(item, oddities) for name, item in value.items()}
    return value


def is_great(value: Any) -> bool:
    """Whether a number somewhere in the value is greater than every reader keeps exactly."""
    if isinstance(value, dict):
        return any(map(is_great, value.values()))
    if isinstance(value, list):
        return any(map(is_great, value))
    return isinstance(value, (int, float)) and abs(value) > EXACT


def left_to_the_service(value: Any, schema: Schema, pointer: str = "") -> Iterator[str]:
    """Pointers to the parts of a value that the schema declares ``readOnly``."""
    if isinstance(value, dict):
        if not schema.holds("readOnly"):
            return
        flagged = schema.flagged("readOnly")
        properties = schema.all_properties()
        for name, held in value.items():
            if name in flagged:
                yield join(pointer, name)
            elif name in properties and isinstance(held, (dict, list)):
                yield from left_to_the_service(held, properties[name], join(pointer, name))
    elif isinstance(value, list) and schema.holds("readOnly"):
        items = schema.child("items")
        for index, held in enumerate(value if items is not None else ()):
            assert items is not None
            yield from left_to_the_service(held, items, join(pointer, index))


def without(value: Any, pointers: Sequence[str]) -> Any:
    """A copy of a value without the object members at some pointers."""
    gone: dict[str, list[str]] = {}
    for pointer in pointers:
        head, *rest = split(pointer)
        gone.setdefault(head, []).extend([join("", *rest)] if rest else [])
    if isinstance(value, list):
        return [without(item, gone[str(index)]) if str(index) in gone else item for index, item in enumerate(value)]
    return {name: without(held, gone[name]) if name in gone else held for name, held in value.items()
            if name not in gone or gone[name]}  # fmt: skip

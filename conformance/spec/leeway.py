"""Values that the document allows and good services may still refuse, or the other way round.

Numbers that many JSON readers and integer types do not keep (RFC 8259 section 6), numbers written in an unusual
way, texts that services trim, clean or cut, and properties that a client should leave to the service (``readOnly``,
OpenAPI 3.1 section 4.8.24.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.model.ports import Schema
from conformance.spec.pointer import join, split
from conformance.spec.values import wire_types

EXACT = 2**53
"""Whole numbers up to here are kept by every reader."""

LONG = 1000
"""Characters of a text from which on a service may have a limit that it does not tell."""

# Controls but for line breaks and tabs, private and unassigned corners, directions and marks that cannot be seen.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufdd0-\ufdef"
                          "\ufeff\ufff0-\uffff\U000e0000-\U0010ffff]")  # fmt: skip

# A day that SQL, 32 bits of seconds or a calendar may not have.
_FAR = re.compile(r"(?!19[7-9]|20[0-2]|203[0-7])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])", re.ASCII)

WRITTEN = "a whole number is written with a fraction or exponent"
GREAT = "a number is greater than every reader keeps exactly"
RANGE = "a number is out of range"
NUMBERS = frozenset({WRITTEN, GREAT})


def settled(value: Any) -> Any:
    """A value from the wire with its whole numbers as such."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= EXACT else value
    if isinstance(value, list):
        return [settled(item) for item in value]
    if isinstance(value, dict):
        return {name: settled(item) for name, item in value.items()}
    return value


def odd_numbers(value: Any, schema: Schema | None) -> Iterator[str]:
    """What is odd about whole numbers where the schema asks for nothing but whole ones."""
    if isinstance(value, dict):
        properties = schema.all_properties() if schema is not None else {}
        other = schema.child("additionalProperties") if schema is not None else None
        for name, held in value.items():
            yield from odd_numbers(held, properties.get(name) or other)
    elif isinstance(value, list):
        for index, held in enumerate(value):
            place = (schema.child("prefixItems", index) or schema.child("items")) if schema is not None else None
            yield from odd_numbers(held, place)
    elif isinstance(value, (int, float)) and "number" not in wire_types(schema):
        if isinstance(value, float) and value.is_integer():
            yield WRITTEN
        elif abs(value) > EXACT:
            yield GREAT


def odd_texts(value: Any) -> Iterator[str]:
    """What is odd about the texts in a value, their member names included."""
    if isinstance(value, str):
        if len(value) > LONG:
            yield "a text is very long"
        elif value and (value[0].isspace() or value[-1].isspace()):
            yield "a text begins or ends with white space"
        elif not value.isprintable() and _UNPRINTABLE.search(value) is not None:
            yield "a text holds characters that cannot be printed"
        elif value[:1].isdigit() and _FAR.match(value) is not None:
            yield "a date is far from today"
    elif isinstance(value, dict):
        for name, held in value.items():
            yield from odd_texts(name)
            yield from odd_texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from odd_texts(held)


def is_right_when_trimmed(value: Any, schema: Schema) -> bool:
    """Whether white space around its texts is all that keeps a value from its schema."""
    trimmed = _trimmed(value)
    return bool(trimmed != value and schema.is_valid(trimmed, direction="request"))


def _trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return [_trimmed(item) for item in value]
    return {name: _trimmed(held) for name, held in value.items()} if isinstance(value, dict) else value


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
    if not pointers:
        return value
    gone: dict[str, list[str]] = {}
    for pointer in pointers:
        head, *rest = split(pointer)
        gone.setdefault(head, []).extend([join("", *rest)] if rest else [])
    if isinstance(value, list):
        return [without(item, gone[str(index)]) if str(index) in gone else item for index, item in enumerate(value)]
    return {name: without(held, gone[name]) if name in gone else held for name, held in value.items()
            if name not in gone or gone[name]}  # fmt: skip

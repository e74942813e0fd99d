"""Values that services handle less often, and lose more easily: at the ends of ranges, with other letters, very long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from conformance.model.ports import Schema
from conformance.spec.values import wire_types

# What a service is likely to read closely although the document does not say so: numbers, addresses, codes.
_FORMED = re.compile(r"^\+?[\d\s().:-]+$|@|://|^\S+\.\w{2,}$|^[A-Z]{2,3}$")
# Letters of two, three and four bytes that have one form only, and marks that are escaped wherever text is put into other text.
_LETTERS, _MARKS = "søl 日本 𠮷", "\"q\" & 'r'"
_LONGEST, _LONG = 1000, 120
_MOST, _LARGE = 2**31 - 1, 2**24 + 1


def rare_values(value: Any, schema: Schema, turn: int, name: str) -> Iterator[Any]:
    """Values that a schema may take; even turns and odd ones begin at different ends. ``value`` is the one that is there."""
    types, listed, is_even = wire_types(schema), enumerated(schema), turn % 2 == 0
    if listed:
        yield from reversed(listed) if is_even else listed
    elif "boolean" in types:
        yield not value
    elif types & {"integer", "number"}:
        yield from _numbers(schema, is_even=is_even)
    elif "string" in types and is_free(schema, value if isinstance(value, str) else ""):
        yield from _texts(schema, turn, name)


def _numbers(schema: Schema, *, is_even: bool) -> Iterator[Any]:
    most, least = schema.get("maximum"), schema.get("minimum")
    # More than a byte, two of them or a float of four hold, where the document knows no end.
    largest = most if most is not None else _LARGE
    for end in (0, least, most) if is_even else (largest, 0, least):
        if isinstance(end, (int, float)) and not isinstance(end, bool) and abs(end) <= _MOST:
            yield int(end) if end == int(end) else end


def _texts(schema: Schema, turn: int, name: str) -> Iterator[str]:
    own, longest = f"conformance {word(name)}", schema.get("maxLength")
    most = longest if isinstance(longest, int) else _LONGEST
    if turn % 2 == 0:
        strange = (f"{own} {_LETTERS} {_MARKS} {turn + 1}", f"{own} {_LETTERS} {turn + 1}")
        yield from (text for text in strange if len(text) <= most)
    elif len(own) + 4 < most:
        # As long as the document lets it be, within reason, and still words.
        end = most if isinstance(longest, int) and most <= _LONGEST else _LONG
        yield f"{own} {turn + 1} {'many words ' * end}"[: end - 1].rstrip().ljust(end, "x")


def is_free(schema: Schema, text: str) -> bool:
    """Whether any text may stand where ``text`` is."""
    return schema.get("format") is None and schema.get("pattern") is None and not _FORMED.search(text)


def enumerated(schema: Schema) -> list[Any]:
    """The values that a schema lists, null and the empty text left out; empty when it lists none."""
    for node in (schema, *schema.branches("allOf"), *schema.branches("anyOf"), *schema.branches("oneOf")):
        listed = node.get("enum")
        if isinstance(listed, list):
            return [value for value in listed if value is not None and value != ""]
        if node.get("const") is not None:
            return [node.get("const")]
    return []


def word(name: str) -> str:
    """Three letters of a field's own."""
    return "".join(chr(ord("a") + byte % 26) for byte in sha256(name.encode()).digest()[:3])

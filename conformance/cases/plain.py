"""A plain value for a schema: what the document shows, else the simplest that its keywords name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.cases.places import keyword, types, united
from conformance.model.ports import Schema

_DEEPEST = 5
_LONGEST = 4096
_FORMATS = {
    "date-time": "2026-03-01T12:00:00Z", "date": "2026-03-01", "time": "12:00:00Z", "duration": "PT1H",
    "email": "a@example.com", "idn-email": "a@example.com", "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
    "uri": "https://example.com/a", "url": "https://example.com/a", "uri-reference": "/a", "iri": "https://example.com/a",
    "uuid": "5f0c1a4e-3f0b-4c3a-9d3e-2b7a6c1d9e10", "byte": "YQ==", "json-pointer": "/a", "regex": "a",
}  # fmt: skip
_KEY = "plain"


def plain(schema: Schema) -> tuple[Any, ...]:
    """Values that a schema allows, one for each of its branches; none where nothing simple fits."""
    found = schema.notes.get(_KEY)
    if found is None:
        found = schema.notes[_KEY] = tuple(_found(schema))
    return tuple(found)


def _found(schema: Schema) -> Iterator[Any]:
    seen: list[Any] = []
    for branch in _branches(schema):
        for value in _candidates(branch, 0):
            if value not in seen and schema.is_valid(value, direction="request"):
                seen.append(value)
                yield value
                break


def _branches(schema: Schema) -> list[Schema]:
    """The schema itself, or each branch of its union."""
    branches = [*schema.branches("anyOf"), *schema.branches("oneOf")]
    return branches[:6] or [schema]


def _candidates(schema: Schema, depth: int) -> Iterator[Any]:
    if depth > _DEEPEST:
        return
    nodes = united(schema)
    for node in nodes:
        yield from _shown(node)
    kinds = types(schema)
    if "string" in kinds:
        yield from _texts(schema)
    if kinds & {"integer", "number"}:
        yield from _numbers(schema)
    if "array" in kinds:
        yield from _lists(schema, nodes, depth)
    if "object" in kinds or schema.all_properties():
        yield _object(schema, depth)
    yield from ([True] if "boolean" in kinds else [None] if "null" in kinds else ["text"] if not kinds else [])


def _shown(node: Schema) -> Iterator[Any]:
    """What the document itself has for a schema."""
    yield from (held for name in ("const", "default", "example") if (held := node.get(name)) is not None)
    for name in ("examples", "enum"):
        listed = node.get(name)
        yield from listed[:3] if isinstance(listed, list) else ()


def _texts(schema: Schema) -> Iterator[str]:
    known = _FORMATS.get(str(keyword(schema, "format")))
    if known is not None:
        yield known
    least, most = keyword(schema, "minLength"), keyword(schema, "maxLength")
    text = "text"
    if isinstance(least, int) and len(text) < least <= _LONGEST:
        text = text * (least // len(text) + 1)
        text = text[:least]
    yield text[:most] if isinstance(most, int) and most >= 0 else text
    yield from ("1", "a", "A", "+13125550001", "00", "https://example.com/a")


def _numbers(schema: Schema) -> Iterator[float]:
    for name, step in (("minimum", 0), ("exclusiveMinimum", 1), ("maximum", 0), ("exclusiveMaximum", -1)):
        bound = keyword(schema, name)
        if isinstance(bound, (int, float)) and not isinstance(bound, bool) and math.isfinite(bound):
            yield bound + step
    multiple = keyword(schema, "multipleOf")
    yield from ((multiple,) if isinstance(multiple, (int, float)) else ())
    yield from (1, 10, 0)


def _lists(schema: Schema, nodes: Sequence[Schema], depth: int) -> Iterator[list[Any]]:
    least = keyword(schema, "minItems") or 0
    items = next((child for node in nodes if (child := node.child("items")) is not None), None)
    made = list(_candidates(items, depth + 1)) if items is not None else ["text"]
    for value in made[:4]:
        yield [value] * max(1, min(int(least), 20))
    yield made[: max(1, int(least))]
    yield []


def _object(schema: Schema, depth: int) -> dict[str, Any]:
    found = {}
    properties = schema.all_properties()
    for name in sorted(schema.required()):
        child = properties.get(name)
        if child is not None and name not in schema.flagged("readOnly"):
            found[name] = next(
                (value for value in _candidates(child, depth + 1) if child.is_valid(value, direction="request")), None
            )
    if not found:
        for name, child in list(properties.items())[:1]:
            value = next(iter(_candidates(child, depth + 1)), None)
            found.update({name: value} if value is not None else {})
    return found

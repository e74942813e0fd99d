"""The places of a request that could hold something else: the fields of its body, there or not, and its parameters."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conformance.cases.edits import Path
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.spec.body import ABSENT
from conformance.spec.parameters import IGNORED_HEADERS
from conformance.spec.reading import BODILESS, RequestReading

UNKNOWN = "notInTheDocument"
"""The name of a field that no document has."""

_MOST = 300
_DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a request.

    ``location`` is ``body``, ``path``, ``query`` or ``header``. ``path`` leads to it in the body; for a parameter it is its
    name, with the name of a part for an object in the query (``filter[status]``). ``value`` is ``ABSENT`` where nothing
    stands there.
    """

    location: str
    path: Path
    schema: Schema
    required: bool
    value: Any

    @property
    def name(self) -> str:
        """The place in words that do not depend on values: ``body:/items/*/id``, ``query:filter/status``."""
        return _name(self.location, self.path)

    @property
    def names(self) -> frozenset[str]:
        """The names on the way to it."""
        return frozenset(step for step in self.path[-1:] if isinstance(step, str))


@lru_cache(maxsize=4096)
def _name(location: str, path: Path) -> str:
    return f"{location}:" + "/".join(["*" if isinstance(step, int) else str(step) for step in path])


def united(schema: Schema) -> tuple[Schema, ...]:
    """The schema and every branch of it, theirs too."""
    if "united" not in schema.notes:
        schema.notes["united"] = _united(schema)
    found: tuple[Schema, ...] = schema.notes["united"]
    return found


def _united(schema: Schema) -> tuple[Schema, ...]:
    found: dict[str, Schema] = {}
    waiting = deque([schema])
    while waiting:
        node = waiting.popleft()
        if node.pointer not in found:
            found[node.pointer] = node
            waiting.extend(child for keyword in ("allOf", "anyOf", "oneOf") for child in node.branches(keyword))
    return tuple(found.values())


def types(schema: Schema) -> frozenset[str]:
    """The JSON types that a schema or one of its branches names; empty when none is named."""
    return frozenset().union(*(node.types() for node in united(schema)))


def keyword(schema: Schema, name: str) -> Any:
    """What a schema, or the first of its branches that says, has for a keyword; ``None`` when none does."""
    return next((value for node in united(schema) if (value := node.get(name)) is not None), None)


def places(operation: Operation, reading: RequestReading) -> list[Place]:
    """The places of a request that was read, the body's first, what stands high before what stands deep."""
    found = [*_in_body(operation, reading), *_in_parameters(operation, reading)]
    return found[:_MOST]


def _in_body(operation: Operation, reading: RequestReading) -> Iterator[Place]:
    if not reading.has_body or reading.media is None or reading.media.schema is None or operation.method in BODILESS:
        return
    waiting: deque[Place] = deque(
        [Place(location="body", path=(), schema=reading.media.schema, required=True, value=reading.body)]
    )
    while waiting:
        place = waiting.popleft()
        yield place
        if len(place.path) < _DEEPEST:
            waiting.extend(_below(place))


def _below(place: Place) -> Iterator[Place]:
    value, schema = place.value, place.schema
    if isinstance(value, dict):
        left, needed = schema.flagged("readOnly"), _required(schema, value)
        for name, child in schema.all_properties().items():
            if name not in left:
                yield Place(location="body", path=(*place.path, name), schema=child, required=name in needed,
                            value=value.get(name, ABSENT))  # fmt: skip
    elif isinstance(value, list) and value:
        items = next((found for node in united(schema) if (found := node.child("items")) is not None), None)
        if items is not None:
            yield Place(location="body", path=(*place.path, 0), schema=items, required=False, value=value[0])


def _required(schema: Schema, value: dict[str, Any]) -> frozenset[str]:
    """What has to be there; of the branches of a union, those count that the value has everything of."""
    found = schema.required()
    for node in united(schema):
        needed = node.required()
        if needed <= value.keys():
            found |= needed
    return found


def _in_parameters(operation: Operation, reading: RequestReading) -> Iterator[Place]:
    for parameter in operation.parameters:
        schema, location = parameter.schema, parameter.location
        if schema is None or location == "cookie" or (location == "header" and parameter.name.lower() in IGNORED_HEADERS):
            continue
        value = reading.values.get((location, parameter.name), ABSENT)
        is_object = location == "query" and bool(schema.all_properties())
        if parameter.required or not is_object:
            yield Place(location=location, path=(parameter.name,), schema=schema, required=parameter.required, value=value)
        if is_object:
            yield from _parts(schema, (parameter.name,), value if isinstance(value, dict) else {})


def _parts(schema: Schema, path: Path, held: dict[str, Any]) -> Iterator[Place]:
    """The parts of an object in the query, those of objects in it included."""
    closed = schema.child("additionalProperties")
    if closed is not None and closed.value is False:
        yield Place(location="query", path=(*path, UNKNOWN), schema=closed, required=False, value=ABSENT)
    for name, child in schema.all_properties().items():
        value = held.get(name, ABSENT)
        if child.all_properties() and len(path) < _DEEPEST:
            yield from _parts(child, (*path, name), value if isinstance(value, dict) else {})
        else:
            yield Place(location="query", path=(*path, name), schema=child, required=name in schema.required(), value=value)

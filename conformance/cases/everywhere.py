"""One idea of a value at every place of a request that takes it at once: the query's parameters and the fields of its body.

A request that keeps the contract and is refused is cut in halves, for what one place is refused for says nothing of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from conformance.cases.probe import Probe
from conformance.cases.rewriting import GONE, with_json, with_query
from conformance.cases.spots import Spot, changed, spots
from conformance.model.message import Request
from conformance.model.operation import Operation, Parameter
from conformance.model.ports import Schema
from conformance.model.record import Intent
from conformance.spec.body import is_json
from conformance.spec.reading import BODILESS, RequestReading
from conformance.spec.values import wire_types

Choose = Callable[[Schema, Any], Any]
"""The value for a place: its schema, and what stands there (``GONE`` for nothing); ``None`` leaves the place as it is."""

_MOST_FIELDS = 40


def fitted(
    operation: Operation, reading: RequestReading, request: Request, *, query: Choose, body: Choose, words: tuple[str, str],
    further: Choose | None = None,
) -> Iterator[Probe]:  # fmt: skip
    """The request with what is chosen wherever a schema lets it in; nothing where that is nowhere.

    Args:
        operation: whose request it was.
        reading: the request, read.
        request: as it was sent.
        query: chooses for parameters, which may have to be shorter.
        body: chooses for the body.
        words: what the probe tries, and which of its kind.
        further: chooses one more entry for every map.
    """
    values = {parameter.name: value for parameter in plain_parameters(operation)
              if (value := in_parameter(parameter, query)) is not None}  # fmt: skip
    schema = body_schema(operation, reading, request)
    held = reading.body if schema is None else within(reading.body, schema, body, further)
    found = with_values(operation, request, values, reading.body, held)
    if found is not request:
        halves = partial(_halves, operation, reading, request, values, held, words)
        yield Probe(operation=operation.label, intent=Intent.POSITIVE, request=found, description=": ".join(words), halves=halves)


def with_values(operation: Operation, request: Request, query: Mapping[str, Any], before: Any, body: Any) -> Request:
    """The request with other values; the same one where there are none."""
    found = with_query(operation, request, query) if query else request
    return with_json(found, body) if body != before else found


def _halves(
    operation: Operation, reading: RequestReading, request: Request, query: Mapping[str, Any], body: Any, words: tuple[str, str]
) -> Iterator[Probe]:
    """The same values in one half of the places, then in the other: the query's parameters and the body's own fields."""
    fields = [field for field in body if body[field] != reading.body.get(field, GONE)] if isinstance(body, dict) else []
    places = [*((True, parameter) for parameter in query), *((False, field) for field in fields)]
    if len(places) < 2:
        return
    for half in (places[::2], places[1::2]):
        some = {parameter: query[parameter] for parameter in query if (True, parameter) in half}
        less = {**reading.body, **{field: body[field] for field in fields if (False, field) in half}} if fields else reading.body
        schema = body_schema(operation, reading, request)
        if schema is None or schema.is_valid(less, direction="request"):
            yield Probe(operation=operation.label, intent=Intent.POSITIVE, description=f"{words[0]} in some places: {words[1]}",
                        request=with_values(operation, request, some, reading.body, less),
                        halves=partial(_halves, operation, reading, request, some, less, words))  # fmt: skip


def body_schema(operation: Operation, reading: RequestReading, request: Request) -> Schema | None:
    """The schema of the JSON body that a request has, where it has one that can be looked into."""
    if not reading.has_body or reading.media is None or operation.method in BODILESS:
        return None
    return reading.media.schema if is_json(request.header("content-type") or "") else None


def plain_parameters(operation: Operation) -> Iterator[Parameter]:
    """The query parameters that are declared by a schema."""
    for parameter in operation.parameters_in("query"):
        if parameter.schema is not None and parameter.content is None:
            yield parameter


def in_parameter(parameter: Parameter, choose: Choose) -> Any:
    """What is chosen for a query parameter, in a list or object of one where it is such; ``None`` where it cannot be."""
    schema = parameter.schema
    if schema is None:
        return None
    types = wire_types(schema)
    if types == {"array"}:
        items = schema.child("items")
        value: Any = [choose(items, GONE)] if items is not None else [None]
        value = value if value != [None] else None
    elif types == {"object"}:
        held = {name: chosen for name, child in schema.all_properties().items() if (chosen := choose(child, GONE)) is not None}
        value = held or None
    elif {"array", "object"} & types:
        return None
    else:
        value = choose(schema, GONE)
    return value if value is not None and schema.is_valid(value, direction="request") else None


def within(value: Any, schema: Schema, choose: Choose, further: Choose | None = None) -> Any:
    """A copy of a body with what is chosen at every place that lets it in, as far as the whole stays valid."""
    chosen = [(spot.path, other) for spot in leaves(value, schema) if (other := choose(spot.schema, spot.held)) is not None]
    found = value
    for path, other in chosen:
        found = changed(found, path, other)
    if further is not None:
        found = _with_further(found, schema, further)
    if schema.is_valid(found, direction="request"):
        return found
    found = value
    for path, other in chosen:
        candidate = changed(found, path, other)
        found = candidate if schema.is_valid(candidate, direction="request") else found
    return found


def _with_further(value: Any, schema: Schema, choose: Choose) -> Any:
    """With one more entry in every map of plain values."""
    for spot in list(spots(value, schema)):
        further = spot.schema.child("additionalProperties")
        if isinstance(spot.held, dict) and further is not None and isinstance(further.value, dict):
            chosen = choose(further, GONE)
            if chosen is not None:
                value = changed(value, (*spot.path, "further"), chosen)
    return value


def leaves(value: Any, schema: Schema) -> Iterator[Spot]:
    """The places for plain values and lists, the deepest first: a list that is emptied takes what is in it along."""
    found = [spot for spot in spots(value, schema) if spot.path and not isinstance(spot.held, dict)]
    there = [spot for spot in found if spot.held is not GONE]
    absent = [spot for spot in found if spot.held is GONE][: max(0, _MOST_FIELDS - len(there))]
    yield from sorted((*there, *absent), key=lambda spot: -len(spot.path))


def nulled(reading: RequestReading, schema: Schema) -> Any:
    """The body with null wherever a schema lets it in, as far as the whole stays valid."""
    found = reading.body
    for spot in leaves(found, schema):
        if spot.held is not None and spot.schema.is_valid(None, direction="request"):
            candidate = changed(found, spot.path, None)
            found = candidate if schema.is_valid(candidate, direction="request") else found
    return found

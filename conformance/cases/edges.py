"""Values at the edge of what a service may have thought of: wherever the contract lets them in, and where it does not.

A probe puts one kind of them into every place that takes them at once, so that a handful of requests asks what a
service makes of quotes, NUL, emoji, blanks, nothing, or huge numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote

from conformance.cases.probe import Probe
from conformance.cases.rewriting import GONE, path_parameters, path_values, with_json, with_path, with_query
from conformance.cases.spots import Spot, changed, spots
from conformance.model.message import Request
from conformance.model.operation import Operation, Parameter
from conformance.model.ports import Schema
from conformance.model.record import Intent
from conformance.spec.body import is_json
from conformance.spec.reading import BODILESS, RequestReading
from conformance.spec.values import wire_types

_LONG = 4000
_LONG_SEGMENT = 300
_EDGE = "Values at the edge"
_CONTROLS = "\x01\x1b\x7f"  # NUL is what servers keep to themselves
_NUMERIC = frozenset({"integer", "number"})
_MOST_FIELDS = 40


@dataclass(frozen=True, slots=True)
class Extreme:
    """A kind of unusual values. ``is_empty`` says that it empties lists too."""

    name: str
    text: str
    numbers: tuple[float, ...]
    is_empty: bool = False

    def of_a_url(self) -> Extreme:
        """The same, not longer than URLs may be."""
        return replace(self, text=self.text[:_LONG_SEGMENT])


EXTREMES = (
    Extreme("quotes, markup and letters of the world", "'\"`\\<b>&;--%s${{7*7}} é\u0301\u202e\ufeff日本😀", (-1,)),
    Extreme("control characters", "\x00\x01\x1b\x7f", (0,)),
    Extreme("nothing", "", (2**53, 1e300, 0.1), is_empty=True),
    Extreme("great length", "x" * _LONG, (-(2**53), -1e300)),
    Extreme("blanks", " \t\n ", (2**31, 2**31 - 1)),
)


def allowed(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """Each extreme wherever a schema lets it in, and null wherever one does."""
    for extreme in EXTREMES:
        query = {parameter.name: value for parameter in _plain(operation)
                 if (value := _in_parameter(parameter, extreme.of_a_url())) is not None}  # fmt: skip
        schema = body_schema(operation, reading, request)
        body = reading.body if schema is None else _within(reading.body, schema, extreme)
        found = _with(operation, request, query, reading.body, body)
        if found is not request:
            halves = partial(_halves, operation, reading, request, query, body, extreme.name)
            yield replace(_probe(operation, found, Intent.POSITIVE, f"{_EDGE}: {extreme.name}"), halves=halves)
    nulled = _nulled(operation, reading, request)
    if nulled is not None:
        yield _probe(operation, nulled, Intent.POSITIVE, "Null wherever it is allowed")


def _with(operation: Operation, request: Request, query: Mapping[str, Any], before: Any, body: Any) -> Request:
    found = with_query(operation, request, query) if query else request
    return with_json(found, body) if body != before else found


def _halves(
    operation: Operation, reading: RequestReading, request: Request, query: Mapping[str, Any], body: Any, name: str
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
            found = _with(operation, request, some, reading.body, less)
            halves = partial(_halves, operation, reading, request, some, less, name)
            yield replace(_probe(operation, found, Intent.POSITIVE, f"{_EDGE} in some places: {name}"), halves=halves)


def forbidden(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """Each extreme where no schema lets it in: it is to be refused, and not to make the service fail."""
    schema = body_schema(operation, reading, request)
    for extreme in EXTREMES[:4]:
        query = {parameter.name: _raw(parameter.schema, extreme.of_a_url()) for parameter in _plain(operation)
                 if parameter.schema is not None and _in_parameter(parameter, extreme.of_a_url()) is None}  # fmt: skip
        query = {name: value for name, value in query.items() if value is not None}
        found = with_query(operation, request, query) if query else request
        if schema is not None:
            body = reading.body
            for spot in _leaves(body, schema):
                value = _raw(spot.schema, extreme)
                if value is not None and not _fits(value, spot.schema):
                    body = changed(body, spot.path, value)
            found = with_json(found, body) if body != reading.body else found
        if found is not request:
            yield _probe(operation, found, Intent.NEGATIVE, f"Values beyond the edge: {extreme.name}")
    if schema is not None:
        body = reading.body
        for spot in _leaves(body, schema):
            if not spot.schema.is_valid(None, direction="request"):
                body = changed(body, spot.path, None)
        if body != reading.body:
            yield _probe(operation, with_json(request, body), Intent.NEGATIVE, "Null wherever it is not allowed")


def in_path(operation: Operation, request: Request) -> Iterator[Probe]:
    """Ids such as nobody thinks of, in the last place of a path that takes texts."""
    values, parameters = path_values(operation, request), path_parameters(operation)
    if not values or len(values) != len(parameters):
        return
    if parameters[-1].style != "simple" or "string" not in wire_types(parameters[-1].schema):
        return
    for text, words in (
        (EXTREMES[0].text, EXTREMES[0].name),
        (_CONTROLS, EXTREMES[1].name),
        ("x" * _LONG_SEGMENT, "great length"),
    ):
        filled = with_path(operation, request, (*values[:-1], quote(text, safe="")))
        yield _probe(operation, filled, Intent.PROBE, f"An odd {parameters[-1].name}: {words}")


def body_schema(operation: Operation, reading: RequestReading, request: Request) -> Schema | None:
    """The schema of the JSON body that a request has, where it has one that can be looked into."""
    if not reading.has_body or reading.media is None or operation.method in BODILESS:
        return None
    return reading.media.schema if is_json(request.header("content-type") or "") else None


def _probe(operation: Operation, request: Request, intent: Intent, description: str) -> Probe:
    return Probe(operation=operation.label, intent=intent, request=request, description=description)


def _plain(operation: Operation) -> Iterator[Parameter]:
    """The query parameters that are declared by a schema."""
    for parameter in operation.parameters_in("query"):
        if parameter.schema is not None and parameter.content is None:
            yield parameter


def _in_parameter(parameter: Parameter, extreme: Extreme) -> Any:
    """The extreme in a query parameter, in a list or object of one where it is such; ``None`` where it cannot be."""
    schema = parameter.schema
    if schema is None:
        return None
    types = wire_types(schema)
    if types == {"array"}:
        items = schema.child("items")
        value: Any = [_leaf(items, extreme)] if items is not None else [None]
        value = value if value != [None] else None
    elif types == {"object"}:
        held = {name: edge for name, child in schema.all_properties().items() if (edge := _leaf(child, extreme)) is not None}
        value = held or None
    elif {"array", "object"} & types:
        return None
    else:
        return _leaf(schema, extreme)
    return value if value is not None and schema.is_valid(value, direction="request") else None


def _within(value: Any, schema: Schema, extreme: Extreme) -> Any:
    """A copy of a body with the extreme at every place that lets it in, as far as the whole stays valid."""
    edges = [(spot.path, edge) for spot in _leaves(value, schema) if (edge := _edge(spot, extreme)) is not None]
    found = value
    for path, edge in edges:
        found = changed(found, path, edge)
    found = _with_further(found, schema, extreme)
    if schema.is_valid(found, direction="request"):
        return found
    found = value
    for path, edge in edges:
        candidate = changed(found, path, edge)
        found = candidate if schema.is_valid(candidate, direction="request") else found
    return found


def _with_further(value: Any, schema: Schema, extreme: Extreme) -> Any:
    """With one more entry in every map of texts."""
    for spot in list(spots(value, schema)):
        further = spot.schema.child("additionalProperties")
        if isinstance(spot.held, dict) and further is not None and isinstance(further.value, dict):
            edge = _leaf(further, extreme)
            if edge is not None:
                value = changed(value, (*spot.path, "further"), edge)
    return value


def _edge(spot: Spot, extreme: Extreme) -> Any:
    if spot.held is GONE:
        return _leaf(spot.schema, extreme)
    if isinstance(spot.held, list):
        is_wanted = extreme.is_empty and spot.held and spot.schema.is_valid([], direction="request")
        return [] if is_wanted else None
    if isinstance(spot.held, bool) or spot.held is None:
        return None
    if isinstance(spot.held, str):
        return _leaf(spot.schema, replace(extreme, numbers=()))
    return _leaf(spot.schema, replace(extreme, text="")) if isinstance(spot.held, (int, float)) else None


def _leaves(value: Any, schema: Schema) -> Iterator[Spot]:
    """The places for plain values and lists, the deepest first: a list that is emptied takes what is in it along."""
    found = [spot for spot in spots(value, schema) if spot.path and not isinstance(spot.held, dict)]
    there = [spot for spot in found if spot.held is not GONE]
    absent = [spot for spot in found if spot.held is GONE][: max(0, _MOST_FIELDS - len(there))]
    yield from sorted((*there, *absent), key=lambda spot: -len(spot.path))


def _leaf(schema: Schema | None, extreme: Extreme) -> str | float | None:
    """The extreme value for a string or number, ``None`` where the schema lets none in."""
    if schema is None:
        return None
    types = schema.types()
    candidates: tuple[str | float, ...] = ()
    if "string" in types:
        longest = schema.get("maxLength")
        candidates = (extreme.text[:longest] if isinstance(longest, int) and longest >= 0 else extreme.text,)
    elif types & _NUMERIC:
        candidates = extreme.numbers
    return next((edge for edge in candidates if not _has_wrong_form(edge, schema) and _fits(edge, schema)), None)


def _raw(schema: Schema | None, extreme: Extreme) -> str | float | None:
    """The extreme value of the right type, whatever else the schema says."""
    types = wire_types(schema) if schema is not None else frozenset()
    if "string" in types:
        return extreme.text
    return next(iter(extreme.numbers), None) if types & _NUMERIC else None


def _fits(value: Any, schema: Schema) -> bool:
    return schema.is_valid(value, direction="request")


def _has_wrong_form(edge: str | float, schema: Schema) -> bool:
    """Whether the schema means something that it does not say in full, such as a format that no validator knows."""
    return isinstance(edge, str) and schema.get("format") is not None


def _nulled(operation: Operation, reading: RequestReading, request: Request) -> Request | None:
    schema = body_schema(operation, reading, request)
    if schema is None:
        return None
    found = reading.body
    for spot in _leaves(found, schema):
        if spot.held is not None and spot.schema.is_valid(None, direction="request"):
            candidate = changed(found, spot.path, None)
            found = candidate if schema.is_valid(candidate, direction="request") else found
    return with_json(request, found) if found != reading.body else None

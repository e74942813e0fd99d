"""What need not be sent: all of it left out, then all of it there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.cases.everywhere import body_schema
from conformance.cases.probe import Probe
from conformance.cases.rewriting import GONE, with_json, with_query
from conformance.cases.spots import changed, spots
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.model.record import Intent
from conformance.spec.reading import RequestReading

Fill = Callable[[Schema, Any], Any]
"""A value with everything optional that keeps what is given (``GONE`` for nothing); ``GONE`` where there is none."""


def left_out(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """Without what is optional: in the query and the body alike."""
    optional = [parameter.name for parameter in operation.parameters_in("query")
                if not parameter.required and ("query", parameter.name) in reading.values]  # fmt: skip
    found = with_query(operation, request, dict.fromkeys(optional, GONE)) if optional else request
    schema = body_schema(operation, reading, request)
    if schema is not None:
        body = bare(reading.body, schema)
        found = with_json(found, body) if body != reading.body else found
    if found is not request:
        yield Probe(operation=operation.label, intent=Intent.POSITIVE, request=found, description="Without what is optional")


def bare(value: Any, schema: Schema) -> Any:
    """A body without what can be left out, the deepest first."""
    for spot in sorted(spots(value, schema), key=lambda spot: -len(spot.path)):
        if spot.path and spot.held is not GONE and isinstance(spot.path[-1], str) and not spot.is_required:
            candidate = changed(value, spot.path, GONE)
            value = candidate if schema.is_valid(candidate, direction="request") else value
    return value


def put_in(operation: Operation, reading: RequestReading, request: Request, fill: Fill) -> Iterator[Probe]:
    """With everything that is optional: in the query and the body alike."""
    query = {}
    for parameter in operation.parameters_in("query"):
        if ("query", parameter.name) not in reading.values and parameter.schema is not None and parameter.content is None:
            value = fill(parameter.schema, GONE)
            if value is not GONE and value not in ("", [], {}, None):
                query[parameter.name] = value
    found = with_query(operation, request, query) if query else request
    schema = body_schema(operation, reading, request)
    if schema is not None:
        body = fill(schema, reading.body)
        found = with_json(found, body) if body is not GONE and body != reading.body else found
    if found is not request:
        yield Probe(operation=operation.label, intent=Intent.POSITIVE, request=found, description="With all that is optional")

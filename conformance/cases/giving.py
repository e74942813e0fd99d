"""What is known, put into a request before it is sent: what the user knows, and ids that answers have shown."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from conformance.cases.edits import can_hold, with_header, with_path, with_query, with_value
from conformance.cases.values import Values
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.spec.body import is_json, read_json


def give(operation: Operation, request: Request, values: Values, turn: int, *, tested: frozenset[str]) -> Request:
    """A request with known values in its path, query, headers and body.

    Args:
        operation: what the request asks for.
        request: as it would be sent.
        values: what is known.
        turn: picks among alternatives.
        tested: names that the request is about, which keep what they hold.
    """
    if not values:
        return request
    label = operation.label
    path = {name: value for name, value in values.path(label, turn).items() if name not in tested}
    request = with_path(operation, request, path)
    left = {name: known[turn % len(known)] for name, known in values.given(label).items() if name not in tested}
    for name in path:
        left.pop(name, None)
    held = dict(parse_qsl(request.parts().query, keep_blank_values=True))
    filled = {**values.into(label, held, turn, without=tested)}
    filled.update(_declared(operation, "query", left))
    for name, value in filled.items():
        if value != held.get(name):
            request = with_query(request, name, _text(value))
    headers = {name: request.header(name) for name in (one.name for one in operation.parameters_in("header"))
               if request.header(name) is not None}  # fmt: skip
    for name, value in {**values.into(label, headers, turn, without=tested), **_declared(operation, "header", left)}.items():
        if value != headers.get(name):
            request = with_header(request, name, _text(value)) or request
    return _in_body(label, request, values, turn, tested, left)


def _declared(operation: Operation, location: str, left: dict[str, Any]) -> dict[str, Any]:
    """What is known for the operation and belongs into one place; it is taken out of what is left."""
    return {one.name: left.pop(one.name) for one in operation.parameters_in(location) if one.name in left}


def _in_body(
    label: str, request: Request, values: Values, turn: int, tested: frozenset[str], left: dict[str, Any]
) -> Request:  # fmt: skip
    if not request.body or not can_hold(request) or not is_json(request.header("content-type") or ""):
        return request
    read = read_json(request.body)
    if read.error is not None or not isinstance(read.value, (dict, list)):
        return request
    body = values.into(label, read.value, turn, without=tested)
    if isinstance(body, dict):
        body = {**body, **{name: value for name, value in left.items() if not _has(body, name)}}
    return request if body == read.value else with_value(request, body) or request


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)


def _has(value: Any, name: str) -> bool:
    """Whether a value has a field of a name, at any depth."""
    if isinstance(value, dict):
        return name in value or any(_has(held, name) for held in value.values())
    return isinstance(value, list) and any(_has(held, name) for held in value)

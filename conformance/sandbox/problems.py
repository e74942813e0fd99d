"""Error bodies in the shape that the document gives them, with the fault's place where there is room for one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from conformance.model.operation import MediaType, Operation, ResponseSpec
from conformance.model.ports import Schema
from conformance.sandbox.envelope import folded
from conformance.sandbox.shapes import NOTHING
from conformance.spec.body import is_json
from conformance.spec.pointer import split
from conformance.spec.values import wire_types

_MOST = 10
_DEEPEST = 6
_TITLE = frozenset({"title", "error", "reason", "summary", "name"})
_DETAIL = frozenset(
    {"detail", "details", "message", "msg", "description", "errordescription", "errormessage", "text", "info", "meaning"}
)
_STATUS = frozenset({"status", "statuscode", "httpstatus", "httpstatuscode", "httpcode"})
_CODE = frozenset({"code", "errorcode", "errno"})
_PLACE = frozenset({"pointer", "loc", "location", "field", "path", "property", "attribute", "instancepath", "datapath"})
_PARAMETER = frozenset({"parameter", "param", "parametername"})
_LISTS = frozenset(
    {"errors", "detail", "details", "violations", "issues", "invalidparams", "validationerrors", "problems", "messages"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong. ``pointer`` is into the message (``/body/name``, ``/query/page``), empty for the whole."""

    title: str
    detail: str
    pointer: str = ""


def dominant(operations: Iterable[Operation]) -> MediaType | None:
    """The JSON error body that most operations of the document share."""
    counts: dict[str, int] = {}
    found: dict[str, MediaType] = {}
    for operation in operations:
        for status, spec in operation.responses.items():
            if not status.startswith(("4", "5", "default")):
                continue
            for media in spec.content.values():
                if media.schema is not None and is_json(media.name):
                    counts[media.schema.pointer] = counts.get(media.schema.pointer, 0) + 1
                    found.setdefault(media.schema.pointer, media)
                    break
    return found[max(counts, key=lambda pointer: counts[pointer])] if counts else None


def status_for(operation: Operation, wanted: Sequence[int]) -> int:
    """The first status of ``wanted`` that the operation lists by code, else by range or default, else the first."""
    for status in wanted:
        if str(status) in operation.responses:
            return status
    return next((status for status in wanted if operation.response_for(status) is not None), wanted[0])


def said_for(operation: Operation, status: int) -> ResponseSpec | None:
    """What the operation says of an error status."""
    return operation.response_for(status)


def phrase(status: int) -> str:
    """The reason phrase of a status (RFC 9110 section 15)."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def problem(schema: Schema, status: int, faults: Sequence[Fault]) -> Any:
    """What an error body of ``schema`` can say of the faults: a partial value, for a sampler to complete."""
    said = _said(schema, status, faults[:_MOST], 0)
    return NOTHING if said is NOTHING else said


def _said(schema: Schema, status: int, faults: Sequence[Fault], depth: int) -> Any:
    types = wire_types(schema)
    items = _items(schema) if "array" in types else None
    if depth > _DEEPEST:
        return NOTHING
    if items is not None and "object" not in types:
        inside = [_said(items, status, [fault], depth + 1) for fault in faults]
        return [value for value in inside if value is not NOTHING] or NOTHING
    properties = schema.all_properties()
    if not properties:
        return NOTHING
    found: dict[str, Any] = {}
    has_parameter = any(folded(name) in _PARAMETER for name in properties)
    for name, child in properties.items():
        value = _field(folded(name), child, status, faults, depth, has_parameter=has_parameter)
        if value is not NOTHING:
            found[name] = value
    return found or NOTHING


def _field(name: str, schema: Schema, status: int, faults: Sequence[Fault], depth: int, *, has_parameter: bool) -> Any:
    types, fault = wire_types(schema), faults[0]
    if name in _PLACE | _PARAMETER:
        return _place(name, types, fault, has_parameter=has_parameter)
    if types & {"object", "array"} and "string" not in types:
        if name in _LISTS or name in {"error", "source", "meta"} or depth == 0 or types == {"array"}:
            return _said(schema, status, faults, depth + 1)
        return NOTHING
    if name in _STATUS or name in _CODE:
        return status if "string" not in types else str(status)
    if name == "type":
        return "about:blank" if schema.get("format") in {"uri", "uri-reference"} else fault.title.lower().replace(" ", "_")
    if "string" in types and name in _DETAIL:
        return fault.detail
    return fault.title if "string" in types and name in _TITLE else NOTHING


def _place(name: str, types: frozenset[str], fault: Fault, *, has_parameter: bool) -> Any:
    tokens = split(fault.pointer) if fault.pointer else ()
    if not tokens:
        return NOTHING
    in_body = tokens[0] == "body"
    if name in _PARAMETER:
        return NOTHING if in_body or "string" not in types or len(tokens) < 2 else tokens[1]
    if not in_body and has_parameter:
        return NOTHING
    if types == {"array"}:
        return list(tokens)
    if "string" not in types:
        return NOTHING
    if name in {"field", "property", "attribute"}:
        return ".".join(tokens[1:]) or tokens[0]
    return "/" + "/".join(token.replace("~", "~0").replace("/", "~1") for token in (tokens[1:] if in_body else tokens))


def _items(schema: Schema) -> Schema | None:
    found = schema.child("items")
    for keyword in ("allOf", "anyOf", "oneOf"):
        found = found or next(
            (child for branch in schema.branches(keyword) if (child := branch.child("items")) is not None), None
        )
    return found

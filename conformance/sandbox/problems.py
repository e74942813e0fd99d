"""Error bodies in the shape that the document gives them, with the complaint's place where there is room for one."""

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
from conformance.spec.pointer import from_parts, split
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
class Complaint:
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


def problem(schema: Schema, status: int, complaints: Sequence[Complaint]) -> Any:
    """What an error body of ``schema`` can say of the complaints: a partial value, for a sampler to complete."""
    said = _said(schema, status, complaints[:_MOST], 0)
    return NOTHING if said is NOTHING else said


def _said(schema: Schema, status: int, complaints: Sequence[Complaint], depth: int) -> Any:
    if depth > _DEEPEST:
        return NOTHING
    types = wire_types(schema)
    items = _items(schema) if "array" in types and "object" not in types else None
    if items is not None:
        inside = [_said(items, status, [complaint], depth + 1) for complaint in complaints]
        return [value for value in inside if value is not NOTHING] or NOTHING
    properties = schema.all_properties()
    has_parameter = any(folded(name) in _PARAMETER for name in properties)
    said = {name: _place(folded(name), wire_types(child), complaints[0], has_parameter=has_parameter)
            if folded(name) in _PLACE | _PARAMETER else _field(folded(name), child, status, complaints, depth)
            for name, child in properties.items()}  # fmt: skip
    return {name: value for name, value in said.items() if value is not NOTHING} or NOTHING


def _field(name: str, schema: Schema, status: int, complaints: Sequence[Complaint], depth: int) -> Any:
    types, complaint = wire_types(schema), complaints[0]
    if types & {"object", "array"} and "string" not in types:
        below = name in _LISTS or name in {"error", "source", "meta"} or depth == 0 or types == {"array"}
        return _said(schema, status, complaints, depth + 1) if below else NOTHING
    if name in _STATUS | _CODE:
        return str(status) if "string" in types else status
    if "string" not in types:
        return NOTHING
    if name == "type":
        return (
            "about:blank" if str(schema.get("format")) in {"uri", "uri-reference"} else complaint.title.lower().replace(" ", "_")
        )
    return complaint.detail if name in _DETAIL else complaint.title if name in _TITLE else NOTHING


def _place(name: str, types: frozenset[str], complaint: Complaint, *, has_parameter: bool) -> Any:
    """The complaint's place in the words that a property of that name expects."""
    tokens = split(complaint.pointer) if complaint.pointer else ()
    in_body = tokens[:1] == ("body",)
    fits = "string" in types or types == {"array"}
    if not tokens or not fits or (name in _PARAMETER and in_body) or (name in _PLACE and has_parameter and not in_body):
        return NOTHING
    if name in _PARAMETER:
        return tokens[1] if len(tokens) > 1 else NOTHING
    if types == {"array"}:
        return list(tokens)
    if name in {"field", "property", "attribute"}:
        return ".".join(tokens[1:]) or tokens[0]
    return from_parts(tokens[1:] if in_body else tokens)


def _items(schema: Schema) -> Schema | None:
    found = schema.child("items")
    for keyword in ("allOf", "anyOf", "oneOf"):
        found = found or next(
            (child for branch in schema.branches(keyword) if (child := branch.child("items")) is not None), None
        )
    return found

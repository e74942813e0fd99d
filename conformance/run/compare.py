"""A fresh answer beside the recorded one: status class, status, then shape. Values are not compared.

The shape of a list is that of its items taken together, so the order and number of items do not matter. Keys of a map
(``additionalProperties`` in the document, or keys that are ids) are one field ``*``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.model.message import Response
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.model.record import Exchange, Finding, Severity
from conformance.run.identity import json_body
from conformance.spec.body import media_type_for
from conformance.spec.pointer import join
from conformance.spec.values import wire_types

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One way in which a service can part from its recording."""

    id: str
    severity: Severity
    summary: str
    why: str
    fix: str


COMPARISONS: tuple[Comparison, ...] = (
    Comparison(id="path-undocumented", severity=W, summary="A recorded call is in the document.",
               why="Clients use it, and nothing says what it promises.",
               fix="Document the operation, or take the call out of the recording."),
    Comparison(id="recording-field-added", severity=N, summary="The answer has no field that the recording has not.",
               why="Clients ignore what they do not know, but it may be new and undocumented.",
               fix="Refresh the recording when the field is meant."),
    Comparison(id="recording-field-removed", severity=W, summary="The answer has every field that the recording has.",
               why="Clients that read the field no longer get it.",
               fix="Bring the field back, or announce the change and refresh the recording."),
    Comparison(id="recording-media-type", severity=E, summary="The answer has the media type of the recording.",
               why="Clients choose a decoder by it.",
               fix="Answer in the recorded media type, or refresh the recording."),
    Comparison(id="recording-status", severity=W, summary="The answer has the status of the recording.",
               why="Clients that look for the exact status take another path.",
               fix="Answer with the recorded status, or refresh the recording."),
    Comparison(id="recording-status-class", severity=E, summary="The answer has the status class of the recording.",
               why="What worked fails, or what was refused is let through.",
               fix="Find out why the same call ends differently; refresh the recording when that is meant."),
    Comparison(id="recording-type-changed", severity=E, summary="Each field has the JSON type of the recording.",
               why="Typed clients fail to decode it.",
               fix="Send the recorded type, or treat the change as a breaking one."),
)  # fmt: skip

BY_ID = {comparison.id: comparison for comparison in COMPARISONS}

_GENERATED_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\+?[0-9]{5,}|\d{4}-\d{2}-\d{2}.*", re.IGNORECASE)
_NAMES = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object", type(None): "null"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference. ``detail`` says where, and never holds a generated value."""

    id: str
    message: str
    detail: str


@dataclass(slots=True)
class _Shape:
    """The JSON types seen at a place, and what is below it."""

    schema: Schema | None
    types: set[str] = field(default_factory=set)
    fields: dict[str, _Shape] = field(default_factory=dict)
    items: _Shape | None = None

    def add(self, value: Any) -> None:
        self.types.add(_NAMES[type(value)])
        if isinstance(value, dict):
            is_map = _is_map(self.schema)
            for name, item in value.items():
                key = "*" if is_map or _GENERATED_KEY.fullmatch(name) else name
                if key not in self.fields:
                    self.fields[key] = _Shape(_property(self.schema, name))
                self.fields[key].add(item)
        elif isinstance(value, list):
            for item in value:
                self.items = self.items or _Shape(_items(self.schema))
                self.items.add(item)


def differences(recorded: Response, live: Response, operation: Operation | None) -> Iterator[Difference]:
    """How an answer differs from the recorded one."""
    change = f"{recorded.status} -> {live.status}"
    if recorded.status // 100 != live.status // 100:
        yield Difference(
            id="recording-status-class",
            message=f"the recording has {recorded.status}, the answer is {live.status}",
            detail=change,
        )
        return
    if recorded.status != live.status:
        yield Difference(
            id="recording-status", message=f"the recording has {recorded.status}, the answer is {live.status}", detail=change
        )
    if not recorded.body or live.status in {204, 304} or recorded.status in {204, 304}:
        return
    was, now = json_body(recorded), json_body(live)
    if was is None or now is None:
        yield from _media(recorded, live, parsed=was is not None)
        return
    schema = _schema(operation, live)
    before, after = _Shape(schema), _Shape(schema)
    try:
        before.add(was)
        after.add(now)
        yield from list(_compared(before, after, ""))
    except RecursionError:  # nested deeper than anything that has a shape worth telling
        return


def _media(recorded: Response, live: Response, *, parsed: bool) -> Iterator[Difference]:
    was, now = recorded.media_type or "no media type", live.media_type or "no media type"
    if not live.body:
        yield Difference(
            id="recording-media-type",
            message=f"the recording has a body ({was}), the answer has none",
            detail=f"{was} -> nothing",
        )
    elif was != now:
        yield Difference(
            id="recording-media-type", message=f"the recording is {was}, the answer is {now}", detail=f"{was} -> {now}"
        )
    elif parsed:
        yield Difference(
            id="recording-type-changed", message="the recorded body is JSON, the answer's does not parse", detail="/ json"
        )


def _compared(was: _Shape, now: _Shape, pointer: str) -> Iterator[Difference]:
    before, after = was.types - {"null"}, now.types - {"null"}
    if before and after and not after <= before and not _allowed(was.schema, before | after):
        old, new = " or ".join(sorted(before)), " or ".join(sorted(after))
        yield Difference(id="recording-type-changed", detail=pointer or "/",
                         message=f"{pointer or 'the body'} is {old} in the recording, {new} in the answer")  # fmt: skip
        return
    if "object" in before and "object" in after:
        for name, shape in was.fields.items():
            if name in now.fields:
                yield from _compared(shape, now.fields[name], join(pointer, name))
            elif name != "*":
                place = join(pointer, name)
                yield Difference(
                    id="recording-field-removed", message=f"the recording has {place}, the answer has not", detail=place
                )
        for name in now.fields:
            if name not in was.fields and name != "*":
                place = join(pointer, name)
                yield Difference(
                    id="recording-field-added", message=f"the answer has {place}, the recording has not", detail=place
                )
    if was.items is not None and now.items is not None:
        yield from _compared(was.items, now.items, pointer + "/*")


def _allowed(schema: Schema | None, types: set[str]) -> bool:
    """Whether the document itself says that a value may be of all these types."""
    declared = wire_types(schema) if schema is not None else frozenset()
    named = {"number" if name == "integer" else name for name in declared}
    return types <= named and len(declared) < 7


def _schema(operation: Operation | None, response: Response) -> Schema | None:
    spec = operation.response_for(response.status) if operation is not None else None
    media = media_type_for(spec.content, response.header("content-type")) if spec is not None else None
    return media.schema if media is not None else None


def _is_map(schema: Schema | None) -> bool:
    return schema is not None and not schema.all_properties() and schema.child("additionalProperties") is not None


def _property(schema: Schema | None, name: str) -> Schema | None:
    if schema is None:
        return None
    return schema.all_properties().get(name) or schema.child("additionalProperties")


def _items(schema: Schema | None) -> Schema | None:
    """The schema of a list's items, also when it stands in a branch."""
    stack, seen = [schema] if schema is not None else [], set()
    while stack:
        node = stack.pop()
        items = node.child("items")
        if items is not None:
            return items
        if node.pointer not in seen:
            seen.add(node.pointer)
            stack.extend(branch for keyword in ("allOf", "anyOf", "oneOf") for branch in node.branches(keyword))
    return None


def finding(difference: Difference, exchange: Exchange, operation: Operation | None) -> Finding:
    """A difference as a finding, with the exchange and the words of the table."""
    row = BY_ID[difference.id]
    response = exchange.response if isinstance(exchange.response, Response) else None
    spec = operation.response_for(response.status) if operation is not None and response is not None else None
    return Finding(
        id=row.id,
        severity=row.severity,
        stage=exchange.case.stage,
        phase=exchange.case.phase,
        message=difference.message,
        detail=difference.detail,
        pointer=(spec.pointer if spec is not None else "") or (operation.pointer if operation is not None else "/paths"),
        operation=exchange.operation,
        operation_id=operation.operation_id if operation is not None else None,
        tags=operation.tags if operation is not None else (),
        status=response.status if response is not None else None,
        request=exchange.request,
        response=response,
        why=row.why,
        fix=row.fix,
    )

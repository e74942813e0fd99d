"""The same request in other words of HTTP and JSON, which mean the same, and bodies that nobody can read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.cases.everywhere import body_schema
from conformance.cases.probe import Probe
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.model.record import Intent
from conformance.spec.body import is_json, media_type_for
from conformance.spec.reading import BODILESS, RequestReading

_DEEP = 5_000
"""Lists in lists: more than any reader follows that calls itself for each, and less than what is too long to be read."""


_XML = b'<?xml version="1.0" encoding="UTF-8"?><conformance/>'


def worded(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """The media type and the body written another way, and a range in place of the media type that is asked for.

    RFC 9110 sections 8.3.1 and 12.5.1; RFC 8259 sections 2, 4 and 7, and section 11, where a charset has no effect.
    """
    if reading.has_body and is_json(request.header("content-type") or ""):
        typed = Probe(operation=operation.label, intent=Intent.POSITIVE,
                      request=request.with_header("Content-Type", _typed(request)),
                      description="The media type in other case, with a charset")  # fmt: skip
        written = Probe(operation=operation.label, intent=Intent.POSITIVE,
                        request=replace(request, body=f" \n{_written(reading.body)}\r\n".encode()),
                        description="JSON with blanks and escapes, its members in another order")  # fmt: skip
        both = replace(typed.request, body=written.request.body)
        yield Probe(operation=operation.label, intent=Intent.POSITIVE, request=both, halves=partial(iter, (typed, written)),
                    description=f"{typed.description}; {written.description}")  # fmt: skip
    main = _answered(operation)
    if main:
        accepted = f"{main}/*;q=0.9, */*;q=0.1"
        yield Probe(operation=operation.label, intent=Intent.POSITIVE, request=request.with_header("Accept", accepted),
                    description="Any media type of a range is accepted")  # fmt: skip


def _typed(request: Request) -> str:
    main, _, sub = (request.header("content-type") or "").partition(";")[0].strip().partition("/")
    return f"{main.capitalize()}/{sub.upper() if sub.isalpha() else sub}; charset=utf-8"


def _written(value: Any) -> str:
    """JSON as hardly anybody writes it: every letter escaped, blanks between all there is, the last member first."""
    if isinstance(value, dict):
        members = (f"{_written(name)} : {_written(held)}" for name, held in reversed(value.items()))
        return "{\r\n\t" + " ,\r\n\t".join(members) + "\n}"
    if isinstance(value, list):
        return "[ " + " ,\n ".join(map(_written, value)) + " ]"
    if isinstance(value, str):
        units = value.encode("utf-16-be", "surrogatepass").hex()
        return '"' + "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)) + '"'
    return json.dumps(value)


def _answered(operation: Operation) -> str:
    """The kind of what the operation answers where it succeeds, if it is one kind."""
    kinds = {name.partition("/")[0].strip().lower() for status, spec in operation.responses.items() if status.startswith("2")
             for name in spec.content}  # fmt: skip
    return next(iter(kinds)) if len(kinds) == 1 and kinds.isdisjoint({"*", ""}) else ""


def mistyped(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """A body that does not say what it is, and one of a kind that hardly any operation takes."""
    if not reading.has_body or operation.method in BODILESS:
        return
    yield Probe(operation=operation.label, intent=Intent.PROBE, request=request.with_header("Content-Type", None),
                description="A body without a content type")  # fmt: skip
    taken = operation.request_body.content if operation.request_body is not None else {}
    if media_type_for(taken, "application/xml") is None:
        yield Probe(operation=operation.label, intent=Intent.NEGATIVE, description="A body that is XML",
                    request=replace(request.with_header("Content-Type", "application/xml"), body=_XML))  # fmt: skip


def unreadable(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """Bodies that are no text, that say nothing, and that are deeper than anybody reads."""
    schema = body_schema(operation, reading, request)
    if schema is None:
        return
    tried: list[tuple[bytes, str]] = [(b'{"\xff\xfe": 1}', "Damaged body: not UTF-8")]
    if not schema.is_valid([], direction="request"):
        tried.insert(0, (b"[" * _DEEP + b"]" * _DEEP, "Damaged body: lists in lists"))
    if reading.body != {} and not schema.is_valid({}, direction="request"):
        tried.insert(0, (b"{}", "A body with nothing in it"))
    for body, words in tried:
        yield Probe(operation=operation.label, intent=Intent.NEGATIVE, request=replace(request, body=body), description=words)

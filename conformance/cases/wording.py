"""The same request in other words of HTTP, which mean the same, and bodies that nobody can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.cases.everywhere import body_schema
from conformance.cases.probe import Probe
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.model.record import Intent
from conformance.spec.body import is_json
from conformance.spec.reading import RequestReading

_DEEP = 5_000
"""Lists in lists: more than any reader follows that calls itself for each, and less than what is too long to be read."""


def worded(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """The media type of a body with a parameter and in other case, and a range in place of the media type that is asked for.

    RFC 9110 sections 8.3.1 and 12.5.1; RFC 8259 section 11 has no effect for a charset.
    """
    if reading.has_body and is_json(request.header("content-type") or ""):
        given = (request.header("content-type") or "").partition(";")[0].strip()
        main, _, sub = given.partition("/")
        written = f"{main.capitalize()}/{sub.upper() if sub.isalpha() else sub}; charset=utf-8"
        yield Probe(operation=operation.label, intent=Intent.POSITIVE, request=request.with_header("Content-Type", written),
                    description="The media type in other case, with a charset")  # fmt: skip
    main = _answered(operation)
    if main:
        accepted = f"{main}/*;q=0.9, */*;q=0.1"
        yield Probe(operation=operation.label, intent=Intent.POSITIVE, request=request.with_header("Accept", accepted),
                    description="Any media type of a range is accepted")  # fmt: skip


def _answered(operation: Operation) -> str:
    """The kind of what the operation answers where it succeeds, if it is one kind."""
    kinds = {name.partition("/")[0].strip().lower() for status, spec in operation.responses.items() if status.startswith("2")
             for name in spec.content}  # fmt: skip
    return next(iter(kinds)) if len(kinds) == 1 and kinds.isdisjoint({"*", ""}) else ""


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

"""What a request asks of a list, read with what the list shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from conformance.checks.subject import Fault
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.run.lifecycle.counts import impossible, said_by
from conformance.run.lifecycle.kept import Asked, filters_are_kept, order_is_kept, size_is_kept
from conformance.sandbox.envelope import Envelope
from conformance.sandbox.filters import conditions
from conformance.sandbox.listing import Knob, Paging, paging
from conformance.sandbox.sorting import keys
from conformance.spec.document import template_names
from conformance.spec.reading import RequestReading, read_request

_JUDGES = (("page-size-ignored", size_is_kept), ("filter-ignored", filters_are_kept), ("sort-ignored", order_is_kept))


def reading_of(operation: Operation, query: Mapping[str, str]) -> RequestReading:
    """What a query says to an operation; its other parameters are left out."""
    text = urlencode(list(query.items()), quote_via=quote, safe="[]")
    request = Request(method=operation.method.upper(), url=f"http://localhost{operation.path}?{text}")
    return read_request(operation, request, dict.fromkeys(template_names(operation.path), "x"))


def _knobs(how: Paging) -> Iterator[Knob]:
    if how.size is not None:
        yield how.size
    yield from (knob for kind, knob in how.others if kind == "size")


def _paging(operation: Operation, place: Envelope) -> Paging:
    """How an operation's list is paged, found out once."""
    key = "paging", operation.label, place.path
    if key not in place.item.notes:
        place.item.notes[key] = paging(operation, place)
    found: Paging = place.item.notes[key]
    return found


def asked_of(reading: RequestReading, place: Envelope) -> Asked:
    """What the request asks of the list."""
    how = _paging(reading.operation, place)
    # Several parameters may mean the size: where they say different things, none is sure to hold.
    sizes = {str(value): value for knob in _knobs(how) if (value := knob.value(reading)) is not None}
    size = next(iter(sizes.values())) if len(sizes) == 1 else None
    usual = how.size.number("default") if how.size is not None and not sizes else None
    number = how.sent("number", reading)
    starts_at_one = how.number is None or how.number.number("default") != 0
    return Asked(
        size=size if isinstance(size, int) and not isinstance(size, bool) and size > 0 else None,
        usual=usual if usual is not None and usual > 0 else None,
        number=number if isinstance(number, int) and not isinstance(number, bool) and starts_at_one else None,
        is_first=all(how.sent(kind, reading) is None for kind in ("number", "offset", "after", "before")),
        conditions=conditions(reading, place.item, how.wires),
        order=keys(reading, place.item),
        pointer=reading.operation.pointer,
    )


def list_faults(reading: RequestReading, place: Envelope, body: Any) -> Iterator[tuple[str, Fault]]:
    """What a list that was answered with success shows against what was asked: ids of checks, and what breaks them."""
    things = place.find(body)
    if not isinstance(things, list) or reading.errors or reading.oddities:
        return
    asked, shown = asked_of(reading, place), [thing for thing in things if isinstance(thing, dict)]
    for check, judge in _JUDGES:
        for fault in judge(asked, shown):
            yield check, fault
    said = said_by(body, place, reading.operation)
    wrong = impossible(said, len(things), is_first=asked.is_first, number=asked.number, size=asked.size)
    yield from (("total-wrong", Fault(message=words, pointer=asked.pointer)) for words in wrong)

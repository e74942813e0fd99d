"""Requests made from one that was accepted, each of which asks a lot at once.

What can be asked of one place at a time is for the coverage of the document. Here are the questions that a single request
can put to every place: values at the edge and at their bounds, everything optional, nothing optional, the
same in other words of HTTP, nobody's credentials.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.cases import edges, entry, optional, wording
from conformance.cases.bounds import bounds
from conformance.cases.optional import Fill
from conformance.cases.probe import Probe, woven
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.spec.reading import RequestReading


def probes(
    operation: Operation, reading: RequestReading, request: Request, *, fill: Fill, declared: frozenset[str] = frozenset(),
    safely: bool = True,
) -> Iterator[Probe]:  # fmt: skip
    """What to send after a request that was read without a fault and answered with success, the likeliest news first.

    Args:
        operation: whose request it was.
        reading: the request, read.
        request: as it was sent.
        fill: makes values for what is optional.
        declared: the methods of the path when one that it has not is to be tried, else nothing.
        safely: try no method that could change something.
    """
    yield from entry.anonymous(operation, request)
    odd = edges.allowed(operation, reading, request)
    yield from woven(
        odd,
        optional.left_out(operation, reading, request),
        bounds(operation, reading, request),
        entry.undeclared(operation, request, declared, safely=safely) if declared else (),
        edges.in_path(operation, request, climbing=not safely or operation.method == "get"),
        wording.worded(operation, reading, request),
        odd,
        wording.mistyped(operation, reading, request),
        optional.put_in(operation, reading, request, fill),
        edges.forbidden(operation, reading, request),
        entry.mistaken(operation, request),
        wording.unreadable(operation, reading, request),
    )


def last_probes(operation: Operation, request: Request) -> Iterator[Probe]:
    """What to send after a deletion that was accepted, to something else that is there; it is gone if it is not refused."""
    yield from entry.anonymous(operation, request)
    yield from edges.in_path(operation, request)
    yield from entry.mistaken(operation, request)


def unsuccessful(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """What to send after a request that keeps the contract and was not accepted: what may fail or let in all the same."""
    yield from entry.anonymous(operation, request)
    yield from woven(
        edges.in_path(operation, request),
        edges.allowed(operation, reading, request),
        optional.left_out(operation, reading, request),
        edges.forbidden(operation, reading, request),
    )

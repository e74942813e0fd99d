"""Exchanges judged: routed as they stand on the wire, read once, then shown to every check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from conformance.checks import table
from conformance.checks.latency import Timings
from conformance.checks.state import Ledger, names_in
from conformance.checks.subject import Subject, error_envelope
from conformance.model.message import NoResponse, Request
from conformance.model.operation import Operation
from conformance.model.record import Exchange, Finding, Observation
from conformance.run.lifecycle.asked import list_faults
from conformance.run.lifecycle.collection import list_places
from conformance.spec.body import BodyReading
from conformance.spec.document import Document, base_path
from conformance.spec.reading import RequestReading, read_request
from conformance.spec.router import Router, bases


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An observation with what was read on the way: ``operation`` is where the request really led."""

    observation: Observation
    operation: Operation | None
    reading: RequestReading | None
    answer: BodyReading | None = None


def slow(timings: Timings, operations: Iterable[Operation], limits: Mapping[str, float]) -> Iterator[Finding]:
    """The findings on operations that took longer than their category lets them; the slowest exchange stands for the others.

    Args:
        timings: of all that was sent.
        operations: those to judge.
        limits: seconds by category.
    """
    for operation in operations:
        exchange = timings.slowest(operation.label)
        if exchange is not None:
            for fault in timings.judge(operation, limits):
                yield table.finding("latency-exceeded", fault, exchange, operation)


class Judge:
    """Judges exchanges with one document's service.

    ``base_url`` is where the target stands in for the document's servers; its path is known to the router.
    """

    def __init__(self, document: Document, *, base_url: str = "") -> None:
        self._document = document
        self._router = Router(document.operations, extra_bases=(base_path(base_url), *bases(document.operations)))
        self._envelope = error_envelope(document.by_label)
        self._lists = list_places(document.operations)

    def operation(self, request: Request) -> Operation | None:
        """Whose request this is, as it stands on the wire."""
        match = self._router.match(request.method, request.url)
        return match.operation if match is not None else None

    def __call__(self, exchange: Exchange, *, ledger: Ledger | None = None) -> Judged:
        """The verdicts on one exchange; ``ledger`` knows what came before it."""
        intended = self._document.by_label.get(exchange.operation or "")
        match = self._router.match(exchange.request.method, exchange.request.url)
        operation = match.operation if match is not None else None
        # A method that the document does not have is tried for each that it has: the path has the defect once.
        owner = operation or (match.first if match is not None else None) or intended
        if isinstance(exchange.response, NoResponse):
            if ledger is not None and exchange.response.kind != "unsent":
                ledger.lost(operation, exchange.request)
            return Judged(observation=table.unanswered(exchange, owner), operation=operation, reading=None)
        if ledger is not None:
            ledger.hear(exchange.request)
        reading = read_request(operation, exchange.request, match.values) if operation is not None and match is not None else None
        subject = Subject(
            request=exchange.request,
            response=exchange.response,
            operation=operation,
            reading=reading,
            allowed=match.allowed if match is not None else (),
            intent=exchange.case.intent,
            envelope=self._envelope,
            routed=match is not None,
            told=ledger.told if ledger is not None else names_in(exchange.request),
            is_there=ledger is not None and operation is not None and ledger.knows(operation, exchange.request),
        )
        observation = table.judge(subject, exchange, owner)
        place = self._lists.get(operation.label) if operation is not None else None
        if place is not None and reading is not None and subject.succeeded:
            listed = tuple(
                table.finding(check, fault, exchange, owner) for check, fault in list_faults(reading, place, subject.json().value)
            )
            observation = _with(observation, listed)
        if ledger is not None:
            over_time = ledger.see(operation, exchange.request, exchange.response, reading)
            found = tuple(table.finding(check, fault, exchange, owner) for check, fault in over_time)
            observation = _with(observation, found)
        return Judged(observation=observation, operation=operation, reading=reading, answer=subject.json())


def _with(observation: Observation, found: tuple[Finding, ...]) -> Observation:
    return replace(observation, findings=(*observation.findings, *found)) if found else observation

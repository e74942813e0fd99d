"""The probes of a unit: which requests they are made from, to what is still there, and when they are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from conformance.cases.echoes import echoes
from conformance.cases.fresh import FreshKeys
from conformance.cases.probe import Probe
from conformance.cases.probes import last_probes, probes, unsuccessful
from conformance.cases.rewriting import GONE, path_values, with_path
from conformance.checks import table
from conformance.checks.subject import INVALID, Fault
from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import Operation
from conformance.model.ports import Responder, Schema
from conformance.model.record import Case, Exchange, Finding, Intent
from conformance.run.judge import Judged
from conformance.run.otherwise import otherwise
from conformance.run.plan import Unit
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.spec.document import Document
from conformance.spec.reading import RequestReading, read_request

_ECHOES = 2
"""How often what an operation made or deleted is asked for again, an operation."""

_PATIENCE = 6
"""How many good requests of an operation are refused before it is probed without one that was accepted."""

_DEEPEST = 2
"""How often a probe that is refused is halved."""

_OTHERWISE = 2
"""How many probes of an operation go before it is asked in other words: what does not cost more comes first."""

_LAST_CHANCE = frozenset({"delete"})
"""Methods whose accepted request leaves nothing to probe but for credentials."""

Judging = Callable[[Exchange], Judged]


class Alive:
    """Which things there are, by the paths of accepted requests, and which are gone."""

    def __init__(self) -> None:
        self._there: dict[str, dict[tuple[str, ...], None]] = {}
        self._gone: set[tuple[str, tuple[str, ...]]] = set()

    def see(self, operation: Operation, values: tuple[str, ...]) -> None:
        """Take in the path values of a request that was accepted."""
        prefixes = list(_prefixes(operation.path))
        if operation.method == "delete" and operation.path.endswith("}"):
            self._gone.add((prefixes[-1], values))
            self._there.get(prefixes[-1], {}).pop(values, None)
            return
        for count, prefix in enumerate(prefixes, 1):
            known = self._there.setdefault(prefix, {})
            known.pop(values[:count], None)
            known[values[:count]] = None
            self._gone.discard((prefix, values[:count]))

    def is_gone(self, operation: Operation, values: tuple[str, ...]) -> bool:
        """Whether something on the way of a path was deleted."""
        return any((prefix, values[:count]) in self._gone for count, prefix in enumerate(_prefixes(operation.path), 1))

    def another(self, operation: Operation, values: tuple[str, ...]) -> tuple[str, ...] | None:
        """Path values that lead to something that is there, in place of others; ``None`` when nothing is known to be."""
        prefixes = list(_prefixes(operation.path))
        for count in range(len(prefixes), 0, -1):
            for known in reversed(self._there.get(prefixes[count - 1], {})):
                found = (*known, *values[count:])
                if not self.is_gone(operation, found):
                    return found
        return None


def _prefixes(path: str) -> Iterator[str]:
    """The shapes of a path up to each of its parameters."""
    parts = path.split("/")
    for index, part in enumerate(parts):
        if "{" in part:
            yield "/".join("{}" if "{" in one else one for one in parts[: index + 1])


class Prober:
    """Sends what follows from requests: probes once an operation, echoes a few times.

    Args:
        document: whose operations the unit has.
        unit: what is wanted.
        responder: what answers.
    """

    def __init__(self, document: Document, unit: Unit, responder: Responder, *, nonce: str = "") -> None:
        self._keys = FreshKeys(f"probes {unit.seed} {unit.name} {nonce}")
        self._responder, self._unit = responder, unit
        self._operations = {label: document.by_label[label] for label in unit.labels}
        self._methods: dict[str, frozenset[str]] = {}
        for operation in document.operations:
            held = self._methods.get(operation.path, frozenset())
            self._methods[operation.path] = held | {operation.method.upper()}
        self._sampler = Sampler(direction="request", seed=unit.seed)
        self._alive = Alive()
        self._accepted: dict[str, list[Exchange]] = {}
        self._refused: dict[str, int] = {}
        self._probed: set[str] = set()
        self._tried: set[str] = set()
        self._echoed: dict[str, int] = {}
        self._is_probing = False
        self._headless: set[str] = set()

    def see(self, exchange: Exchange, judged: Judged) -> None:
        """Remember an exchange that probes can be made from."""
        operation, reading, answer = judged.operation, judged.reading, exchange.response
        if exchange.request.method == "HEAD" and isinstance(answer, Response) and answer.status in {405, 501}:
            self._headless.add(exchange.case.operation)
        if operation is None or operation.label not in self._operations or reading is None or isinstance(answer, NoResponse):
            return
        if reading.errors or reading.oddities:
            return
        if 200 <= answer.status < 300:
            values = path_values(operation, exchange.request)
            if values is not None:
                self._alive.see(operation, values)
            if not self._is_probing:
                self._accepted.setdefault(operation.label, []).append(exchange)
                del self._accepted[operation.label][:-3]

    def after(self, exchange: Exchange, judged: Judged, judge: Judging) -> Iterator[Finding]:
        """Send what follows from an exchange at once; yields what only the probe's reason shows."""
        operation, reading, answer = judged.operation, judged.reading, exchange.response
        if operation is None or operation.label not in self._operations or reading is None or isinstance(answer, NoResponse):
            return
        if not 200 <= answer.status < 300 or reading.errors:
            yield from self._in_vain(operation, reading, exchange, judge)
            return
        count = self._echoed[operation.label] = self._echoed.get(operation.label, 0) + 1
        if count <= _ECHOES:
            for probe in echoes(self._operations, operation, exchange.request, answer):
                yield from self._send(probe, exchange, judge)
        if not reading.oddities and operation.label not in self._probed and operation.method not in _LAST_CHANCE:
            self._probed.add(operation.label)
            yield from self._otherwise(operation, exchange, judge)
            for probe in self._made(operation, reading, exchange.request):
                yield from self._send(probe, exchange, judge)

    def _in_vain(self, operation: Operation, reading: RequestReading, exchange: Exchange, judge: Judging) -> Iterator[Finding]:
        """When nothing was accepted for a while, what can be learnt all the same is asked once."""
        if reading.errors or reading.oddities or operation.label in self._accepted:
            return
        self._refused[operation.label] = self._refused.get(operation.label, 0) + 1
        if self._refused[operation.label] == _PATIENCE:
            for probe in unsuccessful(operation, reading, exchange.request):
                yield from self._send(probe, exchange, judge)

    def rounds(self, judge: Judging, *, until: Callable[[], bool]) -> Iterator[Finding]:
        """Send the probes of every operation that was accepted so far: the first of each, then the second, and so on.

        Args:
            judge: shows an exchange to the checks.
            until: whether it is enough; asked before each.
        """
        changing = [operation for operation in self._operations.values() if operation.method != "delete"]
        yield from self._in_turns(changing, judge, until)
        deleting = [operation for operation in self._operations.values() if operation.method == "delete"]
        yield from self._in_turns(deleting, judge, until)

    def _in_turns(self, operations: Sequence[Operation], judge: Judging, until: Callable[[], bool]) -> Iterator[Finding]:
        waiting: list[tuple[Operation, Exchange, Iterator[Probe]]] = []
        for operation in operations:
            exchange = self._to_start_from(operation)
            if operation.label not in self._probed and exchange is not None:
                self._probed.add(operation.label)
                waiting.append((operation, exchange, self._from(operation, exchange)))
        turn = 0
        while waiting:
            for entry in list(waiting):
                operation, exchange, made = entry
                if until():
                    return
                probe = next(made, None)
                if probe is None:
                    waiting.remove(entry)
                else:
                    yield from self._send(probe, exchange, judge)
                if turn == _OTHERWISE or (probe is None and turn < _OTHERWISE):
                    yield from self._otherwise(operation, exchange, judge)
            turn += 1

    def _to_start_from(self, operation: Operation) -> Exchange | None:
        """The last accepted request of an operation, to something that is still there if possible."""
        held = self._accepted.get(operation.label, [])
        for exchange in reversed(held):
            values = path_values(operation, exchange.request)
            if values is None or not self._alive.is_gone(operation, values):
                return exchange
        for exchange in reversed(held):
            values = path_values(operation, exchange.request)
            other = self._alive.another(operation, values) if values else None
            if other is not None:
                request = with_path(operation, exchange.request, other)
                return Exchange(request=request, response=exchange.response, case=exchange.case, operation=exchange.operation)
        return None

    def _from(self, operation: Operation, exchange: Exchange) -> Iterator[Probe]:
        values = path_values(operation, exchange.request)
        names = [part.strip("{}") for part in operation.path.split("/") if "{" in part]
        reading = read_request(operation, exchange.request, dict(zip(names, values or (), strict=False)))
        if operation.method in _LAST_CHANCE:
            return last_probes(operation, exchange.request)
        return self._made(operation, reading, exchange.request)

    def _made(self, operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
        declared = self._methods[operation.path] if operation.path not in self._tried else frozenset()
        self._tried.add(operation.path)
        return probes(operation, reading, request, fill=self._fill, declared=declared, safely=self._unit.safe_probes)

    def _fill(self, schema: Schema, partial: Any) -> Any:
        try:
            if partial is GONE:
                return self._sampler.sample(schema, salt="filled")
            return self._sampler.complete(schema, partial, salt="filled")
        except Unsatisfiable:
            return GONE

    def _otherwise(self, operation: Operation, exchange: Exchange, judge: Judging) -> Iterator[Finding]:
        """Ask for what an operation reads in other words of HTTP."""
        has_head, answer = operation.label not in self._headless, exchange.response
        if operation.method != "get" or not (has_head or (isinstance(answer, Response) and answer.header("etag"))):
            return

        def send(request: Request, why: str) -> Exchange:
            probe = Probe(operation=operation.label, intent=Intent.PROBE, request=request, description=why)
            return self._sent(probe, exchange, judge)

        for check, fault, shown in otherwise(exchange.request, send, has_head=has_head):
            yield table.finding(check, fault, shown, operation)

    def _send(self, probe: Probe, parent: Exchange, judge: Judging, *, depth: int = 0) -> Iterator[Finding]:
        exchange = self._sent(probe, parent, judge)
        answer = exchange.response
        if probe.refused_by and isinstance(answer, Response) and 200 <= answer.status < 300:
            fault = Fault(message=f"{answer.status} {_lower(probe.description)}", detail="wrong credentials")
            yield table.finding(probe.refused_by, fault, exchange, self._operations[probe.operation])
        if probe.halves is not None and isinstance(answer, Response) and answer.status in INVALID and depth < _DEEPEST:
            for half in probe.halves():
                yield from self._send(half, parent, judge, depth=depth + 1)

    def _sent(self, probe: Probe, parent: Exchange, judge: Judging) -> Exchange:
        case = Case(id=f"{parent.case.id}+", operation=probe.operation, stage="fuzz", phase="coverage", intent=probe.intent,
                    description=probe.description, parent=parent.case.id, seed=self._unit.seed)  # fmt: skip
        operation = self._operations.get(probe.operation)
        request = self._keys.renewed(operation, probe.request) if operation is not None else probe.request
        answer = self._responder.respond(request)
        exchange = Exchange(request=request, response=answer, case=case, operation=probe.operation)
        self._is_probing = True
        try:
            judge(exchange)
        finally:
            self._is_probing = False
        return exchange


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]

"""One unit of fuzzing: the engine's cases through a responder, every exchange judged, all of it folded.

A unit is a pure function of its arguments and the target's state, so any executor can run it.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial

from conformance.cases import generated
from conformance.cases.course import COVERAGE, EXAMPLES, FUZZING, OWN_PHASES
from conformance.cases.fresh import FreshKeys
from conformance.checks.latency import Timings
from conformance.checks.state import Ledger
from conformance.coverage.fold import Coverage
from conformance.model.message import NoResponse
from conformance.model.operation import Operation
from conformance.model.ports import Responder
from conformance.model.record import Exchange, Finding
from conformance.run import pulse
from conformance.run.confirm import Again, Confirmer, reserve
from conformance.run.judge import Judged, slow
from conformance.run.lifecycle.phase import PHASE
from conformance.run.limits import Limited
from conformance.run.plan import Unit
from conformance.run.probing import Prober
from conformance.run.retelling import Retold, tell_again
from conformance.run.rounds import Rounds
from conformance.run.setting import Opened, Setting, opened, responder
from conformance.run.smallest import keep
from conformance.run.stories import Stories
from conformance.run.traces import Traces

_SHARES = {PHASE: 0.6, EXAMPLES: 0.1, COVERAGE: 0.7, FUZZING: 0.7, generated.STATEFUL: 1.0}
"""The part of what a unit may still send that a phase may take, as long as others have not had their turn."""

_PROBES = 2
"""At most one of so many of the requests that are left goes into probes before the engine's turn."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What one operation saw in one phase. ``status`` is the engine's word: success, failure, error, skip, interrupted.

    ``others`` is how many of its requests tried another method on its path.
    ``held`` is how many requests were not sent, for the guard held them back or they cannot be; ``why_held`` is the first reason.
    """

    operation: str
    phase: str
    status: str = "skip"
    reason: str = ""
    requests: int = 0
    seconds: float = 0.0
    fingerprints: set[str] = field(default_factory=set)
    others: int = 0
    held: int = 0
    why_held: str = ""


@dataclass(slots=True, kw_only=True)
class UnitResult:
    """What a unit found. Results fold in any order. ``cut`` says why nothing more could be sent at its end, if so.

    ``owed`` is how many requests are set aside to delete what it made. ``stories`` says by operation and check of the stories why
    it was left out; nothing where it was not.
    """

    name: str
    coverage: Coverage
    findings: dict[str, Finding]
    tallies: dict[tuple[str, str], Tally]
    accidents: list[str] = field(default_factory=list)
    requests: int = 0
    owed: int = 0
    interrupted: bool = False
    cut: str = ""
    timings: Timings = field(default_factory=Timings)
    stories: dict[str, dict[str, str]] = field(default_factory=dict)


def fuzz(unit: Unit, setting: Setting, *, through: Responder | None = None) -> UnitResult:
    """Run one unit.

    Args:
        unit: what to send, and how much of it.
        setting: the document and the target.
        through: answers in place of the setting's target, whose base URL stays; for a service in this process.
    """
    here = opened(setting)
    limited = Limited(through or responder(setting, here.document), max_requests=unit.max_requests, deadline=unit.deadline)
    result = UnitResult(name=unit.name, coverage=Coverage(), findings={}, tallies={})
    traces = Traces()
    operations = [here.document.by_label[label] for label in unit.labels]
    seen = _Observer(
        here, result, Prober(here.document, unit, limited, nonce=setting.nonce) if "coverage" in unit.phases else None, traces
    )
    rounds = seen.rounds = Rounds(here, setting, unit, responder=limited, seen=seen, failed=partial(_failed, result))
    stories = Stories(here, setting, unit, limited, judged=seen.judge, found=seen.found, refer=rounds.refer,
                      before_end=partial(seen.probe, limited), left_out=partial(_left_out, result))  # fmt: skip
    phases: dict[str, Callable[[], object]] = {
        PHASE: stories.go,
        **{phase: partial(rounds.go, phase) for phase in OWN_PHASES},
        generated.STATEFUL: lambda: _walk(here, setting, unit, limited, seen, result),
    }  # fmt: skip
    confirmer = _confirmer(here, unit, setting, limited, result, traces)
    try:
        with limited.watched():
            for phase in (phase for phase in phases if phase in unit.phases):
                if phase == generated.STATEFUL:
                    # The walks take what they get: what others need goes before.
                    _go_on(rounds, unit, limited, part=_SHARES[FUZZING])
                with limited.share(_SHARES[phase]), _accounted(result):
                    phases[phase]()
                if phase != generated.STATEFUL:
                    pulse.beat(scenarios=len(operations))
                if phase == PHASE:
                    with _accounted(result):
                        confirmer.tell_again(result.findings, sent=limited.sent)
                limited.reserve = reserve(len(result.findings), unit.max_requests)
            with limited.share(1.0), _accounted(result):
                stories.go_on()
            _go_on(rounds, unit, limited, part=1.0)
    except KeyboardInterrupt:
        result.interrupted = True
    _confirm(confirmer, unit, limited, result)
    _time(operations, setting, result, partial(_once_more, limited, seen))
    for tally in result.tallies.values():
        if tally.held and not tally.requests:
            tally.status, tally.reason = "skip", tally.why_held
    result.requests, result.owed, result.cut = limited.sent, limited.owed or 0, limited.over()
    return result


def _go_on(rounds: Rounds, unit: Unit, limited: Limited, *, part: float) -> None:
    """What one phase did not need is there for those that have more to send."""
    for phase in (phase for phase in OWN_PHASES if phase in unit.phases):
        with limited.share(part):
            rounds.go(phase)


@contextmanager
def _accounted(result: UnitResult) -> Iterator[None]:
    """A fault of our own ends a phase, and not the unit: it is told with what was found."""
    try:
        yield
    except Exception:
        result.accidents.append(traceback.format_exc())


def _left_out(result: UnitResult, label: str, check: str, reason: str) -> None:
    """A check of the stories was left out for an operation, or was not: what one story could look at is looked at."""
    known = result.stories.setdefault(label, {})
    known[check] = reason if known.get(check, reason) else ""


def _failed(result: UnitResult, label: str, phase: str, reason: str) -> None:
    """The engine cannot make the cases of an operation."""
    tally = _tally(result, label, phase)
    tally.status, tally.reason = "error", reason


def _walk(
    here: Opened, setting: Setting, unit: Unit, limited: Limited, seen: _Observer, result: UnitResult
) -> None:  # fmt: skip
    """The engine's own walks along chains of resources."""
    for scenario in generated.walk(
        here.document.plain, [here.document.by_label[label] for label in (*unit.labels, *unit.around)],
        responder=limited, base_url=here.target.base, base=lambda operation: here.target.url_for(operation, ""), seen=seen,
        max_examples=unit.max_examples, seed=unit.seed, headers=dict(setting.headers), values=setting.values,
    ):  # fmt: skip
        _fold_scenario(scenario, result)
        # The engine ends in order on what tells that nothing more may be sent.
        result.interrupted |= scenario.status == "interrupted" and bool(limited.over())


def _once_more(limited: Limited, seen: _Observer, exchange: Exchange) -> None:
    """Ask again what only looks, as far as the limits let."""
    if exchange.request.method in {"GET", "HEAD"}:
        with suppress(KeyboardInterrupt), limited.watched():
            seen.judge(replace(exchange, response=limited.respond(exchange.request)))


def _time(
    operations: Sequence[Operation], setting: Setting, result: UnitResult, ask: Callable[[Exchange], object]
) -> None:  # fmt: skip
    """Judge how long the operations took, now that all of their answers are there; one answer alone may be an accident."""
    for operation in operations:
        exchange = result.timings.undecided(operation, dict(setting.latency))
        if exchange is not None:
            ask(exchange)
    for found in slow(result.timings, operations, dict(setting.latency)):
        keep(result.findings, replace(found, seed=setting.seed))
        _tally(result, found.operation or "", found.phase).fingerprints.add(found.fingerprint)


def _confirmer(
    here: Opened, unit: Unit, setting: Setting, limited: Limited, result: UnitResult, traces: Traces
) -> Confirmer:  # fmt: skip
    """What shows the findings of a unit again."""

    def seen(exchange: Exchange, judged: Judged) -> None:
        if isinstance(exchange.response, NoResponse) and exchange.response.kind == "unsent":
            return
        tally = _tally(result, exchange.case.operation, exchange.case.phase)
        tally.requests += 1
        pulse.beat(requests=1)
        for finding in judged.observation.findings:
            if finding.fingerprint not in result.findings:
                result.findings[finding.fingerprint] = replace(finding, lead=traces.lead(exchange.request))
                tally.fingerprints.add(finding.fingerprint)

    def told_again(wanted: Sequence[Finding], most: int) -> Retold:
        return tell_again(here, setting, unit, wanted, responder=limited, most=most, seen=seen)

    return Confirmer(
        Again(here, limited, seen, FreshKeys(f"again {unit.seed} {unit.name} {setting.nonce}")), traces, known=unit.known,
        is_remote=unit.safe_probes,
        needed=frozenset(name.lower() for name, _ in setting.headers), tell=told_again,
    )  # fmt: skip


def _confirm(confirmer: Confirmer, unit: Unit, limited: Limited, result: UnitResult) -> None:
    """Show the new findings again, with what of the budget was left for it."""
    limited.reserve = 0
    try:
        with limited.watched():
            confirmer.go_over(result.findings, sent=limited.sent)
    except KeyboardInterrupt:
        result.interrupted = True
    for print_, finding in result.findings.items():
        result.findings[print_] = replace(finding, seed=unit.seed)


class _Observer:
    """Takes in every exchange of a unit in the order they happen: judged, counted, covered."""

    def __init__(self, here: Opened, result: UnitResult, prober: Prober | None, traces: Traces) -> None:
        self._here, self._result, self._prober, self._traces = here, result, prober, traces
        self.rounds: Rounds | None = None
        self._ledger = Ledger(here.document.operations)
        self._last = time.perf_counter()

    def __call__(self, exchange: Exchange) -> None:
        """An exchange of the engine, with those that follow from it."""
        judged = self.judge(exchange)
        for finding in self._prober.after(exchange, judged, self.judge) if self._prober is not None else ():
            self.found(finding)

    def probe(self, limited: Limited) -> None:
        """Send what follows from the requests so far that were accepted, for part of what may still be sent."""
        if self._prober is None:
            return
        left = limited.left()
        end = None if left is None else limited.sent + left // _PROBES
        for finding in self._prober.rounds(self.judge, until=lambda: end is not None and limited.sent >= end):
            self.found(finding)

    def judge(self, exchange: Exchange) -> Judged:
        """One exchange."""
        result = self._result
        judged = self._here.judge(exchange, ledger=self._ledger)
        label, before = exchange.operation or "", len(result.findings)
        covered = result.coverage.size(label)
        if judged.operation is not None:
            result.coverage.add(judged.operation, exchange, source="fuzz", reading=judged.reading, answer=judged.answer)
            result.timings.add(judged.operation, exchange)
        tally = _tally(result, exchange.operation or "", exchange.case.phase)
        unsent = exchange.response if isinstance(exchange.response, NoResponse) and exchange.response.kind == "unsent" else None
        if unsent is not None:
            tally.held, tally.why_held = tally.held + 1, tally.why_held or unsent.reason
        else:
            tally.requests += 1
            tally.status = "success" if tally.status == "skip" else tally.status
            tally.others += exchange.request.method.upper() != (exchange.operation or "").partition(" ")[0]
        now = time.perf_counter()
        tally.seconds, self._last = tally.seconds + now - self._last, now
        for finding in judged.observation.findings:
            self._keep(finding, tally)
        if self._prober is not None:
            self._prober.see(exchange, judged)
        self._traces.see(exchange)
        if self.rounds is not None:
            is_new = len(result.findings) > before or result.coverage.size(label) > covered
            self.rounds.note(exchange, judged, is_new=is_new)
        pulse.beat(requests=unsent is None, failures=len(judged.observation.findings))
        return judged

    def found(self, finding: Finding) -> None:
        """What only several exchanges show."""
        self._keep(finding, _tally(self._result, finding.operation or "", finding.phase))
        pulse.beat(failures=1)

    def _keep(self, finding: Finding, tally: Tally) -> None:
        if keep(self._result.findings, finding):
            lead = self._traces.lead(finding.request, finding.lead) if finding.request is not None else ()
            self._result.findings[finding.fingerprint] = replace(finding, lead=lead)
        tally.fingerprints.add(finding.fingerprint)


def _tally(result: UnitResult, operation: str, phase: str) -> Tally:
    return result.tallies.setdefault((operation, phase), Tally(operation=operation, phase=phase))


def _fold_scenario(scenario: generated.Scenario, result: UnitResult) -> None:
    if scenario.status == generated.ACCIDENT:
        result.accidents.append(scenario.reason)
    if scenario.operation is None:
        return
    tally = _tally(result, scenario.operation, scenario.phase)
    # An error is the word that must not be lost; otherwise the last word counts.
    if tally.status != "error":
        tally.status = scenario.status
        tally.reason = scenario.reason
    pulse.beat(scenarios=1)

"""A finding of an earlier run shown again, to learn whether the defect is still there.

A finding that one request shows is sent again, after the exchanges that it rests on. One that only several exchanges can
show is looked for by running its unit again with the same seed, and one of the linter by linting again. What an answer gave
then is replaced by what the fresh one gives, and credentials, which no report holds, are put back.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from conformance.cases.fresh import FreshKeys
from conformance.cases.generated import BudgetSpent
from conformance.checks.latency import ENOUGH, Timings
from conformance.lint.lint import lint
from conformance.model.message import Headers, NoResponse, Request, Response, header
from conformance.model.operation import Operation
from conformance.model.record import Case, Exchange, Finding, Intent
from conformance.run.confirm import Again, is_shown_by_one_request
from conformance.run.credentials import credential_headers
from conformance.run.effects import READS
from conformance.run.fuzz import fuzz
from conformance.run.guard import is_remote
from conformance.run.judge import slow
from conformance.run.limits import Limited
from conformance.run.plan import PHASES, Unit, units
from conformance.run.reasked import can_be_asked
from conformance.run.recordings import chains, play
from conformance.run.retelling import is_of_a_story, tell_again
from conformance.run.setting import EMBEDDED_ORIGIN, Opened, Setting, opened, responder
from conformance.spec.document import base_path

MASK = "REDACTED"
"""What stands in a report where a credential stood."""

_AGAIN = Case(id="again", operation="", stage="fuzz", phase=PHASES[0], intent=Intent.PROBE, description="Told again")
_TRIES = 2
_FLAKY_TRIES = 5


class Outcome(StrEnum):
    """What became of a defect."""

    THERE = "still there"
    GONE = "gone"
    UNKNOWN = "cannot be told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduced:
    """What became of one finding. ``reason`` says why it cannot be told; ``sent`` are the exchanges, the last one last."""

    outcome: Outcome
    finding: Finding
    reason: str = ""
    sent: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a run was made with, as far as it decides over what can be shown again.

    ``target`` is its base URL, ``None`` for the embedded sandbox. ``token`` and the headers of the setting are put where a
    report holds ``REDACTED``. ``max_requests`` is for a unit that has to be run again.
    """

    target: str | None = None
    token: str | None = field(default=None, repr=False)
    max_examples: int = 5
    max_requests: int = 500
    recordings: Path | None = None


class Unsendable(Exception):
    """Why a request cannot be sent as it was."""


def reproduce(finding: Finding, setting: Setting, terms: Terms) -> Reproduced:
    """Look for the defect of a finding.

    Args:
        finding: as a report holds it.
        setting: the document and the target, with the headers of this call.
        terms: of the run.
    """
    here = opened(setting)
    if finding.stage == "lint":
        there = any(found.fingerprint == finding.fingerprint for found in lint(here.document))
        return Reproduced(outcome=Outcome.THERE if there else Outcome.GONE, finding=finding)
    if finding.blame in {"sdk", "ambiguous"}:
        return _unknown(finding, "it is about what a client sent; run the client's tests before `conformance gate` again")
    if finding.operation is not None and finding.operation not in here.document.by_label and finding.stage == "fuzz":
        return _unknown(finding, f"the document has no operation {finding.operation}")
    if is_shown_by_one_request(finding):
        return _sent(finding, setting, terms, here)
    if finding.id == "latency-exceeded" and finding.request is not None:
        return _timed(finding, setting, terms, here)
    operation = here.document.by_label.get(finding.operation or "")
    if finding.stage == "fuzz" and operation is not None and can_be_asked(finding):
        return _asked(finding, operation, setting, terms, here)
    return _replayed(finding, setting, terms, here) if finding.stage == "replay" else _run_again(finding, setting, terms, here)


def _unknown(finding: Finding, reason: str) -> Reproduced:
    return Reproduced(outcome=Outcome.UNKNOWN, finding=finding, reason=reason)


def _sent(finding: Finding, setting: Setting, terms: Terms, here: Opened) -> Reproduced:
    """By its own request."""
    try:
        whole = _Restorer(setting, terms, here).finding(finding)
    except Unsendable as raised:
        return _unknown(finding, str(raised))
    exchanges: list[Exchange] = []
    limited = Limited(responder(setting, here.document), max_requests=terms.max_requests)
    again = Again(here, limited, lambda exchange, _: exchanges.append(exchange), FreshKeys(f"again {setting.nonce}"))
    found: Finding | None = None
    steps = 1
    try:
        for _ in range(_FLAKY_TRIES if finding.flaky else _TRIES):
            found, steps = again.after_lead(whole) if whole.lead else None, 1 + len(whole.lead)
            if found is None and not again.held and whole.request is not None:
                found, steps = again.once(whole, whole.request), 1
            if found is not None or again.held:
                break
    except BudgetSpent as spent:
        return _unknown(finding, str(spent))
    if found is not None:
        return Reproduced(outcome=Outcome.THERE, finding=found, sent=tuple(exchanges[-steps:]))
    silent = exchanges[-1].response if exchanges else None
    if isinstance(silent, NoResponse) and (again.held or finding.id != "no-response"):
        return replace(_unknown(finding, silent.reason), sent=tuple(exchanges))
    if setting.is_embedded and finding.stage == "fuzz":
        # Something else may have had to happen before; running the unit again costs nothing here.
        return _run_again(finding, setting, terms, here)
    return Reproduced(outcome=Outcome.GONE, finding=finding, sent=tuple(exchanges))


def _asked(finding: Finding, operation: Operation, setting: Setting, terms: Terms, here: Opened) -> Reproduced:
    """By asking so again, of what the requests before it make."""
    try:
        whole = _Restorer(setting, terms, here).finding(finding)
    except Unsendable as raised:
        return _unknown(finding, str(raised))
    exchanges: list[Exchange] = []
    limited = Limited(responder(setting, here.document), max_requests=terms.max_requests)
    again = Again(here, limited, lambda exchange, _: exchanges.append(exchange), FreshKeys(f"again {setting.nonce}"))
    try:
        found = next((one for _ in range(_TRIES) if (one := again.asked(whole, operation)) is not None), None)
    except BudgetSpent as spent:
        return _unknown(finding, str(spent))
    if found is not None:
        return Reproduced(outcome=Outcome.THERE, finding=found, sent=tuple(exchanges))
    if setting.is_embedded:
        return _run_again(finding, setting, terms, here)
    last = exchanges[-1].response if exchanges else None
    if not isinstance(last, Response) or last.status >= 500 or last.status in {404, 410}:
        why = f"it is answered with {last.status}" if isinstance(last, Response) else "it is not answered"
        return replace(_unknown(finding, f"what it was found by is not there: {why}"), sent=tuple(exchanges))
    return Reproduced(outcome=Outcome.GONE, finding=finding, sent=tuple(exchanges))


def _timed(finding: Finding, setting: Setting, terms: Terms, here: Opened) -> Reproduced:
    """By a few answers to its request: one alone says too little."""
    try:
        whole = _Restorer(setting, terms, here).finding(finding)
    except Unsendable as raised:
        return _unknown(finding, str(raised))
    exchanges: list[Exchange] = []
    again = Again(
        here,
        responder(setting, here.document),
        lambda exchange, _: exchanges.append(exchange),
        FreshKeys(f"again {setting.nonce}"),
    )
    timings = Timings()
    operation = here.document.by_label.get(finding.operation or "")
    if whole.request is None or operation is None:
        return _unknown(finding, "its request is not there in full")
    for _ in range(ENOUGH if whole.request.method in READS else _TRIES):
        again.once(whole, whole.request)
        if isinstance(exchanges[-1].response, NoResponse):
            return replace(_unknown(finding, exchanges[-1].response.reason), sent=tuple(exchanges[-1:]))
        timings.add(operation, exchanges[-1])
    found = next(slow(timings, [operation], dict(setting.latency)), None)
    outcome = Outcome.THERE if found is not None else Outcome.GONE
    return Reproduced(outcome=outcome, finding=found or finding, sent=tuple(exchanges[-1:]))


def _run_again(finding: Finding, setting: Setting, terms: Terms, here: Opened) -> Reproduced:
    """By its story told again, or else by its unit with the same seed: its phase alone, and on the sandbox what went before."""
    unit = _unit(finding, setting, terms, here)
    if unit is None:
        return _unknown(finding, f"nothing is known of how to run {finding.operation or 'it'} again")
    told = _told_again(finding, unit, setting, terms, here) if is_of_a_story(finding) else None
    if told is not None and (told.outcome is Outcome.THERE or not setting.is_embedded):
        return told
    result = fuzz(unit, setting)
    found = result.findings.get(finding.fingerprint)
    if found is not None:
        return Reproduced(outcome=Outcome.THERE, finding=found)
    held = [tally for tally in result.tallies.values() if tally.held]
    if result.cut or held:
        return _unknown(finding, result.cut or held[0].why_held)
    return Reproduced(outcome=Outcome.GONE, finding=finding)


def _told_again(finding: Finding, unit: Unit, setting: Setting, terms: Terms, here: Opened) -> Reproduced:
    """By the story of its collection, with things made anew."""
    held = ""

    def seen(exchange: Exchange, _: object) -> None:
        nonlocal held
        answer = exchange.response
        held = held or (answer.reason if isinstance(answer, NoResponse) else "")

    for _ in range(_FLAKY_TRIES if finding.flaky else _TRIES):
        limited = Limited(responder(setting, here.document), max_requests=terms.max_requests)
        try:
            retold = tell_again(here, setting, unit, [finding], responder=limited, seen=seen)
        except BudgetSpent as spent:
            return _unknown(finding, str(spent))
        found = retold.found.get(finding.fingerprint)
        if found is not None and found.request is not None and found.response is not None:
            last = Exchange(request=found.request, response=found.response, case=_AGAIN, operation=found.operation)
            return Reproduced(outcome=Outcome.THERE, finding=found, sent=(*found.lead, last))
        if not retold.is_refuted(finding):
            return _unknown(finding, held or "the story does not come to where it was found")
    return Reproduced(outcome=Outcome.GONE, finding=finding)


def _unit(finding: Finding, setting: Setting, terms: Terms, here: Opened) -> Unit | None:
    if finding.phase not in PHASES:
        return None
    # On the sandbox it costs nothing to have everything as it was.
    before = PHASES[: PHASES.index(finding.phase) + 1] if setting.is_embedded else (finding.phase,)
    made = units(
        here.document.operations, {operation.label: before for operation in here.document.operations}, order=PHASES,
        seed=finding.seed if finding.seed is not None else setting.seed, max_examples=terms.max_examples,
        safe_probes=is_remote(setting.base_url), layout=here.layout,
    )  # fmt: skip
    found = next((unit for unit in made if finding.operation in unit.labels), None)
    return replace(found, max_requests=None if setting.is_embedded else terms.max_requests) if found is not None else None


def _replayed(finding: Finding, setting: Setting, terms: Terms, here: Opened) -> Reproduced:
    """By the recordings that call its operation."""
    if terms.recordings is None:
        return _unknown(finding, "it was found beside a recording; name it with --recordings")
    played = 0
    for chain in chains(terms.recordings, here.document):
        if chain.error or finding.operation not in chain.labels:
            continue
        result = play(chain, setting, max_requests=terms.max_requests)
        played += result.requests
        for found in (one for entry in result.findings.values() for one in entry):
            if found.fingerprint == finding.fingerprint:
                return Reproduced(outcome=Outcome.THERE, finding=found)
    if not played:
        return _unknown(finding, f"no recording in {terms.recordings} calls {finding.operation}")
    return Reproduced(outcome=Outcome.GONE, finding=finding)


class _Restorer:
    """Puts credentials where a report has a mask, and requests to where the target is now."""

    def __init__(self, setting: Setting, terms: Terms, here: Opened) -> None:
        self._headers, self._token, self._here = setting.headers, terms.token, here
        self._was = _base(terms.target, here)

    def finding(self, finding: Finding) -> Finding:
        """The finding with requests that can be sent.

        Raises:
            Unsendable: when a credential is missing, or a body is not there in full.
        """
        request = finding.request
        lead = tuple(replace(step, request=self._request(step.request)) for step in finding.lead)
        return replace(finding, request=self._request(request) if request is not None else None, lead=lead)

    def _request(self, request: Request) -> Request:
        url = request.url
        now = self._here.target.base
        if url.startswith(self._was):
            url = now + url.removeprefix(self._was)
        elif not url.startswith(now):
            url = self._here.target.rebased(url, self._here.judge.operation(request))
        body = request.body
        if MASK in url or MASK.encode() in body:
            token = self._needed("the request holds it outside of its headers")
            url, body = url.replace(MASK, quote(token, safe="")), body.replace(MASK.encode(), token.encode())
        headers = tuple((name, self._value(name, value)) for name, value in request.headers)
        return replace(request, url=url, headers=headers, body=body)

    def _value(self, name: str, value: str) -> str:
        if MASK not in value:
            return value
        given = header(self._headers, name)
        if given is not None:
            return given
        return value.replace(MASK, self._needed(f"the request has the header {name}"))

    def _needed(self, why: str) -> str:
        if self._token is None:
            raise Unsendable(f"a credential is missing, for {why}; set the token, or pass --header")
        return self._token


def _base(target: str | None, here: Opened) -> str:
    """The base URL that a run had."""
    return target.rstrip("/") if target is not None else EMBEDDED_ORIGIN + base_path(here.document.servers[0]).rstrip("/")


def credentials(setting: Setting, token: str | None, here: Opened) -> Headers:
    """The headers that go with a request of this call: those given, and the token where the document asks for it."""
    if token is None:
        return setting.headers
    added = credential_headers(here.document, token, setting.headers, always=not setting.is_embedded)
    return (*setting.headers, *added)

"""New findings shown again at the end of a unit, to learn whether each comes back and what is the least that shows it.

The requests for it are few: one or two for each finding, some more for the first of each cause, and never more than a
share of what the unit has sent. A finding that does not come back is flaky, and stays a finding: a service that fails now and
then does fail. One that says 503 and when to come again, and then is there, has kept its word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from conformance.cases.fresh import FreshKeys
from conformance.cases.generated import BudgetSpent
from conformance.checks import table
from conformance.checks.row import elsewhere
from conformance.checks.state import Ledger
from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import Operation
from conformance.model.ports import Responder
from conformance.model.record import Case, Exchange, Finding, Intent, Severity
from conformance.run.judge import Judged
from conformance.run.minimise import minimised, size
from conformance.run.reasked import asked
from conformance.run.retelling import Retold, is_of_a_story
from conformance.run.setting import Opened
from conformance.run.traces import MissingValue, Traces, sent_again

SHARE = 4
"""At most one request in so many goes into showing findings again."""

_LEAST = 60
_FOR_EACH = 3
_OVER_TIME = frozenset({"resource-unavailable-after-create", "use-after-delete"})
_GONE = frozenset({404, 410})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def reserve(findings: int, max_requests: int | None) -> int:
    """How many requests of a unit's budget are left for showing so many findings again."""
    return min(_FOR_EACH * findings, (max_requests or 0) // (2 * SHARE))


def is_shown_by_one_request(finding: Finding) -> bool:
    """Whether sending a finding's request, after what it rests on, is enough to see the defect."""
    check = table.BY_ID.get(finding.id)
    if finding.request is None or check is None:
        return False
    return check.function is not elsewhere or finding.id in {"no-response", *_OVER_TIME}


def is_shown_by_story(finding: Finding) -> bool:
    """Whether it takes a story to see the defect of a finding again."""
    return is_of_a_story(finding) and not is_shown_by_one_request(finding)


def _was_announced(finding: Finding) -> bool:
    """Whether a failure is a pause that the service itself set an end to (RFC 9110 section 15.6.4)."""
    answer = finding.response
    return finding.id == "server-error" and answer is not None and answer.status == 503 and bool(answer.header("retry-after"))


@dataclass(slots=True)
class Again:
    """Sends requests of findings again, and judges the answers.

    ``keys`` gives every request a key of its own, where it has one. ``held`` says that the guard did not let the last one out,
    ``sent`` counts, ``status`` is that of the last answer.
    """

    here: Opened
    responder: Responder
    seen: Callable[[Exchange, Judged], None] = lambda _exchange, _judged: None
    keys: FreshKeys = field(default_factory=lambda: FreshKeys("again"))
    held: bool = False
    sent: int = 0
    status: int | None = None

    def once(self, finding: Finding, request: Request, *, ledger: Ledger | None = None) -> Finding | None:
        """Send one request; the finding that shows the same defect, if it shows."""
        _, judged = self._sent(finding, request, ledger)
        return next((one for one in judged.observation.findings if one.fingerprint == finding.fingerprint), None)

    def after_lead(self, finding: Finding) -> Finding | None:
        """Send what goes before the request, then the request with the ids that the fresh answers give."""
        if finding.request is None:
            return None
        ledger = Ledger(self.here.document.operations)

        def send(request: Request) -> Response | NoResponse:
            return self._sent(finding, request, ledger)[0].response

        try:
            request = sent_again(finding.request, finding.lead, send, operation_of=self.here.judge.operation)
        except MissingValue:
            return None
        return self.once(finding, request, ledger=ledger)

    def asked(self, finding: Finding, operation: Operation) -> Finding | None:
        """Send what goes before the request, then what a finding is looked for by (see ``reasked``)."""
        if finding.request is None:
            return None

        def send(request: Request) -> Exchange:
            return self._sent(finding, request, None)[0]

        try:
            request = sent_again(
                finding.request, finding.lead, lambda one: send(one).response, operation_of=self.here.judge.operation
            )
        except MissingValue:
            return None
        return next((one for one in asked(finding, request, operation, send) if one.fingerprint == finding.fingerprint), None)

    def _sent(self, finding: Finding, request: Request, ledger: Ledger | None) -> tuple[Exchange, Judged]:
        case = Case(id="again", operation=finding.operation or "", stage=finding.stage, phase=finding.phase, intent=Intent.PROBE,
                    description="Sent again", seed=finding.seed)  # fmt: skip
        operation = self.here.judge.operation(request)
        request = self.keys.renewed(operation, request) if operation is not None else request
        answer = self.responder.respond(request)
        exchange = Exchange(request=request, response=answer, case=case, operation=finding.operation)
        self.held = isinstance(answer, NoResponse) and answer.kind == "unsent"
        self.sent += not self.held
        self.status = answer.status if isinstance(answer, Response) else None
        judged = self.here.judge(exchange, ledger=ledger)
        self.seen(exchange, judged)
        return exchange, judged


class Confirmer:
    """Goes over the new findings of a unit.

    Args:
        again: sends.
        traces: knows what requests rest on.
        known: fingerprints that the baseline covers; nothing is sent for them.
        is_remote: whether the target is another machine, where a request that does something is not sent many times.
        needed: headers that stay, lower case.
        tell: tells the stories of findings again, with no more than about so many requests.
    """

    def __init__(
        self, again: Again, traces: Traces, *, known: frozenset[str] = frozenset(), is_remote: bool = False,
        needed: frozenset[str] = frozenset(), tell: Callable[[Sequence[Finding], int], Retold] | None = None,
    ) -> None:  # fmt: skip
        self._again, self._traces, self._known, self._tell = again, traces, known, tell
        self._is_remote, self._needed = is_remote, needed

    def go_over(self, findings: dict[str, Finding], *, sent: int) -> None:
        """Mark what is flaky and make the rest small, in place, until everything is done or nothing more may be sent.

        ``sent`` is how many requests the unit has sent so far.
        """
        most = max(_LEAST, sent // SHARE)
        try:
            shown = [finding for finding in self._wanted(findings.values(), is_shown_by_one_request)
                     if self._confirmed(finding, findings, most)]  # fmt: skip
            for finding in self._one_a_cause_first(shown):
                self._shrink(finding, findings, most)
        except BudgetSpent:
            return

    def tell_again(self, findings: dict[str, Finding], *, sent: int) -> None:
        """Tell the stories again that something was found in, in place; what does not come back is flaky.

        It is to be done right after the first telling, while the service is much as it was then. ``sent`` is how many
        requests the unit has sent so far.
        """
        wanted = self._wanted(findings.values(), is_shown_by_story)
        if not wanted or self._tell is None:
            return
        retold = self._tell(wanted, max(_LEAST, sent // SHARE))
        for finding in wanted:
            if retold.is_refuted(finding):
                findings[finding.fingerprint] = replace(finding, flaky=True)

    def _wanted(self, findings: Iterable[Finding], wish: Callable[[Finding], bool]) -> list[Finding]:
        wanted = (one for one in findings if one.severity is not Severity.NOTE and one.fingerprint not in self._known)
        return sorted(filter(wish, wanted), key=lambda one: (one.severity.rank, one.fingerprint))

    def _confirmed(self, finding: Finding, findings: dict[str, Finding], most: int) -> bool:
        """Whether a finding shows again by its request alone."""
        request, again = finding.request, self._again
        if request is None or again.sent >= most:
            return False
        if again.once(finding, request) is not None:
            return True
        if again.held:
            return False
        if (finding.lead and again.after_lead(finding) is not None) or again.held:
            return False
        if again.once(finding, request) is None and not again.held and not self._has_gone(finding):
            if _was_announced(finding):
                del findings[finding.fingerprint]
            else:
                findings[finding.fingerprint] = replace(finding, flaky=True)
        return False

    def _has_gone(self, finding: Finding) -> bool:
        """Whether what the request names is there no more, so that the answer says nothing of the defect."""
        return self._again.status in _GONE and finding.status not in _GONE

    def _one_a_cause_first(self, findings: Iterable[Finding]) -> list[Finding]:
        causes: dict[str, int] = {}
        turns: list[tuple[int, int, Finding]] = []
        for finding in findings:
            causes[finding.group] = turn = causes.get(finding.group, -1) + 1
            turns.append((turn, len(turns), finding))
        return [finding for *_, finding in sorted(turns, key=lambda entry: entry[:2])]

    def _shrink(self, finding: Finding, findings: dict[str, Finding], most: int) -> None:
        request, again = finding.request, self._again
        if request is None or again.sent >= most or self._is_dear(finding):
            return
        smallest = finding

        def shows(candidate: Request) -> bool:
            nonlocal smallest
            found = again.once(finding, candidate) if again.sent < most else None
            if found is not None:
                smallest = found
            return found is not None

        try:
            minimised(request, shows, needed=self._needed)
        finally:
            if smallest is not finding and smallest.request is not None and size(smallest.request) < size(request):
                lead = self._traces.lead(smallest.request)
                findings[finding.fingerprint] = replace(smallest, lead=lead)

    def _is_dear(self, finding: Finding) -> bool:
        """Whether sending many variations may do harm, or takes long: a success on another machine, or no answer at all."""
        if finding.id == "no-response" and "timeout" in finding.detail:
            return True
        does = finding.request is not None and finding.request.method not in _SAFE
        return self._is_remote and does and (finding.status is None or finding.status < 300)

"""Stories told again, to learn whether what only several exchanges show comes back.

The story of a collection makes its things anew, so that nothing of the first telling need be left. It is told no further than
it must be, and what it made is deleted in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

from conformance.cases.fresh import FreshKeys
from conformance.checks.state import Ledger
from conformance.model.message import NoResponse, Request
from conformance.model.ports import Responder
from conformance.model.record import Exchange, Finding
from conformance.run.judge import Judged
from conformance.run.lifecycle.phase import PHASE, tell_stories
from conformance.run.plan import Unit
from conformance.run.setting import Opened, Setting
from conformance.run.traces import Traces

_LAST = 4
"""Requests that are left for deleting what the story made."""


@dataclass(slots=True, kw_only=True)
class Retold:
    """What a second telling showed: findings by fingerprint, each with what goes before it, and what was asked.

    ``unsure`` are the operations of which nothing can be said that does not show.
    """

    found: dict[str, Finding] = field(default_factory=dict)
    asked: set[tuple[object, ...]] = field(default_factory=set)
    requests: int = 0
    unsure: frozenset[str] = frozenset()

    def is_refuted(self, finding: Finding) -> bool:
        """Whether the story came to where the finding was, got the same status, and all was well."""
        if finding.request is None or finding.operation in self.unsure:
            return False
        if any(found.operation == finding.operation for found in self.found.values()):
            return False
        return _form(finding.operation, finding.request, finding.status) in self.asked


def is_of_a_story(finding: Finding) -> bool:
    """Whether a finding is one that a story can show again."""
    return finding.phase == PHASE and finding.request is not None


def tell_again(
    here: Opened, setting: Setting, unit: Unit, wanted: Sequence[Finding], *, responder: Responder, most: int | None = None,
    seen: Callable[[Exchange, Judged], None] = lambda _exchange, _judged: None,
) -> Retold:  # fmt: skip
    """Tell the stories that findings are of, until all of them are there again.

    Args:
        here: the document and the target.
        setting: whose headers go with every request.
        unit: that of the first telling, so that the same is asked in the same order.
        wanted: findings of its stories.
        responder: what answers.
        most: requests that may be sent, about.
        seen: takes in every exchange.

    Raises:
        BudgetSpent: when the responder may send no more.
    """
    left = {finding.fingerprint for finding in wanted}
    only = frozenset(finding.operation for finding in wanted if finding.operation is not None)
    retold, traces, ledger = Retold(), Traces(), Ledger(here.document.operations)

    def keep(finding: Finding) -> None:
        if finding.request is not None and finding.fingerprint not in retold.found:
            lead = traces.lead(finding.request, finding.lead)
            retold.found[finding.fingerprint] = replace(finding, lead=lead, seed=unit.seed)
        left.discard(finding.fingerprint)

    def judged(exchange: Exchange) -> None:
        answer = exchange.response
        retold.requests += not (isinstance(answer, NoResponse) and answer.kind == "unsent")
        status = None if isinstance(answer, NoResponse) else answer.status
        retold.asked.add(_form(exchange.operation, exchange.request, status))
        result = here.judge(exchange, ledger=ledger)
        seen(exchange, result)
        traces.see(exchange)
        for finding in result.observation.findings:
            keep(finding)

    def enough() -> bool:
        return not left or (most is not None and retold.requests + _LAST >= most)

    operations, around, others = (
        [here.document.by_label[label] for label in labels] for labels in (unit.labels, unit.around, unit.others)
    )
    keys = FreshKeys(f"again {unit.seed} {unit.name} {setting.nonce} {sorted(left)}")
    retold.unsure = tell_stories(here, setting, operations, responder=responder, seed=unit.seed, judged=judged, found=keep,
                                 only=only, enough=enough, around=around, others=others, keys=keys)  # fmt: skip
    return retold


def _form(operation: str | None, request: Request, status: int | None) -> tuple[object, ...]:
    """What two tellings of a story ask alike: everything but ids and values."""
    names = sorted(name for name, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    return operation, request.method, tuple(names), status

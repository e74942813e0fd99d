"""Defects that only requests beside one another show, outside of any story: looked for again by asking so once more.

A read that is asked for by HEAD or on a condition, and credentials that nobody was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.cases.entry import mistaken
from conformance.checks import table
from conformance.checks.subject import Fault
from conformance.model.message import Request, Response
from conformance.model.operation import Operation
from conformance.model.record import Exchange, Finding
from conformance.run.lifecycle.phase import PHASE
from conformance.run.otherwise import otherwise

_BY_OTHER_WORDS = frozenset({"head-differs", "head-refused", "condition-wrong", "condition-ignored"})
_BY_OTHERS = frozenset({"auth-unverified"})


def can_be_asked(finding: Finding) -> bool:
    """Whether a finding is of this kind."""
    return finding.id in _BY_OTHER_WORDS | _BY_OTHERS and finding.phase != PHASE and finding.request is not None


def asked(finding: Finding, request: Request, operation: Operation, send: Callable[[Request], Exchange]) -> Iterator[Finding]:
    """What is found when it is asked again.

    Args:
        finding: whose defect is looked for.
        request: the finding's, as it can be sent now.
        operation: whose it is.
        send: sends a request and hands back the exchange.
    """
    if finding.id in _BY_OTHERS:
        for probe in mistaken(operation, request):
            exchange = send(probe.request) if probe.refused_by else None
            if exchange is not None and isinstance(exchange.response, Response) and 200 <= exchange.response.status < 300:
                said = f"{exchange.response.status} {probe.description[:1].lower()}{probe.description[1:]}"
                yield table.finding(probe.refused_by, Fault(message=said, detail=finding.detail), exchange, operation)
        return
    plain = replace(request, method="GET", headers=tuple(pair for pair in request.headers if not _is_condition(pair[0])))
    for check, fault, shown in otherwise(plain, lambda asking, _: send(asking)):
        yield table.finding(check, fault, shown, operation)


def _is_condition(name: str) -> bool:
    return name.lower().startswith("if-")

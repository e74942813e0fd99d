"""``findings.json``: the facts of the run, every defect once, and every finding, the new and worst ones first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.model.message import Response
from conformance.model.record import Exchange, Finding
from conformance.redaction.mask import Redactor
from conformance.report.curl import VARIABLE, curl
from conformance.report.groups import group_json, groups
from conformance.report.messages import request_json, response_json
from conformance.report.results import RunInfo


def findings_json(findings: Iterable[Finding], run: RunInfo, redactor: Redactor, *, variable: str = VARIABLE) -> dict[str, Any]:
    """The content of ``findings.json``; ``variable`` is where the curl lines take the credential from."""
    findings = tuple(findings)
    return {
        "version": 1,
        "run": redactor.value({**run.to_json(), "target": redactor.url(run.target)}),
        "groups": [group_json(group, redactor) for group in groups(findings)],
        "findings": [finding_json(finding, redactor, variable=variable) for finding in sorted(findings, key=order)],
    }


def order(finding: Finding) -> tuple[bool, int, str, str, str, str, str]:
    """What findings are sorted by: new before known, then the worst, then stage, id, operation and place."""
    return (
        finding.known is not None,
        finding.severity.rank,
        finding.stage,
        finding.id,
        finding.operation or "",
        finding.pointer,
        finding.fingerprint,
    )


def finding_json(finding: Finding, redactor: Redactor, *, variable: str = VARIABLE) -> Mapping[str, Any]:
    """One finding without secrets."""
    request, response = finding.request, finding.response
    facts = redactor.value({
        "id": finding.id,
        "severity": finding.severity.value,
        "stage": finding.stage,
        "phase": finding.phase,
        "operation": finding.operation,
        "operation_id": finding.operation_id,
        "tags": list(finding.tags),
        "message": finding.message,
        "detail": finding.detail,
        "why": finding.why,
        "fix": finding.fix,
        "pointer": finding.pointer,
        "line": finding.line,
        "column": finding.column,
        "status": finding.status,
        **{name: said for name, said in (("blame", finding.blame), ("test", finding.test)) if said},
    })  # fmt: skip
    line = curl(request, redactor=redactor, variable=variable) if request is not None and not finding.curl else finding.curl
    return {
        **facts,
        "request": request_json(request, redactor) if request is not None else None,
        "response": response_json(response, redactor) if response is not None else None,
        "curl": redactor.text(line),
        "fingerprint": finding.fingerprint,
        "group": finding.group,
        "flaky": finding.flaky,
        "seed": finding.seed,
        "lead": [_step_json(exchange, redactor) for exchange in finding.lead],
        "known": finding.known,
    }


def _step_json(exchange: Exchange, redactor: Redactor) -> Mapping[str, Any]:
    """One of the exchanges that go before the request."""
    answer = exchange.response
    return {
        "request": request_json(exchange.request, redactor),
        "response": response_json(answer, redactor) if isinstance(answer, Response) else None,
    }

"""Where the suite's tests write what they find: the verdict of each, its labels, and the reports at the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import allure
import pytest

from conformance.coverage.summary import summary
from conformance.model.operation import Operation
from conformance.model.record import Finding, Severity
from conformance.report.allure import AllureReport, make_report
from conformance.report.allure_results import write_global_pages, write_tag_results
from conformance.report.redact import Redactor
from conformance.report.results import CaseResult, Ending, RunInfo
from conformance.report.write import WrittenReports, write_reports
from conformance.run.campaign import DOCUMENT, SANDBOX_TOKEN, Campaign
from conformance.run.facts import packages, python, version
from conformance.suite.attach import attach_finding, severity_level

_SHOWN = 5
_SECRET_NAMES = ("authorization", "cookie", "token", "key", "secret")


class Book:
    """The results of one campaign, in the order they came."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self.cases: list[CaseResult] = []
        self.written: WrittenReports | None = None
        self.page: AllureReport | None = None
        self.coverage: dict[str, Any] | None = None
        self.accidents: list[str] = []
        secrets = [_bare(value) for name, value in campaign.setting.headers if _is_secret(name)]
        self.redactor = Redactor(
            [secret for secret in secrets if secret and secret != SANDBOX_TOKEN],
            schemes=campaign.document.security_schemes.values(),
        )

    def lint(self, label: str) -> None:
        """The test of the linter's word on an operation, or on the document."""
        operation = self._campaign.operation(label)
        self._label(operation, "lint", "")
        broken = f"{label} cannot be tested: {operation.broken}" if operation is not None and operation.broken else ""
        self._decide(operation, "lint", "", self._campaign.lint(label), note=broken)

    def fuzz(self, label: str, phase: str) -> None:
        """The test of one operation in one phase of fuzzing."""
        operation = self._campaign.operation(label)
        self._label(operation, "fuzz", phase)
        tally, findings = self._campaign.fuzz(label, phase)
        if operation is not None and operation.broken:
            self._end(operation, "fuzz", phase, "skipped", message=f"the document's operation is broken: {operation.broken}")
        if tally.status == "error" and not findings:
            self._end(operation, "fuzz", phase, "error", message=tally.reason, requests=tally.requests, seconds=tally.seconds)
        if not tally.requests:
            self._end(operation, "fuzz", phase, "skipped", message=tally.reason or "no case was generated")
        self._decide(operation, "fuzz", phase, findings, requests=tally.requests, seconds=tally.seconds)

    def replay(self, chain: str, index: int) -> None:
        """The test of one recorded request."""
        result = self._campaign.replay(chain)
        entry = result.entries.get(index)
        operation = entry.operation if entry is not None else None
        self._label(operation, "replay", chain)
        if result.error:
            self._end(operation, "replay", chain, "error", message=result.error)
        if entry is None or entry.exchange is None:
            self._end(
                operation, "replay", chain, "skipped", message=entry.skipped if entry is not None else "the run was cut short"
            )
        self._decide(operation, "replay", chain, result.findings.get(index, ()), requests=1)

    def _label(self, operation: Operation | None, stage: str, phase: str) -> None:
        tags = (
            operation.tags
            if operation is not None and operation.tags
            else ("(untagged)",)
            if operation is not None
            else (DOCUMENT,)
        )
        allure.dynamic.epic(*tags)
        allure.dynamic.feature(operation.label if operation is not None else DOCUMENT)
        allure.dynamic.story(f"{stage}: {phase}" if phase else stage)
        allure.dynamic.title(f"{operation.label if operation is not None else DOCUMENT} - {stage}{f' {phase}' if phase else ''}")

    def _decide(
        self, operation: Operation | None, stage: str, phase: str, findings: Sequence[Finding], *,
        requests: int = 0, seconds: float = 0.0, note: str = "",
    ) -> None:  # fmt: skip
        found = tuple(sorted(findings, key=lambda finding: (finding.severity.rank, finding.id, finding.pointer)))
        new = [finding for finding in found if finding.known is None and finding.severity is not Severity.NOTE]
        known = [finding for finding in found if finding.known is not None]
        for finding in found[:_SHOWN]:
            attach_finding(finding, redactor=self.redactor)
        if found:
            allure.dynamic.severity(severity_level(min(found, key=lambda finding: finding.severity.rank).severity))
        outcome: Ending = "failed" if new else "known" if known else "passed"
        self._end(operation, stage, phase, outcome, findings=found, requests=requests, seconds=seconds,
                  message=_text(new or known, self.redactor) if new or known else note)  # fmt: skip

    def _end(
        self, operation: Operation | None, stage: str, phase: str, outcome: Ending, *,
        findings: tuple[Finding, ...] = (), message: str = "", requests: int = 0, seconds: float = 0.0,
    ) -> None:  # fmt: skip
        """Write the case down and tell pytest; returns only when it passed."""
        self.cases.append(CaseResult(
            operation=operation.label if operation is not None else "", tags=operation.tags if operation is not None else (),
            stage=stage, phase=phase, outcome=outcome, duration=seconds, requests=requests, findings=findings,
            message=self.redactor.text(message),
        ))  # fmt: skip
        shown = self.redactor.text(message)
        if outcome == "skipped":
            pytest.skip(shown)
        if outcome == "known":
            pytest.xfail(f"known: {shown}")
        if outcome in {"failed", "error"}:
            pytest.fail(shown, pytrace=False)

    def accident(self, name: str, text: str) -> None:
        """Our own code failed in a test: that is no verdict, and must not pass in silence."""
        self.accidents.append(f"{name}: {self.redactor.text(text)}")
        self.cases.append(
            CaseResult(operation="", tags=(), stage="internal", phase=name, outcome="error", message=self.accidents[-1])
        )

    def exit_code(self, status: int) -> int:
        """What the run says: 0, 1 for new findings, 2 when nothing was sent that should have been, 130 when interrupted."""
        campaign = self._campaign
        if campaign.interrupted or status == pytest.ExitCode.INTERRUPTED:
            return 130
        if status == pytest.ExitCode.INTERNAL_ERROR:
            return int(status)
        if campaign.new_findings() or any(case.outcome == "error" for case in self.cases):
            return 1
        sending = {"fuzz", "replay"} & set(campaign.options.stages)
        return 2 if not self.cases or (sending and not campaign.requests) else 0

    def close(self, status: int, *, allure_results: Path | None) -> int:
        """Write the reports; returns the exit code.

        Args:
            status: what pytest ends with.
            allure_results: where allure-pytest wrote its results, ``None`` when it did not.
        """
        campaign = self._campaign
        code = self.exit_code(status)
        options, document = campaign.options, campaign.document
        info = document.raw.get("info")
        info = info if isinstance(info, dict) else {}
        coverage = self.coverage = self.redactor.value(summary(campaign.coverage, campaign.operations))
        self.written = write_reports(
            options.out,
            findings=campaign.findings(),
            coverage=coverage,
            run=RunInfo(
                started=datetime.fromtimestamp(campaign.started, UTC).isoformat(timespec="seconds"),
                duration=round(time.time() - campaign.started, 3),
                seed=options.seed,
                target=options.base_url or "embedded sandbox",
                title=str(info.get("title") or options.spec),
                document_version=str(info.get("version") or ""),
                document_uri=document.source.uri,
                digest=document.digest,
                stages=options.stages,
                requests=campaign.requests,
                operations=len(campaign.operations),
                exit_code=code,
                python=python(),
                packages=packages(),
                version=version(),
                interrupted=campaign.interrupted,
            ),
            cases=tuple(self.cases),
            redactor=self.redactor,
        )
        if allure_results is not None and allure_results.is_dir():
            write_tag_results(allure_results, coverage, at=time.time())
            write_global_pages(allure_results, {"Coverage by tag": self.written.page.read_text("utf-8")})
            page = options.out / "allure-report" / "index.html"
            self.page = make_report(allure_results, page, title=str(info.get("title") or "telnyx-conformance"))
        return code


def _text(findings: Sequence[Finding], redactor: Redactor) -> str:
    """The findings of one test, as a person reads them."""
    parts = []
    for finding in findings[:_SHOWN]:
        place = f"{finding.pointer} (line {finding.line})" if finding.line else finding.pointer
        parts.append(redactor.text(f"{finding.severity.value} {finding.id}: {finding.message}\n  at {place}\n  why: {finding.why}\n"
                                   f"  fix: {finding.fix}"))  # fmt: skip
    if len(findings) > _SHOWN:
        parts.append(f"and {len(findings) - _SHOWN} more")
    return "\n".join(parts)


def _bare(value: str) -> str:
    """A credential without the name of its scheme."""
    return value.rpartition(" ")[2]


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET_NAMES)

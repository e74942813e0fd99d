"""Where the suite's tests write what they find: the verdict of each, its labels, and the reports at the end."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import allure
import pytest

from conformance.coverage.summary import summary
from conformance.model.operation import Operation
from conformance.model.record import Finding, Severity
from conformance.redaction.mask import Redactor
from conformance.report.allure import AllureReport, make_report, put_off
from conformance.report.allure_results import write_global_pages, write_tag_results
from conformance.report.groups import shown
from conformance.report.messages import standing
from conformance.report.results import CaseResult, Ending, RunInfo
from conformance.report.stories import stories_json, told_of
from conformance.report.write import WrittenReports, write_reports
from conformance.run.campaign import DOCUMENT, Campaign
from conformance.run.credentials import secrets_in
from conformance.run.facts import packages, python, version
from conformance.run.lifecycle.teller import PHASE
from conformance.run.setting import OTHER_TOKEN, SANDBOX_TOKEN
from conformance.suite.attach import attach_finding, severity_level

_SHOWN = 5
_TAGS = 40


def book_of(config: pytest.Config) -> Book:
    """The book of a pytest run; skips the test where there is none."""
    found = config.stash.get(BOOK, None)
    if found is None:
        pytest.skip("run the suite with: pytest --pyargs conformance.suite")
    return found


class Book:
    """The results of one campaign, in the order they came."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self.cases: list[CaseResult] = []
        self.written: WrittenReports | None = None
        self.page: AllureReport | None = None
        self.coverage: dict[str, Any] | None = None
        self.accidents: list[str] = []
        self.unreadable: list[str] = []
        # The token too where it is not sent, as with the embedded sandbox: the process knows it.
        secrets = {*secrets_in(campaign.setting.headers), campaign.options.token or "", campaign.options.other_token or ""}
        secrets -= {SANDBOX_TOKEN, OTHER_TOKEN, ""}
        self.redactor = Redactor(secrets, schemes=campaign.document.security_schemes.values())

    def lint(self, label: str) -> None:
        """The test of the linter's word on an operation, or on the document."""
        operation = self._campaign.operation(label)
        self._label(operation, "lint", "")
        with self._own_faults(f"lint {label}"):
            findings = self._campaign.lint(label)
        broken = f"{label} cannot be tested: {operation.broken}" if operation is not None and operation.broken else ""
        self._decide(operation, "lint", "", findings, note=broken)

    def fuzz(self, label: str, phase: str) -> None:
        """The test of one operation in one phase of fuzzing."""
        operation = self._campaign.operation(label)
        self._label(operation, "fuzz", phase)
        with self._own_faults(f"fuzz {label} {phase}"):
            tally, findings = self._campaign.fuzz(label, phase)
        if operation is not None and operation.broken:
            self._end(operation, "fuzz", phase, "skipped", message=f"the document's operation is broken: {operation.broken}")
        while self._campaign.accidents:
            self.accident(f"fuzz {label} {phase}", self._campaign.accidents.pop())
        told = self._campaign.stories.get(label) if phase == PHASE else None
        if told:
            allure.dynamic.description(self.redactor.text(told_of(told)))
        note = f"the engine could not make every case: {tally.reason}" if tally.status == "error" else tally.reason
        if not tally.requests:
            self._end(operation, "fuzz", phase, "skipped", message=note or "no case was generated")
        self._decide(operation, "fuzz", phase, findings, requests=tally.requests, seconds=tally.seconds, note=note)

    def replay(self, chain: str, index: int) -> None:
        """The test of one recorded request."""
        with self._own_faults(f"replay {chain}"):
            result = self._campaign.replay(chain)
        entry = result.entries.get(index)
        operation = entry.operation if entry is not None else None
        self._label(operation, "replay", chain)
        if result.error:
            self.unreadable.append(result.error)
            self._end(operation, "replay", chain, "error", message=result.error)
        if entry is None or entry.exchange is None:
            reason = entry.skipped if entry is not None else result.cut or "the run was cut short"
            self._end(operation, "replay", chain, "skipped", message=reason)
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
        allure.dynamic.tag(*_tags(found))
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

    @contextmanager
    def _own_faults(self, name: str) -> Iterator[None]:
        """Our own faults as text, for pytest and its plugins would show the exception with whatever it holds."""
        try:
            yield
        except Exception:
            text = self.accident(name, traceback.format_exc())
            pytest.fail(text, pytrace=False)

    def accident(self, name: str, text: str) -> str:
        """Our own code failed: that is no verdict, and must not pass in silence. Returns what may be shown of it."""
        shown = self.redactor.text(text)
        self.accidents.append(f"{name}: {shown}")
        self.cases.append(CaseResult(operation="", tags=(), stage="internal", phase=name, outcome="error", message=shown))
        return shown

    def exit_code(self, status: int) -> int:
        """What the run says, of what pytest ends with.

        130 when it was interrupted; 1 for new findings, for what could not be tested and for our own faults; 2 when
        nothing was sent that should have been, or when nothing is wrong but a recording that cannot be read; 3 when
        coverage is below its floor; else 0.
        """
        campaign = self._campaign
        if campaign.interrupted or status == pytest.ExitCode.INTERRUPTED:
            return 130
        errors = sum(case.outcome == "error" for case in self.cases) - len(self.unreadable)
        if campaign.new_findings() or errors or status == pytest.ExitCode.INTERNAL_ERROR:
            return 1
        if self.nothing_sent() or self.unreadable:
            return 2
        return 3 if self.below_floor() else 0

    def below_floor(self) -> tuple[str, ...]:
        """The dimensions whose coverage is below its floor, each in words."""
        totals = (self.coverage or {}).get("totals", {})
        found = []
        for name, floor in self._campaign.options.floors:
            count = totals.get(name, {"covered": 0, "total": 0})
            if count["total"] and 100 * count["covered"] < floor * count["total"]:
                found.append(f"{name} {count['covered']:,}/{count['total']:,} is below {floor:g} %")
        return tuple(found)

    @property
    def unreadable_files(self) -> tuple[str, ...]:
        """What was said of recordings that cannot be read, each once."""
        return tuple(dict.fromkeys(self.redactor.text(text) for text in self.unreadable))

    def nothing_sent(self) -> str:
        """Why nothing was sent where something should have been; empty when that is not so."""
        campaign = self._campaign
        if campaign.requests > campaign.asked or not campaign.sends:
            return ""
        if not campaign.document.operations:
            return "the document has no operations"
        if campaign.operations and all(operation.broken for operation in campaign.operations):
            return "every operation of the document is broken; the lint stage says how"
        reasons = Counter(case.message for case in self.cases if case.stage in {"fuzz", "replay"})
        return reasons.most_common(1)[0][0] if reasons else ""

    def close(self, status: int, *, allure_results: Path | None) -> int:
        """Write the reports; returns the exit code.

        Args:
            status: what pytest ends with.
            allure_results: where allure-pytest wrote its results, ``None`` when it did not.
        """
        campaign = self._campaign
        options, document = campaign.options, campaign.document
        info = document.raw.get("info")
        info = info if isinstance(info, dict) else {}
        latency = campaign.timings.to_json(campaign.operations, dict(campaign.setting.latency))
        coverage = self.coverage = self.redactor.value({
            **summary(campaign.coverage, campaign.operations), "latency": latency, "stories": stories_json(campaign.stories),
        })  # fmt: skip
        code = self.exit_code(status)
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
                document_uri=self.redactor.url(document.source.uri),
                digest=document.digest,
                stages=options.stages,
                requests=campaign.requests,
                operations=len(campaign.operations),
                exit_code=code,
                python=python(),
                packages=packages(),
                version=version(),
                interrupted=campaign.interrupted,
                max_examples=options.max_examples,
                faults=options.faults,
                partial=campaign.partial(),
                baseline=str(options.baseline) if options.baseline is not None else None,
                shown=shown(campaign.findings()),
            ),
            cases=tuple(self.cases),
            redactor=self.redactor,
        )
        if allure_results is not None and allure_results.is_dir():
            write_tag_results(allure_results, coverage, at=time.time())
            write_global_pages(allure_results, {"Coverage by tag": self.written.page.read_text("utf-8")})
            page = options.out / "allure-report" / "index.html"
            title = str(info.get("title") or "telnyx-conformance")
            self.page = make_report(allure_results, page, title=title) if options.page else put_off(page)
        return code


def _tags(findings: Sequence[Finding]) -> list[str]:
    """What a result can be found by: the groups of its findings, and whether some are known or flaky."""
    tags = dict.fromkeys(f"group:{finding.group}" for finding in findings if finding.known is None)
    marks = {"known": any(finding.known is not None for finding in findings), "flaky": any(finding.flaky for finding in findings)}
    return [*(name for name, given in marks.items() if given), *list(tags)[:_TAGS]]


def _text(findings: Sequence[Finding], redactor: Redactor) -> str:
    """The findings of one test, as a person reads them."""
    parts = []
    for finding in findings[:_SHOWN]:
        head = f"{finding.severity.value} {finding.id}: {finding.message}"
        flaky = "\n  flaky: it did not show again" if finding.flaky else ""
        text = f"{head}\n  at {standing(finding)}\n  why: {finding.why}\n  fix: {finding.fix}{flaky}\n  group: {finding.group}"
        parts.append(redactor.text(text))
    if len(findings) > _SHOWN:
        parts.append(f"and {len(findings) - _SHOWN} more")
    return "\n".join(parts)


BOOK = pytest.StashKey[Book]()

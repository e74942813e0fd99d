"""The reports of watched traffic: the same files as those of a run, with one case for each operation that was called."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from conformance.coverage.summary import summary
from conformance.model.operation import Operation
from conformance.model.record import Finding, Severity
from conformance.redaction.mask import Redactor
from conformance.redaction.scan import expunged
from conformance.report.allure import AllureReport, make_report
from conformance.report.allure_cases import write_case_results
from conformance.report.allure_results import write_global_pages, write_tag_results
from conformance.report.results import CaseResult, Ending, RunInfo
from conformance.report.write import write_reports
from conformance.run import folder
from conformance.run.facts import packages, python, version
from conformance.run.watch import SOURCE, Watched
from conformance.serve.proxy.sight import Testimony
from conformance.spec.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: the page of Allure, or why there is none, and a sentence for each file that could not stay."""

    page: AllureReport
    leaks: tuple[str, ...] = ()


def cases(watched: Watched, document: Document, stage: str = SOURCE) -> tuple[CaseResult, ...]:
    """How each operation that was called came through, and what was called that the document does not have."""
    by_operation: dict[str, list[Finding]] = {}
    for found in watched.findings.values():
        by_operation.setdefault(found.operation or "", []).append(found)
    listed = []
    for operation in document.operations:
        count = watched.requests[operation.label]
        if count:
            listed.append(_case(stage, operation.label, operation.tags, by_operation.pop(operation.label, []), count))
    rest = [found for left in by_operation.values() for found in left]
    return (*listed, _case(stage, "", (), rest, sum(watched.other.values()))) if rest or watched.other else tuple(listed)


def _case(stage: str, label: str, tags: tuple[str, ...], findings: Sequence[Finding], count: int) -> CaseResult:
    found = tuple(sorted(findings, key=lambda one: (one.severity.rank, one.id, one.pointer)))
    new = any(one.known is None and one.severity is not Severity.NOTE for one in found)
    known = any(one.known is not None for one in found)
    outcome: Ending = "failed" if new else "known" if known else "passed"
    return CaseResult(operation=label, tags=tags, stage=stage, phase="", outcome=outcome, requests=count, findings=found)


def write(
    out: Path, told: Testimony, document: Document, *, target: str, began: float, code: int, baseline: Path | None,
    limits: dict[str, float], stage: str = SOURCE, operations: Sequence[Operation] | None = None, said: Sequence[str] = (),
) -> Written:  # fmt: skip
    """Write the reports, and look through them for credentials; a file with one is deleted.

    Args:
        out: the folder.
        told: what the witness saw.
        document: whose operations were called.
        target: for the reader.
        began: seconds since the epoch.
        code: what the command ends with.
        baseline: the file of known findings, for the reader.
        limits: seconds by latency category.
        stage: what the findings are of.
        operations: those to count; all of the document when not given.
        said: lines for the top of the summary.

    Raises:
        OutputError: when the folder cannot be written.
    """
    folder.prepare(out)
    watched = told.watched
    redactor = Redactor(told.credentials, schemes=document.security_schemes.values())
    counted = document.operations if operations is None else operations
    ended = cases(watched, document, stage)
    latency = watched.timings.to_json(counted, limits)
    coverage = redactor.value({**summary(watched.coverage, counted), "latency": latency})
    info = document.raw.get("info")
    info = info if isinstance(info, dict) else {}
    title = str(info.get("title") or document.source.uri)
    run = RunInfo(
        started=datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds"), duration=round(time.time() - began, 3),
        seed=None, target=target, title=title, document_version=str(info.get("version") or ""),
        document_uri=redactor.url(document.source.uri), digest=document.digest, stages=(stage,), requests=watched.exchanges,
        operations=len(counted), exit_code=code, python=python(), packages=packages(), version=version(),
        partial=tuple(partial(told)), baseline=str(baseline) if baseline is not None else None,
    )  # fmt: skip
    files = write_reports(
        out, findings=tuple(watched.findings.values()), coverage=coverage, run=run, cases=ended, redactor=redactor, said=said
    )
    results = out / folder.RESULTS
    folder.clear_results(results)
    write_case_results(results, ended, redactor, at=began)
    write_tag_results(results, coverage, at=began)
    write_global_pages(results, {"Coverage by tag": files.page.read_text("utf-8")})
    leaks = _searched(out, told)
    page = out / "allure-report" / "index.html"
    made = AllureReport(reason="no Allure page") if leaks else make_report(results, page, title=title)
    return Written(page=made, leaks=leaks)


def partial(told: Testimony) -> Iterator[str]:
    """What kept the witness from judging everything."""
    if told.dropped:
        yield f"{told.dropped:,} exchanges came faster than they could be judged"
    if told.too_long:
        yield f"{told.too_long:,} {'exchange' if told.too_long == 1 else 'exchanges'} had bodies too long to be judged"
    if told.coded:
        yield f"{told.coded:,} answers had a content coding that is not known here"


def _searched(out: Path, told: Testimony) -> tuple[str, ...]:
    if not told.credentials:
        return ()
    files = [path for path in [*out.glob("*.*"), *(out / folder.RESULTS).glob("*")] if path.is_file()]
    return tuple(expunged(files, told.credentials).values())

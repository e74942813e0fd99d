"""Everything that a run leaves in its folder besides the Allure results, each file whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.model.record import Finding
from conformance.redaction.mask import Redactor
from conformance.report.coverage_html import coverage_html
from conformance.report.curl import VARIABLE
from conformance.report.files import write_json, write_text
from conformance.report.findings_json import findings_json
from conformance.report.junit import junit_xml
from conformance.report.results import CaseResult, RunInfo
from conformance.report.summary_md import summary_md


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReports:
    """Where the reports are."""

    findings: Path
    coverage: Path
    page: Path
    junit: Path
    summary: Path


def write_reports(
    out: Path,
    *,
    findings: Sequence[Finding],
    coverage: Mapping[str, Any],
    run: RunInfo,
    cases: Sequence[CaseResult],
    redactor: Redactor,
    variable: str = VARIABLE,
    said: Sequence[str] = (),
) -> WrittenReports:
    """Write ``findings.json``, ``coverage.json``, ``coverage.html``, ``junit.xml`` and ``summary.md``.

    Args:
        out: the folder; it is made when it is not there.
        findings: all findings, the known ones included.
        coverage: what ``coverage.summary.summary`` gives for the operations of the run.
        run: the facts of the run.
        cases: how every operation came through every phase.
        redactor: knows the secrets of the run.
        variable: the environment variable that curl lines take the credential from.
        said: lines for the top of the summary.

    Raises:
        OutputError: when the folder cannot be written.
    """
    shown = {**redactor.value(coverage), "yield": run.harvest}
    # All texts are made before the first file is touched: a fault in one leaves the earlier report as it was.
    found = findings_json(findings, run, redactor, variable=variable)
    page = coverage_page(shown, found["run"])
    junit = junit_xml(cases, run, redactor, variable=variable)
    summary = summary_md(findings, shown, run, cases, redactor, said=said)
    return WrittenReports(
        findings=write_json(out / "findings.json", found),
        coverage=write_json(out / "coverage.json", shown),
        page=write_text(out / "coverage.html", page),
        junit=write_text(out / "junit.xml", junit),
        summary=write_text(out / "summary.md", summary),
    )


def coverage_page(coverage: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    """The text of ``coverage.html`` from the contents of ``coverage.json`` and the ``run`` of ``findings.json``."""
    facts = [
        ("", run.get("document_version")),
        ("", str(run.get("started") or "").replace("T", " ")),
        ("target ", run.get("target")),
        ("seed ", run.get("seed")),
    ]
    said = [f"{name}{value}" for name, value in facts if value not in {None, ""}]
    return coverage_html(coverage, title=title_of(run), facts=said)


def title_of(run: Mapping[str, Any]) -> str:
    """What reports are called: after the document when it is known."""
    title = run.get("title")
    return title if isinstance(title, str) and title.strip() else "telnyx-conformance"


def read_report(out: Path) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The contents of ``coverage.json`` (``None`` when it is not there), and the ``run`` of ``findings.json`` (or nothing).

    Raises:
        ValueError: when a file was written by something else.
    """
    coverage = _read(out / "coverage.json")
    findings = _read(out / "findings.json") or {}
    run = findings.get("run")
    if coverage is not None and not all(isinstance(coverage.get(key), dict) for key in _PARTS):
        raise ValueError(f"{out / 'coverage.json'} is not a coverage report")
    return coverage, run if isinstance(run, dict) else {}


_PARTS = ("totals", "tags", "operations", "operation_tags")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as raised:
        raise ValueError(f"{path} cannot be read: {raised}") from raised
    return value if isinstance(value, dict) else {}

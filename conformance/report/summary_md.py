"""``summary.md``: the run on one page of Markdown, for the step summary of a CI job."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.coverage.dimensions import DIMENSIONS, TITLES
from conformance.coverage.summary import percent, share
from conformance.model.record import Finding, Severity
from conformance.report.findings_json import order
from conformance.report.redact import Redactor
from conformance.report.results import CaseResult, RunInfo

_GROUPS = 25
_WHERE = 5
_TAGS = 8
_READ_ON = (
    "`allure-report/index.html` has every result by tag, with the requests and a curl line for each finding; "
    "`coverage.html` shows what was covered and missed; `findings.json`, `coverage.json` and `junit.xml` say "
    "the same to programs. A finding that is accepted goes into the baseline by its fingerprint."
)
_SHORT = ("operations", "success", "parameters", "request_fields", "statuses", "response_fields")


def summary_md(
    findings: Sequence[Finding], coverage: Mapping[str, Any], run: RunInfo, cases: Sequence[CaseResult], redactor: Redactor
) -> str:
    """The content of ``summary.md``. Well below the megabyte that a step summary may have, however long the run."""
    # Before anything is escaped or cut short, for a secret is not recognised after that.
    findings = [
        replace(one, message=redactor.text(one.message), operation=one.operation and redactor.text(one.operation))
        for one in findings
    ]
    coverage = redactor.value(coverage)
    parts = [
        f"# {_verdict(findings, run)}",
        _facts(run, redactor),
        "## Stages",
        _stages(findings, cases),
        *_findings(findings),
        *_coverage(coverage),
        "## Read on",
        _READ_ON,
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(findings: Sequence[Finding], run: RunInfo) -> str:
    new = sum(map(_fails, findings))
    known = sum(finding.known is not None for finding in findings)
    notes = len(findings) - new - known
    counts = [*([f"{known:,} known"] if known else []), *([_number(notes, "note")] if notes else [])]
    also = "".join(f", {count}" for count in counts)
    if run.interrupted:
        return f"⚠️ Interrupted: {_number(new, 'new finding')}{also} so far"
    if new:
        return f"❌ {_number(new, 'new finding')}{also}"
    if run.exit_code == 3:
        return f"❌ No new finding, but coverage is below its floor{also}"
    if run.exit_code:
        return f"❌ The run ended with exit code {run.exit_code}{also}"
    if known:
        counts[0] = _number(known, "known finding")
    return f"✅ Conforms ({', '.join(counts)})" if counts else "✅ Conforms"


def _fails(finding: Finding) -> bool:
    """Whether a finding makes the run fail: not known, and worse than a note."""
    return finding.known is None and finding.severity is not Severity.NOTE


def _facts(run: RunInfo, redactor: Redactor) -> str:
    document = _cell(redactor.text(f"{run.title} {run.document_version}"))
    return (
        f"{document} against {_code(redactor.url(run.target))}: "
        f"{_number(run.requests, 'request')} to {_number(run.operations, 'operation')} in {run.duration:.1f} s, seed {run.seed}."
    )


def _stages(findings: Sequence[Finding], cases: Sequence[CaseResult]) -> str:
    rows = []
    for stage in dict.fromkeys((*(case.stage for case in cases), *(finding.stage for finding in findings))):
        own = [case for case in cases if case.stage == stage]
        outcomes = [case.outcome for case in own]
        found = [finding for finding in findings if finding.stage == stage]
        rows.append([
            _cell(stage), f"{outcomes.count('passed'):,}", f"{outcomes.count('failed') + outcomes.count('error'):,}",
            f"{outcomes.count('known'):,}", f"{outcomes.count('skipped'):,}", f"{sum(case.requests for case in own):,}",
            f"{sum(map(_fails, found)):,}", f"{sum(finding.known is not None for finding in found):,}",
        ])  # fmt: skip
    return _table(["Stage", "Passed", "Failed", "Known", "Skipped", "Requests", "New findings", "Known findings"], rows)


def _findings(findings: Sequence[Finding]) -> list[str]:
    parts = []
    kinds: tuple[tuple[str, Callable[[Finding], bool]], ...] = (
        ("New findings", _fails),
        ("Notes", lambda finding: finding.known is None and not _fails(finding)),
        ("Known findings", lambda finding: finding.known is not None),
    )
    for heading, belongs in kinds:
        groups: dict[tuple[str, str, str], list[Finding]] = {}
        for finding in sorted(findings, key=order):
            if belongs(finding):
                groups.setdefault((finding.severity.value, finding.stage, finding.id), []).append(finding)
        if groups:
            rows = [
                [severity, stage, _code(id_), f"{len(group):,}", _cell(group[0].message), _where(group)]
                for (severity, stage, id_), group in list(groups.items())[:_GROUPS]
            ]
            table = _table(["Severity", "Stage", "Check or rule", "Findings", "For example", "Where"], rows)
            more = f"\n\nand {len(groups) - _GROUPS} more kinds in `findings.json`" if len(groups) > _GROUPS else ""
            parts += [f"## {heading}", table + more]
    return parts


def _where(group: Sequence[Finding]) -> str:
    places = list(dict.fromkeys(finding.operation or finding.pointer or "the document" for finding in group))
    more = f" and {len(places) - _WHERE} more" if len(places) > _WHERE else ""
    return ", ".join(_code(place) for place in places[:_WHERE]) + more


def _coverage(coverage: Mapping[str, Any]) -> list[str]:
    totals, tags = coverage["totals"], coverage["tags"]
    if not totals["operations"]["total"]:
        return []
    rows = [
        [TITLES[name], _percent(totals[name]), f"{totals[name]['covered']:,} of {totals[name]['total']:,}",
         *(f"{totals[name]['sources'][source]:,}" for source in totals[name]["sources"])]
        for name in DIMENSIONS
    ]  # fmt: skip
    sources = [f"by {source}" for source in totals["operations"]["sources"]]
    parts = ["## Coverage", _table(["Dimension", "Covered", "Of", *sources], rows)]
    ranked = sorted(tags, key=lambda tag: (_mean(tags[tag]), tag))
    shown = ranked if len(ranked) <= 2 * _TAGS else [*ranked[:_TAGS], None, *ranked[-_TAGS:]]
    table = _table(
        ["Tag", "Operations", *(TITLES[name] for name in _SHORT[1:])],
        [
            ["…"] * (len(_SHORT) + 1) if tag is None else [_cell(tag), *(_percent(tags[tag][name]) for name in _SHORT)]
            for tag in shown
        ],
    )
    return [*parts, f"Tags, the least covered first ({len(ranked)} in all):", table]


def _mean(counts: Mapping[str, Any]) -> float:
    shares = [found for name in DIMENSIONS if (found := share(counts[name])) is not None]
    return sum(shares) / len(shares) if shares else 1.0


def _percent(count: Mapping[str, Any]) -> str:
    found = percent(count)
    return "-" if found is None else f"{found} %"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    """Text that stays text and stays in its cell."""
    text = re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", " ".join(text.split()))
    return text if len(text) <= 200 else text[:200].rstrip("\\") + "…"


def _code(text: str) -> str:
    text = " ".join(text.split()).replace("|", "\\|")
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"

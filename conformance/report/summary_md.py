"""``summary.md``: the run on one page of Markdown, for the step summary of a CI job."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from conformance.checks.latency import told
from conformance.coverage.dimensions import DIMENSIONS, TITLES
from conformance.coverage.summary import percent, share
from conformance.model.record import Finding, Severity
from conformance.redaction.mask import Redactor
from conformance.report.groups import Group, groups, varied
from conformance.report.results import CaseResult, RunInfo
from conformance.report.stories import by_check

_GROUPS = 25
_WHERE = 5
_TAGS = 8
_SLOWEST = 10
_READ_ON = (
    "`allure-report/index.html` has every result by tag, with the requests and a curl line for each finding; "
    "`coverage.html` shows what was covered and missed; `findings.json`, `coverage.json` and `junit.xml` say "
    "the same to programs. `conformance reproduce GROUP` sends a defect's request again. A finding that is accepted goes into "
    "the baseline by its fingerprint: `conformance baseline update`."
)
_SHORT = ("operations", "success", "parameters", "request_fields", "statuses", "response_fields")


def summary_md(
    findings: Sequence[Finding], coverage: Mapping[str, Any], run: RunInfo, cases: Sequence[CaseResult], redactor: Redactor, *,
    said: Sequence[str] = (),
) -> str:  # fmt: skip
    """The content of ``summary.md``, with ``said``, what the terminal was told, at its top.

    It is well below the megabyte that a step summary may have, however long the run.
    """
    coverage = redactor.value(coverage)
    parts = [
        f"# {_verdict(findings, run)}",
        _facts(run, redactor) + _causes(findings),
        *_said(said, redactor),
        "## Stages",
        _stages(findings, cases),
        *_findings(findings, redactor),
        *_coverage(coverage),
        *_latency(coverage.get("latency") or {}),
        *_stories(coverage.get("stories") or {}),
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
    seed = f", seed {run.seed}" if run.seed is not None else ""
    return (
        f"{document} against {_code(redactor.url(run.target))}: "
        f"{_number(run.requests, 'request')} to {_number(run.operations, 'operation')} in {run.duration:.1f} s{seed}."
        f"{_rate(run)}"
    )


def _said(said: Sequence[str], redactor: Redactor) -> list[str]:
    """Lines of the terminal, indented for they are not Markdown."""
    return ["\n".join(f"    {redactor.text(line)}" for line in said)] if said else []


def _rate(run: RunInfo) -> str:
    """What the requests were good for."""
    if not run.shown:
        return ""
    return f" The requests showed {_number(run.shown, 'defect')}: {run.per_thousand:,} in 1,000 requests."


def _causes(findings: Sequence[Finding]) -> str:
    """How many defects the new findings are, when that is fewer."""
    new = [finding.group for finding in findings if _fails(finding)]
    return f" The new findings are {_number(len(set(new)), 'defect')}." if len(set(new)) < len(new) else ""


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


def _findings(findings: Sequence[Finding], redactor: Redactor) -> list[str]:
    parts = []
    kinds: tuple[tuple[str, Callable[[Finding], bool]], ...] = (
        ("New findings", _fails),
        ("Notes", lambda finding: finding.known is None and not _fails(finding)),
        ("Known findings", lambda finding: finding.known is not None),
    )
    for heading, belongs in kinds:
        found = groups(filter(belongs, findings))
        if found:
            table = _table(["Severity", "Stage", "Check or rule", "Findings", "For example", "Where", "Group"],
                           [_defect(group, redactor) for group in varied(found)[:_GROUPS]])  # fmt: skip
            more = f"\n\nand {len(found) - _GROUPS:,} more defects in `findings.json`" if len(found) > _GROUPS else ""
            parts += [f"## {heading}", table + more]
    return parts


def _defect(group: Group, redactor: Redactor) -> list[str]:
    """The row of one defect."""
    example = group.example
    # Before anything is escaped or cut short, for a secret is not recognised after that.
    said = redactor.text(f"{'(flaky) ' if group.is_flaky else ''}{example.message}")
    rule = _code(example.id) + (f" ({example.blame})" if example.blame else "")
    return [example.severity.value, example.stage, rule, f"{len(group.findings):,}", _cell(said),
            _where(group, redactor), _code(group.id)]  # fmt: skip


def _where(group: Group, redactor: Redactor) -> str:
    places = group.operations or (group.example.pointer or "the document",)
    more = f" and {len(places) - _WHERE} more" if len(places) > _WHERE else ""
    return ", ".join(_code(redactor.text(place)) for place in places[:_WHERE]) + more


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


def _latency(latency: Mapping[str, Any]) -> list[str]:
    """The operations that come closest to their limit, or beyond it; nothing where no time passed."""
    timed = {label: one for label, one in latency.items() if one["p95"]}
    if not timed:
        return []

    def use(label: str) -> tuple[float, float]:
        one = timed[label]
        return one["p95"] / one["limit"] if one["limit"] else 0.0, one["p95"]

    shown = sorted(timed, key=lambda label: (-use(label)[0], -use(label)[1], label))[:_SLOWEST]
    rows = [
        [_code(label), _cell(timed[label]["category"] or "-"), told(timed[label]["limit"]) if timed[label]["limit"] else "-",
         told(timed[label]["median"]), told(timed[label]["p95"]), f"{timed[label]['answers']:,}"]
        for label in shown
    ]  # fmt: skip
    table = _table(["Operation", "Category", "Limit", "Median", "95 % within", "Answers"], rows)
    return ["## Latency", f"The slowest for their category, of {_number(len(timed), 'operation')}:", table]


def _stories(stories: Mapping[str, Any]) -> list[str]:
    """The checks that only several exchanges can show: where they applied, and why elsewhere they did not."""
    rows = [[_code(check), f"{seen:,}", f"{skipped:,}", _cell(reason)] for check, seen, skipped, reason in by_check(stories)]
    if not rows:
        return []
    table = _table(["Check", "Looked at", "Skipped", "Mostly because"], rows)
    return ["## Stories", f"What takes several requests to see, at {_number(len(stories), 'operation')}:", table]


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

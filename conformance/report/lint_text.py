"""Lint findings for people and for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence

from conformance.model.record import Finding, Severity
from conformance.report.messages import in_file

_KEYS = ("id", "severity", "message", "pointer", "line", "column", "operation", "tags", "fix")
_PLURALS = {"error": "errors", "warning": "warnings", "note": "notes"}

Style = Callable[[str, str], str]
"""Gives a text in the look of a severity, ``known`` or ``head``."""


def plain(text: str, look: str) -> str:  # noqa: ARG001 - the look is for terminals
    """No style at all."""
    return text


def as_json(findings: Sequence[Finding], *, file: Callable[[str], str]) -> str:
    """Every finding, known ones too, as one JSON object; pointers begin at the root of the ``file`` that they lead into."""
    listed = [
        {**{key: getattr(finding, key) for key in _KEYS}, "pointer": in_file(finding.pointer), "file": file(finding.pointer)}
        for finding in findings
    ]
    return json.dumps({"version": 1, "findings": listed}, indent=1)


def as_text(
    findings: Sequence[Finding],
    *,
    file: Callable[[str], str],
    show_known: bool = False,
    style: Style = plain,
    by: str = "line",
    excerpt: Callable[[Finding], str] | None = None,
) -> str:
    """New findings in their order, then known ones by rule, then one line of sums.

    Args:
        findings: what was found, with ``known`` set on those of the baseline.
        file: the file that a pointer leads into.
        show_known: list known findings one by one too.
        style: how to colour.
        by: ``line`` groups by file in the order of its lines, ``tag`` by the first tag, ``rule`` by rule.
        excerpt: the line of the document that a finding stands on, when it is to be shown.
    """
    shown = [finding for finding in findings if finding.known is None or show_known]
    lines: list[str] = []
    groups: dict[str, list[Finding]] = {}
    for finding in shown:
        groups.setdefault(_group(finding, by, file), []).append(finding)
    for name, held in groups.items() if by == "line" else sorted(groups.items()):
        ordered = sorted(held, key=lambda finding: (file(finding.pointer), finding.line or 0, finding.column or 0))
        lines += [style(name, "head"), *_rows(ordered, style, excerpt), ""]
    known = [finding for finding in findings if finding.known is not None]
    if known and not show_known:
        lines += [style("known", "head"), *_known(known, style), ""]
    return "\n".join([*lines, _sums(findings)])


def _group(finding: Finding, by: str, file: Callable[[str], str]) -> str:
    if by == "tag":
        return finding.tags[0] if finding.tags else "(untagged)"
    return finding.id if by == "rule" else file(finding.pointer)


def _rows(findings: Sequence[Finding], style: Style, excerpt: Callable[[Finding], str] | None) -> list[str]:
    places = [f"{finding.line}:{finding.column}" for finding in findings]
    width = max(len(place) for place in places)
    names = max(len(finding.id) for finding in findings)
    rows = []
    for place, finding in zip(places, findings, strict=True):
        where = f" ({finding.operation})" if finding.operation else f" ({in_file(finding.pointer)})"
        known = style(f" [known: {finding.known}]", "known") if finding.known is not None else ""
        severity = style(f"{finding.severity.value:<7}", finding.severity.value)
        rows.append(f"  {place:>{width}}  {severity}  {finding.id:<{names}}  {_one_line(finding.message)}{where}{known}")
        if excerpt is not None:
            rows.append(style(f"  {'':>{width}}  | {excerpt(finding)}", "known"))
    return rows


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _known(known: Sequence[Finding], style: Style) -> list[str]:
    counts = Counter((finding.severity, finding.id, finding.known) for finding in known)
    rows = sorted(counts.items(), key=lambda item: (item[0][0].rank, item[0][1]))
    width = max(len(str(count)) for count in counts.values())
    names = max(len(name) for _, name, _ in counts)
    return [
        f"  {count:>{width}}  {style(f'{severity.value:<7}', 'known')}  {name:<{names}}  {style(str(reason), 'known')}"
        for (severity, name, reason), count in rows
    ]


def _sums(findings: Sequence[Finding]) -> str:
    new = [finding for finding in findings if finding.known is None]
    known = len(findings) - len(new)
    if not findings:
        return "no findings"
    counts = Counter(finding.severity for finding in new)
    told = [
        f"{counts[severity]} {_PLURALS[severity.value] if counts[severity] != 1 else severity.value}"
        for severity in Severity
        if counts[severity]
    ]
    return f"{len(new)} new ({', '.join(told)}), {known} known" if new else f"nothing new, {known} known"

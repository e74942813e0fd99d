"""Lint findings for people and for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence

from conformance.model.record import Finding, Severity

_KEYS = ("id", "severity", "message", "pointer", "line", "column", "operation", "tags", "fix")
_PLURALS = {"error": "errors", "warning": "warnings", "note": "notes"}

Style = Callable[[str, str], str]
"""Gives a text in the look of a severity, ``known`` or ``head``."""


def plain(text: str, look: str) -> str:  # noqa: ARG001 - the look is for terminals
    """No style at all."""
    return text


def as_json(findings: Sequence[Finding]) -> str:
    """Every finding, known ones too, as one JSON object."""
    listed = [{key: getattr(finding, key) for key in _KEYS} for finding in findings]
    return json.dumps({"version": 1, "findings": listed}, indent=1)


def as_text(findings: Sequence[Finding], *, file: Callable[[str], str], show_known: bool = False, style: Style = plain) -> str:
    """New findings in the order of the lines they stand on, then known ones by rule, then one line of sums.

    Args:
        findings: what was found, with ``known`` set on those of the baseline.
        file: the file that a pointer leads into.
        show_known: list known findings one by one too.
        style: how to colour.
    """
    shown = [finding for finding in findings if finding.known is None or show_known]
    lines: list[str] = []
    by_file: dict[str, list[Finding]] = {}
    for finding in shown:
        by_file.setdefault(file(finding.pointer), []).append(finding)
    for name, held in by_file.items():
        lines += [
            style(name, "head"),
            *_rows(sorted(held, key=lambda finding: (finding.line or 0, finding.column or 0)), style),
            "",
        ]
    known = [finding for finding in findings if finding.known is not None]
    if known and not show_known:
        lines += [style("known", "head"), *_known(known, style), ""]
    return "\n".join([*lines, _sums(findings)])


def _rows(findings: Sequence[Finding], style: Style) -> list[str]:
    places = [f"{finding.line}:{finding.column}" for finding in findings]
    width = max(len(place) for place in places)
    names = max(len(finding.id) for finding in findings)
    rows = []
    for place, finding in zip(places, findings, strict=True):
        where = f" ({finding.operation})" if finding.operation else f" ({finding.pointer})"
        known = style(f" [known: {finding.known}]", "known") if finding.known is not None else ""
        severity = style(f"{finding.severity.value:<7}", finding.severity.value)
        rows.append(f"  {place:>{width}}  {severity}  {finding.id:<{names}}  {_one_line(finding.message)}{where}{known}")
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

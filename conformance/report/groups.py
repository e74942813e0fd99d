"""Findings by their cause: one defect is one entry, with the operations that show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.record import Finding, Severity
from conformance.redaction.mask import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Findings with one cause, the one to show first at the front. ``id`` is the group of each of them."""

    id: str
    findings: tuple[Finding, ...]

    @property
    def example(self) -> Finding:
        """The finding to show."""
        return self.findings[0]

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that show the defect; empty where it is the document's as a whole."""
        return tuple(dict.fromkeys(found.operation for found in self.findings if found.operation is not None))

    @property
    def is_known(self) -> bool:
        """Whether the baseline knows every finding."""
        return all(found.known is not None for found in self.findings)

    @property
    def is_flaky(self) -> bool:
        """Whether no finding showed again."""
        return all(found.flaky for found in self.findings)


def groups(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """The groups of some findings: new before known, the worst first, then those with the most operations."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.group, []).append(finding)
    made = [Group(id=name, findings=tuple(sorted(members, key=_first))) for name, members in found.items()]
    return tuple(sorted(made, key=lambda group: (
        group.is_known, group.example.severity.rank, -len(group.operations), group.example.stage, group.example.id, group.id,
    )))  # fmt: skip


def shown(findings: Iterable[Finding]) -> int:
    """How many defects requests have shown: what the linter sees takes none, and a note is no defect."""
    return len({one.group for one in findings if one.stage != "lint" and one.severity is not Severity.NOTE})


def _first(finding: Finding) -> tuple[bool, bool, int, str, str]:
    """What is new, shows every time and takes the least to send is the best example."""
    size = len(finding.request.url) + len(finding.request.body) if finding.request is not None else 0
    return finding.known is not None, finding.flaky, size, finding.operation or "", finding.fingerprint


def varied(found: Iterable[Group]) -> list[Group]:
    """The groups in an order that shows every check once before it shows one again."""
    turns: dict[tuple[str, str], int] = {}
    placed = []
    for index, group in enumerate(found):
        kind = (group.example.id, group.example.stage)
        turns[kind] = turns.get(kind, -1) + 1
        placed.append((turns[kind], group.example.severity.rank, index, group))
    return [group for *_, group in sorted(placed, key=lambda entry: entry[:3])]


def group_json(group: Group, redactor: Redactor) -> Mapping[str, Any]:
    """One group as an entry of ``findings.json``, without secrets."""
    example = group.example
    return {
        "group": group.id,
        **redactor.value({
            "id": example.id,
            "severity": example.severity.value,
            "stage": example.stage,
            "message": example.message,
            "pointer": example.pointer,
            "operations": list(group.operations),
        }),
        "findings": [found.fingerprint for found in group.findings],
        "known": sum(found.known is not None for found in group.findings),
        "flaky": group.is_flaky,
    }  # fmt: skip

"""What two or more tools found of the same cells, side by side, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

MEANING = (
    "list-pages-overlap", "list-size-ignored", "list-total-wrong", "response-field-undocumented", "state-field-ignored",
    "state-patch-ignored", "state-patch-resets-others", "state-read-stale", "state-read-wrong", "state-refused-update-kept",
)  # fmt: skip
"""The faults whose answers keep every schema: what was wrong shows only to who knows what was asked and done before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one fault at one operation, by tool.

    ``found`` has the checks that show it, none where it was missed; ``evidence`` says more of them where there is more to say.
    """

    fault: str
    family: str
    operation: str
    seed: int
    found: Mapping[str, tuple[str, ...]]
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that a tool reports of the sandbox without faults."""

    tool: str
    check: str
    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that there is to show, by tool.

    ``requests`` are those of all cells and of the clean sandbox. ``ends`` says where runs ended, and how many did.
    ``doubtful`` are the faults of cells that show only what the tool reports of the clean sandbox in another run.
    """

    tools: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    alarms: tuple[Alarm, ...]
    requests: Mapping[str, int]
    ends: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    doubtful: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def page(report: Report) -> str:
    """The whole page: every cell, those of meaning first, then the scores, the differences, and the clean sandbox."""
    meaning = [outcome for outcome in report.outcomes if outcome.fault in MEANING]
    others = [outcome for outcome in report.outcomes if outcome.fault not in MEANING]
    parts = (
        "### Faults of meaning" if meaning else "",
        cells_table(report.tools, meaning),
        "### Other faults" if others else "",
        cells_table(report.tools, others),
        "### Scores",
        scores_table(report),
        differences(report),
        remarks(report),
        alarms_table(report),
    )
    return "\n\n".join(part for part in parts if part)


def cells_table(tools: Sequence[str], outcomes: Sequence[Outcome]) -> str:
    """A row a fault and operation, with the checks that found it."""
    places: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        places.setdefault((outcome.fault, outcome.operation), []).append(outcome)
    rows = [
        (f"`{fault}`", f"`{operation}`", *(_checks(tool, group) for tool in tools))
        for (fault, operation), group in sorted(places.items())
    ]
    return _table(("fault", "operation", *tools), rows) if rows else ""


def _checks(tool: str, outcomes: Sequence[Outcome]) -> str:
    """The checks of a tool at a place, and how many of the seeds they found it with where that is not all."""
    hits = [outcome for outcome in outcomes if outcome.found.get(tool)]
    if not hits:
        return "missed"
    checks = dict.fromkeys(check for outcome in hits for check in outcome.found[tool])
    shown = ", ".join(list(checks)[:3])
    return shown if len(hits) == len(outcomes) else f"{shown} ({len(hits)} of {len(outcomes)} seeds)"


def scores_table(report: Report) -> str:
    """Cells found, by family, of the faults of meaning, and in all; then faults found wherever they were planted."""
    families = dict.fromkeys(outcome.family for outcome in sorted(report.outcomes, key=lambda outcome: outcome.family))
    groups: list[tuple[str, list[Outcome]]] = [
        (family, [outcome for outcome in report.outcomes if outcome.family == family]) for family in families
    ]
    meaning = [outcome for outcome in report.outcomes if outcome.fault in MEANING]
    groups += [("**all**", list(report.outcomes)), *([("of meaning", meaning)] if meaning else [])]
    rows = [
        (
            name,
            str(len(group)),
            *(_share(sum(bool(outcome.found.get(tool)) for outcome in group), len(group)) for tool in report.tools),
        )
        for name, group in groups
    ]
    faults = {outcome.fault for outcome in report.outcomes}
    rows.append(
        (
            "faults found everywhere",
            str(len(faults)),
            *(_share(len(everywhere(report, tool)), len(faults)) for tool in report.tools),
        )
    )
    rows.append(("on the clean sandbox", "", *(str(sum(alarm.tool == tool for alarm in report.alarms)) for tool in report.tools)))
    rows.append(("requests", "", *(f"{report.requests.get(tool, 0):,}" for tool in report.tools)))
    return _table(("found", "cells", *report.tools), rows, right=True)


def everywhere(report: Report, tool: str) -> frozenset[str]:
    """The faults that a tool found wherever they were planted."""
    missed = {outcome.fault for outcome in report.outcomes if not outcome.found.get(tool)}
    return frozenset(outcome.fault for outcome in report.outcomes) - missed


def differences(report: Report) -> str:
    """Who finds what the other does not, the first tool beside each of the others."""
    ours, *others = report.tools
    lines = []
    for other in others:
        for title, mine, yours in ((f"found by {other} and missed by {ours}", other, ours),
                                   (f"found by {ours} and missed by {other}", ours, other)):  # fmt: skip
            lines.append(
                _listed(report, title, lambda outcome, a=mine, b=yours: bool(outcome.found.get(a)) and not outcome.found.get(b))
            )
    lines.append(_listed(report, "missed by all", lambda outcome: not any(outcome.found.get(tool) for tool in report.tools)))
    return "\n".join(lines)


def _listed(report: Report, title: str, wanted: Callable[[Outcome], bool]) -> str:
    found = sorted({(outcome.fault, outcome.operation) for outcome in report.outcomes if wanted(outcome)})
    faults = Counter(fault for fault, _ in found)
    names = ", ".join(f"`{fault}`" + (f" ({count})" if count > 1 else "") for fault, count in faults.items())
    return f"- {title}: {len(found)}" + (f": {names}" if names else "")


def remarks(report: Report) -> str:
    """Where the runs of a tool ended, and which of its cells it may have found by chance."""
    lines = []
    for tool, ends in report.ends.items():
        shown = ", ".join(f"{where} {count}" for where, count in sorted(ends.items(), key=lambda entry: (-entry[1], entry[0])))
        lines.append(f"- where the runs of {tool} ended: {shown}")
    for tool, places in report.doubtful.items():
        names = ", ".join(f"`{fault}`" for fault in sorted(dict.fromkeys(places)))
        lines.append(
            f"- found by {tool} only through what it also reports of the clean sandbox in another run: {len(places)}: {names}"
        )
    return "\n".join(lines)


def alarms_table(report: Report) -> str:
    """What is reported of the sandbox without faults: how often each check, at how many operations."""
    counts = Counter((alarm.tool, alarm.check) for alarm in report.alarms)
    rows = [
        (
            tool,
            f"`{check}`",
            str(count),
            str(len({alarm.operation for alarm in report.alarms if (alarm.tool, alarm.check) == (tool, check)})),
        )
        for (tool, check), count in sorted(counts.items(), key=lambda entry: (entry[0][0], -entry[1], entry[0][1]))
    ]
    return _table(("on the clean sandbox", "check", "reports", "operations"), rows) if rows else ""


def _share(count: int, total: int) -> str:
    return f"{count} ({100 * count / total:.0f} %)" if total else "0"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: bool = False) -> str:
    def lines() -> Iterator[str]:
        yield "| " + " | ".join(head) + " |"
        yield "| " + " | ".join(["---", *(["--:" if right else "---"] * (len(head) - 1))]) + " |"
        yield from ("| " + " | ".join(row) + " |" for row in rows)

    return "\n".join(lines())

"""Changes between two documents for people and for machines: text by cause, Markdown for reviews, JSON for gates."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from conformance.diff.change import Change, Level
from conformance.diff.table import kind
from conformance.spec.bundle import FILES
from conformance.spec.pointer import from_parts, split

_KEYS = ("id", "level", "sdk", "operation", "message", "old_pointer", "new_pointer")
_HEADS = {Level.BREAKING: "breaks clients", Level.WARNING: "may surprise clients", Level.INFO: "harmless on the wire"}
_NAMED = 3
_ROWS = 200
_LISTED = 8
_VALUES = frozenset({"enum-value-added", "enum-value-removed"})
"""Classes of change of which a list can have many at once."""

Style = Callable[[str, str], str]
"""Gives a text in the look of a level or ``head``."""


def plain(text: str, look: str) -> str:  # noqa: ARG001 - the look is for terminals
    """No style at all."""
    return text


def as_json(changes: Sequence[Change]) -> str:
    """Every change of every operation, one JSON object."""
    listed = [{key: _written(key, getattr(change, key)) for key in _KEYS} for change in changes]
    return json.dumps({"version": 1, "changes": listed}, indent=1)


def _written(key: str, value: object) -> object:
    return place(value) if key.endswith("_pointer") and isinstance(value, str) else value


def place(pointer: str) -> str:
    """A pointer as a reader can follow it: ``models.yaml#/Pet`` where it leads into a file that the document refers to."""
    tokens = split(pointer)
    return f"{tokens[1]}#{from_parts(tokens[2:])}" if len(tokens) > 1 and tokens[0] == FILES else pointer


def causes(changes: Sequence[Change]) -> list[tuple[Change, tuple[str, ...]]]:
    """What one edit did, the worst first, with the operations that it reaches."""
    grouped: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.cause, []).append(change)
    found = [
        (held[0], tuple(dict.fromkeys(change.operation for change in held if change.operation))) for held in grouped.values()
    ]
    return sorted(found, key=lambda item: (item[0].level.rank, item[0].sdk.rank))


def _lines(found: Sequence[tuple[Change, tuple[str, ...]]]) -> list[tuple[Change, tuple[str, ...]]]:
    """The same, with the values that came into one list or went from it told in one line."""
    grouped: dict[tuple[object, ...], list[tuple[Change, tuple[str, ...]]]] = {}
    for index, (change, operations) in enumerate(found):
        alike = (*change.cause[:3], change.where, *change.cause[4:], operations) if change.id in _VALUES else index
        grouped.setdefault((alike,), []).append((change, operations))
    return [(_summed([change for change, _ in held]), held[0][1]) for held in grouped.values()]


def _summed(held: Sequence[Change]) -> Change:
    if len(held) == 1:
        return held[0]
    verb = "removed" if held[0].id == "enum-value-removed" else "added"
    values = [change.text.removeprefix("the value ").removesuffix(f" was {verb}") for change in held]
    more = f" and {len(values) - _LISTED} more" if len(values) > _LISTED else ""
    return replace(held[0], text=f"{len(values)} values were {verb}: {', '.join(values[:_LISTED])}{more}")


def as_text(changes: Sequence[Change], *, style: Style = plain) -> str:
    """Changes by level and cause, with the operations that each reaches, then one line of sums."""
    found = causes(changes)
    lines: list[str] = []
    for level in Level:
        held = [item for item in found if item[0].level is level]
        if held:
            lines.append(style(f"{level.value} ({_HEADS[level]}): {len(held)}", "head"))
            for change, operations in _lines(held):
                sdk = f"  [SDKs: {change.sdk.value}]" if change.sdk is not level else ""
                lines.append(f"  {style(change.id, level.value)}  {_one_line(change.message)}{sdk}")
                lines.append(
                    f"      {_reached(operations)}{'  ' if operations else ''}{place(change.new_pointer or change.old_pointer)}"
                )
            lines.append("")
    return "\n".join([*lines, sums(changes)])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _reached(operations: Sequence[str]) -> str:
    more = f" and {len(operations) - _NAMED} more" if len(operations) > _NAMED else ""
    return ", ".join(operations[:_NAMED]) + more


def sums(changes: Sequence[Change]) -> str:
    """One line: how many changes of each level, by cause, and how many operations they reach."""
    if not changes:
        return "nothing changed"
    counts = Counter(change.level for change, _ in causes(changes))
    told = ", ".join(f"{counts[level]} {level.value}" for level in Level if counts[level])
    reached = len({change.operation for change in changes if change.operation})
    total = sum(counts.values())
    return f"{total:,} change{'s' if total != 1 else ''} ({told}) in {reached} operation{'s' if reached != 1 else ''}"


def as_markdown(changes: Sequence[Change]) -> str:
    """A table a level, by cause, as a review or release notes can show it."""
    lines = ["# Changes", "", sums(changes)]
    found = causes(changes)
    for level in Level:
        held = _lines([item for item in found if item[0].level is level])
        if not held:
            continue
        lines += [
            "",
            f"## {level.value.capitalize()}",
            "",
            "| Change | What | Operations | SDKs | Why |",
            "| --- | --- | --- | --- | --- |",
        ]
        for change, operations in held[:_ROWS]:
            cells = (f"`{change.id}`", change.message, _reached(operations), change.sdk.value, kind(change.id).why)
            lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
        if len(held) > _ROWS:
            lines += ["", f"and {len(held) - _ROWS} more"]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")

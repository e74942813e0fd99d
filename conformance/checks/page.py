"""The page of checks for readers, made from tables; ``conformance.run.page`` writes it with the comparisons of replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from conformance.checks.table import CHECKS
from conformance.model.record import Severity

_HEAD = """# Checks

This page is made from the tables of checks and comparisons (`python -m conformance.run.page`).

A check is one promise that an exchange keeps or breaks. A broken promise is a finding. A promise that the exchange
says nothing of is skipped, and that is not the same as kept.

- **error**: clients that build on the document break, or something is open that should not be.
- **warning**: clients lose something, or are misled.
- **note**: worth knowing.

New errors and warnings make `conformance run` exit with 1; notes and known findings never do.
"""


class Row(Protocol):
    """What the page needs of a promise."""

    @property
    def id(self) -> str:
        """The kebab-case id."""
        ...

    @property
    def severity(self) -> Severity:
        """How bad it is when the promise is broken."""
        ...

    @property
    def summary(self) -> str:
        """The promise, in one sentence."""
        ...

    @property
    def why(self) -> str:
        """What happens to clients when it is broken."""
        ...

    @property
    def fix(self) -> str:
        """What to do about it."""
        ...


def sections() -> dict[str, list[Row]]:
    """The checks by area, for the whole page or the beginning of one."""
    found: dict[str, list[Row]] = {}
    for check in sorted(CHECKS, key=lambda check: (check.area, check.id)):
        found.setdefault(check.area.capitalize(), []).append(check)
    return found


def page(parts: Mapping[str, Sequence[Row]] | None = None, *, words: Mapping[str, str] | None = None) -> str:
    """The page as Markdown: a table of all promises, then each section with why it matters and what to do.

    Args:
        parts: promises by the heading of their section; the checks when not given.
        words: what is said under a heading before its promises.
    """
    parts = sections() if parts is None else parts
    rows = sorted((row for section in parts.values() for row in section), key=lambda row: row.id)
    lines = [_HEAD, "| Check | Severity | The promise |", "| --- | --- | --- |"]
    lines += [f"| [{row.id}](#{row.id}) | {row.severity.value} | {row.summary} |" for row in rows]
    for heading, section in parts.items():
        lines += ["", f"## {heading}"]
        if words and heading in words:
            lines += ["", words[heading]]
        for row in section:
            lines += ["", f"### {row.id}", "", f"{row.summary} ({row.severity.value})", ""]
            lines += [f"- Why: {row.why}", f"- Fix: {row.fix}"]
    return "\n".join(lines) + "\n"

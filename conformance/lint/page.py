"""The page of rules for readers, made from the table: ``python -m conformance.lint.page > docs/rules.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from conformance.lint.rule import Rule
from conformance.lint.table import RULES

_HEAD = """# Rules

This page is made from the table of rules (`python -m conformance.lint.page`).

- **error**: the specification forbids it, or it cannot be kept.
- **warning**: the specification advises against it, or it has no effect.
- **note**: a reader of the document misses something.

New errors and warnings make `conformance lint` exit with 1; notes and known findings never do.
"""


def page(rules: Iterable[Rule] = RULES) -> str:
    """The page as Markdown: a table of all rules, then each area with what to do and why."""
    rows = list(rules)
    lines = [_HEAD, "| Rule | Severity | What it finds |", "| --- | --- | --- |"]
    lines += [f"| [{row.id}](#{row.id}) | {row.severity.value} | {row.summary} |" for row in rows]
    for area in sorted({row.area for row in rows}):
        lines += ["", f"## {area.capitalize()}"]
        for row in rows:
            if row.area == area:
                lines += ["", f"### {row.id}", "", f"{row.summary} ({row.severity.value})", ""]
                lines += [f"- Fix: {row.fix}", f"- Why: {row.why}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())

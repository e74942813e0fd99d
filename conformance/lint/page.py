"""The page of rules for readers, made from the table and from the documents that test each rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from conformance.lint.rule import Rule

_HEAD = """# Rules

This page is made from the table of rules and from its tests (`python tests/lint/examples.py > docs/rules.md`).

- **error**: the specification forbids it, or it cannot be kept.
- **warning**: the specification advises against it, or it has no effect.
- **note**: a reader of the document misses something.

How the linter is used, and how rules are settled, is on [its own page](lint.md).
New errors and warnings make `conformance lint` exit with 1; notes and known findings never do.
Each rule has a part of a document that it finds fault with, and the same part as it passes; nothing is said of what was left out.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Parts of two documents as YAML: what a rule finds, and what passes; empty when the part is better left out."""

    wrong: str
    right: str


def page(rules: Iterable[Rule], examples: Mapping[str, Example]) -> str:
    """The page as Markdown: a table of all rules, then each area with what to do, why, and examples."""
    rows = list(rules)
    lines = [_HEAD, "| Rule | Severity | What it finds |", "| --- | --- | --- |"]
    lines += [f"| [{row.id}](#{row.id}) | {row.severity.value} | {row.summary} |" for row in rows]
    for area in sorted({row.area for row in rows}):
        lines += ["", f"## {area.capitalize()}"]
        for row in rows:
            if row.area == area:
                lines += ["", f"### {row.id}", "", f"{row.summary} ({row.severity.value})", ""]
                lines += [f"- Fix: {row.fix}", f"- Why: {row.why}", *_shown(examples[row.id])]
    return "\n".join(lines) + "\n"


def _shown(example: Example) -> Iterator[str]:
    for name, text in (("Found", example.wrong), ("Passes", example.right)):
        if text:
            yield from ("", f"{name}:", "", "```yaml", text, "```")
        else:
            yield from ("", f"{name}: without this part." if name == "Passes" else f"{name}: where this part is missing.")

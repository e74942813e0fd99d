"""``conformance lint``: the document examined by itself."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from conformance import shipped
from conformance.cli.exits import Exit
from conformance.lint.lint import lint as findings_of
from conformance.lint.table import rule
from conformance.model.record import Finding, Severity
from conformance.report.lint_text import as_json, as_text, plain
from conformance.run.baseline import Baseline
from conformance.spec.document import Document

_LOOKS = {"error": {"fg": "red", "bold": True}, "warning": {"fg": "yellow"}, "note": {"fg": "cyan"}, "known": {"dim": True},
          "head": {"bold": True}}  # fmt: skip


@click.command()
@click.argument("spec", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print findings.")
@click.option("--baseline", type=click.Path(), help="Known findings; those of the shipped document are known already.")
@click.option(
    "--write-baseline", type=click.Path(), help="Write a baseline that knows every finding; reasons that it had are kept."
)
@click.option("--show-known", is_flag=True, help="List known findings one by one.")
@click.option("--allow-remote-refs", "allow_remote", is_flag=True, help="Follow references to other servers.")
def lint(
    spec: str | None, form: str, baseline: str | None, write_baseline: str | None, *, show_known: bool, allow_remote: bool
) -> int:
    """Check an OpenAPI 3.0 or 3.1 document: a path, a URL, or - for standard input; the shipped one when not named.

    Exits with 1 when a new finding is an error or a warning; notes and known findings never fail.
    """
    source = spec if spec is not None else str(shipped.document())
    document = Document.load(source, allow_remote=allow_remote)
    known = _baseline(source, baseline)
    findings = tuple(replace(finding, known=known.known(finding)) for finding in findings_of(document))
    if write_baseline is not None:
        count = Baseline.update(Path(write_baseline), findings, reason=_reason, stages=("lint",))
        click.echo(f"{write_baseline}: {count} known findings")
        return Exit.CONFORMS
    if form == "json":
        click.echo(as_json(findings))
    else:
        click.echo(
            as_text(findings, file=document.source.file, show_known=show_known, style=_coloured if _is_terminal() else plain)
        )
    return (
        Exit.FINDINGS
        if any(finding.known is None and finding.severity is not Severity.NOTE for finding in findings)
        else Exit.CONFORMS
    )


def _baseline(source: str, baseline: str | None) -> Baseline:
    """The named baseline, or the shipped one for the shipped document."""
    if baseline is not None:
        return Baseline.load(baseline)
    own = shipped.document()
    if Path(source).exists() and own.exists() and Path(source).samefile(own) and shipped.baseline().exists():
        return Baseline.load(shipped.baseline())
    return Baseline.empty()


def _reason(finding: Finding) -> str:
    row = rule(finding.id)
    return f"accepted: {row.summary}" if row is not None else "accepted"


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _coloured(text: str, look: str) -> str:
    return click.style(text, **_LOOKS[look])  # type: ignore[arg-type]

"""``conformance lint``: the document examined by itself."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from conformance import shipped
from conformance.cli.exits import Exit
from conformance.errors import DocumentError
from conformance.lint.fixes import overlay
from conformance.lint.lint import lint as findings_of
from conformance.lint.settings import Settings
from conformance.lint.table import RULES, rule
from conformance.model.record import Finding, Severity
from conformance.report.lint_formats import as_github, as_junit, as_sarif
from conformance.report.lint_text import as_json, as_text, plain
from conformance.run.baseline import Baseline
from conformance.run.config import config
from conformance.spec.document import Document
from conformance.spec.vendor import write

_PAUSE = 0.2
"""Seconds between two looks at the files that are watched."""
_LOOKS = {"error": {"fg": "red", "bold": True}, "warning": {"fg": "yellow"}, "note": {"fg": "cyan"}, "known": {"dim": True},
          "head": {"bold": True}}  # fmt: skip


@click.command()
@click.argument("spec", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github", "junit"]),
    default="text",
    help="How to print findings: for people, or as JSON, SARIF 2.1.0, annotations of GitHub or JUnit.",
)
@click.option("--by", type=click.Choice(["line", "tag", "rule"]), default="line", help="How text is grouped.")
@click.option("--excerpt", is_flag=True, help="Show the line of the document under each finding.")
@click.option("--baseline", type=click.Path(), help="Known findings; those of the shipped document are known already.")
@click.option(
    "--write-baseline", type=click.Path(), help="Write a baseline that knows every finding; reasons that it had are kept."
)
@click.option("--show-known", is_flag=True, help="List known findings one by one.")
@click.option("--fix", type=click.Path(), help="Write an OpenAPI Overlay (JSON) that mends what is mechanical.")
@click.option("--watch", is_flag=True, help="Go on, and print again whenever a file of the document changes.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="Settings of the project. Default: conformance.toml in the working directory, if there is one.",
)
@click.option("--allow-remote-refs", "allow_remote", is_flag=True, help="Follow references to other servers.")
def lint(spec: str | None, config_file: Path | None, *, watch: bool, **asked: Any) -> int:
    """Check an OpenAPI 3.0 or 3.1 document: a path, a URL, or - for standard input; the shipped one when not named.

    Exits with 1 when a new finding is an error or a warning; notes and known findings never fail.
    """
    source = spec if spec is not None else str(shipped.document())
    settings = config(config_file).lint
    if not watch:
        return _once(source, settings, **asked)[0]
    return _watched(source, settings, **asked)


def _once(source: str, settings: Settings, *, form: str, by: str, excerpt: bool, baseline: str | None, write_baseline: str | None,
          show_known: bool, fix: str | None, allow_remote: bool) -> tuple[int, Document]:  # fmt: skip
    """Examine a document and print what is found; the exit code, and the document."""
    document = Document.load(source, allow_remote=allow_remote)
    known, rules = _baseline(source, baseline), settings.chosen(RULES)
    findings = tuple(replace(finding, known=known.known(finding)) for finding in findings_of(document, rules=rules))
    if fix is not None:
        held = overlay(document, [finding for finding in findings if finding.known is None])
        write(Path(fix), json.dumps(held, indent=1, ensure_ascii=False) + "\n")
        click.echo(f"{fix}: {len(held['actions'])} actions", err=True)
    if write_baseline is not None:
        count = Baseline.update(Path(write_baseline), findings, reason=_reason, stages=("lint",))
        click.echo(f"{write_baseline}: {count} known findings")
        return Exit.CONFORMS, document
    file = document.source.file
    if form == "json":
        click.echo(as_json(findings, file=file))
    elif form == "sarif":
        click.echo(
            json.dumps(as_sarif(findings, rules, file=file, version=version("telnyx-conformance")), indent=1, ensure_ascii=False)
        )
    elif form == "github":
        click.echo(as_github(findings, file=file))
    elif form == "junit":
        click.echo(as_junit(findings, rules, file=file))
    else:
        style = _coloured if _is_terminal() else plain
        shown = (lambda finding: document.source.line(finding.pointer)) if excerpt else None
        click.echo(as_text(findings, file=file, show_known=show_known, style=style, by=by, excerpt=shown))
    is_bad = any(finding.known is None and finding.severity is not Severity.NOTE for finding in findings)
    return (Exit.FINDINGS if is_bad else Exit.CONFORMS), document


def _watched(source: str, settings: Settings, **asked: Any) -> int:
    """Examine a document again and again until the user ends it; the exit code of the last time."""
    code: int = Exit.CONFORMS
    files = {source}
    seen: dict[str, int] = {}
    try:
        while True:
            now = {name: _changed(name) for name in sorted(files)}
            if now != seen:
                try:
                    code, document = _once(source, settings, **asked)
                    files = {
                        source,
                        *(each.uri for _, each in document.source.files),
                        *(row[1] for row in document.source.unread),
                    }
                except DocumentError as raised:
                    # A file is often saved in the middle of a thought.
                    click.echo(str(raised), err=True)
                seen = {name: _changed(name) for name in sorted(files)}
            time.sleep(_PAUSE)
    except KeyboardInterrupt:
        return code


def _changed(name: str) -> int:
    """When a file was written last, in nanoseconds; 0 for what is no file."""
    try:
        return Path(name).stat().st_mtime_ns
    except OSError:
        return 0


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

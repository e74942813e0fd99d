"""``conformance diff``: what changed between two documents, and whom it breaks."""

from __future__ import annotations

import sys

import click

from conformance.cli.exits import Exit
from conformance.diff.change import Level
from conformance.diff.diff import diff as changes_between
from conformance.report.diff_sarif import as_sarif
from conformance.report.diff_text import as_json, as_markdown, as_text, plain
from conformance.spec.document import Document

_LOOKS = {"breaking": {"fg": "red", "bold": True}, "warning": {"fg": "yellow"}, "info": {"fg": "cyan"}, "head": {"bold": True}}


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown", "sarif"]), default="text", help="How to print.")
@click.option("--fail-on", "failing", type=click.Choice(["breaking", "warning", "info", "none"]), default="breaking",
              help="Exit with 1 when there is a change this bad, on the wire.")  # fmt: skip
@click.option(
    "--names", is_flag=True, help="Also say which schemas are called otherwise, and which parameters come in another order."
)
@click.option("--allow-remote-refs", "allow_remote", is_flag=True, help="Follow references to other servers.")
def diff(old: str, new: str, form: str, failing: str, *, names: bool, allow_remote: bool) -> int:
    """Say what changed between two OpenAPI documents: paths, URLs, or - for standard input.

    Documents that mean the same give nothing, however they are written. Each change has a verdict for the wire (breaking,
    warning, info) and one for generated SDKs.
    """
    before = Document.load(old, allow_remote=allow_remote)
    after = Document.load(new, allow_remote=allow_remote)
    changes = changes_between(before, after, names=names)
    if form == "json":
        click.echo(as_json(changes))
    elif form == "markdown":
        click.echo(as_markdown(changes))
    elif form == "sarif":
        click.echo(as_sarif(changes, before, after))
    else:
        click.echo(as_text(changes, style=_coloured if sys.stdout.isatty() else plain))
    worst = min((change.level.rank for change in changes), default=len(Level))
    return Exit.FINDINGS if failing != "none" and worst <= Level(failing).rank else Exit.CONFORMS


def _coloured(text: str, look: str) -> str:
    return click.style(text, **_LOOKS[look])  # type: ignore[arg-type]

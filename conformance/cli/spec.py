"""``conformance spec``: looking after the vendored document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.cli.exits import Exit
from conformance.errors import DocumentError, OutputError
from conformance.spec.document import Document
from conformance.spec.load import Source, load
from conformance.spec.vendor import Difference, differences, vendor, write

_SHOWN = 5


@click.group()
def spec() -> None:
    """Look after the vendored document."""


@spec.command("vendor")
@click.argument("source")
@click.option("-o", "--output", type=click.Path(), required=True, help="The file to write, such as specs/telnyx-v2.json.")
@click.option("--allow-remote-refs", "allow_remote", is_flag=True, help="Follow references to other servers.")
def vendor_command(source: str, output: str, *, allow_remote: bool) -> int:
    """Bring an OpenAPI 3.0 or 3.1 document (a path, a URL, or -) into the vendored form, and say what changed.

    The same document gives the same bytes, and a vendored one gives itself.
    """
    path = Path(output)
    if path.is_dir():
        raise OutputError(path=output, reason="is a directory")
    read = load(source, allow_remote=allow_remote)
    made = vendor(read)
    before = _before(path)
    if before is not None and before.text == made.text:
        click.echo(f"{output}: nothing changed ({_size(made.value, read.uri)})")
        return Exit.CONFORMS
    write(path, made.text)
    click.echo(f"{output}: written ({_size(made.value, read.uri)})")
    for difference in differences(before.value, made.value) if before is not None else ():
        for line in _told(difference):
            click.echo(line)
    if made.prose:
        click.echo(f"  prose: {made.prose} pieces left out or shortened")
    return Exit.CONFORMS


def _before(path: Path) -> Source | None:
    """What the file holds now; nothing to compare with when it is no document."""
    if not path.exists():
        return None
    try:
        return load(path)
    except DocumentError:
        return None


def _size(value: dict[str, Any], uri: str) -> str:
    document = Document(Source(uri=uri, text="", value=value, form="JSON"))
    return f"OpenAPI {document.version}, {len(document.operations)} operations, {len(document.tags)} tags"


def _told(difference: Difference) -> list[str]:
    lines = []
    for verb, names in (("added", difference.added), ("removed", difference.removed), ("changed", difference.changed)):
        if names:
            shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
            lines.append(f"  {difference.what}: {len(names)} {verb}: {shown}")
    return lines

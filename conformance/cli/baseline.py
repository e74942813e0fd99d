"""``conformance baseline``: accept what a run found, and take out what it finds no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from conformance import shipped
from conformance.cli.exits import Exit
from conformance.errors import UsageError
from conformance.report.plain import plain
from conformance.report.read import Stored, stored
from conformance.run.baseline import Baseline, Entry, Terms, day_from

FILE = Path("baseline.json")
_SHOWN = 10
_SELECTED = "only some operations were selected"

_OUT = click.option(
    "--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="Folder of the run."
)
_FINDINGS = click.option("--findings", "file", type=click.Path(path_type=Path), help="Its findings.json, when that is elsewhere.")
_BASELINE = click.option(
    "--baseline", type=click.Path(path_type=Path), help="The file. Default: the one that the run was given, else baseline.json."
)


@click.group()
def baseline() -> None:
    """Look after the list of known findings."""


@baseline.command()
@click.argument("names", metavar="[ID]...", nargs=-1)
@_OUT
@_FINDINGS
@_BASELINE
@click.option("--reason", help="Why they are accepted. Default: what the check says of them.")
@click.option("--owner", help="Who sees to them.")
@click.option("--expires", metavar="DAY", help="The last day that the entries cover, such as 2030-01-31.")
def update(
    names: tuple[str, ...], out: Path, file: Path | None, baseline: Path | None, reason: str | None, owner: str | None,
    expires: str | None,
) -> int:  # fmt: skip
    """Accept the findings of a run: all of them, or those with the fingerprints or groups ID.

    Entries that are there stay as they are. Those that have expired, and those that are named, take the new reason, owner
    and day.
    """
    held = stored(file if file is not None else out / "findings.json")
    terms = Terms(reason=reason, owner=owner, expires=day_from(expires) if expires is not None else None)
    path = _path(held, baseline)
    before = Baseline.load(path) if path.exists() else Baseline.empty()
    chosen = tuple(dict.fromkeys(one for name in names for one in held.chosen(name))) if names else held.findings
    # A new file knows what the run knew, wherever it knew it from.
    known = () if path.exists() else tuple(one for one in held.findings if one.known is not None and one not in chosen)
    after, _, _ = before.accepted(known, Terms())
    after, new, changed = after.accepted(chosen, terms, chosen=bool(names))
    after.write(path)
    click.echo(f"{path}: {_entries(len(after.entries))}, {new + len(known):,} new, {changed:,} changed")
    unsaid = [entry for entry in after.entries if entry not in before.entries and entry.reason.startswith("accepted")]
    if unsaid:
        click.echo(f"  {_entries(len(unsaid))} without a reason of yours: give one with --reason, or write it into the file")
    return Exit.CONFORMS


@baseline.command()
@_OUT
@_FINDINGS
@_BASELINE
def prune(out: Path, file: Path | None, baseline: Path | None) -> int:
    """Take out the entries that no finding of the run matches.

    What the run did not look at stays: other stages, operations that were not selected or not called, and everything
    but lint when the run was cut short.
    """
    held = stored(file if file is not None else out / "findings.json")
    path = _path(held, baseline)
    before = Baseline.load(path)
    stages, reasons = _stages(held)
    if not stages:
        raise UsageError(f"nothing can be told from this run ({'; '.join(reasons)}); prune after a run that was not cut short")
    after, gone = before.pruned(held.findings, looked_at=_looked_at(held, stages))
    if gone:
        after.write(path)
    click.echo(f"{path}: {_entries(len(after.entries))}, {len(gone):,} taken out")
    for entry in gone[:_SHOWN]:
        click.echo(f"  {entry.id}  {plain(entry.operation or 'document')}  {entry.fingerprint}")
    if len(gone) > _SHOWN:
        click.echo(f"  and {len(gone) - _SHOWN:,} more")
    if reasons and set(stages) != set(_run_stages(held)):
        click.echo(f"  only entries of {', '.join(stages)} were looked at: {'; '.join(reasons)}")
    return Exit.CONFORMS


def _path(held: Stored, given: Path | None) -> Path:
    if given is not None:
        return given
    named = held.run.get("baseline")
    # What ships with the package is not the user's to change.
    return Path(named) if isinstance(named, str) and Path(named) != shipped.baseline() else FILE


def _run_stages(held: Stored) -> list[str]:
    stages = held.run.get("stages")
    return [stage for stage in stages if isinstance(stage, str)] if isinstance(stages, list) else []


def _stages(held: Stored) -> tuple[list[str], list[str]]:
    """The stages that the run carried out in full, and what kept it from carrying out others."""
    partial = held.run.get("partial")
    reasons = [str(reason) for reason in partial if reason != _SELECTED] if isinstance(partial, list) else ["an older report"]
    stages = _run_stages(held)
    return [stage for stage in stages if stage == "lint"] if reasons else stages, reasons


def _looked_at(held: Stored, stages: list[str]) -> Callable[[Entry], bool]:
    """Whether the run would have found what an entry covers, if it were still there."""
    operations = _operations(held.path.with_name("coverage.json"))
    is_whole = _SELECTED not in (held.run.get("partial") or ())

    def looked_at(entry: Entry) -> bool:
        if entry.stage not in stages:
            return False
        if entry.operation is None:
            return is_whole
        if entry.operation not in operations:
            # The document has it no more, or it was not selected.
            return is_whole
        return entry.stage == "lint" or operations[entry.operation]

    return looked_at


def _operations(path: Path) -> dict[str, bool]:
    """The operations of a run, and whether each was called; from ``coverage.json``."""
    try:
        counts: dict[str, Any] = json.loads(path.read_text("utf-8"))["operations"]
        return {label: bool(count["operations"]["covered"]) for label, count in counts.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"cannot read {path}, which says what the run looked at; keep it beside findings.json") from None


def _entries(count: int) -> str:
    return f"{count:,} entr{'y' if count == 1 else 'ies'}"

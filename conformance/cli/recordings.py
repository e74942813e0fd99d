"""``conformance recordings``: which recordings there are, which of them drifted, and how they are made anew."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from conformance import shipped
from conformance.cli.exits import Exit
from conformance.errors import ConformanceError, UsageError
from conformance.model.record import Finding, Severity
from conformance.redaction.mask import Redactor
from conformance.report.plain import plain
from conformance.run import refresh as anew
from conformance.run.age import age
from conformance.run.campaign import Campaign
from conformance.run.compare import LAYERS, layer_of
from conformance.run.credentials import secrets_in
from conformance.run.memory import SANDBOX
from conformance.run.options import TOKEN_VARIABLE, Options, headers_from, token_from
from conformance.run.recordings import Chain, ChainResult, chains, links
from conformance.run.setting import SANDBOX_TOKEN
from conformance.spec.document import Document

_SHOWN, _TAKES = 8, 12
_PATH = click.argument("path", required=False, type=click.Path(path_type=Path))
_SPEC = click.option("--spec", help="OpenAPI document. Default: the shipped one.")
_SENDING = (
    click.option("--base-url", help="Target. Default: an embedded sandbox made from the document."),
    click.option("--header", "headers", multiple=True, help="'Name: value', sent with every request. Repeatable."),
    click.option("--fault", "faults", multiple=True, help="A defect to plant in the embedded sandbox. Repeatable."),
    click.option("--config", "config_file", type=click.Path(path_type=Path),
                 help="Settings of the project. Default: conformance.toml in the working directory, if there is one."),
    click.option("--allow-side-effects", "side_effects", is_flag=True,
                 help="Also send to a remote target what may cost money, reach people or do damage."),
    click.option("--max-requests", type=int, help="Hard limit of requests."),
    click.option("--timeout", type=float, default=30.0, show_default=True, help="Seconds per request."),
    click.option("--seed", type=int, default=1, show_default=True, help="Of the embedded sandbox."),
    click.option("--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True,
                 help="Folder for the account of what is created at a target."),
    click.option("--allow-remote-refs", "allow_remote", is_flag=True, help="Follow $ref to http(s) URLs."),
)  # fmt: skip


def _sending(command: Callable[..., int]) -> Callable[..., int]:
    """The options of a command that sends."""

    @wraps(command)
    def called(path: Path | None, spec: str | None, **given: Any) -> int:
        own = {name: given.pop(name) for name in ("show_links", "takes") if name in given}
        return command(_folder(path, spec), spec, given, **own)

    for option in reversed(_SENDING):
        called = option(called)
    return called


@click.group()
def recordings() -> None:
    """Look after recorded traffic: HAR, VCR cassettes, Postman collections, NDJSON, and the examples of a document."""


@recordings.command("list")
@_PATH
@_SPEC
def list_(path: Path | None, spec: str | None) -> int:
    """Show what there is at PATH: age, origin, and the operations that are covered."""
    folder = _folder(path, spec)
    document = Document.load(spec or shipped.document())
    found = chains(folder, document)
    now, redactor = time.time(), Redactor(())
    width = max(len(chain.name) for chain in found)
    for chain in found:
        if chain.recording is None:
            click.echo(f"{chain.name:{width}}  {plain(redactor.text(chain.error))}")
            continue
        recording = chain.recording
        labels = chain.labels & set(document.by_label)
        origin = recording.origin or _hosts(chain)
        click.echo(f"{chain.name:{width}}  {recording.form:8}  {age(recording, now):>9}  {len(recording.exchanges):4,} calls  "
                   f"{len(labels):3,} operations  {plain(redactor.url(origin) if '://' in origin else origin)}")  # fmt: skip
        for line in _remarks(chain):
            click.echo(f"{'':{width}}    {plain(redactor.text(line))}")
    covered = {label for chain in found for label in chain.labels} & set(document.by_label)
    calls = sum(len(chain.recording.exchanges) for chain in found if chain.recording is not None)
    click.echo(f"{_count(len(found), 'recording')}, {_count(calls, 'call')}, {len(covered):,} of "
               f"{len(document.operations):,} operations")  # fmt: skip
    return Exit.USAGE if any(chain.error for chain in found) else Exit.CONFORMS


@recordings.command()
@_PATH
@_SPEC
@click.option("--links", "show_links", is_flag=True, help="Show which values are carried from an answer into later requests.")
@_sending
def check(folder: Path, spec: str | None, given: dict[str, Any], *, show_links: bool) -> int:
    """Replay what there is at PATH, and show what drifted.

    Exit code 0: nothing did; 1: something did; 2: a recording cannot be read, or nothing can be sent.
    """
    with _campaign(folder, spec, given) as campaign:
        redactor, totals = _redactor(campaign), Counter[Severity]()
        drifted = 0
        for chain in campaign.chains():
            result = campaign.replay(chain.name)
            findings = [finding for position in sorted(result.findings) for finding in result.findings[position]]
            totals.update(finding.severity for finding in findings)
            drifted += any(finding.severity is not Severity.NOTE for finding in findings)
            click.echo(f"{chain.name}: {_verdict(result, findings)}")
            for line in (*_drift(findings), *_remarks(chain), *_unsent(result)):
                click.echo(f"  {plain(redactor.text(line))}")
            for line in _links(chain, campaign.document) if show_links else ():
                click.echo(f"  link: {plain(redactor.text(line))}")
        names = ", ".join(_count(totals[severity], severity.value) for severity in Severity)
        click.echo(f"{_count(len(campaign.chains()), 'recording')}, {drifted:,} drifted: {names}")
        unreadable = any(chain.error for chain in campaign.chains())
    return Exit.FINDINGS if drifted else Exit.USAGE if unreadable else Exit.CONFORMS


@recordings.command()
@_PATH
@_SPEC
@click.option(
    "--takes",
    type=click.IntRange(min=1),
    help=f"Replay each so often, and write down what is not always the same. Default: {_TAKES} for the sandbox, else 1.",
)
@_sending
def refresh(folder: Path, spec: str | None, given: dict[str, Any], *, takes: int | None) -> int:
    """Write the recordings at PATH anew from live answers.

    Each call has to be answered as it was: success by success, refusal by refusal. A recording of which one is not stays
    as it is, with the reason. HAR and NDJSON keep their format; beside others a HAR file is written.

    Exit code 0: all were written; 1: some stay as they are.
    """
    kept = 0
    with _campaign(folder, spec, given) as campaign:
        redactor = _redactor(campaign)
        first = [campaign.replay(chain.name) for chain in campaign.chains()]
        found = campaign.chains()
    again: list[list[ChainResult]] = []
    for number in range(1, takes or (1 if given["base_url"] else _TAKES)):
        with _campaign(folder, spec, {**given, "seed": given["seed"] + number}) as other:
            again.append([other.replay(chain.name) for chain in other.chains()])
    for at, (chain, result) in enumerate(zip(found, first, strict=True)):
        try:
            said = _rewritten(chain, result, [take[at] for take in again], given["base_url"], campaign.document)
        except ConformanceError as raised:
            said = f"kept: {raised}"
        kept += said.startswith("kept")
        click.echo(f"{chain.name}: {plain(redactor.text(said))}")
    return Exit.FINDINGS if kept else Exit.CONFORMS


def _rewritten(chain: Chain, result: ChainResult, again: Sequence[ChainResult], base_url: str | None, document: Document) -> str:
    recording = chain.recording
    if recording is None or result.error or result.cut:
        return f"kept: {result.error or result.cut}"
    if recording.illustrative:
        return "kept: it is a document"
    if recording.skipped:
        return f"kept: {len(recording.skipped):,} of its entries cannot be replayed, and would be lost"
    made = anew.refreshed(result.entries, [take.entries for take in again])
    if isinstance(made, str):
        return f"kept: {made}"
    if not made:
        return "kept: it has no call"
    data = anew.content(recording, made, origin=base_url or SANDBOX, now=time.time(), document=document.title)
    path = anew.place(recording)
    secrets = {*result.credentials} - {SANDBOX_TOKEN}
    anew.write(path, data, secrets=sorted(secrets))
    beside = "" if path == Path(recording.source) else f", as {path.name} beside it"
    return f"{_count(len(made), 'call')} written{beside}"


@contextmanager
def _campaign(folder: Path, spec: str | None, given: dict[str, Any]) -> Iterator[Campaign]:
    """A run of the stage replay alone. What it creates at a target is deleted."""
    given = dict(given)
    with tempfile.TemporaryDirectory() as scratch:
        out, base_url = given.pop("out"), given.pop("base_url")
        campaign = Campaign(Options(
            spec=spec or str(shipped.document()), base_url=base_url, stages=("replay",), recordings=folder,
            headers=headers_from(given.pop("headers")), token=token_from(os.environ.get(TOKEN_VARIABLE)),
            out=out if base_url else Path(scratch), config=given.pop("config_file"), faults=tuple(given.pop("faults")),
            costly=shipped.guard() if shipped.is_document(spec) else None, **given,
        ))  # fmt: skip
        campaign.start()
        try:
            yield campaign
        finally:
            campaign.close()
            campaign.clean()


def _folder(path: Path | None, spec: str | None) -> Path:
    if path is not None:
        return path
    if spec is None or shipped.is_document(spec):
        return shipped.recordings()
    raise UsageError("which recordings? Name a file or a folder; those that ship with the package belong to the shipped document")


def _redactor(campaign: Campaign) -> Redactor:
    secrets = {*secrets_in(campaign.setting.headers), campaign.options.token or ""} - {SANDBOX_TOKEN, ""}
    return Redactor(secrets, schemes=campaign.document.security_schemes.values())


def _hosts(chain: Chain) -> str:
    recording = chain.recording
    hosts = Counter(one.request.parts().hostname or "" for one in recording.exchanges) if recording is not None else Counter()
    return hosts.most_common(1)[0][0] if hosts else ""


def _verdict(result: ChainResult, findings: Sequence[Finding]) -> str:
    if result.error:
        return plain(result.error)
    sent = _count(result.requests, "call")
    counts = Counter(finding.severity for finding in findings)
    named = [_count(counts[severity], severity.value) for severity in Severity if counts[severity]]
    return f"{sent}, {', '.join(named) if named else 'no drift'}{f'; {result.cut}' if result.cut else ''}"


def _drift(findings: Sequence[Finding]) -> Iterator[str]:
    """The findings by severity and layer, the lowest layer first: what fails there explains what is above."""
    ordered = sorted(findings, key=lambda finding: (finding.severity.rank, LAYERS.index(layer_of(finding)), finding.id))
    for finding in ordered[:_SHOWN]:
        yield f"{finding.severity.value} {layer_of(finding)} {finding.id}: {finding.operation or '-'}: {finding.message}"
    if len(ordered) > _SHOWN:
        yield f"and {len(ordered) - _SHOWN:,} more"


def _remarks(chain: Chain) -> Iterator[str]:
    """What of a file cannot be replayed."""
    recording = chain.recording
    for skipped in recording.skipped[:_SHOWN] if recording is not None else ():
        yield f"entry {skipped.index} is left out: {skipped.reason}"
    if recording is not None and len(recording.skipped) > _SHOWN:
        yield f"and {len(recording.skipped) - _SHOWN:,} entries more"
    if recording is not None and recording.unresolved:
        yield f"variables without a value: {', '.join(recording.unresolved)}"


def _unsent(result: ChainResult) -> Iterator[str]:
    for entry in result.entries.values():
        if entry.skipped:
            yield f"not sent: entry {entry.recorded.index}, {entry.label}: {entry.skipped}"


def _links(chain: Chain, document: Document) -> Iterator[str]:
    yield from map(str, links(chain, document))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

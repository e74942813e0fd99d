"""``conformance reproduce``: send a finding of a run again, and say whether its defect is still there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import click

from conformance import shipped
from conformance.cli.exits import Exit
from conformance.errors import UsageError
from conformance.model.message import Headers, Response
from conformance.model.record import Finding
from conformance.redaction.mask import Redactor
from conformance.report.curl import curl
from conformance.report.plain import plain
from conformance.report.read import Stored, stored
from conformance.run.config import check_globs, config
from conformance.run.credentials import secrets_in
from conformance.run.keeping import Keeping
from conformance.run.options import TOKEN_VARIABLE, headers_from, latency_from, token_from
from conformance.run.permit import Rules
from conformance.run.reproduce import Outcome, Reproduced, Terms, credentials
from conformance.run.reproduce import reproduce as reproduced
from conformance.run.setting import SANDBOX_TOKEN, Setting, settle
from conformance.spec.document import Document

EMBEDDED = "embedded sandbox"
_MOST = 5


@click.command()
@click.argument("name", metavar="ID")
@click.option("--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="Folder of the run.")
@click.option("--findings", "file", type=click.Path(path_type=Path), help="Its findings.json, when that is elsewhere.")
@click.option("--spec", help="The document. Default: that of the run.")
@click.option("--base-url", help="Target. Default: that of the run.")
@click.option("--header", "headers", multiple=True, help="'Name: value', sent with every request. Repeatable.")
@click.option("--recordings", type=click.Path(path_type=Path), help="The recordings of the run, for what was found beside them.")
@click.option("--config", "config_file", type=click.Path(path_type=Path),
              help="Settings of the project. Default: conformance.toml in the working directory, if there is one.")  # fmt: skip
@click.option("--allow-side-effects", "side_effects", is_flag=True,
              help="Also send to a remote target what may cost money, reach people or do damage.")  # fmt: skip
@click.option("--latency-limit", "limits", multiple=True, metavar="CATEGORY=SECONDS", help="As for the run. Repeatable.")
@click.option("--max-requests", type=click.IntRange(min=1), default=500, show_default=True, help="Hard limit for each finding.")
@click.option("--allow-remote-refs", "allow_remote", is_flag=True, help="Follow $ref to http(s) URLs.")
@click.option("--timeout", type=float, default=30.0, show_default=True, help="Seconds per request.")
def reproduce(
    name: str, out: Path, file: Path | None, spec: str | None, base_url: str | None, headers: tuple[str, ...],
    recordings: Path | None, config_file: Path | None, limits: tuple[str, ...], max_requests: int, timeout: float, *,
    side_effects: bool,
    allow_remote: bool,
) -> int:  # fmt: skip
    """Send a finding again: ID is its fingerprint or group in findings.json, or the beginning of one.

    What the request rests on is sent before it, to the run's target or to --base-url. For the embedded sandbox a fresh
    one is made. The token comes from TELNYX_API_KEY or from --header, as for the run.

    Exit code 0: the defect is gone; 1: it is still there; 2: that cannot be told, and why.
    """
    if not timeout > 0:
        raise UsageError(f"--timeout is {timeout}; it must be more than 0")
    held = stored(file if file is not None else out / "findings.json")
    chosen = held.chosen(name)
    source = _document(held, spec)
    document = Document.load(source, allow_remote=allow_remote)
    if held.run.get("digest") not in {None, document.digest}:
        click.echo("the document has changed since the run", err=True)
    was, given = _target(held), headers_from(headers)
    target = base_url or was
    token = token_from(os.environ.get(TOKEN_VARIABLE)) if target is not None else SANDBOX_TOKEN
    setting = Setting(
        spec=source, base_url=target, headers=given, seed=_whole(held, "seed", 1), timeout=timeout, allow_remote=allow_remote,
        faults=_faults(held) if target is None else (), rules=_rules(source, document, config_file, side_effects=side_effects),
        nonce=token_hex(8),
    )  # fmt: skip
    latency = {**dict(setting.latency), **dict(config(config_file).latency), **dict(latency_from(limits))}
    setting = replace(setting, latency=tuple(latency.items()))
    here = settle(setting, document)
    setting = replace(setting, headers=credentials(setting, token, here))
    terms = Terms(target=was, token=token, max_examples=_whole(held, "max_examples", 5), max_requests=max_requests,
                  recordings=recordings or (shipped.recordings() if _is_shipped(source) else None))  # fmt: skip
    found = _looked_for(chosen, setting, terms, document, out, given)
    secrets = {*secrets_in(setting.headers), token or ""} - {SANDBOX_TOKEN, ""}
    for line in _told(found, len(chosen), Redactor(secrets, schemes=document.security_schemes.values())):
        click.echo(line)
    return _code(found)


def _rules(source: str, document: Document, file: Path | None, *, side_effects: bool) -> Rules:
    """What the guard goes by, as for a run."""
    settled = config(file)
    check_globs(settled.guard, document.operations, settled.path)
    costly = config(shipped.guard()).guard.costly if _is_shipped(source) else ()
    return replace(settled.guard, side_effects=side_effects, costly=(*settled.guard.costly, *costly))


def _looked_for(
    chosen: Sequence[Finding], setting: Setting, terms: Terms, document: Document, out: Path, given: Headers
) -> list[Reproduced]:  # fmt: skip
    """Look for one finding after the other until one is still there; what that creates is deleted."""
    keeping = Keeping(out, setting.base_url) if setting.base_url is not None else None
    if keeping is not None:
        out.mkdir(parents=True, exist_ok=True)
        keeping.begin(document, given)
        setting = replace(setting, ledger=keeping.ledger)
    found: list[Reproduced] = []
    try:
        for finding in sorted(chosen, key=_ease)[:_MOST]:
            found.append(reproduced(finding, setting, terms))
            if found[-1].outcome is Outcome.THERE:
                break
    finally:
        if keeping is not None:
            keeping.end(setting, most=None, until=None)
    return found


def _ease(finding: Finding) -> tuple[bool, bool, int, str]:
    """What is sure and small first."""
    request = finding.request
    return finding.flaky, request is None, len(request.url) + len(request.body) if request is not None else 0, finding.fingerprint


def _code(found: Sequence[Reproduced]) -> Exit:
    outcomes = {one.outcome for one in found}
    if Outcome.THERE in outcomes:
        return Exit.FINDINGS
    return Exit.USAGE if Outcome.UNKNOWN in outcomes else Exit.CONFORMS


def _told(found: Sequence[Reproduced], count: int, redactor: Redactor) -> Iterator[str]:
    for one in found:
        finding = one.finding
        yield f"{one.outcome.value}: {finding.id}  {plain(finding.operation or 'document')}  {finding.fingerprint}"
        yield f"  {plain(redactor.text(finding.message))}"
        if one.reason:
            yield f"  {plain(redactor.text(one.reason))}"
        for exchange in one.sent if one.outcome is Outcome.THERE else one.sent[-1:]:
            answer = exchange.response
            said = str(answer.status) if isinstance(answer, Response) else f"no answer: {plain(answer.reason)}"
            yield f"  {redactor.text(curl(exchange.request, redactor=redactor))}"
            yield f"    {redactor.text(said)}"
    if count > len(found):
        yield f"  and {count - len(found):,} more findings of the same defect, which were not looked for"


def _document(held: Stored, spec: str | None) -> str:
    """Where the document of a run is."""
    if spec is not None:
        return spec
    uri = str(held.run.get("document_uri") or "")
    if "://" in uri or (uri and Path(uri).exists()):
        return uri
    own = shipped.document()
    if own.exists() and Document.load(own).digest == held.run.get("digest"):
        return str(own)
    raise UsageError(f"the document of the run, {uri or 'which it does not name'}, is not there; name it with --spec")


def _is_shipped(source: str) -> bool:
    own = shipped.document()
    return own.exists() and Path(source).exists() and Path(source).samefile(own)


def _target(held: Stored) -> str | None:
    target = str(held.run.get("target") or EMBEDDED)
    return None if target in {EMBEDDED, "sandbox"} else target  # the second is what the proxy and the gate say


def _faults(held: Stored) -> tuple[str, ...]:
    faults = held.run.get("faults")
    return tuple(map(str, faults)) if isinstance(faults, list) else ()


def _whole(held: Stored, name: str, otherwise: int) -> int:
    value = held.run.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise

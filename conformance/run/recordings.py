"""The recordings of a run: which operations they touch, and what replaying one of them found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from conformance.cases.generated import BudgetSpent
from conformance.cases.recorded import RecordedExchange, Recording
from conformance.cases.recordings import READERS, files, recordings
from conformance.checks.latency import Timings
from conformance.checks.state import Ledger
from conformance.coverage.fold import Coverage
from conformance.errors import RecordingError
from conformance.model.message import Response
from conformance.model.operation import Operation
from conformance.model.record import Finding
from conformance.redaction.exchanges import Redactor
from conformance.redaction.words import listed_words
from conformance.run import pulse
from conformance.run.judge import slow
from conformance.run.limits import Limited
from conformance.run.links import Link, links_of
from conformance.run.replay import Replay, ReplayedEntry
from conformance.run.setting import Setting, opened, responder
from conformance.run.volatile import with_takes
from conformance.spec.document import Document
from conformance.spec.router import Router


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One recording, or a file that cannot be read: that has an ``error`` and one title.

    ``titles`` are its requests in order, ``labels`` the operations they are.
    """

    name: str
    titles: tuple[str, ...]
    labels: frozenset[str] = frozenset()
    recording: Recording | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainResult:
    """What replaying a chain found, by the index of its entries. ``cut`` says why the last of them were not reached.

    ``owed`` is how many requests are set aside to delete what it made. ``credentials`` are those that were seen, to make
    sure that none of them is written.
    """

    entries: Mapping[int, ReplayedEntry] = field(default_factory=dict)
    findings: Mapping[int, tuple[Finding, ...]] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    requests: int = 0
    owed: int = 0
    error: str = ""
    cut: str = ""
    timings: Timings = field(default_factory=Timings)
    credentials: tuple[str, ...] = field(default=(), repr=False)


def chains(path: Path, document: Document) -> list[Chain]:
    """The recordings at a path, in order; those that cannot be read carry their error.

    Raises:
        RecordingError: when there is nothing at the path, or nothing that is a recording.
    """
    if not files(path):
        raise RecordingError(source=str(path), reason=f"the folder holds no recording ({', '.join(READERS)})")
    router = Router(document.operations)
    read = list(recordings(path, document=document))
    whole = [item for item in read if isinstance(item, Recording)]
    matched = [tuple(_operation(router, one) for one in item.exchanges) for item in whole]
    known = iter(zip(with_takes(whole, matched), matched, strict=True))
    found = []
    for item in read:
        if isinstance(item, RecordingError):
            found.append(Chain(name=_name(Path(item.source), path), titles=("unreadable",), error=str(item)))
            continue
        recording, operations = next(known)
        if not recording.exchanges and (recording.skipped or len(read) == 1):
            why = f"; the first: {recording.skipped[0].reason}" if recording.skipped else ""
            error = RecordingError(source=recording.source, reason=f"it holds no call that can be replayed{why}")
            found.append(Chain(name=item.name, titles=("unreadable",), error=str(error)))
            continue
        titles = tuple(
            operation.label if operation is not None else f"{one.request.method} (undocumented)"
            for operation, one in zip(operations, recording.exchanges, strict=True)
        )
        found.append(Chain(name=item.name, titles=titles, labels=frozenset(titles), recording=recording))
    return found


def _operation(router: Router, recorded: RecordedExchange) -> Operation | None:
    match = router.match(recorded.request.method, recorded.request.url)
    return match.operation if match is not None else None


def links(chain: Chain, document: Document) -> tuple[Link, ...]:
    """The values that the requests of a chain take from earlier answers."""
    if chain.recording is None:
        return ()
    router = Router(document.operations)
    return links_of(chain.recording.exchanges, [_operation(router, one) for one in chain.recording.exchanges])


def _name(file: Path, path: Path) -> str:
    """What a file that cannot be read is called; files of one name in two folders are two."""
    return file.relative_to(path).as_posix() if file.is_relative_to(path) and file != path else file.name


def play(chain: Chain, setting: Setting, *, max_requests: int | None = None, deadline: float | None = None) -> ChainResult:
    """Replay one chain against the target; a fresh sandbox when it is embedded. Cut short, it gives what it has.

    Args:
        chain: what to send.
        setting: the document and the target.
        max_requests: how many may be sent.
        deadline: when to stop, in seconds since the epoch.
    """
    if chain.recording is None:
        return ChainResult(error=chain.error)
    here = opened(setting)
    limited = Limited(responder(setting, here.document), max_requests=max_requests, deadline=deadline)
    replay = Replay(
        here.document,
        target=here.target,
        responder=limited,
        judge=partial(here.judge, ledger=Ledger(here.document.operations)),
        headers=setting.headers,
        matchers=setting.matchers,
        is_sandbox=setting.is_embedded,
    )
    # What is recorded may be as it was: what it must not show, nothing that is written of it shows.
    redactor = Redactor(schemes=here.document.security_schemes.values(), public=listed_words(here.document.raw))
    entries: dict[int, ReplayedEntry] = {}
    coverage, timings = Coverage(), Timings()
    cut = ""
    try:
        with limited.watched():
            for position, entry in enumerate(replay.run(chain.recording, max_requests=max_requests)):
                _seen(entry, coverage, timings)
                entries[position] = shown(entry, redactor)
    except BudgetSpent as spent:
        cut = str(spent)
    except KeyboardInterrupt:
        cut = "the run was stopped"
    findings = {position: entry.findings for position, entry in entries.items()}
    for found in slow(timings, here.document.operations, dict(setting.latency)):
        last = max(position for position, entry in entries.items() if entry.label == found.operation)
        findings[last] = (*findings[last], found)
    return ChainResult(
        entries=entries, findings=findings, coverage=coverage, requests=limited.sent, owed=limited.owed or 0, cut=cut,
        timings=timings, credentials=redactor.credentials,
    )  # fmt: skip


def shown(entry: ReplayedEntry, redactor: Redactor) -> ReplayedEntry:
    """An entry with stand-ins for what must not be written, in its exchange and its findings."""
    exchange = entry.exchange
    if exchange is None:
        return entry
    # All of them, for a credential of one may stand in another without its name.
    clean = redactor(exchange.request, exchange.response)
    answer = clean.answer if isinstance(clean.answer, Response) else None
    findings = tuple(
        replace(
            found, request=clean.request, response=answer if found.response is not None else None,
            message=redactor.text(found.message), curl=redactor.text(found.curl),
        )
        for found in entry.findings
    )  # fmt: skip
    exchange = replace(exchange, request=clean.request, response=clean.answer)
    return replace(entry, exchange=exchange, findings=findings, left_out=any(clean.left_out))


def _seen(entry: ReplayedEntry, coverage: Coverage, timings: Timings) -> None:
    exchange, judged = entry.exchange, entry.judged
    if exchange is None or judged is None:
        return
    pulse.beat(requests=1)
    if judged.operation is not None:
        coverage.add(judged.operation, exchange, source="replay", reading=judged.reading, answer=judged.answer)
        timings.add(judged.operation, exchange)

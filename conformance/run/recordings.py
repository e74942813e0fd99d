"""The recordings of a run: which operations they touch, and what replaying one of them found."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from conformance.cases.recorded import Recording
from conformance.cases.recordings import recordings
from conformance.checks.state import Ledger
from conformance.coverage.fold import Coverage
from conformance.errors import RecordingError
from conformance.model.message import NoResponse, Request, Response
from conformance.model.ports import Responder
from conformance.model.record import Finding
from conformance.run import pulse
from conformance.run.replay import Replay, ReplayedEntry
from conformance.run.setting import Setting, opened, responder
from conformance.spec.document import Document
from conformance.spec.router import Router


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One recording. ``titles`` are its requests in order, ``labels`` the operations they are; a file that cannot be
    read has an ``error`` and one title.
    """

    name: str
    titles: tuple[str, ...]
    labels: frozenset[str] = frozenset()
    recording: Recording | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainResult:
    """What replaying a chain found, by the index of its entries."""

    entries: Mapping[int, ReplayedEntry] = field(default_factory=dict)
    findings: Mapping[int, tuple[Finding, ...]] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    requests: int = 0
    error: str = ""


def chains(path: Path, document: Document) -> list[Chain]:
    """The recordings at a path, in order; those that cannot be read carry their error.

    Raises:
        RecordingError: when there is nothing at the path.
    """
    router = Router(document.operations)
    found = []
    for item in recordings(path):
        if isinstance(item, RecordingError):
            found.append(Chain(name=Path(item.source).stem, titles=("unreadable",), error=str(item)))
            continue
        matches = [router.match(one.request.method, one.request.url) for one in item.exchanges]
        titles = tuple(
            match.operation.label if match is not None and match.operation is not None else f"{one.request.method} (undocumented)"
            for match, one in zip(matches, item.exchanges, strict=True)
        )
        found.append(Chain(name=item.name, titles=titles, labels=frozenset(titles), recording=item))
    return found


class _Until:
    """A responder that sends nothing after a deadline, or when the run was stopped."""

    def __init__(self, inner: Responder, deadline: float | None) -> None:
        self._inner, self._deadline = inner, deadline

    def respond(self, request: Request) -> Response | NoResponse:
        """The answer."""
        pulse.beat(requests=1)
        return self._inner.respond(request)

    def is_over(self) -> bool:
        """Whether nothing more may be sent."""
        return pulse.stopped() or (self._deadline is not None and time.time() >= self._deadline)


def play(chain: Chain, setting: Setting, *, max_requests: int | None = None, deadline: float | None = None) -> ChainResult:
    """Replay one chain against the target; a fresh sandbox when it is embedded.

    Args:
        chain: what to send.
        setting: the document and the target.
        max_requests: how many may be sent.
        deadline: when to stop, in seconds since the epoch.
    """
    if chain.recording is None:
        return ChainResult(error=chain.error)
    here = opened(setting)
    answering = _Until(responder(setting, here.document), deadline)
    replay = Replay(
        here.document,
        target=here.target,
        responder=answering,
        judge=partial(here.judge, ledger=Ledger(here.document.operations)),
        headers=setting.headers,
    )
    entries: dict[int, ReplayedEntry] = {}
    findings: dict[int, tuple[Finding, ...]] = {}
    coverage = Coverage()
    if not answering.is_over():
        for position, entry in enumerate(replay.run(chain.recording, max_requests=max_requests)):
            entries[position] = entry
            findings[position] = entry.findings
            if entry.exchange is not None and entry.judged is not None and entry.judged.operation is not None:
                coverage.add(entry.judged.operation, entry.exchange, source="replay", reading=entry.judged.reading,
                             answer=entry.judged.answer)  # fmt: skip
            if answering.is_over():
                break
    sent = sum(entry.exchange is not None for entry in entries.values())
    return ChainResult(entries=entries, findings=findings, coverage=coverage, requests=sent)

"""Traffic of others, judged as it goes by: the same checks as for traffic of ours, folded the same way.

What one exchange shows is judged always. What only several show, such as a thing that is read after it was deleted, is judged
where nobody else can explain it: of exchanges that no other overlapped, close to one another in time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from conformance.checks.latency import Timings
from conformance.checks.state import Ledger
from conformance.coverage.fold import Coverage
from conformance.model.message import NoResponse
from conformance.model.operation import Operation
from conformance.model.record import Exchange, Finding, Severity
from conformance.run.baseline import Baseline
from conformance.run.compare import finding as differing
from conformance.run.identity import is_strong
from conformance.run.judge import Judge, Judged, slow
from conformance.run.shapes import Difference
from conformance.run.smallest import keep
from conformance.spec.document import Document

SOURCE = "proxy"
_GENERATED = re.compile(r"[0-9]{4,}|^[0-9]+$|%")
_MEMORY = 60.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(slots=True, kw_only=True)
class Watched:
    """What a while of watching brought; picklable. ``requests`` and ``failed`` are by operation, ``other`` by method and path.

    ``findings`` are by fingerprint, ``times`` says how often each was seen.
    """

    exchanges: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)
    findings: dict[str, Finding] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    timings: Timings = field(default_factory=Timings)

    def new_findings(self) -> tuple[Finding, ...]:
        """The findings that fail the command: not known, and worse than a note."""
        return tuple(one for one in self.findings.values() if one.known is None and one.severity is not Severity.NOTE)


class Watch:
    """Judges exchanges in the order in which they ended.

    Args:
        document: whose operations they are of.
        base_url: where the target is.
        baseline: findings that are known.
        shown: takes out of a finding what must not be written; called for each that is kept.
    """

    source = SOURCE

    def __init__(
        self, document: Document, *, base_url: str, baseline: Baseline, shown: Callable[[Finding], Finding] = lambda found: found
    ) -> None:
        self._document, self._baseline, self._shown = document, baseline, shown
        self._judge = Judge(document, base_url=base_url)
        self._ledger = Ledger(document.operations)
        self._since = 0.0
        self.watched = Watched()

    def see(self, exchange: Exchange, *, alone: bool, at: float) -> Iterator[Finding]:
        """Take in one exchange; yields the findings that are seen for the first time.

        Args:
            exchange: the request with its answer, or with why there is none.
            alone: whether no other exchange overlapped it.
            at: when it was begun, in seconds since the epoch.
        """
        watched = self.watched
        watched.exchanges += 1
        if (not alone and exchange.request.method not in _SAFE) or at - self._since > _MEMORY:
            self._ledger.forget()
            self._since = at
        judged = self._judge(exchange, ledger=self._ledger if alone else None)
        operation = judged.operation
        if operation is None:
            watched.other[call_of(exchange)] += 1
        else:
            watched.requests[operation.label] += 1
            watched.coverage.add(operation, exchange, source=self.source, reading=judged.reading, answer=judged.answer)
            watched.timings.add(operation, exchange)
        for found in self._found(exchange, judged):
            yield from self._keep(found)

    def _found(self, exchange: Exchange, judged: Judged) -> Iterator[Finding]:
        """What is told of one exchange."""
        yield from judged.observation.findings
        if judged.operation is None and not isinstance(exchange.response, NoResponse):
            label = call_of(exchange)
            yield differing(
                Difference(id="path-undocumented", message=f"{label} is not in the document", detail=label), exchange, None
            )

    def _keep(self, found: Finding) -> Iterator[Finding]:
        watched = self.watched
        is_new = found.fingerprint not in watched.findings
        watched.times[found.fingerprint] += 1
        if keep(watched.findings, found):
            line, column = self._document.source.locate(found.pointer)
            placed = replace(self._shown(found), line=line, column=column, known=self._baseline.known(found))
            watched.findings[found.fingerprint] = placed
            if is_new:
                yield placed

    def end(self, limits: dict[str, float]) -> Iterator[Finding]:
        """The findings that only all exchanges together show; ``limits`` are seconds by latency category."""
        for found in slow(self.watched.timings, self._document.operations, limits):
            yield from self._keep(found)


def call_of(exchange: Exchange) -> str:
    """The method and path, with what looks generated left out."""
    segments = exchange.request.parts().path.split("/")
    shown = ("{}" if is_strong(one) or _GENERATED.search(one) else one for one in segments)
    return f"{exchange.request.method.upper()} {'/'.join(shown)}"


def operations(watched: Watched, document: Document) -> tuple[Operation, ...]:
    """The operations that were called."""
    return tuple(operation for operation in document.operations if operation.label in watched.requests)

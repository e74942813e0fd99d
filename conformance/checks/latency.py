"""How long operations take to answer, and the promise that their category makes of it (``x-latency-category``).

One slow answer says little: a connection that had to be made, a cache that was cold. So an operation is judged by the time
within which 95 % of its answers came, and by no fewer than two slow ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.checks.subject import Fault
from conformance.model.message import Response
from conformance.model.operation import Operation
from conformance.model.record import Exchange

CATEGORY = "x-latency-category"
LIMITS: Mapping[str, float] = {"responsive": 1.0, "interactive": 5.0, "background": 30.0}
"""Seconds by category, where nothing else is settled."""

ENOUGH = 5
"""Answers from which on the 95th percentile counts; of fewer, every one must be slow."""

_LEAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How long some answers took, in seconds."""

    answers: int
    median: float
    p95: float


class Timings:
    """How long each operation took, answer by answer: a fold that merges. Picklable."""

    def __init__(self) -> None:
        self._all: dict[str, list[float]] = {}
        self._successes: dict[str, list[float]] = {}
        self._slowest: dict[str, tuple[float, Exchange]] = {}

    def add(self, operation: Operation, exchange: Exchange) -> None:
        """Take in an exchange with an operation; without an answer it says nothing here."""
        answer, label = exchange.response, operation.label
        if not isinstance(answer, Response):
            return
        self._all.setdefault(label, []).append(answer.elapsed)
        if 200 <= answer.status < 300:
            self._successes.setdefault(label, []).append(answer.elapsed)
        self._slow(label, answer.elapsed, exchange)

    def merge(self, other: Timings) -> None:
        """Take in what another has, in any order."""
        for mine, theirs in ((self._all, other._all), (self._successes, other._successes)):
            for label, times in theirs.items():
                mine.setdefault(label, []).extend(times)
        for label, (elapsed, exchange) in other._slowest.items():
            self._slow(label, elapsed, exchange)

    def _slow(self, label: str, elapsed: float, exchange: Exchange) -> None:
        if label not in self._slowest or elapsed > self._slowest[label][0]:
            self._slowest[label] = (elapsed, exchange)

    def measured(self, label: str) -> Measured | None:
        """What is known of an operation, ``None`` when it never answered."""
        times = self._all.get(label)
        return _measured(times) if times else None

    def slowest(self, label: str) -> Exchange | None:
        """The exchange of an operation that took the longest."""
        return self._slowest[label][1] if label in self._slowest else None

    def judge(self, operation: Operation, limits: Mapping[str, float]) -> Iterator[Fault]:
        """What breaks the promise of an operation's category.

        The answers as a whole are judged, and the successes alone: refusals are quick, and many of them hide slow work.
        """
        category = category_of(operation)
        limit = limits.get(category) if category is not None else None
        if limit is None:
            return
        for what, times in (("answers", self._all), ("successes", self._successes)):
            held = times.get(operation.label, [])
            if exceeds(held, limit):
                found = _measured(held)
                took = f"95 % of {found.answers} {what} took up to {told(found.p95)}, half of them up to {told(found.median)}"
                yield Fault(message=f"{took}; {category} operations answer within {told(limit)}",
                            detail=f"latency {category}", pointer=f"{operation.pointer}/{CATEGORY}")  # fmt: skip
                return

    def undecided(self, operation: Operation, limits: Mapping[str, float]) -> Exchange | None:
        """The slowest exchange of an operation that was slow whenever it was asked, and was asked too seldom to be judged."""
        limit, times = limits.get(category_of(operation) or ""), self._all.get(operation.label, [])
        if limit is None or not times or len(times) >= _LEAST or min(times) <= limit:
            return None
        return self.slowest(operation.label)

    def to_json(self, operations: Iterable[Operation], limits: Mapping[str, float]) -> dict[str, Any]:
        """What reports hold by operation label: ``answers``, ``median``, ``p95`` and ``limit`` in seconds, ``category``."""
        found = {}
        for operation in operations:
            measured, category = self.measured(operation.label), category_of(operation)
            if measured is not None:
                found[operation.label] = {
                    "answers": measured.answers, "median": round(measured.median, 6), "p95": round(measured.p95, 6),
                    "category": category, "limit": limits.get(category) if category is not None else None,
                }  # fmt: skip
        return found


def category_of(operation: Operation) -> str | None:
    """The latency category that the document gives an operation, if any."""
    value = operation.extensions.get(CATEGORY)
    return value if isinstance(value, str) else None


def exceeds(times: list[float], limit: float) -> bool:
    """Whether times are more than a limit allows, and not by an accident."""
    slow = sum(time > limit for time in times)
    if slow < _LEAST:
        return False
    return percentile(times, 95) > limit if len(times) >= ENOUGH else slow == len(times)


def percentile(times: list[float], share: int) -> float:
    """The time within which ``share`` per cent of the answers came (nearest rank)."""
    ordered = sorted(times)
    return ordered[max(0, -(-share * len(ordered) // 100) - 1)]


def told(seconds: float) -> str:
    """A time for a reader."""
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _measured(times: list[float]) -> Measured:
    return Measured(answers=len(times), median=percentile(times, 50), p95=percentile(times, 95))

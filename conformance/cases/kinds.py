"""The kinds of requests in the order of the news that is expected of them, and the agenda that deals them out in turns.

Services mostly have a defect in a kind of thing (nulls, enums, long texts) and less often at one place alone, so every
kind comes once before one comes a second time. Within a kind, what stands higher in a message comes first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.cases.offer import Offer

KINDS = (
    "valid", "only-required", "credentials", "missing", "wrong-type", "null", "bad-enum", "lax-type", "malformed", "media-type",
    "fraction", "lax-truth", "container", "bad-case", "unknown-id", "out-of-range", "too-long", "too-short", "bad-format",
    "bad-pattern", "unknown-field", "method", "optional", "enum-value", "boundary", "empty", "union", "odd-id", "optional-absent",
    "repeated", "additional", "other",
)  # fmt: skip
"""Every kind, the first in line first."""

_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_WINDOW = 4
"""How far is looked ahead in a source of which each offer costs: what comes after may never be needed."""
_FAR = 2400


@dataclass(slots=True)
class _Source:
    offers: Iterator[Offer]
    patience: int
    window: int
    is_dear: bool


class Agenda:
    """Offers in turns of their kinds. Sources are read bit by bit, and nothing is offered twice."""

    def __init__(self) -> None:
        self._sources: list[_Source] = []
        self._waiting: dict[str, deque[Offer]] = {}
        self._known: set[tuple[str, str]] = set()
        self._taken: dict[str, int] = {}

    def add(self, offers: Iterable[Offer], *, dear: int = 0) -> None:
        """Take in a source of offers.

        Args:
            offers: the source.
            dear: for one of which each offer costs: after its first offers it is read when nothing else is left, and given up
                when so many in a row are no news.
        """
        source = _Source(iter(offers), dear or _FAR, _WINDOW if dear else _FAR, bool(dear))
        if self._read(source):
            self._sources.append(source)

    def _read(self, source: _Source) -> bool:
        """Look a window of news ahead; whether there may be more."""
        fresh, known = 0, 0
        for offer in source.offers:
            if offer.news in self._known:
                known += 1
                if known >= source.patience:
                    return False
                continue
            self._known.add(offer.news)
            self._waiting.setdefault(offer.kind, deque()).append(offer)
            fresh, known = fresh + 1, 0
            if fresh >= source.window:
                return True
        return False

    def take(self) -> Offer | None:
        """The offer of which most news is expected; ``None`` when there is none left."""
        kind = self._first()
        for is_dear in (False, True):
            if kind is None:
                self._sources = [source for source in self._sources if source.is_dear is not is_dear or self._read(source)]
                kind = self._first()
        if kind is None:
            return None
        self._taken[kind] = self._taken.get(kind, 0) + 1
        return self._waiting[kind].popleft()

    def missed(self, offer: Offer) -> None:
        """An offer that was taken could not be made: its kind has its turn still."""
        self._taken[offer.kind] -= 1

    def _first(self) -> str | None:
        waiting = (kind for kind, queue in self._waiting.items() if queue)
        return min(waiting, key=lambda kind: (self._taken.get(kind, 0), _RANK[kind]), default=None)

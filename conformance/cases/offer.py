"""What could be sent next: an offer says what a request would tell, and makes it only when its turn comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.model.message import Request
from conformance.model.record import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A request that could be sent.

    ``kind`` is what would be tried (``missing``, ``bad-enum``, a row of ``cases.kinds``), ``place`` where
    (``body:/items/*/id``, ``query:limit``): two offers with the same of both tell the same. ``make`` gives the request, or
    ``None`` when it cannot be made after all. ``tested`` are the names that the request is about.
    """

    kind: str
    place: str
    intent: Intent
    description: str
    make: Callable[[], Request | None]
    tested: frozenset[str] = frozenset()

    @property
    def news(self) -> tuple[str, str]:
        """What the offer would tell."""
        return self.kind, self.place

"""What a probe is: a request made from another one, and why it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from conformance.model.message import Request
from conformance.model.record import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A request and why it is sent.

    ``operation`` is the label of the one that it is for. ``refused_by`` is the id of the check that a success breaks,
    where the exchange alone does not show it. ``halves`` makes probes with less in them, for when this one is refused
    although it keeps the contract: what one place is refused for says nothing of the others.
    """

    operation: str
    intent: Intent
    description: str
    request: Request
    refused_by: str = ""
    halves: Callable[[], Iterator[Probe]] | None = None


def woven(*parts: Iterable[Probe]) -> Iterator[Probe]:
    """The first of every part, then the second of every part, and so on: whatever is cut off, no part is without."""
    left = [iter(part) for part in parts]
    while left:
        for part in list(left):
            probe = next(part, None)
            if probe is None:
                left.remove(part)
            else:
                yield probe

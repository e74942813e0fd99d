"""What a fault is: a defect that is planted on request, with where it can show and what it does at each step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import Operation
from conformance.sandbox.faults.ground import Ground, Site
from conformance.sandbox.service import Call, Outcome
from conformance.sandbox.sessions import Session
from conformance.sandbox.turn import Perform, Turn
from conformance.spec.reading import RequestError
from conformance.spec.router import Match

T = TypeVar("T")


class Family(StrEnum):
    """What side of a service a fault is on."""

    RESPONSE = "response"
    INPUT = "input"
    CRASH = "crash"
    AUTH = "auth"
    STATE = "state"
    LISTS = "lists"
    PROTOCOL = "protocol"
    DRIFT = "drift"


class Scene:
    """What a planted fault knows beside the request: its seed, its operations, and notes of its own.

    Whatever it decides, it decides by ``seed`` and ``name``, so that the same requests meet the same defect.
    """

    def __init__(self, *, name: str, seed: int, ground: Ground, labels: Iterable[str]) -> None:
        self.name, self.seed, self.labels = name, seed, frozenset(labels)
        self._ground = ground
        self._notes: WeakKeyDictionary[Session, dict[Any, Any]] = WeakKeyDictionary()

    def site(self, operation: Operation) -> Site:
        """An operation as a place for faults."""
        return self._ground.sites[operation.label]

    def selected(self) -> tuple[Operation, ...]:
        """The operations that the fault is planted at."""
        return tuple(site.operation for label, site in self._ground.sites.items() if label in self.labels)

    def match(self, request: Request) -> Match | None:
        """Where a request leads."""
        return self._ground.router.match(request.method, request.url)

    def chance(self, *salt: object) -> float:
        """A number from 0 to 1 (without 1) that is always the same for the same words."""
        return Random("/".join(map(str, (self.seed, self.name, *salt)))).random()  # noqa: S311 - it has to be repeatable

    def choice(self, options: Iterable[T], *salt: object) -> T | None:
        """One of the options, always the same whatever else there is to choose from, or ``None`` where there is none."""
        return min(options, key=lambda option: self.chance(*salt, option), default=None)

    def notes(self, session: Session) -> dict[Any, Any]:
        """What the fault keeps in mind of a session, as long as the session lasts."""
        return self._notes.setdefault(session, {})


Arrival = Callable[[Turn, Scene], Response | NoResponse | None]
Challenge = Callable[[Turn, tuple[str, ...] | None, Scene], tuple[str, ...] | None]
Breaches = Callable[[Turn, tuple[RequestError, ...], Scene], tuple[RequestError, ...]]
Effect = Callable[[Turn, Call, Perform, Scene], Outcome]
Departure = Callable[[Turn, Response, Scene], Response | NoResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A row of the table.

    ``promise`` is what the fault breaks. ``checks`` are ids of checks that are meant to see it; none where there is no such
    check yet. ``applies`` is whether it can show at an operation at all.

    The functions are those of ``sandbox.turn.Conduct`` that the fault needs, called at its operations alone. ``witness``
    stands around the effect of every operation, for a fault that has to know what happened elsewhere. A fault that is
    ``aside`` acts on requests with a method that its path does not have.
    """

    id: str
    family: Family
    promise: str
    checks: tuple[str, ...]
    applies: Callable[[Site], bool]
    arrival: Arrival | None = None
    challenge: Challenge | None = None
    breaches: Breaches | None = None
    effect: Effect | None = None
    departure: Departure | None = None
    witness: Effect | None = None
    aside: bool = False

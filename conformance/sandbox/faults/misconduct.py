"""Conduct with faults planted in it: which of them act on a request, and what they make of it together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from conformance.errors import UsageError
from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import Operation
from conformance.sandbox.faults.fault import Effect, Fault, Scene
from conformance.sandbox.faults.ground import Ground
from conformance.sandbox.faults.latency import NO_LATENCY, Latency
from conformance.sandbox.faults.table import BY_ID
from conformance.sandbox.service import Outcome
from conformance.sandbox.turn import FAULTLESS, Conduct, Perform, Turn
from conformance.spec.reading import RequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A fault, where it is planted, and how often it shows.

    ``where`` is a label (``GET /things``), an operation id, a path or a tag, ``*`` and ``?`` allowed; empty is everywhere.
    ``rate`` is the share of requests, from 0 to 1. ``must`` means that it is a mistake to plant it where it cannot show.
    """

    fault: Fault
    where: str = ""
    rate: float = 1.0
    must: bool = True

    def is_at(self, operation: Operation) -> bool:
        """Whether the fault is planted at an operation."""
        names = (operation.label, operation.operation_id or "", operation.path, *operation.tags)
        wanted = self.where.casefold()
        return not wanted or any(name.casefold() == wanted or fnmatchcase(name.casefold(), wanted) for name in names if name)


def parse(text: str) -> tuple[Planted, ...]:
    """``NAME[@OPERATION][=RATE]``; a name with ``*`` stands for several faults.

    Raises:
        UsageError: when there is no such fault, or the rate is none.
    """
    body, rate = _rated(text)
    name, at, where = body.partition("@")
    name, where = name.strip().lower(), where.strip()
    found = [BY_ID[name]] if name in BY_ID else [fault for id_, fault in BY_ID.items() if "*" in name and fnmatchcase(id_, name)]
    if not found:
        close = get_close_matches(name, BY_ID, n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(close)}?" if close else "--list-faults shows those that there are"
        raise UsageError(f"there is no fault {name!r}; {hint}")
    if at and not where:
        raise UsageError(f"--fault {text!r} names no operation after @; write a label, an operation id, a path or a tag")
    return tuple(Planted(fault=fault, where=where, rate=rate, must=len(found) == 1) for fault in found)


def _rated(text: str) -> tuple[str, float]:
    body, equals, tail = text.rpartition("=")
    if not equals:
        return text, 1.0
    try:
        rate = float(tail)
    except ValueError:
        if "@" in body:  # an equals sign of the operation's path
            return text, 1.0
        raise UsageError(f"--fault {text!r} has the rate {tail!r}; it must be a number from 0 to 1") from None
    if not 0 <= rate <= 1:
        raise UsageError(f"--fault {text!r} has the rate {tail}; it must be from 0 to 1")
    return body, rate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rooted:
    """A planted fault with its scene and the labels and paths that it acts at."""

    fault: Fault
    rate: float
    scene: Scene
    paths: frozenset[str]


class Misconduct(Conduct):
    """How a service with defects behaves. The same seed and the same requests give the same misbehaviour."""

    def __init__(
        self,
        planted: Iterable[Planted],
        ground: Ground,
        *,
        seed: int = 0,
        latency: Latency = NO_LATENCY,
    ) -> None:
        """``ground`` is of the document that the sandbox is made from; several may share it.

        Raises:
            UsageError: when a fault is planted where no operation is, or where it cannot show.
        """
        self._ground, self._seed, self._latency = ground, seed, latency
        self._rooted = tuple(rooted for rooted in map(self._root, planted) if rooted is not None)
        self._watching = tuple(rooted for rooted in self._rooted if rooted.fault.witness is not None and rooted.rate > 0)
        self._acting: tuple[_Rooted, ...] = ()

    def _root(self, planted: Planted) -> _Rooted | None:
        fault = planted.fault
        here = {label: site for label, site in self._ground.sites.items() if planted.is_at(site.operation)}
        if not here:
            raise UsageError(f"the fault {fault.id} is planted at {planted.where!r}, and the document has no such operation")
        labels = [label for label, site in here.items() if fault.applies(site)]
        if not labels and not planted.must:
            return None
        if not labels:
            where = f"at {planted.where!r}" if planted.where else "in this document"
            raise UsageError(f"the fault {fault.id} cannot show {where}: nothing there makes the promise that it breaks")
        scene = Scene(name=fault.id, seed=self._seed, ground=self._ground, labels=labels)
        return _Rooted(
            fault=fault, rate=planted.rate, scene=scene, paths=frozenset(here[label].operation.path for label in labels)
        )

    def _is_acting(self, rooted: _Rooted, turn: Turn) -> bool:
        if rooted.rate < 1 and rooted.scene.chance("rate", turn.number) >= rooted.rate:
            return False
        if turn.operation is not None:
            return turn.operation.label in rooted.scene.labels and not rooted.fault.aside
        match = rooted.scene.match(turn.request) if rooted.fault.aside else None
        return match is not None and match.first is not None and match.first.path in rooted.paths

    def arrival(self, turn: Turn) -> Request | Response | NoResponse:
        """An answer of the first fault that has one at this point."""
        self._acting = tuple(rooted for rooted in self._rooted if self._is_acting(rooted, turn))
        for rooted in self._acting:
            answer = rooted.fault.arrival(turn, rooted.scene) if rooted.fault.arrival is not None else None
            if answer is not None:
                return self._delayed(turn, answer)
        return turn.request

    def challenge(self, turn: Turn, challenges: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """What is left of a refusal to let somebody in."""
        for rooted in self._acting:
            if rooted.fault.challenge is not None:
                challenges = rooted.fault.challenge(turn, challenges, rooted.scene)
        return challenges

    def breaches(self, turn: Turn, found: tuple[RequestError, ...]) -> tuple[RequestError, ...]:
        """What the faults hold against a request."""
        for rooted in self._acting:
            if rooted.fault.breaches is not None:
                found = rooted.fault.breaches(turn, found, rooted.scene)
        return found

    def effect(self, turn: Turn, perform: Perform) -> Outcome:
        """The effect, with every fault around it.

        Raises:
            Missing: when something that the request names is not there.
        """
        assert turn.call is not None
        for rooted in self._acting:
            if rooted.fault.effect is not None:
                perform = _around(turn, perform, rooted.fault.effect, rooted.scene)
        for rooted in self._watching:
            assert rooted.fault.witness is not None
            perform = _around(turn, perform, rooted.fault.witness, rooted.scene)
        return perform(turn.call)

    def departure(self, turn: Turn, response: Response) -> Response | NoResponse:
        """The answer with every fault in it."""
        answer: Response | NoResponse = response
        for rooted in self._acting:
            if rooted.fault.departure is not None and isinstance(answer, Response):
                answer = rooted.fault.departure(turn, answer, rooted.scene)
        return self._delayed(turn, answer)

    def _delayed(self, turn: Turn, answer: Response | NoResponse) -> Response | NoResponse:
        seconds = self._latency.seconds(self._seed, turn.number)
        return replace(answer, elapsed=answer.elapsed + seconds) if seconds else answer


def _around(turn: Turn, perform: Perform, effect: Effect, scene: Scene) -> Perform:
    return lambda call: effect(turn, call, perform, scene)


def misconduct(texts: Sequence[str], ground: Ground, *, seed: int = 0, latency: Latency = NO_LATENCY) -> Conduct:
    """The conduct for faults as ``parse`` reads them; one without fault where there are none and no latency.

    Raises:
        UsageError: when one of them cannot be planted.
    """
    planted = [one for text in texts for one in parse(text)]
    if not planted and latency is NO_LATENCY:
        return FAULTLESS
    return Misconduct(planted, ground, seed=seed, latency=latency)

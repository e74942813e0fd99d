"""The cases of one operation, phase by phase: what is sent next, given what has been sent and taken so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from conformance.cases.changes import Base, changes, is_beyond
from conformance.cases.corpus import Corpus
from conformance.cases.covering import offered
from conformance.cases.edits import path_texts, with_path
from conformance.cases.engine import Engine, EngineCase, Unmakeable, request_of
from conformance.cases.fresh import FreshKeys
from conformance.cases.giving import give
from conformance.cases.kinds import Agenda
from conformance.cases.mutants import mutants
from conformance.cases.offer import Offer
from conformance.cases.pool import Pool
from conformance.cases.values import Values
from conformance.cases.width import is_wide
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.model.record import Intent
from conformance.spec.reading import RequestReading, read_request

EXAMPLES, COVERAGE, FUZZING = "examples", "coverage", "fuzzing"
OWN_PHASES = (EXAMPLES, COVERAGE, FUZZING)

_MOST_EXAMPLES = 20
_WIDEST = 5_000
"""Ways through the schema of a body, at most, for its examples to be looked for: the engine goes every one of them."""
_CASES = 4
"""Cases of fuzzing for each that is asked for; one of so many again is drawn, which costs most, and the others are mutants."""
_MOST = 150
"""Cases of an operation in the coverage phase, at most."""
_PATIENCE = 100
"""Cases of the engine in a row that may tell nothing new: it repeats each in every branch of every union."""
_HOPES = 3
"""Requests of an operation that may be turned away before the best of them serves as the one to change."""


@dataclass(slots=True, kw_only=True)
class Means:
    """What every course of a unit works with.

    ``base`` is the URL that an operation's path is appended to, ``headers`` go with every request, ``methods`` are the
    undeclared ones to try, by path; ``values`` grow with what the service turns out to want; ``seed`` decides what chance does.
    """

    engine: Callable[[], Engine]
    pool: Pool
    keys: FreshKeys
    values: Values
    headers: Mapping[str, str]
    base: Callable[[Operation], str]
    methods: Mapping[str, Sequence[str]]
    max_examples: int
    seed: int


class Course:
    """The cases of an operation. Ask it for an offer, make that, send it, and tell what was taken (``took``)."""

    def __init__(self, operation: Operation, means: Means) -> None:
        self.operation, self._means = operation, means
        self._corpus = Corpus()
        self._agenda: Agenda | None = None
        self._streams: dict[str, Iterator[Offer]] = {}
        self._told: set[tuple[str, str]] = set()
        self._sent: set[tuple[str, str, frozenset[tuple[str, str]], bytes]] = set()
        self._turn = -1
        self._first: Base | None = None
        self._is_changed = self._is_broken = False
        self._hopes = self._covered = 0

    def next(self, phase: str) -> tuple[Offer, Request] | None:
        """What to send next in a phase; ``None`` when there is nothing more to send.

        Raises:
            Unmakeable: when the engine fails at something; what is left comes when it is asked again.
        """
        while True:
            offer = self._offer(phase)
            if offer is None:
                return None
            made = offer.make() if offer.news not in self._told else None
            if made is None:
                if phase == COVERAGE and self._agenda is not None:
                    self._agenda.missed(offer)
                continue
            request = self._filled(made, offer)
            if self._is_fresh(request):
                self._hope(request, offer)
                return offer, request

    def took(self, request: Request, reading: RequestReading, *, is_plain: bool) -> None:
        """The service took a request of this operation that keeps its contract; it need not come from here.

        ``is_plain`` says that its values are such as anybody would send.
        """
        if self._corpus.add(request, reading, is_plain=is_plain):
            self._change(self._corpus.richest)

    def seen(self, request: Request, status: int) -> None:
        """A request was sent that may come from elsewhere: it is not sent again, nor what would tell the same.

        ``status`` is the answer's, 0 for none. Whether credentials matter, only a success or their refusal tells.
        """
        self._is_fresh(request)
        if request.method != self.operation.method.upper():
            self._told.add(("method", request.method))
        elif (
            self.operation.needs_auth
            and (status in {401, 403} or 200 <= status < 300)
            and request.header("authorization") is None
            and "Authorization" in self._means.headers
        ):
            self._told.add(("credentials", "header"))

    def _is_fresh(self, request: Request) -> bool:
        """Whether a request was not sent before; from now on it was."""
        headers = frozenset((name.lower(), value) for name, value in request.headers if name.lower() != "accept")
        key = (request.method, request.url, headers, request.body)
        known = len(self._sent)
        self._sent.add(key)
        return len(self._sent) > known

    def _offer(self, phase: str) -> Offer | None:
        if phase == COVERAGE:
            return self._from_agenda()
        if phase not in self._streams:
            self._streams[phase] = self._examples() if phase == EXAMPLES else self._fuzzing()
        return next(self._streams[phase], None)

    def _from_agenda(self) -> Offer | None:
        """The engine's breaches cost most: they come last, and only where they try what changes of a request do not."""
        self._covered += 1
        if self._covered > _MOST:
            return None
        if self._agenda is None:
            self._agenda = Agenda()
            self._change(self._corpus.richest)
            self._agenda.add(self._covering(breaking=False), dear=_PATIENCE)
        offer = self._agenda.take()
        if offer is None and not self._is_broken:
            self._is_broken = True
            if self._is_changed and not any(is_beyond(one) for one in self.operation.parameters):
                return None
            self._agenda.add(self._covering(breaking=True), dear=_PATIENCE)
            offer = self._agenda.take()
        return offer

    def _covering(self, *, breaking: bool) -> Iterator[Offer]:
        return offered(self._means.engine().covering(self.operation.label, breaking=breaking), self._written)

    def _hope(self, request: Request, offer: Offer) -> None:
        """Where nothing is taken, one of the requests that should have been is changed."""
        if self._is_changed or offer.intent is not Intent.POSITIVE or self._hopes > _HOPES:
            return
        base = self._read(request)
        if base.reading.errors:
            return
        self._first = self._first or base
        self._hopes += 1
        if self._hopes > _HOPES:
            self._change(self._first)

    def _change(self, base: Base | None) -> None:
        if base is not None and self._agenda is not None:
            self._is_changed = True
            self._agenda.add(changes(base, methods=self._means.methods.get(self.operation.label, ())))

    def _examples(self) -> Iterator[Offer]:
        body = self.operation.request_body
        if any(media.schema is not None and is_wide(media.schema, _WIDEST) for media in (body.content.values() if body else ())):
            raise Unmakeable("more ways lead through the body's schema than examples can be looked for on")
        cases = self._means.engine().examples(self.operation.label)
        for number, case in zip(range(_MOST_EXAMPLES), cases, strict=False):
            yield Offer(kind="valid", place=f"example {number}", intent=Intent.POSITIVE, description=f"Example {number + 1}",
                        make=lambda case=case: self._written(case))  # type: ignore[misc]  # fmt: skip

    def _fuzzing(self) -> Iterator[Offer]:
        means, label = self._means, self.operation.label
        salt = f"{means.seed} {label}"
        count, left = means.max_examples * _CASES, -(-means.max_examples // _CASES)
        draws: Iterator[EngineCase] = iter(())
        if self.operation.request_body is not None or any(one.location != "path" for one in self.operation.parameters):
            draws = means.engine().draws(label, left, salt=salt)
        drawn: list[Base] = []
        if not self._corpus and self._first is None:
            first = next(self._covering(breaking=False), None)
            request = first.make() if first is not None else None
            if first is not None and request is not None:
                drawn = [self._read(request)]
                yield first
        changed = mutants(lambda: self._corpus.bases() or drawn or ([self._first] if self._first is not None else []),
                          Random(salt), reread=self._read)  # noqa: S311  # fmt: skip
        problem: Unmakeable | None = None
        for number in range(count):
            try:
                case = next(draws, None) if number % (_CASES * _CASES) == 0 else None
            except Unmakeable as raised:
                problem, case = raised, None
            request = self._written(case) if case is not None else None
            if request is not None:
                drawn = [*drawn[-3:], self._read(request)]
                yield self._chance(f"{number}", request)
            elif (mutant := next(changed, None)) is not None and mutant[1]:
                yield self._chance(f"{number}", *mutant)
        if problem is not None:
            raise problem

    @staticmethod
    def _chance(number: str, request: Request, places: Sequence[str] = ()) -> Offer:
        tested = frozenset(place.rpartition(":")[2].rpartition("/")[2] for place in places)
        return Offer(kind="other", place=" ".join((number, *places)), intent=Intent.PROBE, make=lambda: request, tested=tested,
                     description=f"Changed by chance: {', '.join(places)}" if places else "Drawn by chance")  # fmt: skip

    def _written(self, case: EngineCase) -> Request | None:
        return request_of(case, self._means.base(self.operation), self._means.headers)

    def _read(self, request: Request) -> Base:
        return Base.of(request, read_request(self.operation, request, path_texts(self.operation, request)))

    def _filled(self, request: Request, offer: Offer) -> Request:
        """The request with what exists and what the user knows, in every place that it is not about."""
        self._turn += 1
        means, operation = self._means, self.operation
        about_path = {one.name for one in operation.parameters_in("path")} & offer.tested if "path:" in offer.place else set()
        request = give(operation, request, means.values, self._turn, tested=offer.tested)
        known = means.values.path(operation.label, self._turn)
        if not known or self._turn % 3 < 2:
            shown = means.pool.fill(operation.path, self._turn)
            request = with_path(operation, request, {name: value for name, value in shown.items() if name not in about_path})
        return means.keys.renewed(operation, request)

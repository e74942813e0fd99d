"""The generated cases of a unit: its operations take turns, and each ends when nothing new has come for a while.

What is new is a key of the coverage, an answer of another shape, or a finding. How long is a while depends on how much
there is to an operation: ``PATIENCE`` requests, and one for each ``_FIELDS`` parameters and fields that it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from conformance.cases.course import FUZZING, Course, Means
from conformance.cases.engine import Unmakeable, engine
from conformance.cases.fresh import FreshKeys
from conformance.cases.pool import Pool
from conformance.coverage.universe import universe
from conformance.model.message import NoResponse, Response
from conformance.model.operation import Operation
from conformance.model.ports import Responder
from conformance.model.record import Case, Exchange
from conformance.run.judge import Judged
from conformance.run.plan import Unit
from conformance.run.setting import Opened, Setting
from conformance.spec.document import template_names

PATIENCE = 64
"""Requests without news after which an operation with nothing to fill in is left alone, in each phase."""

_FIELDS = 1
_MOST_PATIENCE = 104
_SLICE = 6
"""Requests that an operation sends before it is the next one's turn."""

SAFE_METHODS = ("GET", "OPTIONS", "QUERY", "TRACE")
OTHER_METHODS = ("PUT", "PATCH", "DELETE", "POST", *SAFE_METHODS)
_GONE = frozenset({404, 410})
_ORDER = {"post": 0, "get": 1, "put": 2, "patch": 3, "delete": 5}


class Rounds:
    """Sends the cases of a unit's operations, phase by phase.

    Args:
        here: the document and the target.
        setting: whose headers and values go into the requests.
        unit: whose operations they are.
        responder: what answers.
        seen: shows an exchange to the checks, and sends what follows from it.
        failed: hears of an operation and a phase that the engine cannot work with, and why.
    """

    def __init__(
        self, here: Opened, setting: Setting, unit: Unit, *, responder: Responder, seen: Callable[[Exchange], object],
        failed: Callable[[str, str, str], object],
    ) -> None:  # fmt: skip
        self._responder, self._seen, self._failed, self._unit = responder, seen, failed, unit
        operations = [here.document.by_label[label] for label in unit.labels]
        self._pool = Pool(operation.path for operation in operations)
        self._news = _News()
        self._courses: dict[str, Course] = {}
        self._quiet: dict[tuple[str, str], int] = {}
        self._over: set[tuple[str, str]] = set()
        self._count = 0
        self._means = means = Means(
            engine=cache(lambda: engine(here.document).of_unit()), pool=self._pool, values=setting.values,
            keys=FreshKeys(f"cases {unit.seed} {unit.name} {setting.nonce}"),
            headers=dict(setting.headers), base=lambda operation: here.target.url_for(operation, ""),
            methods=_methods(here, operations, safe=unit.safe_probes), max_examples=unit.max_examples, seed=unit.seed,
        )  # fmt: skip
        # What makes things goes before what needs them, and what deletes them comes last.
        for operation in sorted(operations, key=lambda one: (_ORDER.get(one.method, 4), one.path.count("{"))):
            self._courses[operation.label] = Course(operation, means)

    def note(self, exchange: Exchange, judged: Judged, *, is_new: bool) -> None:
        """Take in what any exchange of the unit shows: ids, requests to make others from, and whether anything is new.

        ``is_new`` says that there was a new finding, or a new key of the coverage.
        """
        request, answer, operation = exchange.request, exchange.response, judged.operation
        course = self._courses.get(exchange.operation or "")
        if course is not None:
            course.seen(request, answer.status if isinstance(answer, Response) else 0)
        # Not either, or what is looked at last would not be looked at.
        self._news.came |= is_new | self._news.is_shape_new(exchange)
        reading = judged.reading
        if operation is None or reading is None or not isinstance(answer, Response):
            return
        values = _path_values(judged)
        if not 200 <= answer.status < 300:
            if answer.status in _GONE and not reading.errors:
                self._pool.forget(operation.path, values)
            return
        if operation.method == "delete" and operation.path.endswith("}"):
            self._pool.forget(operation.path, values)
        else:
            if not reading.errors:
                self._pool.worked(operation.path, values)
            self._pool.learn(operation.path, values, answer.body)
        course = self._courses.get(operation.label)
        if course is not None and not reading.errors and not reading.oddities:
            # What probes and chance put in is not what anybody would send.
            course.took(request, reading, is_plain=exchange.case.parent is None and exchange.case.phase != FUZZING)

    def refer(self, names: Mapping[str, str]) -> None:
        """Take in ids that are good in bodies, by the names of the fields that refer to them."""
        self._means.values = self._means.values.knowing(names)

    def go(self, phase: str) -> None:
        """Send the cases of a phase until they are all sent or tell nothing new; it may go on with what was left.

        Raises:
            BudgetSpent: when nothing more may be sent.
        """
        waiting = [course for course in self._courses.values() if (course.operation.label, phase) not in self._over]
        while waiting:
            waiting = [course for course in waiting if self._slice(course, phase)]

    def _slice(self, course: Course, phase: str) -> bool:
        """One turn of an operation; whether it wants another."""
        label = course.operation.label
        for _ in range(_SLICE):
            try:
                found = course.next(phase)
            except Unmakeable as raised:
                self._failed(label, phase, str(raised))
                return True
            if found is None or self._quiet.get((label, phase), 0) > patience(course.operation):
                self._over.add((label, phase))
                return False
            offer, request = found
            self._count += 1
            case = Case(id=f"{phase}-{self._count}", operation=label, stage="fuzz", phase=phase, intent=offer.intent,
                        description=offer.description, seed=self._unit.seed)  # fmt: skip
            self._send(Exchange(request=request, response=self._responder.respond(request), case=case, operation=label))
        return True

    def _send(self, exchange: Exchange) -> None:
        key = exchange.operation or "", exchange.case.phase
        self._news.came = False
        self._seen(exchange)
        self._quiet[key] = 0 if self._news.came else self._quiet.get(key, 0) + 1


def patience(operation: Operation) -> int:
    """How many requests without news are sent before an operation is left alone."""
    known = universe(operation)
    size = len(known["parameters"]) + len(known["request_fields"])
    return min(_MOST_PATIENCE, PATIENCE + size // _FIELDS)


class _News:
    """Whether something new came since somebody last asked."""

    def __init__(self) -> None:
        self.came = False
        self._shapes: set[tuple[str | None, object]] = set()

    def is_shape_new(self, exchange: Exchange) -> bool:
        """Whether an operation has not yet answered so."""
        answer = exchange.response
        shape: object = answer.kind if isinstance(answer, NoResponse) else (answer.status, answer.media_type, _codes(answer))
        known = len(self._shapes)
        self._shapes.add((exchange.operation, shape))
        return len(self._shapes) > known


_CODES = (b'"code"', b'"error_code"', b'"type"')


def _codes(answer: Response) -> tuple[bytes, ...]:
    """The codes that an error names, as they stand in its body."""
    if answer.status < 400:
        return ()
    found = []
    for name in _CODES:
        _, is_there, rest = answer.body.partition(name)
        if is_there:
            found.append(rest[:40].lstrip(b' :\n\t"').partition(b'"')[0].partition(b",")[0])
    return tuple(found)


def _path_values(judged: Judged) -> dict[str, str]:
    reading, operation = judged.reading, judged.operation
    if reading is None or operation is None:
        return {}
    return {name: str(reading.values.get(("path", name), "")) for name in template_names(operation.path)}


def _methods(here: Opened, operations: Sequence[Operation], *, safe: bool) -> Mapping[str, tuple[str, ...]]:
    """The methods that a path does not have, at the first operation of each path."""
    declared: dict[str, set[str]] = {operation.path: set() for operation in operations}
    for operation in here.document.operations:
        if operation.path in declared:
            declared[operation.path].add(operation.method.upper())
    found: dict[str, tuple[str, ...]] = {}
    told: set[str] = set()
    for operation in operations:
        if operation.path not in told:
            told.add(operation.path)
            wanted = SAFE_METHODS if safe else OTHER_METHODS
            found[operation.label] = tuple(method for method in wanted if method not in declared[operation.path])
    return found

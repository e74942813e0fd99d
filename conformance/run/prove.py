"""The kill matrix: every fault of the sandbox, on several operations of different kinds, one at a time.

A cell is one fault at one operation: the operation's family is fuzzed with a fixed budget of requests, against a sandbox that
has this fault and no other. It is found when anything is found that the same fuzzing does not find on a sandbox without
fault. That must be nothing, or the matrix proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, field, replace
from hashlib import sha256

from conformance.model.operation import Operation
from conformance.model.record import Finding
from conformance.run.fuzz import fuzz
from conformance.run.plan import PHASES, Unit, families
from conformance.run.setting import Setting
from conformance.sandbox.faults.fault import Fault
from conformance.sandbox.faults.ground import Ground
from conformance.sandbox.faults.table import FAULTS
from conformance.sandbox.layout import Layout
from conformance.sandbox.roles import Role
from conformance.spec.document import Document

_MOST_OPERATIONS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One fault at one operation, and the unit that is to find it. ``fault`` is empty for the clean sandbox."""

    fault: str
    label: str
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What became of a cell. ``checks`` are the ids of the checks that found something, the fault's own operation first."""

    cell: Cell
    checks: tuple[str, ...]
    requests: int

    @property
    def found(self) -> bool:
        """Whether the fault was found."""
        return bool(self.checks)


@dataclass(slots=True, kw_only=True)
class Matrix:
    """The scores, and what the clean sandbox was accused of (messages)."""

    scores: list[Score] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    requests: int = 0

    def by_fault(self) -> Mapping[str, list[Score]]:
        """The scores of each fault, in the order of the operations."""
        found: dict[str, list[Score]] = {}
        for score in sorted(self.scores, key=lambda score: (score.cell.fault, score.cell.label)):
            found.setdefault(score.cell.fault, []).append(score)
        return found

    @property
    def killed(self) -> list[str]:
        """The faults that were found wherever they were planted."""
        return [fault for fault, scores in self.by_fault().items() if all(score.found for score in scores)]


def cells(
    document: Document, *, faults: Iterable[Fault] = FAULTS, operations: int = 3, max_requests: int = 300, seed: int = 1
) -> tuple[Cell, ...]:
    """The cells of a matrix.

    Args:
        document: whose operations the faults are planted at.
        faults: which faults.
        operations: at how many operations each is planted, of different kinds and families where there are such.
        max_requests: the budget of a cell.
        seed: of the units; the choice of operations does not depend on it.
    """
    ground = Ground(Layout(document))
    planted = [(fault.id, [site.operation for site in ground.sites.values() if fault.applies(site)]) for fault in faults]
    return cells_at(ground, document, planted, operations=operations, max_requests=max_requests, seed=seed)


def cells_at(
    ground: Ground,
    document: Document,
    planted: Iterable[tuple[str, Sequence[Operation]]],
    *,
    operations: int,
    max_requests: int,
    seed: int,
) -> tuple[Cell, ...]:
    """The cells of faults from anywhere: each by its name, with the operations that it can be planted at."""
    groups = families([operation for operation in document.operations if operation.broken is None])
    family = {operation.label: name for name, group in groups.items() for operation in group}
    found = []
    for fault, sites in planted:
        for operation in _spread(fault, sites, family, ground, operations):
            unit = _unit(operation, groups[family[operation.label]], ground, max_requests=max_requests, seed=seed)
            found.append(Cell(fault=fault, label=operation.label, unit=unit))
    return tuple(found)


def _spread(name: str, sites: Sequence[Operation], family: Mapping[str, str], ground: Ground, count: int) -> Iterator[Operation]:
    """Operations of different kinds, in different families, chosen by nothing but names."""
    left = sorted(sites, key=lambda operation: sha256(f"{name} {operation.label}".encode()).digest())
    kinds: set[str] = set()
    homes: set[str] = set()
    for fresh_kind, fresh_home in ((True, True), (True, False), (False, True), (False, False)):
        for operation in list(left):
            kind = f"{operation.method} {ground.sites[operation.label].plan.role}"
            if count <= 0:
                return
            if (fresh_kind and kind in kinds) or (fresh_home and family[operation.label] in homes):
                continue
            kinds.add(kind)
            homes.add(family[operation.label])
            left.remove(operation)
            count -= 1
            yield operation


def _unit(operation: Operation, group: Sequence[Operation], ground: Ground, *, max_requests: int, seed: int) -> Unit:
    """The operation with those that it needs, what makes or lists the things that its path names, and then with the nearest."""
    near = {plan.operation.label for plan in ground.sites[operation.label].around}
    homes = [resource.family for _, resource in ground.sites[operation.label].plan.parents]
    needed = {found.label for home in homes if (found := _maker(home, group, ground)) is not None}

    def distance(other: Operation) -> tuple[bool, bool, bool, bool, int]:
        shared = len(_common(operation.path, other.path))
        stem = other.path.rpartition("/{")[0] if other.path.endswith("}") else other.path
        above = operation.path.startswith(f"{stem}/{{")
        return other.label != operation.label, other.label not in needed, other.label not in near, not above, -shared

    chosen = sorted(group, key=distance)[:_MOST_OPERATIONS]
    ordered = tuple(other.label for other in group if other in chosen)
    return Unit(name=operation.label, labels=ordered, phases=PHASES, seed=seed, max_examples=5, max_requests=max_requests)


def _maker(home: str, group: Sequence[Operation], ground: Ground) -> Operation | None:
    """The operation that makes the things of a collection, or else lists them."""
    for role in (Role.CREATE, Role.LIST):
        for other in group:
            plan = ground.sites[other.label].plan
            if plan.role is role and plan.resource is not None and plan.resource.family == home and not plan.copies:
                return other
    return None


def _common(one: str, other: str) -> str:
    index = next(
        (index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )
    return one[:index]


def score(cell: Cell, setting: Setting) -> tuple[Score, tuple[str, ...]]:
    """Fuzz one cell; its score, and every finding in words."""
    faults = (f"{cell.fault}@{cell.label}",) if cell.fault else ()
    result = fuzz(cell.unit, replace(setting, faults=faults, seed=cell.unit.seed))
    findings = sorted(result.findings.values(), key=lambda found: (found.operation != cell.label, found.severity.rank, found.id))
    checks = tuple(dict.fromkeys(found.id for found in findings))
    return Score(cell=cell, checks=checks, requests=result.requests), tuple(map(_words, findings))


def _words(found: Finding) -> str:
    return f"{found.id} {found.operation}: {found.message}"


def prove(
    chosen: Sequence[Cell], setting: Setting, executor: Executor, *, told: Callable[[int, int], None] = lambda _done, _all: None
) -> Matrix:
    """Run the matrix, the clean sandbox first.

    Args:
        chosen: the cells.
        setting: the document and the headers of the embedded sandbox.
        executor: runs the cells.
        told: hears how many cells are done, of how many.
    """
    clean = {cell.unit: Cell(fault="", label=cell.label, unit=cell.unit) for cell in chosen}
    futures: list[Future[tuple[Score, tuple[str, ...]]]] = [
        executor.submit(score, cell, setting) for cell in (*clean.values(), *chosen)
    ]
    found = Matrix()
    for done, future in enumerate(as_completed(futures), 1):
        scored, said = future.result()
        found.requests += scored.requests
        if scored.cell.fault:
            found.scores.append(scored)
        else:
            found.alarms.extend(f"seed {scored.cell.unit.seed}: {words}" for words in said)
        told(done, len(futures))
    return found

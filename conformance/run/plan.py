"""Units of work: operations that share a resource, tested together, so that what one creates another can use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.cases import generated
from conformance.model.operation import Operation
from conformance.run.lifecycle.teller import PHASE as LIFECYCLE
from conformance.run.parts import divided, weight
from conformance.sandbox.layout import Layout

PHASES = (LIFECYCLE, *generated.PHASES)
"""The phases of fuzzing, in the order they run: first what has a story, then what the engine makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Some operations, the phases to run on them, and what they may cost.

    ``around`` are operations of other units that may be asked to make what these need, ``others`` those that may be asked to
    make what their bodies refer to.
    ``max_requests`` is a hard limit, ``None`` for none. ``deadline`` is in seconds since the epoch. ``known`` are the
    fingerprints of findings that need no second look.
    """

    name: str
    labels: tuple[str, ...]
    phases: tuple[str, ...]
    around: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    seed: int
    max_examples: int
    max_requests: int | None = None
    deadline: float | None = None
    safe_probes: bool = False
    known: frozenset[str] = frozenset()


def families(operations: Sequence[Operation]) -> dict[str, list[Operation]]:
    """Operations by the collection that they belong to: the path up to its first parameter.

    A collection below another (``/missions/events`` below ``/missions``) belongs to it.
    """
    stems = {operation.label: operation.path.partition("/{")[0] or "/" for operation in operations}
    known = set(stems.values())
    found: dict[str, list[Operation]] = {}
    for operation in operations:
        stem = stems[operation.label]
        parts = stem.split("/")
        above = ("/".join(parts[:depth]) for depth in range(2, len(parts) + 1))
        found.setdefault(next((path for path in above if path in known), stem), []).append(operation)
    return found


def units(
    operations: Sequence[Operation],
    phases: Mapping[str, Sequence[str]],
    *,
    order: Sequence[str],
    seed: int,
    max_examples: int,
    max_requests: int | None = None,
    deadline: float | None = None,
    safe_probes: bool = False,
    known: frozenset[str] = frozenset(),
    layout: Layout | None = None,
) -> tuple[Unit, ...]:
    """The units for some operations, the largest first, so that none is left to run alone at the end.

    They do not depend on how many workers there are.

    Args:
        operations: what to test; broken operations are left out.
        phases: which phases are wanted, by operation label.
        order: every phase there is, in the order they run.
        seed: of the run; every unit gets it.
        max_examples: per operation.
        max_requests: for all units together; shared out by the number of operations.
        deadline: in seconds since the epoch.
        safe_probes: never try an undeclared method that could change something.
        known: fingerprints of findings that need no second look.
        layout: what the document says of the operations; with it, large families are divided where there are stories, which
            make what the parts need of each other.
    """
    usable = [operation for operation in operations if operation.broken is None and phases.get(operation.label)]
    groups: Mapping[str, Sequence[Operation]] = families(usable)
    around: Mapping[str, tuple[str, ...]] = {}
    if layout is not None and any(LIFECYCLE in wanted for wanted in phases.values()):
        groups, around = divided(groups, layout)
    others = tuple(operation.label for operation in usable if operation.method in {"get", "post"} and "{" not in operation.path)
    total = sum(len(group) for group in groups.values())
    found, spent, counted = [], 0, 0
    for name, group in sorted(groups.items(), key=lambda entry: (-sum(map(weight, entry[1])), entry[0])):
        counted += len(group)
        share = None
        if max_requests is not None:
            # Cumulative rounding: the shares add up to the limit exactly.
            upto = max_requests * counted // total
            share, spent = upto - spent, upto
        wanted = {phase for operation in group for phase in phases[operation.label]}
        found.append(Unit(
            name=name, labels=tuple(operation.label for operation in group), seed=seed, max_examples=max_examples,
            phases=tuple(phase for phase in order if phase in wanted), max_requests=share, deadline=deadline,
            safe_probes=safe_probes, known=known, around=around.get(name, ()), others=others,
        ))  # fmt: skip
    return tuple(found)

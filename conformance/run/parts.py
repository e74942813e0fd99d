"""Large families of operations in parts, so that several workers can share them.

A part holds together what its stories are about: the operations that make, list, read, change and delete the same things.
What else is done to these things, most often many actions, can be asked for in other parts, as long as one of the things can be
made there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from conformance.coverage.universe import universe
from conformance.model.operation import Operation
from conformance.sandbox.layout import Layout
from conformance.sandbox.resources import Plan
from conformance.sandbox.roles import Role

MOST = 6
"""Operations of a part, where what its stories are about is not more."""

_BARE = 40
_MAKES = frozenset({Role.CREATE, Role.READ, Role.LIST, Role.DELETE})


def weight(operation: Operation) -> int:
    """How much there is to try at an operation, to compare it with others."""
    known = universe(operation)
    return _BARE + len(known["parameters"]) + len(known["request_fields"])


def divided(
    families: Mapping[str, Sequence[Operation]], layout: Layout
) -> tuple[dict[str, list[Operation]], dict[str, tuple[str, ...]]]:
    """Families in parts, by a name of each part; and for each of these the labels of what makes what its paths name elsewhere.

    Args:
        families: by name.
        layout: what the document says of their operations.
    """
    makers = _makers((operation for group in families.values() for operation in group), layout)
    found: dict[str, list[Operation]] = {}
    around: dict[str, tuple[str, ...]] = {}
    for name, group in families.items():
        pieces = parts(group, layout)
        for number, piece in enumerate(pieces, 1):
            own = name if len(pieces) == 1 else f"{name} {number}/{len(pieces)}"
            found[own] = piece
            if len(pieces) > 1:
                around[own] = _around([layout.plan(operation) for operation in piece], makers)
    return found, around


def parts(group: Sequence[Operation], layout: Layout, *, most: int = MOST) -> list[list[Operation]]:
    """The parts of a family, in the order of the document; one alone where it is small.

    Args:
        group: its operations.
        layout: what the document says of them.
        most: how many operations a part should have.
    """
    if len(group) <= most:
        return [list(group)]
    found: list[list[Operation]] = []
    for piece in _pieces([layout.plan(operation) for operation in group], most):
        if found and len(found[-1]) + len(piece) <= most:
            found[-1].extend(piece)
        else:
            found.append(piece)
    return found


def _pieces(plans: Sequence[Plan], most: int) -> Iterable[list[Operation]]:
    """What has to stay together, with as many of its actions as fit; then the rest of these."""
    homes: dict[str, tuple[list[Operation], list[Operation]]] = {}
    # What stands at the path of a thing has to do with it, whatever it does.
    by_path = {plan.operation.path: plan.resource.family for plan in plans if plan.resource is not None}
    for plan in plans:
        home = by_path.get(plan.operation.path)
        homes.setdefault(home if home is not None else _home(plan), ([], []))[home is None].append(plan.operation)
    for core, actions in homes.values():
        room = max(0, most - len(core))
        yield [*core, *actions[:room]]
        yield from (actions[start : start + most] for start in range(room, len(actions), most))


def _home(plan: Plan) -> str:
    """Whose an action is."""
    if plan.actor is not None:
        return plan.actor[0].family
    return plan.parents[-1][1].family if plan.parents else ""


def _makers(operations: Iterable[Operation], layout: Layout) -> dict[str, list[Plan]]:
    """What makes, shows and deletes things, by their family."""
    found: dict[str, list[Plan]] = {}
    for operation in operations:
        plan = layout.plan(operation)
        if plan.role in _MAKES and plan.resource is not None:
            found.setdefault(plan.resource.family, []).append(plan)
    return found


def _around(plans: Sequence[Plan], makers: Mapping[str, Sequence[Plan]]) -> tuple[str, ...]:
    own = {plan.operation.label for plan in plans}
    found: dict[str, None] = {}
    waiting, seen = list(plans), set[str]()
    while waiting:
        for _, resource in waiting.pop().parents:
            if resource.family not in seen:
                seen.add(resource.family)
                # What makes a parent may need one itself.
                waiting.extend(makers.get(resource.family, ()))
                found.update(dict.fromkeys(plan.operation.label for plan in makers.get(resource.family, ())))
    return tuple(label for label in found if label not in own)

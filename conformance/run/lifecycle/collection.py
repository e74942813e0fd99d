"""The collections of a document as a tester sees them: which operation creates, reads, lists, changes and deletes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope
from conformance.sandbox.resources import Plan, Resource, Resources
from conformance.sandbox.roles import Role

_TOLD = (Role.CREATE, Role.LIST, Role.READ, Role.UPDATE, Role.REPLACE, Role.DELETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Things that live at a path, or the one thing that lives there.

    ``operations`` and ``places`` (where the thing stands in an operation's answer) are by role. ``parents`` are the
    shapes of the collections that the path goes through, the outermost first.
    """

    shape: str
    resource: Resource
    operations: Mapping[Role, Operation]
    places: Mapping[Role, Envelope]
    scope: int = 0
    parents: tuple[str, ...] = ()

    @property
    def is_singleton(self) -> bool:
        """Whether there is one thing only, which needs no id."""
        return self.resource.singleton

    def shown(self, role: Role) -> Mapping[str, Schema]:
        """The properties that the thing has in the answers of a role."""
        place = self.places.get(role)
        return place.item.all_properties() if place is not None else {}


def collections_of(operations: Iterable[Operation]) -> tuple[Collection, ...]:
    """The collections that some operations work on, those that others live in first."""
    known = tuple(operation for operation in operations if operation.broken is None)
    resources = Resources(known)
    found: dict[str, dict[Role, Plan]] = {}
    for operation in known:
        plan = resources.plan(operation)
        if plan.resource is not None and plan.role in _TOLD:
            held = found.setdefault(plan.resource.shape, {})
            # PATCH says what an update is better than POST to an item does.
            if plan.role not in held or (operation.method == "patch" and held[plan.role].operation.method == "post"):
                held[plan.role] = plan
    return tuple(sorted((_collection(shape, plans, resources) for shape, plans in found.items()),
                        key=lambda collection: (collection.shape.count("/"), collection.shape)))  # fmt: skip


def _collection(shape: str, plans: Mapping[Role, Plan], resources: Resources) -> Collection:
    first = next(iter(plans.values()))
    assert first.resource is not None
    operations = {role: plan.operation for role, plan in plans.items()}
    places = {role: place for role, operation in operations.items() if (place := resources.envelope(operation)) is not None}
    segments = shape.split("/")
    ends = [index for index, segment in enumerate(segments) if segment == "{}"]
    return Collection(
        shape=shape, resource=first.resource, operations=operations, places=places, scope=shape.count("{}"),
        parents=tuple("/".join(segments[:index]) for index in ends),
    )  # fmt: skip


def list_places(operations: Iterable[Operation]) -> dict[str, Envelope]:
    """Where the lists stand in the answers of the operations that list, by label."""
    known = tuple(operation for operation in operations if operation.broken is None)
    resources, found = Resources(known), {}
    for operation in known:
        place = resources.envelope(operation) if operation.method == "get" else None
        if place is not None and place.many and resources.plan(operation).role is Role.LIST:
            found[operation.label] = place
    return found

"""The collections of a document as a tester sees them: which operation creates, reads, lists, changes and deletes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope
from conformance.sandbox.resources import Plan, Resource, Resources
from conformance.sandbox.roles import Role
from conformance.spec.document import template_names

_CHANGES = (Role.UPDATE, Role.REPLACE)
_METHODS = {"patch": 0, "put": 1, "post": 2}
_TOLD = frozenset({Role.CREATE, Role.LIST, Role.READ, Role.DELETE, Role.SHOW, *_CHANGES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An operation that does something to a thing; ``place`` is where the thing stands in its answer.

    ``merges`` is a PUT of which the document does not say all that a thing is.
    """

    role: Role
    operation: Operation
    place: Envelope | None = None
    merges: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Things that live at a path, or the one thing that lives there.

    ``operations`` and ``places`` (where the thing stands in an operation's answer) are by role: the first of each. ``makers``
    are all that create, ``ways`` all that change, ``acts`` all others that show one of the things. ``parents`` are the shapes
    of the collections that the path goes through, the outermost first; ``shapes`` are its own, for what is made at one may be
    read at another.
    """

    shape: str
    resource: Resource
    operations: Mapping[Role, Operation]
    places: Mapping[Role, Envelope]
    scope: int = 0
    parents: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    makers: tuple[Way, ...] = ()
    ways: tuple[Way, ...] = ()
    acts: tuple[Way, ...] = ()

    @property
    def labels(self) -> frozenset[str]:
        """The labels of all its operations."""
        ways = (*self.makers, *self.ways, *self.acts)
        return frozenset(operation.label for operation in (*self.operations.values(), *(way.operation for way in ways)))

    @property
    def is_singleton(self) -> bool:
        """Whether there is one thing only, which needs no id."""
        return self.resource.singleton

    def shown(self, role: Role) -> Mapping[str, Schema]:
        """The properties that the thing has in the answers of a role."""
        place = self.places.get(role)
        return place.item.all_properties() if place is not None else {}


def collections_of(operations: Iterable[Operation], known: Resources | None = None) -> tuple[Collection, ...]:
    """The collections that some operations work on, those that others live in first.

    Args:
        operations: those that may be sent.
        known: what their whole document says of its resources; without it, these operations are all there is.
    """
    sound = tuple(operation for operation in operations if operation.broken is None)
    resources = known or Resources(sound)
    found: dict[str, list[Plan]] = {}
    for operation in sound:
        plan = resources.plan(operation)
        if plan.resource is not None and plan.role in _TOLD:
            found.setdefault(_home(plan.resource), []).append(plan)
    return tuple(sorted((_collection(home, plans, resources) for home, plans in found.items()),
                        key=lambda collection: (collection.shape.count("/"), collection.shape)))  # fmt: skip


def _home(resource: Resource) -> str:
    """The shape that a resource is known by: that of its family, where its things are found under the same parents."""
    shape, family = resource.shape, resource.family
    return family if shape.startswith(f"{family}/") and shape.count("{}") == family.count("{}") else shape


def _collection(home: str, plans: Sequence[Plan], resources: Resources) -> Collection:
    ranked = sorted(plans, key=_rank)
    first: dict[Role, Plan] = {}
    for plan in ranked:
        if plan.role is not Role.SHOW:
            first.setdefault(plan.role, plan)
    segments, own = home.split("/"), [plan.resource for plan in ranked if plan.resource is not None]
    depth = home.count("{}") + (0 if own[0].singleton else 1)
    ways = [Way(role=plan.role, operation=plan.operation, place=resources.envelope(plan.operation), merges=plan.merges)
            for plan in ranked if not plan.copies]  # fmt: skip
    places = {role: place for role, plan in first.items() if (place := resources.envelope(plan.operation)) is not None}
    return Collection(
        shape=home,
        resource=next((resource for resource in own if resource.id_fields), own[0]),
        operations={role: plan.operation for role, plan in first.items()},
        places=places,
        scope=home.count("{}"),
        parents=tuple("/".join(segments[:index]) for index, segment in enumerate(segments) if segment == "{}"),
        shapes=tuple(dict.fromkeys((home, *(resource.shape for resource in own)))),
        makers=tuple(way for way in ways if way.role is Role.CREATE),
        ways=tuple(way for way in ways if way.role in _CHANGES),
        acts=tuple(way for way in ways if way.role is Role.SHOW and len(template_names(way.operation.path)) == depth),
    )


def _rank(plan: Plan) -> tuple[bool, int, int]:
    """What says best what its role is comes first: PATCH says more of an update than POST, the plain path more than another."""
    return plan.copies, _METHODS.get(plan.operation.method, 1), plan.operation.path.count("/")


def list_places(operations: Iterable[Operation]) -> dict[str, Envelope]:
    """Where the lists stand in the answers of the operations that list, by label."""
    known = tuple(operation for operation in operations if operation.broken is None)
    resources, found = Resources(known), {}
    for operation in known:
        place = resources.envelope(operation) if operation.method == "get" else None
        if place is not None and place.many and resources.plan(operation).role is Role.LIST:
            found[operation.label] = place
    return found

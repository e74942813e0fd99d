"""What an operation does, and to what: the resource that its path names, and the plan that answers it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope, envelope
from conformance.sandbox.roles import Role
from conformance.spec.body import is_json

TEMPLATE = re.compile(r"\{[^{}]*\}")
# An action written onto the item's own segment: /things/{id}:cancel.
_SUFFIX = re.compile(r"(\{[^{}]*\}):([A-Za-z][A-Za-z0-9_-]*)(?=/|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A collection of things, or a singleton.

    ``shape`` is its path with every parameter written ``{}``. ``id_fields`` are the properties that hold the id.
    ``strict`` means that an unknown id is unknown; ``seeded`` that things are there before anybody creates one.
    ``family`` is shared by collections that show the same things: where it has fewer parameters than ``shape``, those of
    one parent are shown, where it has more, those of all. ``keys`` are the names of the properties that hold the id of a
    parent, folded, for every parameter of ``shape``. ``shows`` are the schemas by which the things are shown.
    ``members`` are other families whose things are shown too.
    """

    shape: str
    family: str
    id_fields: tuple[str, ...] = ()
    id_schemas: tuple[Schema, ...] = ()
    strict: bool = False
    seeded: bool = False
    singleton: bool = False
    item: Schema | None = None
    keys: tuple[frozenset[str], ...] = ()
    shows: tuple[Schema, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """Whether it shows the part of its family that belongs to a parent."""
        return self.family.count("{}") < self.shape.count("{}")

    @property
    def is_widened(self) -> bool:
        """Whether it shows its family across all parents."""
        return self.family.count("{}") > self.shape.count("{}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How an operation is answered.

    ``parents`` are the resources whose ids must exist, by position among the path's parameters. ``scope`` is how many
    leading parameters choose the collection. ``sets`` is what becomes of the thing besides. ``actor`` is the thing that an
    action (``verb``) is done to: its resource, and how many parameters stand before its own; ``copies`` says that the action
    makes another one of it. ``merges`` is a PUT that leaves alone what it is not told, for it need not be told what a create
    must be. ``inside`` is the resource that a path ends with the id of, where the answer is what that thing holds.
    """

    operation: Operation
    role: Role
    resource: Resource | None = None
    parents: tuple[tuple[int, Resource], ...] = ()
    scope: int = 0
    sets: Mapping[str, Any] = field(default_factory=dict)
    actor: tuple[Resource, int] | None = None
    verb: str = ""
    copies: bool = False
    inside: Resource | None = None
    merges: bool = False


def plain_path(path: str) -> str:
    """A path whose actions have segments of their own."""
    return _SUFFIX.sub(r"\1/\2", path)


def shape_of(path: str) -> str:
    """A path with its parameters unnamed, so that ``/a/{id}`` and ``/a/{a_id}`` are one."""
    return TEMPLATE.sub("{}", plain_path(path))


def called(path: str) -> tuple[str, ...]:
    """What the thing at a path may be called in a body."""
    words = [segment for segment in path.split("/") if segment and not segment.startswith("{")]
    last = words[-1] if words else ""
    return (last, last.removesuffix("s"), last.removesuffix("es"), last.removesuffix("ies") + "y")


def success_envelope(operation: Operation) -> Envelope | None:
    """Where the thing is in the operation's first successful JSON answer."""
    for status, spec in operation.responses.items():
        if status.startswith("2") or status == "default":
            for media in spec.content.values():
                if media.schema is not None and is_json(media.name):
                    return envelope(media.schema, names=called(operation.path))
    return None


def list_bodies(operations: Iterable[Operation]) -> Iterator[Schema]:
    """The schemas of the answers that hold a list in something."""
    for operation in operations:
        for status, spec in operation.responses.items() if operation.method == "get" else ():
            for media in spec.content.values() if status.startswith("2") else ():
                place = envelope(media.schema, names=called(operation.path)) if media.schema is not None else None
                if media.schema is not None and place is not None and place.many and place.path:
                    yield media.schema


def required_properties(operation: Operation) -> frozenset[str]:
    """The properties that the operation's body must have, whatever it is sent as."""
    content = operation.request_body.content.values() if operation.request_body else ()
    required = [media.schema.required() for media in content if media.schema is not None]
    return frozenset.intersection(*required) if required else frozenset()


def request_properties(operation: Operation) -> Mapping[str, Schema]:
    """The properties that the operation's body may have."""
    content = operation.request_body.content.values() if operation.request_body else ()
    schemas = [media.schema for media in content if media.schema is not None]
    if len(schemas) == 1:
        return schemas[0].all_properties()
    return {name: child for schema in schemas for name, child in schema.all_properties().items()}

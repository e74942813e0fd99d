"""Making the things that stories are about: with parents where they need them, and values of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.model.operation import Operation
from conformance.run.lifecycle.bodies import bodies, fields, json_media, other_value
from conformance.run.lifecycle.collection import Collection
from conformance.run.lifecycle.teller import Teller, Told
from conformance.sandbox.roles import Role
from conformance.sandbox.sample import Unsatisfiable
from conformance.spec.document import template_names

_DEEPEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that was created: the path values that lead to it, what was sent, and the answer."""

    path: tuple[str, ...]
    sent: Mapping[str, Any]
    told: Told

    @property
    def name(self) -> str:
        """The id by which its path names it."""
        return self.path[-1] if self.path else ""


@dataclass(slots=True, kw_only=True)
class Maker:
    """Creates things. ``collections`` are by shape; ``parents`` are things that others live in, made once."""

    teller: Teller
    collections: Mapping[str, Collection]
    parents: dict[str, tuple[str, ...] | None] = field(default_factory=dict)

    def scope(self, collection: Collection, *, depth: int = 0) -> tuple[str, ...] | None:
        """Path values that lead to a collection; ``None`` when what it lives in cannot be made."""
        found: tuple[str, ...] = ()
        for shape in collection.parents:
            if shape not in self.parents:
                self.parents[shape] = None
                self.parents[shape] = self._parent(shape, collection, found, depth)
            above = self.parents[shape]
            if above is None:
                return None
            found = above
        return found

    def _parent(self, shape: str, below: Collection, scope: tuple[str, ...], depth: int) -> tuple[str, ...] | None:
        collection = self.collections.get(shape)
        if collection is not None and depth < _DEEPEST:
            made = self.make(collection, scope, turn=0, why="What others live in")
            if made is not None:
                return made.path
            listed = self._listed(collection, scope)
            if listed is not None:
                return (*scope, listed)
            if Role.CREATE in collection.operations:
                return None
        value = self._sampled(_strictest(below.operations.values(), len(scope)), len(scope))
        return (*scope, value) if value is not None else None

    def _listed(self, collection: Collection, scope: Sequence[str]) -> str | None:
        operation = collection.operations.get(Role.LIST)
        if operation is None:
            return None
        told = self.teller.send(operation, scope, why="Look for something that is there", place=collection.places.get(Role.LIST))
        return next((name for thing in (told.things or () if told else ()) if (name := identity(collection, thing))), None)

    def _sampled(self, operation: Operation, position: int) -> str | None:
        names = template_names(operation.path)
        name = names[position] if position < len(names) else ""
        schema = next((parameter.schema for parameter in operation.parameters_in("path") if parameter.name == name), None)
        try:
            value = self.teller.sampler.sample(schema, salt=name) if schema is not None else "1"
        except Unsatisfiable:
            return None
        return value if isinstance(value, str) and value else str(value) if isinstance(value, int) else None

    def make(self, collection: Collection, scope: Sequence[str], *, turn: int, why: str) -> Thing | None:
        """Create one; every turn has values of its own. ``None`` when the service does not."""
        operation = collection.operations.get(Role.CREATE)
        if operation is None:
            return None
        values = (*scope, *self._own(operation, len(scope)))
        for body in self.bodies(collection, operation, turn):
            told = self.teller.send(operation, values, why=why, body=body, place=collection.places.get(Role.CREATE))
            if told is None or told.status >= 500 or told.status in {401, 403, 404, 429}:
                return None
            if told.succeeded:
                name = identity(collection, told.thing)
                return Thing(path=(*scope, name), sent=body or {}, told=told) if name is not None else None
        return None

    def _own(self, operation: Operation, known: int) -> tuple[str, ...]:
        """Values for what a create that has a path of its own asks for besides."""
        missing = range(known, len(template_names(operation.path)))
        return tuple(self._sampled(operation, position) or "1" for position in missing)

    def bodies(self, collection: Collection, operation: Operation, turn: int) -> list[dict[str, Any] | None]:
        """What to send, the best first: its own values, then as sampled, then only what is required."""
        if json_media(operation) is None:
            return [None] if operation.request_body is None or not operation.request_body.required else []
        shown = {**collection.shown(Role.CREATE), **collection.shown(Role.READ)}
        made = list(bodies(operation, self.teller.sampler, salt=f"{turn}"))
        told, varied = fields(operation, shown, hidden=True), []
        for body in made:
            moved = ((field.name, other_value(body[field.name], field, turn=turn)) for field in told if field.name in body)
            changes = {name: value for name, value in moved if value is not None}
            media = json_media(operation)
            whole = {**body, **changes}
            if changes and media is not None and media.schema is not None and media.schema.is_valid(whole, direction="request"):
                varied.append(whole)
        found: list[dict[str, Any] | None] = []
        for body in (*varied, *made):
            if body not in found:
                found.append(body)
        return found[:4]


def _strictest(operations: Iterable[Operation], position: int) -> Operation:
    """The operation that asks most of a path parameter: what it takes, the others take too."""

    def asks(operation: Operation) -> int:
        names = template_names(operation.path)
        name = names[position] if position < len(names) else ""
        schema = next((parameter.schema for parameter in operation.parameters_in("path") if parameter.name == name), None)
        return sum(schema.get(keyword) is not None for keyword in ("format", "pattern", "enum")) if schema is not None else 0

    return max(operations, key=asks)


def identity(collection: Collection, thing: Mapping[str, Any]) -> str | None:
    """What a path names a thing by, as it is shown."""
    for name in collection.resource.id_fields:
        value = thing.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value):
            return str(value)
    return None

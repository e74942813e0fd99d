"""Making the things that stories are about: with parents where they need them, and values of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.model.operation import Operation
from conformance.run.lifecycle.bodies import bodies, fields, json_media, moved, other_value, seat
from conformance.run.lifecycle.collection import Collection, Way
from conformance.run.lifecycle.groups import groups, other_group, several
from conformance.run.lifecycle.named import identity, names, parameter
from conformance.run.lifecycle.references import references
from conformance.run.lifecycle.teller import Teller, Told
from conformance.sandbox.roles import Role
from conformance.sandbox.sample import Unsatisfiable
from conformance.sandbox.shapes import NOTHING
from conformance.spec.document import template_names

__all__ = ["Maker", "Thing", "identity"]

_DEEPEST = 5
_UNAVAILABLE = frozenset({401, 403, 404, 405, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that was created: the path values that lead to it, what was sent for it, and the answer."""

    path: tuple[str, ...]
    sent: Mapping[str, Any]
    told: Told

    @property
    def name(self) -> str:
        """The id by which its path names it."""
        return self.path[-1] if self.path else ""

    @property
    def is_named(self) -> bool:
        """Whether the client said what it is called."""
        return self.name in map(str, self.sent.values())

    @property
    def is_minted(self) -> bool:
        """Whether the service gave it its id: nobody else can have one of the same."""
        return not self.is_named and len(self.name) >= 8


@dataclass(slots=True, kw_only=True)
class Maker:
    """Creates things. ``collections`` are by shape; ``parents`` are things that others live in, made once.

    ``others`` are collections of the rest of the document, by shape, in which things may be made that these refer to; ``refer``
    hears of the ids of such things by the names of the fields that refer to them.
    ``unnamed`` are creates whose answer does not say what to call the thing: the way, what was sent, and the answer.
    """

    teller: Teller
    collections: dict[str, Collection]
    parents: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    unnamed: list[tuple[Way, Mapping[str, Any], Told]] = field(default_factory=list)
    others: Callable[[], Mapping[str, Collection]] = dict
    refer: Callable[[Mapping[str, str]], object] = lambda _names: None
    _own: set[tuple[str, ...] | None] = field(default_factory=set)
    _sure: set[tuple[str, ...]] = field(default_factory=set)
    _looked: set[str] = field(default_factory=set)

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
                self._own.add(made.path)
                self._sure.add(made.path)
                return made.path
            listed = next(self.listed(collection, scope), None)
            if listed is not None:
                self._sure.add((*scope, listed))
                return (*scope, listed)
        asker = _strictest((way.operation for way in (*below.makers, *below.ways)), below.operations.values(), len(scope))
        value = self.named(asker, len(scope)) if asker is not None else None
        return (*scope, value) if value is not None else None

    def listed(self, collection: Collection, scope: Sequence[str]) -> Iterator[str]:
        """The names of things that are there already."""
        operation = collection.operations.get(Role.LIST)
        if operation is None:
            return
        told = self.teller.send(operation, scope, why="Look for something that is there", place=collection.places.get(Role.LIST))
        for thing in (told.things or ()) if told is not None else ():
            name = next(names(collection, thing), None)
            if name is not None:
                yield name

    def named(self, operation: Operation, position: int, *, turn: int = 0) -> str | None:
        """A value for a path parameter: one that the user knows, else one that its schema takes."""
        asked = template_names(operation.path)
        name = asked[position] if position < len(asked) else ""
        known = self.teller.values.path(operation.label, turn).get(name)
        if isinstance(known, (str, int)) and str(known):
            return str(known)
        schema = next((parameter.schema for parameter in operation.parameters_in("path") if parameter.name == name), None)
        salt = f"{name} {turn}" if turn else name
        try:
            value = (
                self.teller.sampler.complete(schema, NOTHING, salt=salt, fresh=turn > 0) if schema is not None else f"{turn + 1}"
            )
        except Unsatisfiable:
            return None
        return value if isinstance(value, str) and value else str(value) if isinstance(value, int) else None

    def made(self, shape: str) -> bool:
        """Whether what lives at a shape was made by this run."""
        return self.parents.get(shape) in self._own

    def known(self, collection: Collection) -> bool:
        """Whether the user said what the things of a collection are called."""
        known = (self.teller.values.path(way.operation.label, 0) for way in collection.ways)
        return any(parameter(collection) in names for names in known)

    def lend(self, collection: Collection) -> None:
        """Make one of a collection's things, or find one, for others to live in; it stays."""
        scope = self.scope(collection)
        if scope is not None and collection.shape not in self.parents and not collection.is_singleton:
            self.parents[collection.shape] = self._parent(collection.shape, collection, scope, 0)

    def keep(self, collection: Collection, path: tuple[str, ...]) -> None:
        """Let others live in a thing that is there."""
        self._own.add(path)
        self._sure.add(path)
        for shape in collection.shapes:
            self.parents.setdefault(shape, path)

    def make(
        self, collection: Collection, scope: Sequence[str], *, turn: int, why: str, rare: bool = False
    ) -> Thing | None:  # fmt: skip
        """Create one; every turn has values of its own. ``None`` when the service does not.

        ``rare`` asks for values that services handle less often, where it takes them.
        """
        for way in collection.makers:
            made = self.make_by(way, collection, scope, turn=turn, why=why, rare=rare)
            if made is not None:
                return made
        return None

    def make_by(
        self, way: Way, collection: Collection, scope: Sequence[str], *, turn: int, why: str, rare: bool = False
    ) -> Thing | None:  # fmt: skip
        """Create one in one of the ways that there are."""
        operation = way.operation
        missing = range(len(scope), len(template_names(operation.path)))
        values = (*scope, *(self.named(operation, position) or "1" for position in missing))
        for again in (False, True):
            # What it refers to may have to be there.
            if again and not self._referred(operation):
                return None
            for body in self.bodies(collection, way, turn, rare=rare):
                told = self.teller.send(operation, values, why=why, body=body, place=way.place)
                if told is None or told.status >= 500 or told.status in _UNAVAILABLE:
                    return None
                if 200 <= told.status < 300:
                    made = self._made(collection, operation, tuple(scope), body, told)
                    if made is None and body and told.succeeded and told.thing:
                        self.unnamed.append((way, body, told))
                    return made
        return None

    def _referred(self, operation: Operation) -> bool:
        """Make what a body of an operation refers to; whether there is something that was not known before."""
        if operation.label in self._looked:
            return False
        self._looked.add(operation.label)
        found: dict[str, str] = {}
        for name, collection in references(operation, {**self.others(), **self.collections}).items():
            if name not in self.teller.values.names and name not in self.teller.values.given(operation.label):
                self.collections.setdefault(collection.shape, collection)
                self.lend(collection)
                path = self.parents.get(collection.shape)
                if path is not None and path in self._sure:
                    found[name] = path[-1]
        if found:
            self.teller.values = self.teller.values.knowing_at(operation.label, found)
            self.refer(found)
        return bool(found)

    @staticmethod
    def _made(
        collection: Collection, operation: Operation, scope: tuple[str, ...], body: Mapping[str, Any] | None, told: Told
    ) -> Thing | None:
        shown = told.thing or (told.things[0] if told.things else {})
        name = next(names(collection, shown), None) or told.located()
        at = seat(operation) if told.things is not None else None
        held = body[at][0] if body is not None and at is not None and body.get(at) else body
        sent = held if isinstance(held, Mapping) and (told.things is None or at is not None) else {}
        return Thing(path=(*scope, name), sent=sent, told=told.showing(shown)) if name is not None else None

    def bodies(self, collection: Collection, way: Way, turn: int, *, rare: bool = False) -> list[dict[str, Any] | None]:
        """What to send, the best first: its own values, then as sampled, then only what is required."""
        operation, media = way.operation, json_media(way.operation)
        if media is None or media.schema is None:
            return [None] if operation.request_body is None or not operation.request_body.required else []
        known = self.teller.values
        made = [known.into(operation.label, body, turn) for body in bodies(operation, self.teller.sampler, salt=f"{turn}")]
        varied = [self._varied(collection, way, body, turn) for body in made]
        strange = [self._varied(collection, way, body, turn, rare=True) for body in made[:1]] if rare else []
        found: list[dict[str, Any] | None] = []
        for body in (*strange, *varied, *made):
            if body not in found and isinstance(body, dict):
                found.append(body)
        return found[:4]

    def _varied(
        self, collection: Collection, way: Way, body: dict[str, Any], turn: int, *, rare: bool = False
    ) -> dict[str, Any]:  # fmt: skip
        """The body with values of its own for every turn, in what it says of a thing; ``rare`` is as for ``make``."""
        operation, media = way.operation, json_media(way.operation)
        shown = {**collection.shown(Role.CREATE), **collection.shown(Role.READ)}
        at = seat(operation) if way.place is not None and way.place.many else None
        held = body[at][0] if at is not None and body.get(at) else body
        kept = {**self.teller.values.names, **self.teller.values.given(operation.label)}
        changes = {}
        for each in fields(operation, shown, hidden=True, at=at):
            takes = each.name in held and each.name not in kept
            # A switch that is off in all of them may be what a thing that is gone would say of itself.
            takes = takes and not (isinstance(held[each.name], bool) and turn % 2 and not rare)
            value = other_value(held[each.name], each, turn=turn, rare=rare) if takes else None
            if value is not None:
                changes[each.name] = value
        for each in groups(operation, shown, at=at) if rare else ():
            old = held.get(each.name) if each.name not in kept else None
            value = several(old, each, turn=turn) if isinstance(old, list) else other_group(old, each, turn=turn, rare=True)
            if value is not None:
                changes[each.name] = value
        named = {name: held.get(name) for name in collection.resource.id_fields if name not in {*kept, *changes}}
        own = {name: moved(value, turn) if isinstance(value, str) else value + turn for name, value in named.items()
               if isinstance(value, (str, int)) and not isinstance(value, bool)}  # fmt: skip
        whole = {**held, **changes, **own}
        if at is not None and whole != body:
            whole = {**body, at: [whole]}
        sound = media is not None and media.schema is not None and media.schema.is_valid(whole, direction="request")
        return whole if sound else body


def _strictest(writers: Iterable[Operation], operations: Iterable[Operation], position: int) -> Operation | None:
    """The operation that asks most of a path parameter: what it takes, the others take too."""

    def asks(operation: Operation) -> int:
        asked = template_names(operation.path)
        name = asked[position] if position < len(asked) else ""
        schema = next((parameter.schema for parameter in operation.parameters_in("path") if parameter.name == name), None)
        return sum(schema.get(keyword) is not None for keyword in ("format", "pattern", "enum")) if schema is not None else 0

    deep = [operation for operation in (*operations, *writers) if len(template_names(operation.path)) > position]
    return max(deep, key=asks, default=None)

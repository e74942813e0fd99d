"""Reads things again and again, and holds what is read against what it should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks.meaning import agree, differences, is_birthmark, is_moving, is_secret, same, still
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.run.lifecycle.bodies import Field, fields, json_media, other_value, references, written_schema
from conformance.run.lifecycle.collection import Collection
from conformance.run.lifecycle.groups import groups, other_group
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.pages import Listed, is_said_whole
from conformance.run.lifecycle.teller import Teller, Told
from conformance.sandbox.roles import Role
from conformance.sandbox.sample import Unsatisfiable
from conformance.spec.values import wire_types

_DISTINCT = 6
"""A name of so many characters stands in a longer value for no other reason."""


class Reader:
    """Reads the things of one collection. ``learnt`` says whether their names came from the service itself."""

    def __init__(self, teller: Teller, collection: Collection, *, learnt: bool = True) -> None:
        self.teller, self.collection, self.learnt = teller, collection, learnt
        self._asked: set[str] = set()

    def operation(self, role: Role) -> Operation | None:
        """The operation that plays a role."""
        return self.collection.operations.get(role)

    @property
    def can_read(self) -> bool:
        """Whether there is any way to see one of the things."""
        return self._role is not None

    @property
    def _role(self) -> Role | None:
        if Role.READ in self.collection.operations:
            return Role.READ
        place = self.collection.places.get(Role.LIST)
        return Role.LIST if place is not None and place.many and not self.collection.is_singleton else None

    def read(self, path: Sequence[str], why: str) -> Told | None:
        """Read a thing, and hold its id against the one that was asked for.

        Where things cannot be read one by one, it is looked for in the list; ``None`` when it is not there either, for there may
        be more pages.
        """
        role = self._role
        operation = self.operation(role) if role is not None else None
        if role is None or operation is None:
            return None
        if role is Role.LIST:
            told = self.teller.send(operation, path[:-1], why=f"{why}, in the list", place=self.collection.places.get(role))
            listed = told.things if told is not None and told.succeeded else None
            held = next((thing for thing in listed or () if identity(self.collection, thing) == path[-1]), None)
            return told.showing(held) if told is not None and held is not None else None
        told = self.teller.send(operation, path, why=why, place=self.collection.places.get(role))
        if told is not None and told.succeeded and told.thing and not self.collection.is_singleton:
            self._identify(told, path[-1])
        return told

    def looked(self, path: Sequence[str], why: str) -> tuple[Told | None, bool]:
        """Look after a thing: the answer that shows what became of it, if any does, and whether it is there no more.

        Where things cannot be read one by one, the list must say that it shows all there is.
        """
        if self._role is not Role.LIST:
            told = self.read(path, why)
            return told, told is not None and told.status in {404, 410}
        operation, place = self.operation(Role.LIST), self.collection.places.get(Role.LIST)
        told = self.teller.send(operation, path[:-1], why=f"{why}, in the list", place=place) if operation is not None else None
        if operation is None or place is None or told is None or not told.succeeded or told.things is None:
            return None, False
        held = next((thing for thing in told.things if identity(self.collection, thing) == path[-1]), None)
        if held is not None:
            return told.showing(held), False
        listed = Listed.of(self.collection, operation, tuple(path[:-1]), place)
        return (told, True) if is_said_whole(told, listed) else (None, False)

    def found(self, path: Sequence[str], why: str) -> Told | None:
        """``read``, when it shows something."""
        told = self.read(path, why)
        return told if told is not None and told.succeeded and told.thing else None

    def _identify(self, told: Told, asked: str) -> None:
        others = self._asked - {asked}
        self._asked.add(asked)
        shown = (told.thing.get(name) for name in self.collection.resource.id_fields)
        ids = [str(name) for name in shown if isinstance(name, (str, int))]
        plain = [str(value) for value in told.thing.values() if isinstance(value, (str, int))]
        if not ids or any(agree(asked, name) for name in ids) or asked in plain or (
            len(asked) >= _DISTINCT and any(agree(asked, value) for value in plain)
        ):  # fmt: skip
            return
        # A service may know a thing by more names than it shows; but not one by the name of another.
        if self.learnt or any(name in others for name in ids):
            self.teller.report("identity-mismatch", told, f"the thing {ids[0]} is shown where {asked} was asked for")

    def shown(self) -> Mapping[str, Schema]:
        """The properties that any answer shows of a thing."""
        roles = (Role.CREATE, Role.UPDATE, Role.REPLACE, Role.READ)
        return {name: schema for role in roles for name, schema in self.collection.shown(role).items()}

    def readable(self) -> Mapping[str, Schema]:
        """The properties that a thing has where it is read."""
        return self.collection.shown(self._role) if self._role is not None else {}

    def fields(self, operation: Operation) -> list[Field]:
        """The fields to change; never what the path names the thing by."""
        own = self.collection.resource.id_fields
        return [field for field in fields(operation, self.readable()) if field.name not in own]

    def references(self, operation: Operation) -> list[Field]:
        """The references to change; never what the path names the thing by."""
        own = self.collection.resource.id_fields
        return [field for field in references(operation, self.readable()) if field.name not in own]

    def groups(self, operation: Operation) -> list[Field]:
        """The objects and lists to change something in."""
        return list(groups(operation, self.readable()))

    def change(self, operation: Operation, held: Mapping[str, Any], *, turn: int) -> tuple[Field, dict[str, Any]] | None:
        """A body that changes one field, a text where there is one, and the field; another value every turn."""
        plain = sorted(self.fields(operation), key=unlikely_to_matter)
        for each in (*plain, *self.groups(operation)):
            shown = held.get(each.name)
            another = other_group if isinstance(shown, (dict, list)) else other_value
            value = another(shown, each, turn=turn)
            body = self.body(operation, held, {each.name: value}) if value is not None else None
            if body is not None:
                return each, body
        return None

    def writable(self) -> Iterator[str]:
        """The fields that clients write, of all that a thing has."""
        found: dict[str, None] = {}
        for way in (*self.collection.makers, *self.collection.ways):
            media = json_media(way.operation)
            if media is not None and media.schema is not None:
                found.update(dict.fromkeys(media.schema.all_properties()))
        return iter(found)

    def steady(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
        """What should be as it was, and is not: a name and two values.

        It is what clients write, and what a thing is born with; the rest is the service's own.
        """
        born = (name for name in one if is_birthmark(name))
        for name in dict.fromkeys((*self.writable(), *born)):
            old, new = one.get(name), other.get(name)
            if old is None or name not in other or is_secret(name) or (is_moving(name) and not is_birthmark(name)):
                continue
            if not same(still(old), still(new)):
                yield name, old, new

    def left_alone(self, before: Told, path: tuple[str, ...], what: str) -> None:
        """A neighbour is as it was before something happened to another."""
        after = self.read(path, "Read the neighbour")
        if after is None:
            return
        if after.status in {404, 410}:
            self.teller.report("neighbour-changed", after, f"it is gone after {what}", detail="gone")
            return
        for name, old, new in self.steady(before.thing, after.thing):
            said = f"{name} went from {short(old)} to {short(new)} by {what}"
            self.teller.report("neighbour-changed", after, detail=name, message=said)
            return

    def body(self, operation: Operation, held: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any] | None:
        """A body that says no more than it must: what is changed, and what is required as it stands."""
        media = json_media(operation)
        if media is None or media.schema is None:
            return None
        required = {name: held[name] for name in sorted(media.schema.required()) if held.get(name) is not None}
        body = {**required, **changes}
        if media.schema.is_valid(body, direction="request"):
            return body
        try:
            made = self.teller.sampler.complete(media.schema, body, rich=False)
        except Unsatisfiable:
            return None
        known = self.teller.values.into(operation.label, made, 0, without=frozenset(body))
        made = known if media.schema.is_valid(known, direction="request") else made
        return made if isinstance(made, dict) and all(made.get(name) == value for name, value in changes.items()) else None

    def compare(self, sent: Mapping[str, Any], told: Told, writer: Operation, how: str, *, at: str | None = None) -> None:
        """What was written is what is shown; ``how`` it was written, in words, and ``at`` which property of the body."""
        shown = self.shown()
        written = written_schema(writer, at=at)
        # What the answer's schema has no room for cannot be shown as it was written.
        comparable = {
            name: value
            for name, value in sent.items()
            if _is_comparable(name, written, shown) and shown[name].is_valid(value, direction="response")
        }
        for pointer, value, other in differences(comparable, told.thing):
            if not is_moving(pointer.rpartition("/")[2]):
                self.teller.report(
                    "write-ignored",
                    told,
                    detail=f"{writer.label} {pointer}",
                    message=f"{pointer} was {how} {short(value)} and is shown as {short(other)}",
                )


def _is_comparable(name: str, written: Schema | None, shown: Mapping[str, Schema]) -> bool:
    if written is None or name not in shown or is_secret(name):
        return False
    if name in written.flagged("readOnly") | written.flagged("writeOnly"):
        return False
    held = written.all_properties().get(name)
    return held is not None and wire_types(held) - {"null"} == wire_types(shown[name]) - {"null"}


def unlikely_to_matter(field: Field) -> tuple[int, str]:
    """Texts first: a switch or a choice may change other things for good reasons."""
    types = wire_types(field.written)
    free = field.written.get("enum") is None and field.written.get("format") is None and field.written.get("pattern") is None
    return (
        0 if "string" in types and free else 1 if types & {"integer", "number"} else 2 if "boolean" in types else 3,
        field.name,
    )


def short(value: Any) -> str:
    """A value for a sentence."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"

"""Reads things again and again, and holds what is read against what it should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks.meaning import agree, differences, is_moving, is_secret, same
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.run.lifecycle.bodies import Field, fields, json_media
from conformance.run.lifecycle.collection import Collection
from conformance.run.lifecycle.teller import Teller, Told
from conformance.sandbox.roles import Role
from conformance.sandbox.sample import Unsatisfiable
from conformance.spec.values import wire_types


class Reader:
    """Reads the things of one collection."""

    def __init__(self, teller: Teller, collection: Collection) -> None:
        self.teller, self.collection = teller, collection

    def operation(self, role: Role) -> Operation | None:
        """The operation that plays a role."""
        return self.collection.operations.get(role)

    def read(self, path: Sequence[str], why: str) -> Told | None:
        """Read a thing, and hold its id against the one that was asked for."""
        operation = self.operation(Role.READ)
        if operation is None:
            return None
        told = self.teller.send(operation, path, why=why, place=self.collection.places.get(Role.READ))
        if told is not None and told.succeeded and told.thing and not self.collection.is_singleton:
            self._identify(told, path[-1])
        return told

    def _identify(self, told: Told, asked: str) -> None:
        shown = (told.thing.get(name) for name in self.collection.resource.id_fields)
        ids = [str(name) for name in shown if isinstance(name, (str, int))]
        if ids and not any(agree(asked, shown) for shown in ids):
            self.teller.report("identity-mismatch", told, f"the thing {ids[0]} is shown where {asked} was asked for")

    def shown(self) -> Mapping[str, Schema]:
        """The properties that any answer shows of a thing."""
        roles = (Role.CREATE, Role.UPDATE, Role.REPLACE, Role.READ)
        return {name: schema for role in roles for name, schema in self.collection.shown(role).items()}

    def fields(self, operation: Operation) -> list[Field]:
        """The fields to change; never what the path names the thing by."""
        own = self.collection.resource.id_fields
        return [field for field in fields(operation, self.collection.shown(Role.READ)) if field.name not in own]

    def writable(self) -> Iterator[str]:
        """The fields that clients write, of all that a thing has."""
        found: dict[str, None] = {}
        for role in (Role.CREATE, Role.UPDATE, Role.REPLACE):
            operation = self.operation(role)
            media = json_media(operation) if operation is not None else None
            if media is not None and media.schema is not None:
                found.update(dict.fromkeys(media.schema.all_properties()))
        return iter(found)

    def left_alone(self, before: Told, path: tuple[str, ...], what: str) -> None:
        """A neighbour is as it was before something happened to another."""
        after = self.read(path, "Read the neighbour")
        if after is None:
            return
        if after.status in {404, 410}:
            self.teller.report("neighbour-changed", after, f"it is gone after {what}", detail="gone")
            return
        for name in self.writable() if after.thing else ():
            old, new = before.thing.get(name), after.thing.get(name)
            if old is not None and not is_moving(name) and not is_secret(name) and not same(old, new):
                self.teller.report(
                    "neighbour-changed", after, detail=name, message=f"{name} went from {short(old)} to {short(new)} by {what}"
                )
                return

    def body(self, operation: Operation, held: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any] | None:
        """A body that says no more than it must: what is changed, and what is required as it stands."""
        media = json_media(operation)
        if media is None or media.schema is None:
            return None
        required = {name: held[name] for name in media.schema.required() if held.get(name) is not None}
        body = {**required, **changes}
        if media.schema.is_valid(body, direction="request"):
            return body
        try:
            made = self.teller.sampler.complete(media.schema, body, rich=False)
        except Unsatisfiable:
            return None
        return made if isinstance(made, dict) and all(made.get(name) == value for name, value in changes.items()) else None

    def compare(self, sent: Mapping[str, Any], told: Told, writer: Operation, how: str) -> None:
        """What was written is what is shown; ``how`` it was written, in words."""
        shown = self.shown()
        # What the answer's schema has no room for cannot be shown as it was written.
        comparable = {
            name: value
            for name, value in sent.items()
            if _is_comparable(name, writer, shown) and shown[name].is_valid(value, direction="response")
        }
        for pointer, written, other in differences(comparable, told.thing):
            if not is_moving(pointer.rpartition("/")[2]):
                self.teller.report(
                    "write-ignored",
                    told,
                    detail=f"{writer.label} {pointer}",
                    message=f"{pointer} was {how} {short(written)} and is shown as {short(other)}",
                )


def _is_comparable(name: str, writer: Operation, shown: Mapping[str, Schema]) -> bool:
    media = json_media(writer)
    if media is None or media.schema is None or name not in shown or is_secret(name):
        return False
    if name in media.schema.flagged("readOnly") | media.schema.flagged("writeOnly"):
        return False
    written = media.schema.all_properties().get(name)
    return written is not None and wire_types(written) - {"null"} == wire_types(shown[name]) - {"null"}


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

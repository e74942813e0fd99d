"""What writes promise: what was written is read, an update changes what it names, a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from conformance.checks.meaning import agree, differences, is_moving, is_secret, same
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.model.record import Intent
from conformance.run.lifecycle.bodies import Field, fields, json_media, other_value
from conformance.run.lifecycle.collection import Collection
from conformance.run.lifecycle.teller import Teller, Told
from conformance.run.lifecycle.things import Thing, identity
from conformance.sandbox.roles import Role
from conformance.sandbox.sample import Unsatisfiable
from conformance.spec.values import wire_types

_WRONG: tuple[Any, ...] = ({"wrong": "type"}, [[]], "wrong type", 7.5, True)


class Writes:
    """The stories of one collection's writes; see the methods. ``last`` is the last answer that read an updated thing."""

    def __init__(self, teller: Teller, collection: Collection) -> None:
        self._teller, self._collection = teller, collection
        self.last: Told | None = None

    def operation(self, role: Role) -> Operation | None:
        """The operation that plays a role."""
        return self._collection.operations.get(role)

    def read(self, path: Sequence[str], why: str) -> Told | None:
        """Read a thing, and hold its id against the one that was asked for."""
        operation = self.operation(Role.READ)
        if operation is None:
            return None
        told = self._teller.send(operation, path, why=why, place=self._collection.places.get(Role.READ))
        if told is not None and told.succeeded and told.thing and not self._collection.is_singleton:
            self._identify(told, path[-1])
        return told

    def _identify(self, told: Told, asked: str) -> None:
        shown = (told.thing.get(name) for name in self._collection.resource.id_fields)
        ids = [str(name) for name in shown if isinstance(name, (str, int))]
        if ids and not any(agree(asked, shown) for shown in ids):
            self._teller.report("identity-mismatch", told, f"the thing {ids[0]} is shown where {asked} was asked for")

    # Create

    def created(self, thing: Thing) -> None:
        """What was created is answered, and read, as it was written."""
        create = self.operation(Role.CREATE)
        assert create is not None
        self._compare(thing.sent, thing.told, create, "created")
        self._located(thing)
        told = self.read(thing.path, "Read what was created")
        if told is not None and told.succeeded:
            self._compare(thing.sent, told, create, "created")

    def _located(self, thing: Thing) -> None:
        """Location of a 201 leads to what was created (RFC 9110 section 15.3.2)."""
        location, request = thing.told.header("location"), thing.told.exchange.request
        read = self.operation(Role.READ)
        if thing.told.status != 201 or location is None or read is None:
            return
        url = urljoin(request.url, location)
        if urlsplit(url)[:2] != urlsplit(request.url)[:2]:
            return
        told = self._teller.fetch(read, url, why="Follow Location", place=self._collection.places.get(Role.READ))
        if told is not None and told.status in {400, 404, 405, 410}:
            self._teller.report(
                "location-wrong", told, f"Location of what was created is {location}, which answers {told.status}"
            )
        elif (
            told is not None
            and told.succeeded
            and told.thing
            and identity(self._collection, told.thing) not in {None, thing.name}
        ):
            self._teller.report("location-wrong", told, f"Location of what was created is {location}, which shows another thing")

    def _compare(self, sent: Mapping[str, Any], told: Told, writer: Operation, how: str) -> None:
        shown = self._shown()
        # What the answer's schema has no room for cannot be shown as it was written.
        comparable = {
            name: value
            for name, value in sent.items()
            if _is_comparable(name, writer, shown) and shown[name].is_valid(value, direction="response")
        }
        for pointer, written, other in differences(comparable, told.thing):
            if not is_moving(pointer.rpartition("/")[2]):
                self._teller.report(
                    "write-ignored",
                    told,
                    detail=f"{writer.label} {pointer}",
                    message=f"{pointer} was {how} as {_short(written)} and is shown as {_short(other)}",
                )

    def _shown(self) -> Mapping[str, Schema]:
        roles = (Role.CREATE, Role.UPDATE, Role.REPLACE, Role.READ)
        return {name: schema for role in roles for name, schema in self._collection.shown(role).items()}

    # Update

    def updated(self, path: tuple[str, ...], neighbour: tuple[str, ...] | None) -> None:
        """An update does what it says, to what it names, and to nothing else."""
        for role in (Role.UPDATE, Role.REPLACE):
            operation = self.operation(role)
            if operation is None or self.operation(Role.READ) is None or json_media(operation) is None:
                continue
            found = sorted(self._fields(operation), key=_unlikely_to_matter)
            # One alone shows what else an update touches, all together show which of them it takes.
            if found and self._update(role, operation, found[:1], path, neighbour):
                self._update(role, operation, found, path, None)
            neighbour = None

    def _fields(self, operation: Operation) -> list[Field]:
        """The fields to change; never what the path names the thing by."""
        own = self._collection.resource.id_fields
        return [field for field in fields(operation, self._collection.shown(Role.READ)) if field.name not in own]

    def _update(
        self, role: Role, operation: Operation, changed: Sequence[Field], path: tuple[str, ...], neighbour: tuple[str, ...] | None
    ) -> bool:
        """Some fields, changed; whether it is worth going on with others."""
        before, beside = (
            self.read(path, "Read before the update"),
            self.read(neighbour, "Read its neighbour") if neighbour else None,
        )
        if before is None or not before.thing or not before.succeeded:
            return False
        moved = ((field.name, other_value(before.thing.get(field.name), field)) for field in changed)
        values = {name: value for name, value in moved if value is not None}
        body = self._body(operation, before.thing, values) if values else None
        if body is None:
            return True
        why = f"Change {', '.join(values)}" if len(values) < 4 else f"Change {len(values)} fields"
        told = self._teller.send(operation, path, why=why, body=body, place=self._collection.places.get(role))
        if told is None or told.status >= 500 or told.status == 429:
            return False
        after = self.read(path, "Read what was changed") if told.succeeded else None
        if after is None or not after.thing or not after.succeeded:
            return True
        for name, value in values.items():
            self._took_effect(name, value, told, after)
        if role is Role.UPDATE:
            self._kept(before, after, body, operation)
        else:
            self._twice(operation, path, body, after)
        if beside is not None and beside.thing and neighbour:
            self._left_alone(beside, neighbour, f"{operation.label} on another one")
        self.last = after
        return True

    def _took_effect(self, name: str, value: Any, told: Told, after: Told) -> None:
        shown, answered = after.thing.get(name), told.thing.get(name)
        if is_moving(name) or (shown is None and answered is None):
            return
        changed = f"{name} was changed to {_short(value)}"
        if shown is not None and not agree(value, shown) and answered is not None and agree(value, answered):
            self._teller.report("read-stale", after, f"{changed}, which was answered, and {_short(shown)} is read", detail=name)
        elif shown is not None and not agree(value, shown):
            self._teller.report(
                "update-ignored", after, f"{changed}, and {_short(shown)} is read", detail=f"{told.operation.label} {name}"
            )
        elif answered is not None and not agree(value, answered):
            self._teller.report("write-ignored", told, f"{changed}, and {_short(answered)} is answered", detail=name)

    def _kept(self, before: Told, after: Told, body: Mapping[str, Any], operation: Operation) -> None:
        """What the update did not name is as it was: of what clients write, for the rest is the service's own."""
        for name in self._writable():
            old, new = before.thing.get(name), after.thing.get(name)
            if name in body or is_moving(name) or is_secret(name) or old is None or name not in before.thing or same(old, new):
                continue
            self._teller.report(
                "update-overreach",
                after,
                detail=f"{operation.label} {name}",
                message=f"{name} was not in the update, and went from {_short(old)} to {_short(new)}",
            )
            return

    def _writable(self) -> Iterator[str]:
        found: dict[str, None] = {}
        for role in (Role.CREATE, Role.UPDATE, Role.REPLACE):
            operation = self.operation(role)
            media = json_media(operation) if operation is not None else None
            if media is not None and media.schema is not None:
                found.update(dict.fromkeys(media.schema.all_properties()))
        return iter(found)

    def _twice(self, operation: Operation, path: tuple[str, ...], body: Mapping[str, Any], first: Told) -> None:
        """PUT is idempotent (RFC 9110 section 9.2.2)."""
        told = self._teller.send(operation, path, why="Put the same again", body=body)
        again = self.read(path, "Read what was put twice") if told is not None and told.succeeded else None
        if again is None:
            return
        for name in self._writable():
            old, new = first.thing.get(name), again.thing.get(name)
            if not is_moving(name) and not is_secret(name) and name in first.thing and name in again.thing and not same(old, new):
                self._teller.report(
                    "put-repeats",
                    again,
                    detail=f"{operation.label} {name}",
                    message=f"the same PUT twice took {name} from {_short(old)} to {_short(new)}",
                )
                return

    def _left_alone(self, before: Told, path: tuple[str, ...], what: str) -> None:
        after = self.read(path, "Read the neighbour")
        if after is None:
            return
        if after.status in {404, 410}:
            self._teller.report("neighbour-changed", after, f"it is gone after {what}", detail="gone")
            return
        for name in self._writable() if after.thing else ():
            old, new = before.thing.get(name), after.thing.get(name)
            if old is not None and not is_moving(name) and not is_secret(name) and not same(old, new):
                self._teller.report(
                    "neighbour-changed", after, detail=name, message=f"{name} went from {_short(old)} to {_short(new)} by {what}"
                )
                return

    def _body(self, operation: Operation, held: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any] | None:
        """A body that says no more than it must: what is changed, and what is required as it stands."""
        media = json_media(operation)
        if media is None or media.schema is None:
            return None
        required = {name: held[name] for name in media.schema.required() if held.get(name) is not None}
        body = {**required, **changes}
        if media.schema.is_valid(body, direction="request"):
            return body
        try:
            made = self._teller.sampler.complete(media.schema, body, rich=False)
        except Unsatisfiable:
            return None
        return made if isinstance(made, dict) and all(made.get(name) == value for name, value in changes.items()) else None

    # Refused writes

    def refused(self, path: tuple[str, ...]) -> None:
        """A write that is refused for one of its fields does nothing with the others."""
        for role in (Role.UPDATE, Role.REPLACE):
            operation = self.operation(role)
            if operation is None or self.operation(Role.READ) is None:
                continue
            told = self._fields(operation)
            before = self.read(path, "Read before a write that must be refused") if told else None
            if before is None or not before.thing:
                continue
            for field in sorted(told, key=_unlikely_to_matter):
                value = other_value(before.thing.get(field.name), field, turn=5)
                good = self._body(operation, before.thing, {field.name: value}) if value is not None else None
                bad = _spoiled(operation, good, field.name) if good is not None else None
                if bad is not None:
                    self._refuse(operation, path, bad, field, before)
                    break

    def _refuse(self, operation: Operation, path: tuple[str, ...], body: Mapping[str, Any], field: Field, before: Told) -> None:
        told = self._teller.send(operation, path, why="A write with one field that is wrong", body=body, intent=Intent.NEGATIVE)
        if told is None or not told.refused:
            return
        after = self.read(path, "Read after a write that was refused")
        old, new = before.thing.get(field.name), after.thing.get(field.name) if after is not None else None
        if after is not None and new is not None and not agree(old, new) and agree(body[field.name], new):
            self._teller.report(
                "refused-write-effective",
                after,
                detail=f"{operation.label} {field.name}",
                message=f"a write was refused with {told.status}, and {field.name} is {_short(new)} since",
            )

    def refused_create(self, thing: Thing) -> tuple[str, Any] | None:
        """Try to create a thing with one field that is wrong: a field and its value that nothing may have since."""
        operation = self.operation(Role.CREATE)
        if operation is None:
            return None
        for field in sorted(fields(operation, self._shown()), key=_unlikely_to_matter)[:1]:
            value = other_value(thing.sent.get(field.name), field, turn=7)
            bad = _spoiled(operation, {**thing.sent, field.name: value}, field.name) if isinstance(value, str) else None
            if bad is None:
                continue
            told = self._teller.send(operation, thing.path[: len(thing.path) - 1], why="A create with one field that is wrong",
                                     body=bad, intent=Intent.NEGATIVE)  # fmt: skip
            return (field.name, value) if told is not None and told.refused else None
        return None

    # Delete

    def deleted(self, path: tuple[str, ...], neighbour: tuple[str, ...] | None) -> bool:
        """Deleting one thing leaves its neighbour; whether it was deleted. That it is gone itself, the ledger sees."""
        operation = self.operation(Role.DELETE)
        if operation is None:
            return False
        beside = self.read(neighbour, "Read the neighbour of what is to be deleted") if neighbour else None
        told = self._teller.send(operation, path, why="Delete what was created")
        if told is None or not told.succeeded:
            return False
        self._gone(path)
        if beside is not None and beside.thing and beside.succeeded and neighbour:
            self._left_alone(beside, neighbour, f"{operation.label} on another one")
        self._teller.send(operation, path, why="Delete it again", intent=Intent.PROBE)
        return True

    def _gone(self, path: tuple[str, ...]) -> None:
        operation = self.operation(Role.READ)
        if operation is not None:
            self._teller.send(operation, path, why="Read what was deleted", intent=Intent.PROBE)

    def exposed(self, thing: tuple[str, ...], headers: tuple[tuple[str, str], ...]) -> None:
        """What one user created is hidden from another."""
        operation = self.operation(Role.READ)
        if operation is None or not operation.needs_auth:
            return
        told = self._teller.send(
            operation,
            thing,
            why="Read it as another user",
            headers=headers,
            intent=Intent.PROBE,
            place=self._collection.places.get(Role.READ),
        )
        if told is not None and told.succeeded and identity(self._collection, told.thing) == thing[-1]:
            self._teller.report("object-exposed", told, "another user reads what this one created")


def _is_comparable(name: str, writer: Operation, shown: Mapping[str, Schema]) -> bool:
    media = json_media(writer)
    if media is None or media.schema is None or name not in shown or is_secret(name):
        return False
    if name in media.schema.flagged("readOnly") | media.schema.flagged("writeOnly"):
        return False
    written = media.schema.all_properties().get(name)
    return written is not None and wire_types(written) - {"null"} == wire_types(shown[name]) - {"null"}


def _unlikely_to_matter(field: Field) -> tuple[int, str]:
    """Texts first: a switch or a choice may change other things for good reasons."""
    types = wire_types(field.written)
    free = field.written.get("enum") is None and field.written.get("format") is None and field.written.get("pattern") is None
    return (
        0 if "string" in types and free else 1 if types & {"integer", "number"} else 2 if "boolean" in types else 3,
        field.name,
    )


def _spoiled(operation: Operation, good: Mapping[str, Any], keep: str) -> dict[str, Any] | None:
    """The body with another field of a type that the document forbids there."""
    media = json_media(operation)
    if media is None or media.schema is None:
        return None
    properties = media.schema.all_properties()
    for name in sorted(properties, key=lambda name: name not in media.schema.required() if media.schema else True):
        if name == keep or name in media.schema.flagged("readOnly"):
            continue
        for wrong in _WRONG:
            if not properties[name].is_valid(wrong, direction="request") and not _is_close(wrong, properties[name]):
                body = {**good, name: wrong}
                if not media.schema.is_valid(body, direction="request"):
                    return body
    return None


def _is_close(wrong: Any, schema: Schema) -> bool:
    """Whether a lenient service may read the value as what it should be."""
    types = wire_types(schema)
    return not isinstance(wrong, (dict, list)) and "string" in types


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"

"""What writes promise: what was written is read, a refusal changes nothing, and a deletion takes one thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from conformance.checks.meaning import agree
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.model.record import Intent
from conformance.run.lifecycle.bodies import Field, fields, json_media, other_value
from conformance.run.lifecycle.reader import Reader, short, unlikely_to_matter
from conformance.run.lifecycle.teller import Told
from conformance.run.lifecycle.things import Thing, identity
from conformance.sandbox.roles import Role
from conformance.spec.values import wire_types

_WRONG: tuple[Any, ...] = ({"wrong": "type"}, [[]], "wrong type", 7.5, True)


class Writes:
    """The stories of one collection's other writes; see the methods."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    # Create

    def created(self, thing: Thing) -> None:
        """What was created is answered, and read, as it was written."""
        create = self._reader.operation(Role.CREATE)
        assert create is not None
        self._reader.compare(thing.sent, thing.told, create, "created as")
        self._located(thing)
        told = self._reader.read(thing.path, "Read what was created")
        if told is not None and told.succeeded:
            self._reader.compare(thing.sent, told, create, "created as")

    def _located(self, thing: Thing) -> None:
        """Location of a 201 leads to what was created (RFC 9110 section 15.3.2)."""
        location, request = thing.told.header("location"), thing.told.exchange.request
        read = self._reader.operation(Role.READ)
        if thing.told.status != 201 or location is None or read is None:
            return
        url = urljoin(request.url, location)
        if urlsplit(url)[:2] != urlsplit(request.url)[:2]:
            return
        told = self._reader.teller.fetch(read, url, why="Follow Location", place=self._reader.collection.places.get(Role.READ))
        if told is not None and told.status in {400, 404, 405, 410}:
            self._reader.teller.report(
                "location-wrong", told, f"Location of what was created is {location}, which answers {told.status}"
            )
        elif (
            told is not None
            and told.succeeded
            and told.thing
            and identity(self._reader.collection, told.thing) not in {None, thing.name}
        ):
            self._reader.teller.report(
                "location-wrong", told, f"Location of what was created is {location}, which shows another thing"
            )

    # Refused writes

    def refused(self, path: tuple[str, ...]) -> None:
        """A write that is refused for one of its fields does nothing with the others."""
        for role in (Role.UPDATE, Role.REPLACE):
            operation = self._reader.operation(role)
            if operation is None or self._reader.operation(Role.READ) is None:
                continue
            told = self._reader.fields(operation)
            before = self._reader.read(path, "Read before a write that must be refused") if told else None
            if before is None or not before.thing:
                continue
            for field in sorted(told, key=unlikely_to_matter):
                value = other_value(before.thing.get(field.name), field, turn=5)
                good = self._reader.body(operation, before.thing, {field.name: value}) if value is not None else None
                bad = _spoiled(operation, good, field.name) if good is not None else None
                if bad is not None:
                    self._refuse(operation, path, bad, field, before)
                    break

    def _refuse(self, operation: Operation, path: tuple[str, ...], body: Mapping[str, Any], field: Field, before: Told) -> None:
        told = self._reader.teller.send(
            operation, path, why="A write with one field that is wrong", body=body, intent=Intent.NEGATIVE
        )
        if told is None or not told.refused:
            return
        after = self._reader.read(path, "Read after a write that was refused")
        old, new = before.thing.get(field.name), after.thing.get(field.name) if after is not None else None
        if after is not None and new is not None and not agree(old, new) and agree(body[field.name], new):
            self._reader.teller.report(
                "refused-write-effective",
                after,
                detail=f"{operation.label} {field.name}",
                message=f"a write was refused with {told.status}, and {field.name} is {short(new)} since",
            )

    def refused_create(self, thing: Thing) -> tuple[str, Any] | None:
        """Try to create a thing with one field that is wrong: a field and its value that nothing may have since."""
        operation = self._reader.operation(Role.CREATE)
        if operation is None:
            return None
        for field in sorted(fields(operation, self._reader.shown()), key=unlikely_to_matter)[:1]:
            value = other_value(thing.sent.get(field.name), field, turn=7)
            bad = _spoiled(operation, {**thing.sent, field.name: value}, field.name) if isinstance(value, str) else None
            if bad is None:
                continue
            told = self._reader.teller.send(
                operation,
                thing.path[: len(thing.path) - 1],
                why="A create with one field that is wrong",
                body=bad,
                intent=Intent.NEGATIVE,
            )
            return (field.name, value) if told is not None and told.refused else None
        return None

    # Delete

    def deleted(self, path: tuple[str, ...], neighbour: tuple[str, ...] | None) -> bool:
        """Deleting one thing leaves its neighbour; whether it was deleted. That it is gone itself, the ledger sees."""
        operation = self._reader.operation(Role.DELETE)
        if operation is None:
            return False
        beside = self._reader.read(neighbour, "Read the neighbour of what is to be deleted") if neighbour else None
        told = self._reader.teller.send(operation, path, why="Delete what was created")
        if told is None or not told.succeeded:
            return False
        self._gone(path)
        if beside is not None and beside.thing and beside.succeeded and neighbour:
            self._reader.left_alone(beside, neighbour, f"{operation.label} on another one")
        self._reader.teller.send(operation, path, why="Delete it again", intent=Intent.PROBE)
        return True

    def _gone(self, path: tuple[str, ...]) -> None:
        operation = self._reader.operation(Role.READ)
        if operation is not None:
            self._reader.teller.send(operation, path, why="Read what was deleted", intent=Intent.PROBE)

    def exposed(self, thing: tuple[str, ...], headers: tuple[tuple[str, str], ...]) -> None:
        """What one user created is hidden from another."""
        operation = self._reader.operation(Role.READ)
        if operation is None or not operation.needs_auth:
            return
        told = self._reader.teller.send(
            operation,
            thing,
            why="Read it as another user",
            headers=headers,
            intent=Intent.PROBE,
            place=self._reader.collection.places.get(Role.READ),
        )
        if told is not None and told.succeeded and identity(self._reader.collection, told.thing) == thing[-1]:
            self._reader.teller.report("object-exposed", told, "another user reads what this one created")


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

"""What a refusal promises: a write that is turned away changes nothing, and makes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.checks.meaning import agree
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.model.record import Intent
from conformance.run.lifecycle.bodies import Field, fields, json_media, other_value, seat
from conformance.run.lifecycle.queries import listed_values
from conformance.run.lifecycle.reader import Reader, short, unlikely_to_matter
from conformance.run.lifecycle.teller import Told
from conformance.run.lifecycle.things import Thing
from conformance.sandbox.roles import Role
from conformance.spec.values import wire_types

_TELLING = 8
"""A text of so many characters is nobody else's."""
_UNAUTHENTICATED = frozenset({401, 403})
_WRONG: tuple[Any, ...] = ({"wrong": "type"}, [[]], "wrong type", 7.5, True)


class Refusals:
    """The stories of one collection's refused writes."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def updates(self, path: tuple[str, ...], before: Told | None) -> Told | None:
        """An update that is refused for one of its fields does nothing with the others.

        ``before`` is the thing as it is; what it is afterwards comes back, ``None`` when that is not sure.
        """
        reader = self._reader
        for way in reader.collection.ways if reader.can_read else ():
            told = reader.fields(way.operation)
            before = before or (reader.found(path, "Read before a write that must be refused") if told else None)
            for field in sorted(told, key=unlikely_to_matter) if before is not None else ():
                value = other_value(before.thing.get(field.name), field, turn=5) if before is not None else None
                good = reader.body(way.operation, before.thing, {field.name: value}) if before and value is not None else None
                bad = _spoiled(way.operation, good, field.name) if good is not None else None
                if bad is not None and before is not None:
                    before = self._refuse(way.operation, path, bad, field, before)
                    break
        return before

    def _refuse(
        self, operation: Operation, path: tuple[str, ...], body: Mapping[str, Any], field: Field, before: Told
    ) -> Told | None:
        told = self._reader.teller.send(
            operation, path, why="A write with one field that is wrong", body=body, intent=Intent.NEGATIVE
        )
        if told is None or not told.refused:
            return None if told is None or told.status < 300 or told.status >= 500 else before
        after = self._reader.found(path, "Read after a write that was refused")
        if after is None:
            return None
        old, new = before.thing.get(field.name), after.thing.get(field.name)
        changes = [(field.name, old, new)] if new is not None and not agree(old, new) and agree(body[field.name], new) else []
        for name, _, since in (*changes, *self._reader.steady(before.thing, after.thing)):
            said = f"a write was refused with {told.status}, and {name} is {short(since)} since"
            self._reader.teller.report("refused-write-effective", after, said, detail=f"{operation.label} {name}", after=(told,))
            break
        return after

    def unasked(self, path: tuple[str, ...], before: Told, *, is_own: bool) -> Told | None:
        """What is refused for want of credentials is not done; the thing as it is since, ``None`` when it is not there.

        Nothing is deleted but what this run has made, which ``is_own`` says.
        """
        reader, delete = self._reader, self._reader.operation(Role.DELETE)
        tried: list[tuple[Told, Field | None, Mapping[str, Any]]] = []
        for way in reader.collection.ways if reader.can_read else ():
            change = reader.change(way.operation, before.thing, turn=10) if way.operation.needs_auth else None
            if change is None:
                continue
            field, body = change
            told = reader.teller.send(way.operation, path, why="Write to it without credentials", body=body,
                                      intent=Intent.NEGATIVE, anonymous=True)  # fmt: skip
            tried += [(told, field, body)] if told is not None and told.status in _UNAUTHENTICATED else []
        if is_own and delete is not None and delete.needs_auth and reader.can_read:
            told = reader.teller.send(delete, path, why="Delete it without credentials", intent=Intent.NEGATIVE, anonymous=True)
            tried += [(told, None, {})] if told is not None and told.status in _UNAUTHENTICATED else []
        after, is_gone = reader.looked(path, "Read what was refused without credentials") if tried else (before, False)
        for one in tried if after is not None else ():
            self._was_done(one, before, after or before, is_gone=is_gone)
        return after if after is not None and after.succeeded and after.thing else None

    def _was_done(
        self, tried: tuple[Told, Field | None, Mapping[str, Any]], before: Told, after: Told, *, is_gone: bool
    ) -> None:  # fmt: skip
        told, field, body = tried
        label, reader = told.operation.label, self._reader
        if field is None and is_gone:
            said = f"{label} was refused with {told.status}, and it is gone since"
            reader.teller.report("refused-write-effective", after, said, detail=f"{label} unauthenticated", after=(told,))
        elif field is not None and after.succeeded:
            old, new = before.thing.get(field.name), after.thing.get(field.name)
            if new is not None and not agree(old, new) and agree(body[field.name], new):
                said = f"a write was refused with {told.status}, and {field.name} is {short(new)} since"
                reader.teller.report("refused-write-effective", after, said, detail=f"{label} unauthenticated", after=(told,))

    def create(self, thing: Thing) -> tuple[str, Any] | None:
        """Try to create a thing with one field that is wrong: a field and its value that nothing may have since."""
        reader, collection = self._reader, self._reader.collection
        way = next(iter(collection.makers), None)
        listed = collection.shown(Role.LIST)
        if way is None or not listed:
            return None
        at = seat(way.operation) if way.place is not None and way.place.many else None
        # Only what the list shows can tell of it afterwards.
        for field in sorted(fields(way.operation, listed, at=at), key=unlikely_to_matter):
            value = other_value(thing.sent.get(field.name), field, turn=7)
            # One that the document lists is anybody's.
            if not isinstance(value, str) or len(value) < _TELLING or value in listed_values(field.written):
                continue
            good = {**thing.sent, field.name: value}
            bad = _spoiled(way.operation, good, field.name, at=at)
            if bad is None:
                continue
            told = reader.teller.send(
                way.operation, thing.path[: collection.scope], why="A create with one field that is wrong", body=bad,
                intent=Intent.NEGATIVE,
            )  # fmt: skip
            return (field.name, value) if told is not None and told.refused else None
        return None


def _spoiled(operation: Operation, good: Mapping[str, Any], kept: str, *, at: str | None = None) -> dict[str, Any] | None:
    """A body with one wrong field, which is not ``kept``; ``at`` is the property that holds a list of what ``good`` is."""
    media = json_media(operation)
    if media is None or media.schema is None:
        return None
    held = media.schema.all_properties().get(at) if at is not None else media.schema
    inner = held.child("items") if held is not None and at is not None else held
    properties = inner.all_properties() if inner is not None else {}
    ignored = inner.flagged("readOnly") if inner is not None else frozenset()
    for name in (*good, *properties):
        if name == kept or name not in properties or name in ignored:
            continue
        for wrong in _WRONG:
            if not properties[name].is_valid(wrong, direction="request") and not _is_close(wrong, properties[name]):
                whole = {**good, name: wrong}
                body = whole if at is None else {at: [whole]}
                if not media.schema.is_valid(body, direction="request"):
                    return body
    return None


def _is_close(wrong: Any, schema: Schema) -> bool:
    """Whether a lenient service may read the value as what it should be."""
    types = wire_types(schema)
    return not isinstance(wrong, (dict, list)) and "string" in types

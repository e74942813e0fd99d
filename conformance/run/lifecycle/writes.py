"""What creates and deletions promise: what was written is read, and what is deleted is one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from conformance.checks.meaning import agree, is_moving, is_secret
from conformance.checks.state import says_gone
from conformance.model.operation import Operation
from conformance.model.record import Intent
from conformance.run.lifecycle.bodies import seat, written_schema
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.rare import enumerated
from conformance.run.lifecycle.reader import Reader, short
from conformance.run.lifecycle.teller import Told
from conformance.run.lifecycle.things import Thing
from conformance.sandbox.roles import Role

_GONE = frozenset({404, 410})
_DISTINCT = 8
"""A text of so many characters is nobody else's."""


class Writes:
    """The stories of one collection's other writes; see the methods."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    # Create

    def created(self, thing: Thing) -> Told | None:
        """What was created is answered, and read, as it was written; the answer that reads it."""
        create, reader = thing.told.operation, self._reader
        at = seat(create) if thing.told.things is not None else None
        if thing.told.succeeded:
            reader.compare(thing.sent, thing.told, create, "created as", at=at)
            self._located(thing)
        told = reader.read(thing.path, "Read what was created")
        if told is None or not thing.told.succeeded:
            return told
        if told.succeeded:
            reader.compare(thing.sent, told, create, "created as", at=at)
        elif told.status in {404, 410} and reader.collection.resource.id_fields:
            reader.teller.report("resource-unavailable-after-create", told, detail=create.label,
                message=f"{told.status} for what {create.label} created, and nothing has changed it since")  # fmt: skip
        return told

    def apart(self, things: Sequence[Thing]) -> None:
        """Every create makes a thing of its own.

        One that is answered with 200 may have found what was there before, where both say something of the same.
        """
        for index, thing in enumerate(things):
            twin = next((other for other in things[:index] if other.path == thing.path), None)
            if twin is None or not thing.is_minted or not thing.told.succeeded or twin.sent == thing.sent:
                continue
            if thing.told.status == 201 or not (_alike(twin.sent, thing.sent, thing.told.operation) or self._took(thing)):
                self._reader.teller.report("create-mixed-up", thing.told, detail=thing.told.operation.label, after=(twin.told,),
                    message=f"two creates with different values are answered with the same {thing.name}")  # fmt: skip
                return

    def anew(self, gone: Thing, thing: Thing) -> None:
        """What is created after a deletion does not get the name of what was deleted, unless it may be the same thing again."""
        if thing.is_minted and thing.told.succeeded and not _alike(gone.sent, thing.sent, thing.told.operation):
            self._reader.teller.report("create-mixed-up", thing.told, detail=thing.told.operation.label, after=(gone.told,),
                message=f"{thing.name} was deleted, and a create with other values is answered with it")  # fmt: skip

    def unmixed(self, shown: Sequence[tuple[Thing, Told]]) -> None:
        """No answer about one thing shows what was written for another.

        It is for what is accepted (202), or has no name: of these, no more can be said.
        """
        for thing, answer in shown:
            for name, value in thing.sent.items():
                held = answer.thing.get(name)
                if not isinstance(held, str) or len(held) < _DISTINCT or agree(value, held) or is_moving(name) or is_secret(name):
                    continue
                other = next((one for one, _ in shown if one.path != thing.path and one.sent.get(name) == held), None)
                if other is not None and not _is_word(name, thing.told.operation):
                    said = f"{name} is {short(held)}, which was written for another, and {short(value)} for this one"
                    self._reader.teller.report("create-mixed-up", answer, said, detail=thing.told.operation.label,
                                               after=(other.told, thing.told))  # fmt: skip
                    return

    def _took(self, thing: Thing) -> bool:
        """Whether what a create found is now what it said."""
        read = self._reader.found(thing.path, "Read what was found, and not made") if self._reader.can_read else None
        return read is not None and any(_is_mark(value) and read.thing.get(name) == value for name, value in thing.sent.items())

    def stays_gone(self, path: tuple[str, ...]) -> None:
        """What is deleted does not come back when another thing is made; the ledger sees it."""
        operation = self._reader.operation(Role.READ)
        if operation is not None:
            self._reader.teller.send(operation, path, why="Read what was deleted before another was made", intent=Intent.PROBE)

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

    # Delete

    def deleted(self, path: tuple[str, ...], neighbour: tuple[str, ...] | None, held: Mapping[str, Any] | None = None) -> bool:
        """Deleting one thing leaves its neighbour; whether it was deleted. That it is gone itself, the ledger sees.

        ``held`` is what the thing was, where it is also to be seen that it can be changed no more.
        """
        operation = self._reader.operation(Role.DELETE)
        if operation is None:
            return False
        beside = self._reader.found(neighbour, "Read the neighbour of what is to be deleted") if neighbour else None
        told = self._reader.teller.send(operation, path, why="Delete what was created")
        if told is None or not told.succeeded:
            return False
        gone = self._gone(path)
        if held is not None and gone is not None and gone.status in _GONE:
            self._is_changed_no_more(path, held, gone)
        if beside is not None and neighbour:
            self._reader.left_alone(beside, neighbour, f"{operation.label} on another one")
        self._reader.teller.send(operation, path, why="Delete it again", intent=Intent.PROBE)
        return True

    def _gone(self, path: tuple[str, ...], why: str = "Read what was deleted") -> Told | None:
        operation = self._reader.operation(Role.READ)
        return self._reader.teller.send(operation, path, why=why, intent=Intent.PROBE) if operation is not None else None

    def _is_changed_no_more(self, path: tuple[str, ...], held: Mapping[str, Any], gone: Told) -> None:
        """Nobody says that what is not there was changed; what is there afterwards was made anew, and that is another matter."""
        reader = self._reader
        for way in (way for way in reader.collection.ways if way.role is Role.UPDATE):
            change = reader.change(way.operation, held, turn=12)
            if change is None:
                continue
            told = reader.teller.send(way.operation, path, why="Change what was deleted", body=change[1], intent=Intent.PROBE)
            if told is not None and told.status in {200, 204} and not says_gone(told.thing):
                after = self._gone(path, "Read what was changed after it was deleted")
                if after is not None and after.status in _GONE:
                    message = (
                        f"{told.status} for a change of what is not there, before ({gone.status}) and after ({after.status})"
                    )
                    reader.teller.report("use-after-delete", told, message, detail=way.operation.label, after=(gone,))
            return

    def forgotten(self, path: tuple[str, ...], written: Told) -> None:
        """What is deleted where something is there for every name does not keep what was written to it."""
        operation = self._reader.operation(Role.DELETE)
        marks = {name: value for name, value in written.thing.items() if _is_mark(value)}
        if operation is None or not marks:
            return
        told = self._reader.teller.send(operation, path, why="Delete what was written")
        after = self._reader.found(path, "Read what was deleted") if told is not None and told.succeeded else None
        for name, value in marks.items() if after is not None and not says_gone(after.thing) else ():
            if after is not None and after.thing.get(name) == value:
                said = f"{name} is still what was written before {operation.label} deleted it"
                self._reader.teller.report("use-after-delete", after, said, detail=operation.label)
                return


def _alike(one: Mapping[str, Any], other: Mapping[str, Any], writer: Operation) -> bool:
    """Whether two bodies have something in common that could be what they are about; a word of a list is not."""
    schema = written_schema(writer)
    known = schema.all_properties() if schema is not None else {}
    names = [name for name, value in one.items() if value == other.get(name) and isinstance(value, (str, dict, list)) and value]
    return not one or any(name not in known or not enumerated(known[name]) for name in names)


def _is_word(name: str, writer: Operation) -> bool:
    """Whether a field holds one of the words of a list."""
    schema = written_schema(writer)
    known = schema.all_properties() if schema is not None else {}
    return name in known and bool(enumerated(known[name]))


def _is_mark(value: object) -> bool:
    """Whether a value holds a text that nobody but this run writes."""
    if isinstance(value, str):
        return value.startswith("conformance ")
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_is_mark, held))

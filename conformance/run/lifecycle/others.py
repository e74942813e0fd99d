"""What one user has is hidden from another, and out of their reach, whatever they ask of it."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from conformance.checks.meaning import agree
from conformance.model.message import Headers
from conformance.model.record import Intent
from conformance.run.lifecycle.bodies import bodies, json_media
from conformance.run.lifecycle.collection import Way
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.reader import Reader, short
from conformance.run.lifecycle.teller import Told
from conformance.run.lifecycle.things import Thing
from conformance.sandbox.roles import Role


class Others:
    """The stories of another user. ``headers`` are those that make it another's."""

    def __init__(self, reader: Reader, headers: Headers) -> None:
        self._reader, self._headers = reader, headers
        # What was refused, by operation: the answer, and the field that was to be changed with its value.
        self._tried: dict[str, tuple[Told, str, Any]] = {}

    def exposed(self, path: tuple[str, ...], thing: Thing | None) -> Told | None:
        """Nobody else reads, changes or deletes it; what is known of it since.

        ``thing`` is what is known of how it was made, if this run made it.
        """
        reader = self._reader
        own = reader.found(path, "Read what another user is to ask for") if reader.can_read else None
        sure = thing is not None and thing.is_minted
        read = reader.operation(Role.READ)
        if read is not None and read.needs_auth:
            place = reader.collection.places.get(Role.READ)
            told = reader.teller.send(
                read, path, why="Read it as another user", headers=self._headers, intent=Intent.PROBE, place=place
            )
            if told is not None and told.succeeded and self._is_own(told, own, sure):
                reader.teller.report("object-exposed", told, "another user reads what this one created", detail="read")
        for way in (*reader.collection.ways, *reader.collection.acts):
            if way.operation.needs_auth:
                own = self._written(way, path, own, sure)
        own = self._deleted(path, own)
        return self._undone(path, own) if own is not None else None

    def _undone(self, path: tuple[str, ...], own: Told) -> Told | None:
        """What was refused to another user was not done either."""
        tried, self._tried = self._tried, {}
        after, is_gone = self._reader.looked(path, "Read what another user was refused") if tried else (own, False)
        if after is None:
            return None
        delete = self._reader.operation(Role.DELETE)
        if is_gone and delete is not None and delete.label in tried:
            status = tried[delete.label][0].status
            self._reader.teller.report("object-exposed", after, f"another user's delete was answered with {status}, and done",
                                       detail=f"{delete.label} refused", after=(tried[delete.label][0],))  # fmt: skip
        for told, field, value in tried.values() if after.succeeded else ():
            old, new = own.thing.get(field), after.thing.get(field)
            if field and new is not None and not agree(old, new) and agree(value, new):
                said = f"another user's write was answered with {told.status}, and {field} is {short(new)} since"
                self._reader.teller.report("object-exposed", after, said, detail=f"{told.operation.label} refused", after=(told,))
        return after if after.succeeded and after.thing else None

    def _written(self, way: Way, path: tuple[str, ...], own: Told | None, sure: bool) -> Told | None:
        """What another user writes does not reach it; the thing as it is since."""
        reader = self._reader
        has_body = json_media(way.operation) is not None
        change = reader.change(way.operation, own.thing, turn=8) if own is not None and has_body else None
        changed, body = (change[0].name, change[1]) if change is not None else ("", None)
        if has_body and body is None:
            body = next(bodies(way.operation, reader.teller.sampler, salt="another user"), None)
            if body is None:
                return own
        told = reader.teller.send(
            way.operation, path, why="Write to it as another user", body=body, headers=self._headers, intent=Intent.PROBE,
            place=way.place,
        )  # fmt: skip
        if told is not None and 400 <= told.status < 500 and body is not None and changed:
            self._tried[way.operation.label] = told, changed, body[changed]
        if told is None or not 200 <= told.status < 300:
            return own
        # 201 is for a thing of the other user's own.
        if told.status == 200 and self._is_own(told, own, sure, but=body if isinstance(body, dict) else ()):
            reader.teller.report(
                "object-exposed", told, "another user writes to what this one created", detail=way.operation.label
            )
            return reader.found(path, "Read what another user wrote to") if reader.can_read else own
        after = reader.found(path, "Read what another user wrote to") if reader.can_read and own is not None else None
        if after is not None and own is not None and body is not None and changed:
            old, new = own.thing.get(changed), after.thing.get(changed)
            if not agree(old, new) and agree(body[changed], new):
                reader.teller.report("object-exposed", after, f"another user changed {changed} to {short(new)}",
                                     detail=way.operation.label)  # fmt: skip
        return after or own

    def _deleted(self, path: tuple[str, ...], own: Told | None) -> Told | None:
        """Another user does not delete it; what is known of it since."""
        operation, reader = self._reader.operation(Role.DELETE), self._reader
        if operation is None or own is None or not operation.needs_auth or not reader.can_read:
            return own
        told = reader.teller.send(operation, path, why="Delete it as another user", headers=self._headers, intent=Intent.PROBE)
        if told is not None and 400 <= told.status < 500:
            self._tried[operation.label] = told, "", None
        if told is None or not 200 <= told.status < 300:
            return own
        after, is_gone = reader.looked(path, "Read what another user deleted")
        if after is not None and is_gone:
            reader.teller.report("object-exposed", after, "another user deleted what this one created", detail=operation.label)
        return after if after is not None and after.succeeded and after.thing else None

    def _is_own(self, told: Told, own: Told | None, sure: bool, *, but: Container[str] = ()) -> bool:
        """Whether an answer to another user shows this user's thing: by an id that the service gave it, or by what it says.

        ``but`` is what the other user has sent, and sees again wherever it is kept.
        """
        name = identity(self._reader.collection, told.thing)
        mine = identity(self._reader.collection, own.thing) if own is not None else None
        if sure and name is not None and mine is not None and name == mine:
            return True
        said = [field for field in self._reader.writable() if own is not None and field in own.thing and field in told.thing]
        told_apart = [field for field in said if own is not None and field not in but and _is_telling(own.thing[field])]
        return bool(told_apart) and all(own is not None and own.thing[field] == told.thing[field] for field in told_apart)


def _is_telling(value: object) -> bool:
    """Whether nobody has the value by chance."""
    return isinstance(value, str) and value.startswith("conformance ")

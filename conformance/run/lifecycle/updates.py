"""What updates promise: they do what they say, to what they name, and to nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.checks.meaning import agree, is_moving, is_secret, same
from conformance.model.operation import Operation
from conformance.run.lifecycle.bodies import Field, json_media, other_value
from conformance.run.lifecycle.reader import Reader, short, unlikely_to_matter
from conformance.run.lifecycle.teller import Told
from conformance.sandbox.roles import Role
from conformance.sandbox.sample import Unsatisfiable


class Updates:
    """The stories of one collection's updates. ``last`` is the last answer that read an updated thing."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.last: Told | None = None

    def updated(self, path: tuple[str, ...], neighbour: tuple[str, ...] | None) -> None:
        """An update does what it says, to what it names, and to nothing else."""
        for role in (Role.UPDATE, Role.REPLACE):
            operation = self._reader.operation(role)
            if operation is None or self._reader.operation(Role.READ) is None or json_media(operation) is None:
                continue
            found = sorted(self._reader.fields(operation), key=unlikely_to_matter)
            # One alone shows what else an update touches, all together show which of them it takes.
            if found and self._update(role, operation, found[:1], path, neighbour):
                self._update(role, operation, found, path, None)
            self._whole(role, operation, path)
            neighbour = None

    def _update(
        self, role: Role, operation: Operation, changed: Sequence[Field], path: tuple[str, ...], neighbour: tuple[str, ...] | None
    ) -> bool:
        """Some fields, changed; whether it is worth going on with others."""
        before, beside = (
            self._reader.read(path, "Read before the update"),
            self._reader.read(neighbour, "Read its neighbour") if neighbour else None,
        )
        if before is None or not before.thing or not before.succeeded:
            return False
        moved = ((field.name, other_value(before.thing.get(field.name), field)) for field in changed)
        values = {name: value for name, value in moved if value is not None}
        body = self._reader.body(operation, before.thing, values) if values else None
        if body is None:
            return True
        why = f"Change {', '.join(values)}" if len(values) < 4 else f"Change {len(values)} fields"
        told = self._reader.teller.send(operation, path, why=why, body=body, place=self._reader.collection.places.get(role))
        if told is None or told.status >= 500 or told.status == 429:
            return False
        after = self._reader.read(path, "Read what was changed") if told.succeeded else None
        if after is None or not after.thing or not after.succeeded:
            return True
        for name, value in values.items():
            self._took_effect(name, value, told, after)
        if role is Role.UPDATE:
            self._kept(before, after, body, operation)
        else:
            self._twice(operation, path, body, after)
        if beside is not None and beside.thing and neighbour:
            self._reader.left_alone(beside, neighbour, f"{operation.label} on another one")
        self.last = after
        return True

    def _whole(self, role: Role, operation: Operation, path: tuple[str, ...]) -> None:
        """Everything that the update can say at once, what stands deep in the body too."""
        media, reader = json_media(operation), self._reader
        if media is None or media.schema is None:
            return
        try:
            body = reader.teller.sampler.sample(media.schema, salt="update")
        except Unsatisfiable:
            return
        if not isinstance(body, dict) or not any(isinstance(value, (dict, list)) for value in body.values()):
            return
        own = {name: value for name, value in body.items() if name not in reader.collection.resource.id_fields}
        told = reader.teller.send(operation, path, why="Change everything", body=own, place=reader.collection.places.get(role))
        after = reader.read(path, "Read what was changed") if told is not None and told.succeeded else None
        self.last = after if after is not None and after.succeeded and after.thing else None
        if self.last is not None and after is not None:
            reader.compare(own, after, operation, "changed to")

    def _took_effect(self, name: str, value: Any, told: Told, after: Told) -> None:
        shown, answered = after.thing.get(name), told.thing.get(name)
        if is_moving(name) or (shown is None and answered is None):
            return
        changed = f"{name} was changed to {short(value)}"
        if shown is not None and not agree(value, shown) and answered is not None and agree(value, answered):
            self._reader.teller.report("read-stale", after, f"{changed}, as answered, and {short(shown)} is read", detail=name)
        elif shown is not None and not agree(value, shown):
            self._reader.teller.report(
                "update-ignored", after, f"{changed}, and {short(shown)} is read", detail=f"{told.operation.label} {name}"
            )
        elif answered is not None and not agree(value, answered):
            self._reader.teller.report("write-ignored", told, f"{changed}, and {short(answered)} is answered", detail=name)

    def _kept(self, before: Told, after: Told, body: Mapping[str, Any], operation: Operation) -> None:
        """What the update did not name is as it was: of what clients write, for the rest is the service's own."""
        for name in self._reader.writable():
            old, new = before.thing.get(name), after.thing.get(name)
            if name in body or is_moving(name) or is_secret(name) or old is None or name not in before.thing or same(old, new):
                continue
            self._reader.teller.report(
                "update-overreach",
                after,
                detail=f"{operation.label} {name}",
                message=f"{name} was not in the update, and went from {short(old)} to {short(new)}",
            )
            return

    def _twice(self, operation: Operation, path: tuple[str, ...], body: Mapping[str, Any], first: Told) -> None:
        """PUT is idempotent (RFC 9110 section 9.2.2)."""
        told = self._reader.teller.send(operation, path, why="Put the same again", body=body)
        again = self._reader.read(path, "Read what was put twice") if told is not None and told.succeeded else None
        if again is None:
            return
        for name in self._reader.writable():
            old, new = first.thing.get(name), again.thing.get(name)
            if not is_moving(name) and not is_secret(name) and name in first.thing and name in again.thing and not same(old, new):
                self._reader.teller.report(
                    "put-repeats",
                    again,
                    detail=f"{operation.label} {name}",
                    message=f"the same PUT twice took {name} from {short(old)} to {short(new)}",
                )
                return

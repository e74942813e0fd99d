"""What a path promises of what lives in something else: that it is shown under that one, and under no other."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.model.record import Intent
from conformance.run.lifecycle.bodies import moved
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.reader import Reader
from conformance.run.lifecycle.things import Thing
from conformance.sandbox.roles import Role

_MINTED = 8
"""A name of so many characters was given out by the service, and another one of the same form was not."""


class Parents:
    """The stories of what one collection's things live in, where this run has made it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def astray(self, things: Sequence[Thing]) -> None:
        """A parent that was never given out shows nothing of what was made in another one."""
        own = {thing.name for thing in things if thing.is_minted}
        scope = things[0].path[: self._reader.collection.scope]
        other = moved(scope[-1], 7) if scope else ""
        if not own or len(other) < _MINTED or other == scope[-1]:
            return
        for role in (Role.LIST, Role.READ):
            operation, place = self._reader.operation(role), self._reader.collection.places.get(role)
            name = next(thing.name for thing in things if thing.is_minted)
            path = (*scope[:-1], other, *(() if role is Role.LIST else (name,)))
            if operation is None or place is None:
                continue
            told = self._reader.teller.send(operation, path, why="Look for it in what was never made", place=place,
                                            intent=Intent.PROBE)  # fmt: skip
            shown = (told.things or (told.thing,)) if told is not None and told.succeeded else ()
            found = next((known for one in shown if (known := identity(self._reader.collection, one)) in own), None)
            if told is not None and found is not None:
                message = f"{found} was made in {scope[-1]}, and is shown in {other}, which was never made"
                self._reader.teller.report("parent-ignored", told, message, detail=role.name.lower())

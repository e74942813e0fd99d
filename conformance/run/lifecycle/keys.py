"""What a key promises that a document lets a create have: the same request, sent again with it, makes nothing more."""

from __future__ import annotations

from conformance.model.record import Intent
from conformance.run.lifecycle.collection import Collection, Way
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.teller import Teller, Told
from conformance.run.lifecycle.things import Maker
from conformance.sandbox.roles import Role
from conformance.sandbox.sample import Unsatisfiable
from conformance.spec.keys import retry_header

_TURN = 6


class Keys:
    """The stories of one collection's keys."""

    def __init__(self, teller: Teller, maker: Maker, collection: Collection) -> None:
        self._teller, self._maker, self._collection = teller, maker, collection

    def once(self, scope: tuple[str, ...]) -> None:
        """Every create that takes a key is sent twice with the same; what it makes is deleted."""
        for way in self._collection.makers:
            name = retry_header(way.operation)
            key = self._key(way, name) if name is not None else None
            if name is not None and key is not None:
                self._twice(way, scope, (name, key))

    def _key(self, way: Way, name: str) -> str | None:
        schema = next(parameter.schema for parameter in way.operation.parameters_in("header") if parameter.name == name)
        try:
            value = self._teller.sampler.complete(schema, "conformance-0b6e4a52", salt="key") if schema is not None else None
        except Unsatisfiable:
            return None
        return self._teller.keys.like(value, schema) if isinstance(value, str) and value else None

    def _twice(self, way: Way, scope: tuple[str, ...], header: tuple[str, str]) -> None:
        body = next(iter(self._maker.bodies(self._collection, way, _TURN)), None)
        first, second = (
            self._teller.send(way.operation, scope, why=why, body=body, place=way.place, headers=(header,), intent=intent)
            for why, intent in (("Create one with a key", Intent.POSITIVE), ("Send the same again", Intent.PROBE))
        )
        made = [name for told in (first, second) if told is not None and (name := self._made(told)) is not None]
        if len(set(made)) == 2 and second is not None:
            said = f"the same request with the same {header[0]} made {made[0]}, and then {made[1]}"
            self._teller.report("key-ignored", second, said, detail=way.operation.label)
        delete = self._collection.operations.get(Role.DELETE)
        for name in dict.fromkeys(made) if delete is not None else ():
            if delete is not None:
                self._teller.send(delete, (*scope, name), why="Delete what was created")

    def _made(self, told: Told) -> str | None:
        return identity(self._collection, told.thing) if told.succeeded else None

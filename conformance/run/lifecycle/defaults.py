"""What a default promises: it is the value where a client says none (OpenAPI 3.0.3, Schema Object)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.checks.meaning import agree, is_moving
from conformance.run.lifecycle.bodies import is_own, json_media, plain_fields
from conformance.run.lifecycle.collection import Collection, Way
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.reader import Reader, short
from conformance.run.lifecycle.things import Maker
from conformance.sandbox.roles import Role

_TURN = 8


class Defaults:
    """The stories of what one collection's creates leave out."""

    def __init__(self, reader: Reader, maker: Maker) -> None:
        self._reader, self._maker = reader, maker

    def once(self, scope: tuple[str, ...]) -> None:
        """A create that says nothing of what has a default makes a thing that has it; it is deleted again."""
        reader, collection = self._reader, self._reader.collection
        for way in collection.makers[:1]:
            body = next(iter(self._maker.bodies(collection, way, _TURN)), None)
            left = self._left_out(way, collection, body) if body else {}
            media = json_media(way.operation)
            bare = {name: value for name, value in body.items() if name not in left} if body else {}
            if not left or media is None or media.schema is None or not media.schema.is_valid(bare, direction="request"):
                continue
            told = reader.teller.send(
                way.operation, scope, why="Create one without what has a default", body=bare, place=way.place
            )
            name = identity(collection, told.thing) if told is not None and told.succeeded else None
            if told is None or name is None:
                continue
            for field, value in left.items():
                shown = told.thing.get(field)
                if shown is not None and not agree(value, shown):
                    said = f"{field} was left out, and is {short(shown)}; its default is {short(value)}"
                    reader.teller.report("default-ignored", told, said, detail=f"{way.operation.label} {field}")
                    break
            delete = reader.operation(Role.DELETE)
            if delete is not None:
                reader.teller.send(delete, (*scope, name), why="Delete what was created")

    @staticmethod
    def _left_out(way: Way, collection: Collection, body: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a body that may be left out, are shown again and have a default that they may have."""
        media = json_media(way.operation)
        schema = media.schema if media is not None else None
        found = plain_fields(schema, collection.shown(Role.CREATE)) if schema is not None else ()
        required = schema.required() if schema is not None else frozenset()
        values = {field.name: field.written.get("default") for field in found
                  if field.name in body and field.name not in required and field.takes(field.written.get("default"))}  # fmt: skip
        return {name: value for name, value in values.items() if value is not None and is_own(name) and not is_moving(name)}

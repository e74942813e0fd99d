"""What PUT promises beyond an update: the same twice is the same, and what it does not name is not kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from conformance.checks.meaning import is_birthmark, is_moving, is_secret, same
from conformance.run.lifecycle.bodies import json_media
from conformance.run.lifecycle.collection import Way
from conformance.run.lifecycle.reader import Reader, short
from conformance.run.lifecycle.teller import Told

MERGES = re.compile(
    r"\b(partial\w*|merg\w+|patch\w*|omit\w*|unchanged|only (the )?(\w+ )?(fields?|properties|attributes|values?))\b",
    re.IGNORECASE,
)
"""An operation that says of itself that it merges makes no other promise."""

_CREATION = re.compile(r"(date_?)?(creat|insert)", re.IGNORECASE)


class Puts:
    """The stories of one collection's PUTs."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def twice(self, way: Way, path: tuple[str, ...], body: Mapping[str, Any] | None, first: Told) -> None:
        """PUT is idempotent (RFC 9110 section 9.2.2)."""
        told = self._reader.teller.send(way.operation, path, why="Put the same again", body=body, place=way.place)
        again = self._reader.found(path, "Read what was put twice") if told is not None and told.succeeded else None
        for name, old, new in self._reader.steady(first.thing, again.thing) if again is not None else ():
            self._reader.teller.report(
                "put-repeats",
                again or first,
                detail=f"{way.operation.label} {name}",
                message=f"the same PUT twice took {name} from {short(old)} to {short(new)}",
            )
            return

    def made_anew(self, way: Way, body: Mapping[str, Any], before: Told, told: Told, after: Told) -> None:
        """A PUT that is answered with 200 or 204 has modified what was there; 201 says that it was made (RFC 9110 9.3.4)."""
        for name, old in before.thing.items() if told.status in {200, 204} else ():
            new = after.thing.get(name)
            if name not in body and _CREATION.match(name) and is_birthmark(name) and new is not None and not same(old, new):
                said = f"{name} went from {short(old)} to {short(new)} by a PUT that was answered with {told.status}"
                self._reader.teller.report("update-overreach", after, said, detail=f"{way.operation.label} {name}", after=(told,))
                return

    def merged(self, way: Way, path: tuple[str, ...], written: Mapping[str, Any], held: Told) -> Told | None:
        """PUT replaces (RFC 9110 section 9.3.4): what it leaves out is not what a client wrote before; what is read since.

        Only of what the document lets it leave out, and where it says nothing of merging. ``written`` are values that no
        thing has unless somebody writes them.
        """
        body = self._reader.body(way.operation, held.thing, {})
        names = [name for name in written if body is not None and name not in body and self._is_telling(name, way, held)]
        if way.merges or not names or body is None or MERGES.search(way.operation.summary):
            return held
        told = self._reader.teller.send(way.operation, path, why="Put no more than must be", body=body, place=way.place)
        if told is None or not told.succeeded:
            return held if told is not None and told.refused else None
        after = self._reader.found(path, "Read what was put")
        for name in names if after is not None else ():
            if after is not None and after.thing.get(name) is not None and same(after.thing[name], held.thing[name]):
                said = f"{name} was not in the PUT, and is still {short(after.thing[name])}"
                self._reader.teller.report("put-merges", after, said, detail=f"{way.operation.label} {name}")
                break
        return after

    @staticmethod
    def _is_telling(name: str, way: Way, held: Told) -> bool:
        """Whether a field that was written is shown, and would not be so by itself."""
        value, media = held.thing.get(name), json_media(way.operation)
        if is_moving(name) or is_secret(name) or media is None or media.schema is None:
            return False
        schema = media.schema.all_properties().get(name)
        free = schema is not None and schema.get("enum") is None and schema.get("default") != value
        return free and (isinstance(value, (dict, list)) or (isinstance(value, str) and len(value) > 1)) and bool(value)

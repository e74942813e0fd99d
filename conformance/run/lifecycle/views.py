"""What is shown of a thing is the same in every view: in the answer that made it, alone, and in a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks.meaning import agree, are_of_two_kinds, is_moving, is_secret
from conformance.model.ports import Schema
from conformance.run.lifecycle.lists import Lists, is_ended, is_old
from conformance.run.lifecycle.named import identity, parameter
from conformance.run.lifecycle.reader import Reader, short
from conformance.run.lifecycle.teller import Told
from conformance.run.lifecycle.things import Thing
from conformance.sandbox.envelope import folded
from conformance.sandbox.roles import Role
from conformance.spec.values import wire_types

_READ = 3
_DISTINCT = 8
"""A text of so many characters is nobody else's."""
_GONE = frozenset({404, 410})
# What is made for the one who asks, and what tells how far something has come.
PASSING = re.compile(
    r"url|uri|link|href|cursor|phase|stage|result|message|reason|error|health|ready|active|enabled|valid|verified|pending",
    re.IGNORECASE,
)


class Views:
    """The stories of one collection's views."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read(self, things: Sequence[Mapping[str, Any]], scope: tuple[str, ...]) -> Told | None:
        """Things of a list are read one by one: each shows what the list shows of it. The last of the reads."""
        reader, last = self._reader, None
        place, listed = reader.collection.places.get(Role.READ), reader.collection.places.get(Role.LIST)
        if place is None or listed is None:
            return None
        missing = 0
        for thing in things[:_READ]:
            name = identity(reader.collection, thing)
            if name is None:
                continue
            told = reader.read((*scope, name), "Read what is listed")
            missing += told is not None and told.status in _GONE and not is_ended(thing)
            if told is None or not told.succeeded or not told.thing or identity(reader.collection, told.thing) != name:
                continue
            last = told
            for field, one, other in _apart(listed.item.all_properties(), place.item.all_properties(), thing, told.thing):
                if self._still(name, scope, field, told):
                    reader.teller.report("views-differ", told, detail=field,
                        message=f"{field} is {short(one)} in the list, and {short(other)} is read")  # fmt: skip
                break
        if missing and missing == len(things[:_READ]):
            self._unreadable(scope)
        return last

    def _unreadable(self, scope: tuple[str, ...]) -> None:
        """Nothing that is listed can be read by the id that the list shows of it, where the path asks for that id."""
        reader = self._reader
        listing, read = reader.operation(Role.LIST), reader.operation(Role.READ)
        place = reader.collection.places.get(Role.LIST)
        if listing is None or read is None or place is None or _shape(read.path.rpartition("/")[0]) != _shape(listing.path):
            return
        asked = folded(parameter(reader.collection))
        if not any(folded(name) == asked or (folded(name) == "id" and asked.endswith("id"))
                   for name in reader.collection.resource.id_fields if name in place.item.all_properties()):  # fmt: skip
            return
        again = reader.teller.send(listing, scope, why="List once more what cannot be read", place=place)
        for thing in (again.things or ())[:1] if again is not None and again.succeeded else ():
            name = identity(reader.collection, thing)
            after = reader.read((*scope, name), "Read what is listed, once more") if name is not None else None
            if after is not None and after.status in _GONE:
                said = f"{name} is listed, and so are others, and none of them can be read"
                reader.teller.report("listed-unreadable", after, said, after=(again,) if again is not None else ())

    def _still(self, name: str, scope: tuple[str, ...], field: str, read: Told) -> bool:
        """Whether the list still shows something else: it may have been made before what was read."""
        operation, place = self._reader.operation(Role.LIST), self._reader.collection.places.get(Role.LIST)
        if operation is None or place is None:
            return False
        told = self._reader.teller.send(operation, scope, why="List once more", place=place)
        for thing in (told.things or ()) if told is not None and told.succeeded else ():
            if identity(self._reader.collection, thing) == name:
                return not agree(thing.get(field), read.thing.get(field))
        return True

    def listed(self, things: Sequence[Thing], lists: Lists) -> None:
        """What was created is listed as it was written; there is nothing else that it ever was."""
        pages = lists.walk.pages if lists.walk is not None else []
        for thing in things:
            found = next((field for page in pages for field in self._other(thing, things, page)), None)
            again = lists.asked("List once more what was created") if found is not None else None
            if again is None or found is None:
                continue
            if found in self._other(thing, things, again):
                shown = next(one for one in again.things or () if identity(self._reader.collection, one) == thing.name)
                said = f"{found} was created as {short(thing.sent[found])}, and {short(shown[found])} is listed"
                self._reader.teller.report("views-differ", again, said, detail=found, after=(thing.told,))
            return

    def _other(self, thing: Thing, things: Sequence[Thing], told: Told) -> list[str]:
        """What a list shows of a thing otherwise than it was written and answered, or as it was written for another one."""
        held = next((one for one in told.things or () if identity(self._reader.collection, one) == thing.name), {})
        answered = thing.told.thing
        # What clients write is no word for what a thing is.
        plain = [{name: value for name, value in one.items() if name not in thing.sent} for one in (held, answered)]
        if are_of_two_kinds(*plain):
            return []

        def is_sure(name: str, value: Any) -> bool:
            if name in answered:
                return agree(value, answered[name])
            own = isinstance(held[name], str) and len(held[name]) >= _DISTINCT
            return own and any(other.sent.get(name) == held[name] for other in things if other is not thing)

        differing = [name for name, value in thing.sent.items() if name in held and is_old(name, value, held[name])]
        return [name for name in differing if not PASSING.search(name) and is_sure(name, thing.sent[name])]

    def made(self, thing: Thing, read: Told) -> None:
        """What the create answered is what is read a moment later, in what does not pass."""
        places = (self._reader.collection.places.get(Role.CREATE), self._reader.collection.places.get(Role.READ))
        one, other = places
        if one is None or other is None or not thing.told.succeeded or not read.thing:
            return
        for field, answered, shown in _apart(
            one.item.all_properties(), other.item.all_properties(), thing.told.thing, read.thing
        ):
            if field not in thing.sent and not _passes(one.item.all_properties().get(field), answered):
                self._reader.teller.report("views-differ", read, detail=field,
                    message=f"{field} was {short(answered)} when it was created, and {short(shown)} is read")  # fmt: skip
                return


def _shape(path: str) -> str:
    """A path whatever its parameters are called."""
    return re.sub(r"\{[^{}]*\}", "{}", path.rstrip("/"))


def _apart(
    one: Mapping[str, Schema], other: Mapping[str, Schema], shown: Mapping[str, Any], read: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Fields of both that the document describes alike, and whose values differ."""
    for name, value in shown.items():
        held = read.get(name)
        if name not in one or name not in other or value is None or held is None:
            continue
        if is_moving(name) or is_secret(name) or PASSING.search(name) or isinstance(value, (dict, list)):
            continue
        if wire_types(one[name]) == wire_types(other[name]) and type(value) is type(held) and not agree(value, held):
            yield name, value, held


def _passes(schema: Schema | None, value: Any) -> bool:
    """Whether a value may become another one by itself: a word of a list, a switch or a number."""
    return schema is None or not isinstance(value, str) or schema.get("enum") is not None

"""What a list promises when one thing is changed: it goes on showing it, once, and as it is read."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from conformance.checks.meaning import are_of_two_kinds
from conformance.run.lifecycle.lists import Lists, is_ended, is_old
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.pages import is_said_whole
from conformance.run.lifecycle.reader import Reader, short
from conformance.run.lifecycle.teller import Told


class Relisted:
    """The story of what was updated in a list. Everything is asked twice, for a list may come later."""

    def __init__(self, reader: Reader, lists: Lists) -> None:
        self._reader, self._lists = reader, lists

    def fresh(self, path: tuple[str, ...], read: Told) -> None:
        """A list shows a thing as the read before shows it."""
        stale, own, name = None, frozenset(self._reader.writable()), path[-1]
        for turn in range(2):
            told = self._lists.asked("List what was updated")
            shown = [thing for thing in (told.things or () if told is not None else ()) if self._name(thing) == name]
            if told is None or not shown:
                if told is not None and turn == 0:
                    self._left_out(path, told)
                return
            # What clients write is no word for what a thing is.
            if are_of_two_kinds(*(_without(held, own) for held in (shown[0], read.thing))):
                return
            if turn and len(shown) > 1 and stale is not None and not are_of_two_kinds(shown[0], shown[1]):
                self._reader.teller.report("page-overlap", told, f"{name} is listed twice", detail="twice", after=(read,))
                return
            found = [field for field, value in read.thing.items() if is_old(field, value, shown[0].get(field))]
            kept = [field for field in found if stale is None or field in stale]
            if not kept and len(shown) == 1:
                return
            if stale is not None and kept:
                message = f"{kept[0]} is {short(shown[0][kept[0]])} in the list, and {short(read.thing[kept[0]])} is read"
                self._reader.teller.report("read-stale", told, message, detail=kept[0], after=(read,))
            stale = set(kept)

    def _left_out(self, path: tuple[str, ...], told: Told) -> None:
        """What was listed before it was updated, and can be read, is missing in the whole list, again and again."""
        walk, listed, name = self._lists.walk, self._lists.listed, path[-1]
        if walk is None or listed is None or name not in walk.seen or self._lists.hides() or not is_said_whole(told, listed):
            return
        again = self._lists.asked("List once more what was updated")
        if again is None or name in self._lists.named(again) or not is_said_whole(again, listed):
            return
        read = self._reader.found(path, "Read what is listed no more")
        if read is not None and not is_ended(read.thing):
            message = f"{name} is listed no more since it was updated, and can still be read"
            self._reader.teller.report("created-unlisted", again, message, detail="updated", after=(read,))

    def _name(self, thing: Mapping[str, Any]) -> str | None:
        return identity(self._reader.collection, thing)


def _without(thing: Mapping[str, Any], names: Container[str]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name not in names}

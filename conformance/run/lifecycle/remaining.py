"""What a list promises when one thing is deleted: it goes on showing the others."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.run.lifecycle.counts import said_by
from conformance.run.lifecycle.lists import Lists, is_ended
from conformance.run.lifecycle.pages import is_said_whole
from conformance.run.lifecycle.reader import Reader
from conformance.run.lifecycle.teller import Told
from conformance.run.lifecycle.things import Thing
from conformance.sandbox.roles import Role


class Remaining:
    """The story of what is left of a list. ``others`` are things that are not to be deleted; made before the deletion."""

    def __init__(self, reader: Reader, lists: Lists, others: Sequence[Thing]) -> None:
        self._reader, self._lists = reader, lists
        is_told = reader.operation(Role.DELETE) is not None and reader.operation(Role.READ) is not None
        self._before = lists.asked("List before a deletion") if others and is_told else None
        shown = lists.named(self._before) if self._before is not None else set()
        self._others = [thing for thing in others if thing.name in shown]

    def judged(self) -> None:
        """What the list showed before, and can still be read, it shows again; it is asked twice, for it may come later."""
        lost = self._others
        for turn in range(2 if lost else 0):
            told = self._lists.asked("List what was not deleted")
            shown = self._lists.named(told) if told is not None else set()
            lost = [thing for thing in lost if thing.name not in shown]
            if told is None or not lost or not self._has_room(told):
                return
            read = self._reader.found(lost[0].path, "Read what is listed no more")
            if read is None or is_ended(read.thing):
                return
            if turn:
                message = f"{lost[0].name} is listed no more since another was deleted, and can still be read"
                self._reader.teller.report("created-unlisted", told, message, detail="remaining", after=(read,))

    def _has_room(self, told: Told) -> bool:
        """Whether nothing can have been pushed off the page: it is the whole list, or shorter than it was by more than one."""
        listed, before = self._lists.listed, self._before
        if listed is None or before is None:
            return False
        said = said_by(told.body, listed.place, listed.operation)
        leads = said.more or said.following is not None or "next" in (told.header("link") or "")
        return is_said_whole(told, listed) or (not leads and len(told.things or ()) < len(before.things or ()) - 1)

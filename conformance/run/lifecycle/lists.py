"""What lists promise: what was created is listed once, what was deleted is not, filters and sorting hold.

Where somebody else who writes at the same time could be the reason, a story asks twice, and tells what it saw both times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.checks.meaning import agree, is_moving, is_secret
from conformance.model.message import Headers
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.model.record import Intent
from conformance.run.lifecycle.asked import reading_of
from conformance.run.lifecycle.collection import Collection
from conformance.run.lifecycle.counts import said_by
from conformance.run.lifecycle.doubts import Doubt, doubts
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.pages import Listed, Walk, is_all, is_said_whole, longer, walk
from conformance.run.lifecycle.queries import at, leaves
from conformance.run.lifecycle.teller import Teller, Told
from conformance.run.lifecycle.things import Thing
from conformance.sandbox.comparison import fulfils
from conformance.sandbox.envelope import Envelope, folded
from conformance.sandbox.filters import conditions
from conformance.sandbox.minting import is_birth
from conformance.sandbox.roles import Role
from conformance.spec.values import wire_types


class Lists:
    """The stories of one collection's list; ``walk`` is what was seen of it, page by page."""

    def __init__(self, teller: Teller, collection: Collection, scope: tuple[str, ...]) -> None:
        self._teller, self.collection, self.scope = teller, collection, scope
        self._there: set[str] = set()
        self._knows_there = False
        self._always: dict[str, str] = {}
        self.walk: Walk | None = None
        self._missing: list[Thing] = []
        operation, place = self.operation, self.place
        self.listed = Listed.of(collection, operation, scope, place) if operation is not None and place is not None else None

    @property
    def operation(self) -> Operation | None:
        """The operation that lists."""
        return self.collection.operations.get(Role.LIST)

    @property
    def place(self) -> Envelope | None:
        """Where the list stands in the answer."""
        place = self.collection.places.get(Role.LIST)
        return place if place is not None and place.many else None

    def asked(
        self, why: str, query: Mapping[str, str] | None = None, *, headers: Headers = (), intent: Intent = Intent.POSITIVE
    ) -> Told | None:
        """The list as it answers a query; as much of it as it gives at once, without one."""
        listed = self.listed
        if listed is None:
            return None
        wanted = {**self._always, **({**listed.beginning(), **query} if query is not None else listed.wide())}
        told = self._teller.send(listed.operation, self.scope, why=why, query=wanted, place=listed.place, headers=headers,
                                 intent=intent)  # fmt: skip
        return told if told is not None and told.succeeded and told.things is not None else None

    def named(self, told: Told) -> set[str]:
        """The names of what an answer lists."""
        return {name for thing in told.things or () if (name := identity(self.collection, thing)) is not None}

    def _one(self, told: Told, name: str) -> Mapping[str, Any] | None:
        return next((thing for thing in told.things or () if identity(self.collection, thing) == name), None)

    def remember(self) -> None:
        """Look at what is there before anything is created."""
        told, listed = self.asked("List before anything is created"), self.listed
        self._there = self.named(told) if told is not None else set()
        if told is not None and listed is not None and not listed.conditions():
            self._knows_there = is_all(said_by(told.body, listed.place, listed.operation), len(told.things or ()), listed)

    # Pages

    def walked(self) -> Walk | None:
        """The list, page by page, with what pages promise; what was seen of it."""
        listed = self.listed
        small = walk(self._teller, listed) if listed is not None else None
        if listed is None or small is None:
            return None
        # What must be asked by something is asked by the same from here on.
        self._always = {name: value for name, value in small.query.items() if name.partition("[")[0] in listed.conditions()}
        found = small = self._agreed(small, lambda: walk(self._teller, listed))
        large = longer(self._teller, listed, small)
        if large is not None:
            found = self._agreed(large, lambda: longer(self._teller, listed, small))
        if not found.complete:
            self._teller.unsure.add(listed.operation.label)
        self.walk = found
        self._counted_singly(found)
        return found

    def _agreed(self, found: Walk, again: Callable[[], Walk | None]) -> Walk:
        """A walk, and a second one where there are doubts: what both of them show is told."""
        first = list(doubts(found))
        second = again() if first else None
        if second is None:
            return found
        if second.seen == found.seen:
            for doubt in doubts(second):
                if any(doubt.check == other.check and doubt.detail == other.detail for other in first):
                    self._report(doubt)
        return second

    def _report(self, doubt: Doubt) -> None:
        self._teller.report(doubt.check, doubt.told, doubt.message, detail=doubt.detail, after=doubt.before)

    def _counted_singly(self, found: Walk) -> None:
        """A number of pages says how many things there are when each has a page of its own."""
        listed = self.listed
        if listed is None or listed.how.size is None or not found.complete or not found.is_whole:
            return
        only_pages = any(said.pages is not None and said.total is None for said in found.said)
        schema = listed.how.size.schema
        if (
            not only_pages
            or not 2 <= len(found.seen) == len(set(found.seen))
            or schema is None
            or not schema.is_valid(1, direction="request")
        ):
            return
        for turn in range(2):
            told = self.asked("One thing a page", {listed.how.size.wire: "1"})
            if told is None or len(told.things or ()) != 1:
                return
            said = said_by(told.body, listed.place, listed.operation)
            pages = said.pages
            if pages is None or said.is_rough or pages == len(found.seen):
                return
            # Somebody else may have made or deleted something: what is there must be what was there.
            again = walk(self._teller, listed) if turn == 0 else None
            if turn == 0 and (again is None or not again.complete or again.seen != found.seen):
                return
            if turn:
                message = f"it says {pages} pages of one thing, and {len(found.seen)} things are shown"
                self._teller.report("total-wrong", told, message)

    # What was created, changed, deleted

    def shows(self, things: Sequence[Thing], found: Walk | None) -> None:
        """What was created a moment ago is listed; what is not yet is looked for again in ``settled``."""
        # What has no name cannot be looked for.
        if found is None or not found.complete or (found.things and not found.seen):
            return
        self._missing = [thing for thing in things if self._belongs(thing, found) and not _is_shown(thing, found.seen)]
        if len(self._missing) == len(things) and self.hides():
            self._missing = []

    def whole(self, things: Sequence[Thing]) -> None:
        """What some page has shown is shown too where the whole list is asked for."""
        seen = {thing.name for thing in things if self.walk is not None and _is_shown(thing, self.walk.seen)}
        for turn in range(2):
            told, listed = self.asked("List everything"), self.listed
            if told is None or listed is None or not (is_said_whole(told, listed) or self._ends(told, listed)):
                return
            seen = {name for name in seen if not any(agree(name, shown) for shown in self.named(told))}
            if not seen:
                return
            if turn:
                message = f"{min(seen)} is on a page of the list, and not in the list that is asked for as a whole"
                self._teller.report("created-unlisted", told, message, detail="whole")

    def _ends(self, told: Told, listed: Listed) -> bool:
        """Whether nothing is on the page after one that shows fewer than the total: that one skips what was asked for at once."""
        number, said = listed.how.number, said_by(told.body, listed.place, listed.operation)
        if number is None or said.total is None or said.is_loose or not told.things or said.total <= len(told.things):
            return False
        after = self.asked("List what comes after everything", {**listed.wide(), number.wire: str(listed.first + 1)})
        return after is not None and after.things == []

    def settled(self) -> None:
        """What was missing in the list is there by now."""
        listed = self.listed
        found = walk(self._teller, listed) if self._missing and listed is not None else None
        if found is not None and listed is not None and not found.complete:
            found = longer(self._teller, listed, found)
        if found is None or not found.complete:
            return
        for thing in self._missing:
            if self._belongs(thing, found) and not _is_shown(thing, found.seen):
                message = f"{thing.name} was created, and no page of the list shows it"
                self._teller.report("created-unlisted", found.pages[-1], message, after=found.pages[:-1])
                return

    def _belongs(self, thing: Thing, found: Walk) -> bool:
        """Whether a thing is one that the list was asked for, where it must be asked by something."""
        listed = self.listed
        shown = {**thing.sent, **thing.told.thing}
        for name in listed.conditions() if listed is not None else ():
            asked = {wire: value for wire, value in found.query.items() if wire.partition("[")[0] == name}
            wishes = conditions(reading_of(listed.operation, asked), listed.place.item) if listed is not None else ()
            if not wishes or not all(fulfils(wish.operator, at(shown, wish.path), wish.bound) for wish in wishes):
                return False
        return True

    def hides(self) -> bool:
        """Whether the list can be asked for a kind or state of things: without it, it may show some and leave out others."""
        listed = self.listed
        if listed is None:
            return True
        item, how = listed.place.item, listed.how
        asked = [wish for wire, _ in leaves(listed.operation)
                 for wish in conditions(reading_of(listed.operation, {wire: "x"}), item, how.wires)]  # fmt: skip
        kinds = [wish.path for wish in asked if wish.operator in {"eq", "in"} and not is_birth(wish.path[-1])]
        return any(is_moving(path[-1]) or _is_switch(item, path) for path in kinds)

    def once(self, things: Sequence[Thing], names: Sequence[str]) -> None:
        """One create makes one thing; ``names`` are fields whose values nothing else has."""
        found = self.walk
        if found is None or not self._knows_there:
            return
        own = {thing.name for thing in things} | self._there
        for thing in things:
            for name in names:
                value = thing.sent.get(name)
                for told in found.pages if value is not None else ():
                    same_ = [shown for shown in told.things or () if shown.get(name) == value]
                    strangers = [shown for shown in same_ if (identity(self.collection, shown) or thing.name) not in own]
                    count = sum(shown.get(name) == value for shown in found.things)
                    if strangers and count > 1:
                        message = f"two things have the {name} {value!r}, and one was created"
                        self._teller.report("created-twice", told, message)
                        return

    def never(self, field: str, value: Any, things: Sequence[Thing]) -> None:
        """Nothing is listed with what only a refused create said: no thing, new or one of ``things``."""
        told = self.asked("List after a create that was refused")
        own = {thing.name for thing in things if thing.sent.get(field) in (None, value)} | self._there
        found = [shown for shown in told.things or () if shown.get(field) == value] if told is not None else []
        if told is not None and any(identity(self.collection, shown) not in own for shown in found):
            self._teller.report("refused-write-effective", told, f"a create was refused, and a thing with its {field} is listed")

    def gone(self, thing: Thing) -> None:
        """What was deleted is listed no more."""
        for _ in range(2):
            told = self.asked("List after a deletion")
            shown = self._one(told, thing.name) if told is not None else None
            if told is None or shown is None or any("delet" in folded(str(name)) for name in shown) or is_ended(shown):
                return
        if told is not None:
            self._teller.report("deleted-listed", told, f"{thing.name} was deleted, and is listed")

    def kept_apart(self, things: Sequence[Thing], headers: Headers) -> None:
        """Another user's list does not show what this one created."""
        operation = self.operation
        own = {thing.name for thing in things if thing.is_minted}
        if operation is None or not operation.needs_auth or not own:
            return
        told = self.asked("List as another user", headers=headers, intent=Intent.PROBE)
        seen = sorted(own & self.named(told)) if told is not None else []
        if told is not None and seen:
            self._teller.report("object-exposed", told, f"another user's list shows {seen[0]}, which this one created")


def _is_shown(thing: Thing, seen: Sequence[str]) -> bool:
    return any(agree(thing.name, shown) for shown in seen)


def _is_switch(item: Schema, path: Sequence[str]) -> bool:
    schema: Schema | None = item
    for name in path:
        schema = schema.all_properties().get(name) if schema is not None else None
    return schema is not None and "boolean" in wire_types(schema) and "string" not in wire_types(schema)


def is_old(field: str, value: Any, held: Any) -> bool:
    """Whether a list shows something else than what is read, and cannot mean the same."""
    plain = isinstance(value, (str, int, float, bool)) and isinstance(held, (str, int, float, bool))
    return plain and not is_moving(field) and not is_secret(field) and not _is_cut(value, held) and not agree(value, held)


def _is_cut(value: Any, held: Any) -> bool:
    """Whether one text is the beginning of the other, as lists shorten what reads show in full."""
    one, other = (str(text).rstrip(".… ") for text in (value, held))
    # Nothing at all is no beginning.
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def is_ended(shown: Mapping[str, Any]) -> bool:
    """Whether a thing says of itself that it is no more, or about to be."""
    words = ("delet", "remov", "cancel", "archiv", "inactive", "disabled", "terminat", "expired", "closed")
    return any(isinstance(value, str) and is_moving(name) and any(word in value.lower() for word in words)
               for name, value in shown.items())  # fmt: skip

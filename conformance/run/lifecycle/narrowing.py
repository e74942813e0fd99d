"""What lists promise of filters and orders: that they show what fits, and in the order that was asked for.

That all they show fits is a check of every list; here the requests for it are made, and what is left out is looked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.run.lifecycle.counts import said_by
from conformance.run.lifecycle.lists import Lists
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.pages import Listed, is_all
from conformance.run.lifecycle.queries import Filter, at, filters, orders
from conformance.run.lifecycle.reader import short
from conformance.run.lifecycle.teller import Teller, Told

_MOST_FILTERS = 6
_MOST_SORTS = 4
_SOME = 20


class Narrowing:
    """The stories of one collection's filters and orders."""

    def __init__(self, teller: Teller, lists: Lists) -> None:
        self._teller, self._lists = teller, lists

    def filtered(self, thing: Mapping[str, Any]) -> None:
        """Lists filtered by what things are known to be show them. ``thing`` is one that is there."""
        listed, walked = self._lists.listed, self._lists.walk
        if listed is None:
            return
        known = (walked.things if walked is not None and walked.things else [thing])[:_SOME]
        found = filters(listed.operation, listed.place.item, known, pages=listed.how.wires, turn=self._teller.seed)
        moving = [chosen for chosen in found if chosen.moves]
        for chosen in [chosen for chosen in found if not chosen.moves][:_MOST_FILTERS]:
            self._by(listed, (chosen,), known)
        self._both(listed, [chosen for chosen in found if chosen.parts and not chosen.moves], known)
        if moving and self._stand_still(moving[0], known):
            self._by(listed, (moving[0],), known)

    def _both(self, listed: Listed, chosen: Sequence[Filter], known: Sequence[Mapping[str, Any]]) -> None:
        """Two filters at once: what fits one of them alone is left out."""
        for index, one in enumerate(chosen):
            for other in chosen[:index]:
                if one.condition.path != other.condition.path and any(one.fits(thing) != other.fits(thing) for thing in known):
                    self._by(listed, (one, other), known)
                    return

    def _by(self, listed: Listed, chosen: Sequence[Filter], known: Sequence[Mapping[str, Any]]) -> None:
        """Ask by some filters; what fits all of them and is not shown is looked for again."""
        query = {each.wire: each.text for each in chosen}
        name = " and ".join(query)
        fitting = [one for one in known if all(each.fits(one) for each in chosen)]
        told = self._lists.asked(f"List by {name}", query)
        lost = self._lost(listed, told, fitting)
        if not lost:
            return
        # Somebody else may have changed or deleted it in the meantime.
        still = self._lists.asked("List without the filter")
        there = [one for one in (still.things or () if still is not None else ()) if all(each.fits(one) for each in chosen)]
        told = self._lists.asked(f"List by {name} again", query)
        again = [one for one in self._lost(listed, told, there) if self._name(one) in map(self._name, lost)]
        if told is None or not again:
            return
        own = self._name(again[0]) or "a thing that is listed without it"
        where = ".".join(chosen[0].condition.path)
        what = "nothing" if not told.things else f"{len(told.things)} others"
        message = f"a list by {name} shows {what}, and {own} has {where} {short(at(again[0], chosen[0].condition.path))}"
        self._teller.report("filter-loses", told, message, detail=name)

    def _lost(self, listed: Listed, told: Told | None, fitting: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """What fits and is not shown, as far as the answer shows all that there is."""
        if told is None or told.things is None:
            return []
        if not told.things:
            return list(fitting)
        if not is_all(said_by(told.body, listed.place, listed.operation), len(told.things), listed):
            return []
        shown = {self._name(one) for one in told.things}
        return (
            [one for one in fitting if self._name(one) is not None and self._name(one) not in shown] if None not in shown else []
        )

    def _name(self, thing: Mapping[str, Any]) -> str | None:
        return identity(self._lists.collection, thing)

    def _stand_still(self, chosen: Filter, known: Sequence[Mapping[str, Any]]) -> bool:
        """Whether what moves by itself has not moved since: two more looks show every thing as it was."""
        before = {name: at(one, chosen.condition.path) for one in known if (name := self._name(one)) is not None}
        for _ in range(2):
            told = self._lists.asked("List once more, to see what moves")
            now = {self._name(one): at(one, chosen.condition.path) for one in (told.things or () if told is not None else ())}
            if not before or any(now.get(name) != value for name, value in before.items()):
                return False
        return True

    def sorted(self) -> None:
        """Ask for orders that can be seen to be kept or not; the checks of every list see it."""
        listed, walked = self._lists.listed, self._lists.walk
        if listed is None or walked is None:
            return
        for query in orders(listed.operation, listed.place.item, walked.things)[:_MOST_SORTS]:
            self._lists.asked(f"List in order: {query}", query)

"""Which collections of a document show the same things, so that what one path creates another lists.

A collection at home is one that a client can create in. Another one shows what is at home there when both show the same
kind of thing (see ``likeness``), nothing else could be meant, and

- it stands at the top and has no create: ``/things`` or ``/archive/things`` for a create at ``/shop/things``;
- it stands below a parent, and the things say which parent is theirs: ``/users/{id}/things`` for ``/things``;
- it stands at the top, and the home below a parent: ``/things`` shows those of all ``/users/{id}/things``;
- it stands below the home by words alone: ``/things/recent``, ``/plan/steps``.

A collection at the top without a create or a home, whose name ends those of several homes with things much like its own, shows
theirs besides its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from conformance.model.ports import Schema
from conformance.sandbox.envelope import folded
from conformance.sandbox.identity import parent_keys
from conformance.sandbox.likeness import Likeness, single

# What these show is not there any more, or not yet.
_ELSEWHERE = frozenset({"deleted", "archived", "archive", "trash", "trashed", "removed", "expired", "history", "unused",
                        "available", "drafts", "deletions"})  # fmt: skip


_SHORTEST = 4


class Joins:
    """Finds the home of every collection.

    Args:
        shown: the schemas by which the collection at a shape shows its things.
        homes: shapes of the collections that a client can create in.
        given: what a client may say of a new thing at a shape.
        parameters: the names of the path parameter that follows a shape.
    """

    def __init__(
        self,
        shown: Callable[[str], tuple[Schema, ...]],
        homes: Iterable[str],
        given: Callable[[str], Iterable[str]],
        parameters: Mapping[str, Mapping[str, None]],
    ) -> None:
        self.likeness = Likeness()
        self._shown, self._given, self._parameters = shown, given, parameters
        self._homes = tuple(homes)
        self._by_mark: dict[str, list[str]] = {}
        for shape in self._homes:
            for mark in self._marks(shape):
                self._by_mark.setdefault(mark, []).append(shape)

    def _marks(self, shape: str) -> frozenset[str]:
        return self.likeness.marks(self._shown(shape), shape)

    def home(self, shape: str) -> str:
        """The shape of the collection whose things the one at ``shape`` shows; itself when there is no other."""
        if folded(shape.rpartition("/")[2]) in _ELSEWHERE:
            return shape
        found = dict.fromkeys(home for mark in self._marks(shape) for home in self._by_mark.get(mark, ()) if home != shape)
        count, creates = shape.count("{}"), shape in self._homes
        around = [home for home in found if shape.startswith(f"{home}/") and home.count("{}") == count]
        if len(around) == 1:
            return around[0]
        flat = [home for home in found if "{}" not in home and not shape.startswith(f"{home}/")]
        nested = [home for home in found if "{}" in home and single(home) == single(shape)]
        if count:
            near = [home for home in flat if not creates or single(home) == single(shape)]
            return near[0] if len(near) == 1 and self._knows_parent(near[0], shape) else shape
        if creates:
            return shape
        known = flat or nested
        return known[0] if len(known) == 1 else shape

    def members(self, shape: str) -> tuple[str, ...]:
        """The homes whose things a collection without a create shows too: ``/lines`` for ``/ip_lines`` and ``/sip_lines``."""
        word = shape.rpartition("/")[2]
        if "{}" in shape or shape in self._homes or len(word) < _SHORTEST:
            return ()
        own = self._names(shape)
        named = [home for home in self._homes if "{}" not in home and re.search(rf"[a-z0-9][_-]{re.escape(word)}$", home)]
        return tuple(home for home in named if 2 * len(own & self._names(home)) >= len(own) > 0)

    def _names(self, shape: str) -> set[str]:
        return {name for schema in self._shown(shape) for name in schema.all_properties()}

    def _knows_parent(self, home: str, shape: str) -> bool:
        """Whether things say to which parent of ``shape`` they belong."""
        names = {folded(name) for name in self._names(home)}
        names |= {folded(name) for name in self._given(home)}
        return bool(self.keys(shape)) and bool(names & self.keys(shape)[-1])

    def keys(self, shape: str) -> tuple[frozenset[str], ...]:
        """For every parameter of a shape, what the property may be called that holds its value; folded."""
        segments = shape.split("/")
        places = ["/".join(segments[:index]) for index, segment in enumerate(segments) if segment == "{}"]
        return tuple(parent_keys(tuple(self._parameters.get(place, ())), single(place)) for place in places)

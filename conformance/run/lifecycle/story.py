"""The whole story of every collection: made, listed, filtered, changed, kept from others, and gone at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from conformance.model.message import Headers
from conformance.model.operation import Operation
from conformance.run.lifecycle.acts import Acts
from conformance.run.lifecycle.asking import Asking
from conformance.run.lifecycle.collection import Collection, collections_of
from conformance.run.lifecycle.defaults import Defaults
from conformance.run.lifecycle.keys import Keys
from conformance.run.lifecycle.lists import Lists
from conformance.run.lifecycle.named import identity, parameter
from conformance.run.lifecycle.narrowing import Narrowing
from conformance.run.lifecycle.others import Others
from conformance.run.lifecycle.parents import Parents
from conformance.run.lifecycle.reader import Reader
from conformance.run.lifecycle.refusals import Refusals
from conformance.run.lifecycle.relisted import Relisted
from conformance.run.lifecycle.remaining import Remaining
from conformance.run.lifecycle.teller import Teller, Told
from conformance.run.lifecycle.telling import Facts
from conformance.run.lifecycle.telling import left_out as unlooked
from conformance.run.lifecycle.things import Maker, Thing
from conformance.run.lifecycle.updates import Updates
from conformance.run.lifecycle.views import Views
from conformance.run.lifecycle.writes import Writes
from conformance.sandbox.resources import Resources
from conformance.sandbox.roles import Role

_THINGS = 3
# The order of creation is none that a list could be sorted by, nor its reverse.
_TURNS = (2, 1, 3)
_NAMED, _RARE_TURN = 2, 6


def tell(
    operations: Sequence[Operation], teller: Teller, *, other_user: Headers = (), known: Resources | None = None,
    before_end: Callable[[], None] = lambda: None, only: frozenset[str] = frozenset(),
    around: Sequence[Operation] = (), left_out: Callable[[str, str, str], object] = lambda _label, _check, _reason: None,
    told: Callable[[frozenset[str]], object] = lambda _labels: None,
    others: Sequence[Operation] = (), refer: Callable[[Mapping[str, str]], object] = lambda _names: None,
) -> None:  # fmt: skip
    """Tell the stories of the collections that these operations work on.

    ``other_user`` are headers with credentials of somebody else, where there are any; ``known`` is what the whole document
    says of its resources. What was created is deleted, as far as the document has an operation for it; some of a kind stay
    until the end, for others may live in them, and ``before_end`` is called while they are there. ``only`` are labels: the
    stories of collections without any of these operations are left out. ``around`` are operations that have no stories here,
    and may be asked to make what others live in; that stays. ``left_out`` takes in, for each operation and check, why the check
    was left out, or nothing. ``told`` hears of the labels of each collection whose story has come to its end. ``others`` are
    operations that may be asked to make what bodies refer to, once the service has refused a create; ``refer`` hears of the ids
    that are good there, by the names of the fields.
    """
    found = collections_of((*operations, *around), known)
    own = {operation.label for operation in operations}
    maker = Maker(
        teller=teller, collections={shape: collection for collection in found for shape in collection.shapes}, refer=refer,
        others=cache(lambda: {collection.shape: collection for collection in collections_of(others, known)}),
    )  # fmt: skip
    left: list[tuple[Collection, Thing]] = []
    for collection in found:
        if not own & collection.labels:
            maker.lend(collection)
            continue
        if only and not only & collection.labels:
            continue
        story = _Story(collection, teller, maker, other_user)
        try:
            kept = story.told()
        finally:
            for label, check, reason in unlooked(story.facts):
                left_out(label, check, reason)
        for thing in kept:
            left.append((collection, thing))
            # What is left at the end of a story is what others live in.
            maker.keep(collection, thing.path)
        told(collection.labels)
    before_end()
    for collection, thing in reversed(left):
        Writes(Reader(teller, collection)).deleted(thing.path, None)


class _Story:
    """One collection's story."""

    def __init__(self, collection: Collection, teller: Teller, maker: Maker, other_user: Headers) -> None:
        self._collection, self._teller, self._maker, self._other_user = collection, teller, maker, other_user
        self.facts = Facts(collection=collection, teller=teller, other_user=bool(other_user))

    def told(self) -> list[Thing]:
        """Tell it; returns what is still there."""
        collection, maker = self._collection, self._maker
        scope = maker.scope(collection)
        if scope is None:
            return []
        if collection.is_singleton:
            reader = Reader(self._teller, collection)
            last = self._changed(scope, reader)
            # The one thing of something that others live in is not for this run to delete, where it did not make that.
            if last is not None and scope and maker.made(collection.parents[-1]):
                Writes(reader).forgotten(scope, last)
            return []
        reader, lists = Reader(self._teller, collection), Lists(self._teller, collection, scope)
        if collection.makers:
            lists.remember()
        things = self._made(scope, reader)
        shown = self._listed(things, lists)
        self.facts = replace(self.facts, made=len(things), walk=lists.walk, listed=lists.listed)
        if things:
            if not collection.ways:
                # What is changed is looked at in the list again afterwards.
                own = {thing.name for thing in things}
                Views(reader).read([one for one in shown if identity(collection, one) in own][:_NAMED], scope)
            Keys(self._teller, maker, collection).once(scope)
            Defaults(reader, maker).once(scope)
            return self._lived(things, reader, lists)
        Views(reader).read(shown, scope)
        self._known(scope, shown, lists)
        return []

    def _made(self, scope: tuple[str, ...], reader: Reader) -> list[Thing]:
        """Some things that were created, and can be seen where they should be."""
        collection, maker = self._collection, self._maker
        found: list[Thing] = []
        # One more of a kind is worth it where there is something that could mix them up.
        wanted = _THINGS if Role.LIST in collection.operations else 2 if reader.can_read else 1
        for turn in _TURNS[:wanted]:
            thing = maker.make(collection, scope, turn=turn, why="Create one of several")
            if thing is None:
                continue
            if thing.is_named:
                # Created under a name that it was told, it is in the place of what had that name.
                found = [other for other in found if other.path != thing.path]
            found.append(thing)
        self._unnamed(scope, reader)
        Writes(reader).apart(found)
        found = list({thing.path: thing for thing in found}.values())
        seen, shown = [], [(thing, thing.told) for thing in found]
        for thing in found:
            read = Writes(reader).created(thing)
            shown += [(thing, read)] if read is not None else []
            if read is not None and read.succeeded:
                Views(reader).made(thing, read)
            # What is only accepted (202) may come later, or never.
            if thing.told.succeeded or (read is not None and read.succeeded):
                seen.append(thing)
        Writes(reader).unmixed([one for one in shown if not one[0].told.succeeded])
        for way in collection.makers[1:]:
            other = maker.make_by(way, collection, scope, turn=len(found) + 1, why="Create one in another way") if found else None
            if other is not None:
                Writes(reader).created(other)
                seen.append(other)
        return seen

    def _unnamed(self, scope: tuple[str, ...], reader: Reader) -> None:
        """Creates whose answers do not say what to call the thing: each shows what was written for it, and not for another."""
        maker, made = self._maker, self._maker.unnamed
        if sum(way in self._collection.makers for way, _, _ in made) == 1:
            maker.make(self._collection, scope, turn=len(_TURNS) + 1, why="Create another one")
        own = [one for one in made if one[0] in self._collection.makers]
        things = [Thing(path=(*scope, str(turn)), sent=sent, told=told) for turn, (_, sent, told) in enumerate(own)]
        Writes(reader).unmixed([(thing, thing.told) for thing in things])
        made.clear()

    def _listed(self, things: Sequence[Thing], lists: Lists) -> list[Mapping[str, Any]]:
        """The list's part, with the things in it; returns those that are shown there."""
        walked, narrowing = lists.walked(), Narrowing(self._teller, lists)
        lists.shows(things, walked)
        Views(Reader(self._teller, self._collection)).listed(things, lists)
        shown = [thing for page in walked.pages for thing in page.things or ()] if walked is not None else []
        known = things[0].told.thing if things and things[0].told.thing else shown[0] if shown else {}
        if known:
            narrowing.filtered(known)
        narrowing.sorted()
        if walked is not None:
            Asking(Reader(self._teller, self._collection)).listed(lists.scope)
        return shown

    def _lived(self, things: list[Thing], reader: Reader, lists: Lists) -> list[Thing]:
        """What becomes of the first of the things; returns those that are left."""
        lists.whole(things)
        if self._collection.parents and self._maker.made(self._collection.parents[-1]):
            Parents(reader).astray(things)
        lists.once(things, _own_fields(things))
        said = Refusals(reader).create(things[0])
        if said is not None:
            lists.never(*said, things)
        first, second = things[0], things[1] if len(things) > 1 else None
        neighbour = second.path if second is not None else None
        self._changed(first.path, reader, lists=lists, neighbour=neighbour, thing=first)
        lists.settled()
        if self._other_user:
            lists.kept_apart(things, self._other_user)
        remaining = Remaining(reader, lists, things[1:])
        gone = Writes(reader).deleted(first.path, neighbour, {**first.sent, **first.told.thing})
        if gone:
            lists.gone(first)
            remaining.judged()
        more = self._more(first, reader, gone=gone)
        for thing in more or things[_NAMED:]:
            # Nobody lives in the last one.
            Acts(reader).done(thing)
        return [*(things[1:] if gone else things), *more]

    def _more(self, first: Thing, reader: Reader, *, gone: bool) -> list[Thing]:
        """One more, of values that are easily lost; what was deleted before does not come back with it."""
        scope = first.path[: self._collection.scope]
        thing = self._maker.make(self._collection, scope, turn=_RARE_TURN, why="Create one of rare values", rare=True)
        if thing is None:
            return []
        Writes(reader).created(thing)
        if gone and thing.path != first.path:
            Writes(reader).stays_gone(first.path)
        elif gone:
            Writes(reader).anew(first, thing)
        return [thing]

    def _known(self, scope: tuple[str, ...], shown: Sequence[Mapping[str, Any]], lists: Lists) -> None:
        """Nothing can be created here: what is there is changed, where the guard lets it."""
        listed = [name for thing in shown if (name := identity(self._collection, thing)) is not None]
        reader = Reader(self._teller, self._collection, learnt=bool(listed))
        names = listed or self._named(scope, reader)
        if not names or not parameter(self._collection):
            return
        neighbour = (*scope, names[1]) if len(names) > 1 else None
        last = self._changed((*scope, names[0]), reader, lists=lists if listed else None, neighbour=neighbour)
        if last is not None and not listed and not self._maker.known(self._collection):
            Writes(reader).forgotten((*scope, names[0]), last)

    def _named(self, scope: tuple[str, ...], reader: Reader) -> list[str]:
        """Names that nobody told, and that the service takes nevertheless."""
        collection = self._collection
        operation = reader.operation(Role.READ) or next((way.operation for way in collection.ways), None)
        if operation is None:
            return []
        named = (self._maker.named(operation, len(scope), turn=turn) for turn in range(_NAMED))
        names = list(dict.fromkeys(name for name in named if name is not None))
        if reader.operation(Role.READ) is None:
            return names
        found = [name for name in names if reader.found((*scope, name), "See whether there is one of this name") is not None]
        if len(found) > 1:
            # By now the service knows both of them.
            reader.read((*scope, found[0]), "Read the first of them again")
        return found or (names[:1] if any(way.role is Role.REPLACE for way in collection.ways) else [])

    def _changed(
        self, path: tuple[str, ...], reader: Reader, *, lists: Lists | None = None, neighbour: tuple[str, ...] | None = None,
        thing: Thing | None = None,
    ) -> Told | None:  # fmt: skip
        """One thing, asked for, changed, and kept from others; the last that is known of it."""
        Asking(reader).again(path)
        updates = Updates(reader, is_own=thing is not None)
        updates.updated(path, neighbour)
        if lists is not None and updates.last is not None:
            Relisted(reader, lists).fresh(path, updates.last)
            if thing is not None:
                updates.settled(path)
        refusals = Refusals(reader)
        last = refusals.updates(path, updates.last) if updates.last is not None else None
        if self._other_user:
            last = Others(reader, self._other_user).exposed(path, thing)
        elif last is None and thing is not None and reader.operation(Role.DELETE) is not None:
            last = reader.found(path, "Read what nobody may delete without credentials")
        return refusals.unasked(path, last, is_own=thing is not None) if last is not None else None


def _own_fields(things: Sequence[Thing]) -> list[str]:
    """Fields in which all of the things were created with texts of their own, which nobody else writes."""
    found = []
    for name, value in things[0].sent.items():
        values = [thing.sent.get(name) for thing in things]
        telling = isinstance(value, str) and (value.startswith("conformance ") or "@" in value)
        if telling and len(set(map(str, values))) == len(values) > 1:
            found.append(name)
    return found[:3]

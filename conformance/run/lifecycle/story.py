"""The whole story of every collection: made, listed, filtered, changed, kept from others, and gone at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.model.message import Headers
from conformance.model.operation import Operation
from conformance.run.lifecycle.collection import Collection, collections_of
from conformance.run.lifecycle.lists import Lists
from conformance.run.lifecycle.reader import Reader
from conformance.run.lifecycle.teller import Teller
from conformance.run.lifecycle.things import Maker, Thing, identity
from conformance.run.lifecycle.updates import Updates
from conformance.run.lifecycle.writes import Writes
from conformance.sandbox.roles import Role

_THINGS = 3


def tell(
    operations: Sequence[Operation], teller: Teller, *, other_user: Headers = (), before_end: Callable[[], None] = lambda: None
) -> None:
    """Tell the stories of the collections that these operations work on.

    ``other_user`` are headers with credentials of somebody else, where there are any. What was created is deleted, as far
    as the document has an operation for it; some of a kind stay until the end, for others may live in them, and
    ``before_end`` is called while they are there.
    """
    collections = {collection.shape: collection for collection in collections_of(operations)}
    maker = Maker(teller=teller, collections=collections)
    left: list[tuple[Collection, Thing]] = []
    for collection in collections.values():
        if collection.is_singleton:
            _singleton(collection, teller, maker)
        elif Role.CREATE in collection.operations or Role.LIST in collection.operations:
            left.extend((collection, thing) for thing in _collection(collection, teller, maker, other_user))
    before_end()
    for collection, thing in reversed(left):
        Writes(Reader(teller, collection)).deleted(thing.path, None)


def _collection(collection: Collection, teller: Teller, maker: Maker, other_user: Headers) -> list[Thing]:
    """One collection's story; returns what is still there."""
    scope = maker.scope(collection)
    if scope is None:
        return []
    reader, lists = Reader(teller, collection), Lists(teller, collection, scope)
    if Role.CREATE in collection.operations:
        lists.remember()
    made = (maker.make(collection, scope, turn=turn, why="Create one of several") for turn in range(1, _THINGS + 1))
    things = [thing for thing in made if thing is not None]
    for thing in things:
        Writes(reader).created(thing)
    known = _listed(things, lists)
    if things:
        return _changed(things, reader, lists, other_user)
    if known:
        _found(identity(collection, known), scope, reader, lists)
    return []


def _listed(things: Sequence[Thing], lists: Lists) -> Mapping[str, Any]:
    """The list's part, with the things in it; returns one that is there, or nothing."""
    walked = lists.walked()
    lists.shows(things, walked)
    shown = next((thing for page in walked.pages for thing in page.things or ()), {}) if walked is not None else {}
    known = things[0].told.thing if things and things[0].told.thing else shown
    if known:
        lists.filtered(known)
    lists.sorted()
    return known


def _changed(things: list[Thing], reader: Reader, lists: Lists, other_user: Headers) -> list[Thing]:
    """What becomes of the first of the things; returns those that are left."""
    writes, updates = Writes(reader), Updates(reader)
    lists.once(things, _own_fields(things))
    said = writes.refused_create(things[0])
    if said is not None:
        lists.never(*said)
    first, second = things[0], things[1] if len(things) > 1 else None
    neighbour = second.path if second is not None else None
    updates.updated(first.path, neighbour)
    if updates.last is not None:
        lists.fresh(first.name, updates.last)
    writes.refused(first.path)
    if other_user:
        writes.exposed(first.path, other_user)
    if writes.deleted(first.path, neighbour):
        lists.gone(first)
        return things[1:]
    return things


def _found(name: str | None, scope: tuple[str, ...], reader: Reader, lists: Lists) -> None:
    """Nothing can be created here: what is there is changed, where the guard lets it."""
    if name is None:
        return
    updates = Updates(reader)
    updates.updated((*scope, name), None)
    if updates.last is not None:
        lists.fresh(name, updates.last)
    Writes(reader).refused((*scope, name))


def _own_fields(things: Sequence[Thing]) -> list[str]:
    """Fields in which all of the things were created with texts of their own."""
    found = []
    for name, value in things[0].sent.items():
        values = [thing.sent.get(name) for thing in things]
        if isinstance(value, str) and len(set(map(str, values))) == len(values) > 1:
            found.append(name)
    return found[:3]


def _singleton(collection: Collection, teller: Teller, maker: Maker) -> None:
    scope = maker.scope(collection)
    if scope is not None and Role.READ in collection.operations:
        reader = Reader(teller, collection)
        Updates(reader).updated(scope, None)
        Writes(reader).refused(scope)

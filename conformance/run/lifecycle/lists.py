"""What lists promise: what was created is listed once, what was deleted is not, filters and sorting hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks.meaning import agree, is_moving, is_secret
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.run.lifecycle.asked import reading_of
from conformance.run.lifecycle.collection import Collection
from conformance.run.lifecycle.pages import Walk, beginning, judge, walk, wrong_total
from conformance.run.lifecycle.teller import Teller, Told
from conformance.run.lifecycle.things import Thing, identity
from conformance.sandbox.envelope import Envelope, folded
from conformance.sandbox.filters import conditions
from conformance.sandbox.listing import paging
from conformance.sandbox.roles import Role
from conformance.sandbox.sorting import keys
from conformance.spec.values import wire_types

_MOST_FILTERS = 6
_TRIED = frozenset({"eq", "contains", "startswith", "in"})
_MOST_SORTS = 4


class Lists:
    """The stories of one collection's list."""

    def __init__(self, teller: Teller, collection: Collection, scope: tuple[str, ...]) -> None:
        self._teller, self._collection, self._scope = teller, collection, scope
        self._there: set[str | None] = set()

    def remember(self) -> None:
        """Look at what is there before anything is created."""
        told = self._first("List before anything is created")
        self._there = {identity(self._collection, thing) for thing in told.things or ()} if told is not None else set()

    @property
    def operation(self) -> Operation | None:
        """The operation that lists."""
        return self._collection.operations.get(Role.LIST)

    @property
    def place(self) -> Envelope | None:
        """Where the list stands in the answer."""
        place = self._collection.places.get(Role.LIST)
        return place if place is not None and place.many else None

    def walked(self) -> Walk | None:
        """The list, page by page, with what pages promise."""
        operation, place = self.operation, self.place
        if operation is None or place is None:
            return None
        how = paging(operation, place)
        found = walk(self._teller, self._collection, operation, self._scope, place, how)
        if found is not None and judge(self._teller, found) and wrong_total(found, place) is not None:
            # Once more: somebody else may have come between two pages.
            again = walk(self._teller, self._collection, operation, self._scope, place, how)
            wrong = wrong_total(again, place) if again is not None and again.seen == found.seen else None
            if wrong is not None:
                self._teller.report("total-wrong", *wrong)
        return found

    def shows(self, things: Sequence[Thing], found: Walk | None) -> None:
        """What was created a moment ago is listed."""
        if found is None or not found.complete or not found.seen:
            return
        for thing in things:
            if not any(agree(thing.name, shown) for shown in found.seen):
                self._teller.report(
                    "created-unlisted", found.pages[-1], f"{thing.name} was created, and no page of the list shows it"
                )
                return

    def _first(self, why: str) -> Told | None:
        operation, place = self.operation, self.place
        if operation is None or place is None:
            return None
        told = self._teller.send(operation, self._scope, why=why, query=self._begin(), place=place)
        return told if told is not None and told.succeeded and told.things is not None else None

    def once(self, things: Sequence[Thing], names: Sequence[str]) -> None:
        """One create makes one thing; ``names`` are fields whose values nothing else has."""
        told = self._first("List what was created")
        own = {thing.name for thing in things} | self._there
        for thing in things if told is not None else ():
            for name in names:
                value = thing.sent.get(name)
                same = [shown for shown in told.things or () if value is not None and shown.get(name) == value] if told else []
                strangers = [shown for shown in same if (identity(self._collection, shown) or thing.name) not in own]
                if told is not None and strangers and len(same) > 1:
                    self._teller.report("created-twice", told, f"two things have the {name} {value!r}, and one was created")
                    return

    def fresh(self, name: str, read: Told) -> None:
        """A list shows a thing as the read before shows it."""
        told = self._first("List what was updated")
        shown = [shown for shown in told.things or () if identity(self._collection, shown) == name] if told is not None else []
        for field, value in read.thing.items() if told is not None and shown else ():
            held = shown[0].get(field)
            if (
                isinstance(value, (str, int, float, bool))
                and held is not None
                and not is_moving(field)
                and not agree(value, held)
            ):
                if told is not None and not is_secret(field):
                    self._teller.report(
                        "read-stale", told, f"{field} is {held!r} in the list, and {value!r} is read", detail=field
                    )
                return

    def never(self, field: str, value: Any) -> None:
        """Nothing is listed with what only a refused create said."""
        told = self._first("List after a create that was refused")
        if told is not None and any(shown.get(field) == value for shown in told.things or ()):
            self._teller.report("refused-write-effective", told, f"a create was refused, and a thing with its {field} is listed")

    def gone(self, thing: Thing) -> None:
        """What was deleted is listed no more."""
        told = self._first("List after a deletion")
        for shown in told.things or () if told is not None else ():
            if identity(self._collection, shown) == thing.name and not any("delet" in folded(str(name)) for name in shown):
                self._teller.report("deleted-listed", told, f"{thing.name} was deleted, and is listed") if told else None
                return

    def _begin(self) -> dict[str, str]:
        operation, place = self.operation, self.place
        return beginning(operation, paging(operation, place)) if operation is not None and place is not None else {}

    # Filters and sorting. That what is shown fits is a check of every list; here the requests for it are made.

    def filtered(self, thing: Mapping[str, Any]) -> None:
        """Lists filtered by what a thing is known to be show it."""
        operation, place = self.operation, self.place
        if operation is None or place is None:
            return
        for count, (wire, value, path) in enumerate(_filters(operation, place.item, thing)):
            if count >= _MOST_FILTERS:
                return
            told = self._teller.send(
                operation, self._scope, why=f"List by {wire}", query={**self._begin(), wire: value}, place=place
            )
            if told is None or not told.succeeded or told.things is None:
                continue
            listed = [identity(self._collection, shown) for shown in told.things]
            own = identity(self._collection, thing)
            if not told.things and own is not None and own not in listed:
                where = ".".join(path)
                self._teller.report(
                    "filter-loses", told, f"a list by {wire} shows nothing, and {own} has {where} {value}", detail=wire
                )

    def sorted(self) -> None:
        """Ask for every order that the document names, so that the checks can see whether it is kept."""
        operation, place = self.operation, self.place
        if operation is None or place is None:
            return
        for count, query in enumerate(_orders(operation, place.item)):
            if count >= _MOST_SORTS:
                return
            self._teller.send(
                operation, self._scope, why=f"List in order: {query}", query={**self._begin(), **query}, place=place
            )


def _filters(operation: Operation, item: Schema, thing: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Filters that the thing passes: the name on the wire, a value, and the property that it is about."""
    for wire, schema in _leaves(operation):
        reading = reading_of(operation, {wire: "x"})
        for condition in conditions(reading, item):
            held: Any = thing
            for name in condition.path:
                held = held.get(name) if isinstance(held, Mapping) else None
            if (
                held is None
                or isinstance(held, (dict, list))
                or is_moving(condition.path[-1])
                or condition.operator not in _TRIED
            ):
                continue
            text = held if isinstance(held, str) else str(held).lower()
            if text and (schema is None or _takes(schema, held, text)):
                yield wire, text, condition.path
            break


def _takes(schema: Schema, held: Any, text: str) -> bool:
    return schema.is_valid(held, direction="request") or ("array" in wire_types(schema) and schema.is_valid([held])) or (
        "string" in wire_types(schema) and schema.is_valid(text, direction="request"))  # fmt: skip


def _leaves(operation: Operation) -> Iterator[tuple[str, Schema | None]]:
    """Every name that a query can have, with the schema of its value."""
    for parameter in operation.parameters_in("query"):
        schema = parameter.schema
        if schema is None or "object" not in wire_types(schema) or not schema.all_properties():
            yield parameter.name, schema
        elif parameter.style == "deepObject" or not parameter.explode:
            yield from _below(parameter.name, schema, 0)


def _below(name: str, schema: Schema, depth: int) -> Iterator[tuple[str, Schema | None]]:
    for key, child in schema.all_properties().items():
        if child.all_properties() and "object" in wire_types(child) and depth < 2:
            yield from _below(f"{name}[{key}]", child, depth + 1)
        else:
            yield f"{name}[{key}]", child


def _orders(operation: Operation, item: Schema) -> Iterator[dict[str, str]]:
    """Queries that ask for an order, as far as the document says how."""
    usual = keys(reading_of(operation, {}), item)
    for wire, schema in _leaves(operation):
        listed = schema.get("enum") if schema is not None else None
        inside = schema.child("items") if schema is not None else None
        listed = listed if listed is not None else inside.get("enum") if inside is not None else None
        values = (
            [value for value in listed if isinstance(value, str)] if isinstance(listed, list) else ["created_at", "-created_at"]
        )
        for value in values:
            wanted = keys(reading_of(operation, {wire: value}), item)
            if wanted and wanted != usual:
                yield {wire: value}

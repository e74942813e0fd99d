"""What operations do to the sandbox's memory, and what they have to show for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope, is_object, merged
from conformance.sandbox.filters import Condition, conditions, holds, is_required
from conformance.sandbox.listing import Mark, Page, Paging, page_of, paging, window
from conformance.sandbox.minting import timestamps
from conformance.sandbox.records import Records, names
from conformance.sandbox.resources import Plan, Resource
from conformance.sandbox.roles import Role
from conformance.sandbox.shapes import NOTHING
from conformance.sandbox.sorting import Key, keys, ordered, precedes, sorted_by
from conformance.sandbox.state import Record, Table
from conformance.spec.document import template_names
from conformance.spec.reading import RequestReading

_MOST_SEEDS = 200


class Missing(Exception):
    """The request names something that is not there. ``pointer`` says which of its parameters."""

    def __init__(self, pointer: str, name: str) -> None:
        self.pointer, self.name = pointer, name
        super().__init__(pointer, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that may be carried out.

    ``texts`` are its path parameters, decoded. ``place`` is where its answer holds the thing. ``url`` is what was asked,
    absolute and without its ``query``.
    """

    plan: Plan
    reading: RequestReading
    texts: tuple[str, ...]
    place: Envelope | None
    url: str = ""
    query: str = ""

    @property
    def resource(self) -> Resource:
        """The resource that the call is about."""
        assert self.plan.resource is not None
        return self.plan.resource

    @property
    def scope(self) -> tuple[str, ...]:
        """The parameters that choose the collection."""
        return self.texts[: self.plan.scope]

    @property
    def item(self) -> Schema | None:
        """The schema of the thing in the answer, or as the resource shows it elsewhere."""
        if self.place is not None:
            return self.place.item
        return self.plan.resource.item if self.plan.resource is not None else None

    def missing(self, position: int) -> Missing:
        """What to say when the thing that a path parameter names is not there."""
        named = template_names(self.plan.operation.path)
        position = min(position, len(named) - 1)
        return Missing(f"/path/{named[position]}", self.texts[position]) if named else Missing("", self.plan.operation.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What there is to show: a record, a page of records, or a partial value that no record stands for."""

    record: Record | None = None
    page: Page | None = None
    partial: Any = NOTHING


class Service:
    """Every operation's effect on what is remembered."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self._pagings: dict[str, Paging] = {}
        self._roles = {
            Role.CREATE: self._create, Role.LIST: self._list, Role.READ: self._read, Role.UPDATE: self._change,
            Role.REPLACE: self._change, Role.DELETE: self._delete, Role.SHOW: self._show, Role.CALL: self._call,
        }  # fmt: skip

    def perform(self, call: Call) -> Outcome:
        """Do what the operation does.

        Raises:
            Missing: when a resource that the path names is not there.
        """
        for position, resource in call.plan.parents:
            if not self.records.strict(resource):
                continue
            if self.records.table(resource, call.texts[:position]).find(call.texts[position]) is None:
                raise call.missing(position)
        outcome = self._roles[call.plan.role](call)
        if call.plan.sets and outcome.record is not None:
            outcome.record.change(merged(outcome.record.value, call.plan.sets))
        return outcome

    def settle(self, call: Call, record: Record, item: Any) -> None:
        """Remember what an answer said of a record, so that the next one says the same."""
        if not isinstance(item, Mapping) or call.plan.resource is None:
            return
        if call.plan.role is not Role.CREATE:
            record.value = {**item, **record.value}
            return
        record.value = {**record.value, **item}
        table, known = self.records.table(call.resource, call.scope), names(call.resource, record.value)
        if known and known != record.aliases and record.key in table.records:
            table.rename(record, known)

    def _create(self, call: Call) -> Outcome:
        table = self.records.table(call.resource, call.scope)
        return Outcome(record=self.records.make(call.resource, table, _fields(call), call.item))

    def _list(self, call: Call) -> Outcome:
        table = self.records.table(call.resource, call.scope)
        return Outcome(page=self._page(call, table, list(table)))

    def _page(self, call: Call, table: Table, records: list[Record]) -> Page:
        """The part of ``records`` that the request asks for: filtered, in order, cut."""
        how = self._paging(call)
        wish = window(call.reading, how)
        order: tuple[Key, ...] = ()
        item = call.place.item if call.place is not None else None
        if item is not None:
            wishes = conditions(call.reading, item, how.wires)
            if wishes:
                kept = [record for record in records if holds(self.records.seen(record, item), wishes)]
                records = kept or self._seeds_for(call, wishes, item, table)
            order = keys(call.reading, item)
            if order:
                records = ordered(records, lambda record: self.records.seen(record, item), order)

        def mark(record: Record) -> Mark:
            by = sorted_by(self.records.seen(record, item), order) if item is not None else ()
            return Mark(key=record.key, serial=record.serial, by=by)

        cursor = wish.before if wish.after is None else wish.after
        at = 0 if cursor is None else _position(cursor, records, table, mark, order, past=wish.after is not None)
        return page_of(records, mark, wish, how, at)

    def _paging(self, call: Call) -> Paging:
        label = call.plan.operation.label
        if label not in self._pagings:
            self._pagings[label] = paging(call.plan.operation, call.place)
        return self._pagings[label]

    def _seeds_for(self, call: Call, wishes: Sequence[Condition], item: Schema, table: Table) -> list[Record]:
        """Things for a list that must be asked by a property (``?brand_id=``) and that no operation creates."""
        fields = {wish.path[0]: wish.bound for wish in wishes
                  if len(wish.path) == 1 and wish.is_equality and is_required(call.plan.operation, wish)}  # fmt: skip
        if not fields or not call.resource.seeded or len(table.records) >= _MOST_SEEDS:
            return []
        record = self.records.make(call.resource, table, fields, item)
        return [record] if holds(self.records.seen(record, item), wishes) else []

    def _read(self, call: Call) -> Outcome:
        return Outcome(record=self._one(call)[0])

    def _change(self, call: Call) -> Outcome:
        record, _ = self._one(call, revive=call.plan.operation.method != "patch")
        properties = call.item.all_properties() if call.item is not None else {}
        kept = {name: record.value[name] for name in call.resource.id_fields if name in record.value}
        base = record.value
        if call.plan.role is Role.REPLACE:
            born = timestamps(properties, 0, new=True)
            base = {name: value for name, value in base.items() if name in born}
        fields = {**timestamps(properties, self.records.clock(), new=False), **_fields(call)}
        record.change({**merged(base, fields), **kept})
        return Outcome(record=record)

    def _delete(self, call: Call) -> Outcome:
        record, table = self._one(call)
        table.remove(record)
        return Outcome(record=record)

    def _show(self, call: Call) -> Outcome:
        table, name = self.records.table(call.resource, call.scope), call.texts[call.plan.scope]
        record = table.find(name)
        if record is None and self.records.lenient:
            record = self.records.enliven(call.resource, table, name, name, call.resource.item)
        if record is None:
            raise call.missing(call.plan.scope)
        if call.plan.operation.method in {"patch", "put"}:
            record.change(merged(record.value, _fields(call)))
        return Outcome(record=record)

    @staticmethod
    def _call(call: Call) -> Outcome:
        if call.place is None or call.place.many:
            return Outcome()
        echoed = {name: value for (location, name), value in call.reading.values.items() if location == "path"}
        return Outcome(partial=call.place.wrap({**echoed, **_fields(call)}))

    def _one(self, call: Call, *, revive: bool = False) -> tuple[Record, Table]:
        """The record that a request names; one whose name nobody could have learnt is brought to life."""
        resource = call.resource
        table = self.records.table(resource, call.scope)
        name = "" if resource.singleton else call.texts[call.plan.scope]
        record = table.find(name)
        if record is not None:
            return record, table
        upsert = call.plan.role is Role.REPLACE and "201" in call.plan.operation.responses
        gone = name in table.gone and not revive and not self.records.lenient and _may_be_missing(call.plan.operation)
        if gone or (self.records.strict(resource) and not upsert):
            raise call.missing(call.plan.scope)
        given = None
        if not resource.singleton:
            given = call.reading.values.get(("path", template_names(call.plan.operation.path)[-1]))
        return self.records.enliven(resource, table, name, given, call.item), table


def _position(
    cursor: Mark | str | int,
    records: Sequence[Record],
    table: Table,
    mark: Callable[[Record], Mark],
    order: Sequence[Key],
    *,
    past: bool,
) -> int:
    """Where a cursor stands among the records; what it names may be gone. ``past`` is behind it."""
    key = cursor.key if isinstance(cursor, Mark) else str(cursor)
    for index, record in enumerate(records):
        if record.key == key or key in record.aliases or (isinstance(cursor, int) and record.serial == cursor):
            return index + past
    if not isinstance(cursor, Mark):
        if key not in table.gone:
            return 0
        cursor = Mark(key=key, serial=table.gone[key])
    for index, record in enumerate(records):
        here = mark(record)
        before = precedes(cursor.by, here.by, order)
        if before or (before is None and here.serial > cursor.serial):
            return index
    return len(records)


def _may_be_missing(operation: Operation) -> bool:
    """Whether an operation can say that its thing is gone: it names one in its path, or it lists the status."""
    return bool(template_names(operation.path)) or operation.response_for(404) is not None


def _fields(call: Call) -> dict[str, Any]:
    """What the request's body says of the thing: its fields, out of a wrapper, without those that only a service may set."""
    reading = call.reading
    body = reading.body if reading.has_body else None
    if not isinstance(body, dict):
        return {}
    declared = reading.media.schema.all_properties() if reading.media is not None and reading.media.schema is not None else {}
    properties = call.place.item.all_properties() if call.place is not None else {}
    if len(body) == 1:
        ((name, inside),) = body.items()
        if isinstance(inside, dict) and name not in properties and (name not in declared or is_object(declared[name])):
            body, declared = inside, declared[name].all_properties() if name in declared else {}
    return {name: value for name, value in body.items() if name not in declared or declared[name].get("readOnly") is not True}

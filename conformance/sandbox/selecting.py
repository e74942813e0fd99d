"""The part of a collection that a request asks for: filtered, in order, cut into a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.model.ports import Schema
from conformance.sandbox.calls import Call
from conformance.sandbox.filters import Condition, conditions, holds, is_required
from conformance.sandbox.listing import Mark, Page, Paging, page_of, window
from conformance.sandbox.records import Records
from conformance.sandbox.sorting import Key, keys, ordered, precedes, sorted_by
from conformance.sandbox.state import Record, Table

_MOST_SEEDS = 200
_FITTING = 3
_LONGEST = 16


def selected(records: Records, call: Call, how: Paging) -> Page:
    """The page of the call's collection that its query asks for."""
    table = records.table(call.resource, call.scope)
    found = records.things(call.resource, call.scope)
    wish = window(call.reading, how)
    order: tuple[Key, ...] = ()
    item = call.place.item if call.place is not None else None
    if item is not None:
        wishes = conditions(call.reading, item, how.wires)
        if wishes:
            kept = [record for record in found if holds(records.seen(record, item), wishes)]
            found = kept or _made_to_fit(records, call, wishes, item, table)
        order = keys(call.reading, item)
        if order:
            found = ordered(found, lambda record: records.seen(record, item), order)

    def mark(record: Record) -> Mark:
        by = sorted_by(records.seen(record, item), order) if item is not None else ()
        return Mark(key=record.key, serial=record.serial, by=by)

    cursor = wish.before if wish.after is None else wish.after
    at = 0 if cursor is None else _position(cursor, found, table, mark, order, past=wish.after is not None)
    return page_of(found, mark, wish, how, at)


def _made_to_fit(records: Records, call: Call, wishes: Sequence[Condition], item: Schema, table: Table) -> list[Record]:
    """Things for a list that must be asked by a property (``?brand_id=``) and that no operation creates."""
    fields = {wish.path[0]: wish.bound for wish in wishes
              if len(wish.path) == 1 and wish.is_equality and is_required(call.plan.operation, wish)}  # fmt: skip
    if not fields or not call.resource.seeded or len(table.records) >= _MOST_SEEDS:
        return []
    # Several, as in any list that is there: one alone has neither an order nor a second page.
    made = [records.make(call.resource, call.scope, fields, item) for _ in range(_FITTING)]
    return [record for record in made if holds(records.seen(record, item), wishes)]


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
        if record.key == key or key in record.aliases:
            return index + past
    if not isinstance(cursor, Mark):
        serial = table.gone.get(key, int(key) if key.isascii() and key.isdigit() and len(key) < _LONGEST else None)
        if serial is None:
            return 0
        cursor = Mark(key=key, serial=serial)
        known = next((index for index, record in enumerate(records) if record.serial == serial), None)
        if known is not None:
            return known + past
    for index, record in enumerate(records):
        here = mark(record)
        before = precedes(cursor.by, here.by, order)
        if before or (before is None and here.serial > cursor.serial):
            return index
    return len(records)

"""What is remembered, looked at and put back: for faults that lose, keep or mix up what they should not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.sandbox.faults.fault import Scene
from conformance.sandbox.sample import Unsatisfiable
from conformance.sandbox.service import Call
from conformance.sandbox.state import Record, Table
from conformance.sandbox.turn import Turn


def table(turn: Turn, call: Call) -> Table | None:
    """The table that a call is about."""
    return turn.session.service.records.table(call.resource, call.scope) if call.plan.resource is not None else None


def named(turn: Turn, call: Call) -> Record | None:
    """The record that a call names, if it is there."""
    held = table(turn, call)
    if held is None:
        return None
    if call.resource.singleton:
        return held.find("")
    return held.find(call.texts[call.plan.scope]) if call.plan.scope < len(call.texts) else None


class Kept:
    """A table as it was at a moment."""

    def __init__(self, held: Table) -> None:
        self._table = held
        self._records, self._names, self._gone = dict(held.records), dict(held.names), dict(held.gone)

    def restore(self) -> None:
        """Put back the records, their names and what was gone; the values of the records stay what they are."""
        self._table.records, self._table.names, self._table.gone = self._records, self._names, self._gone


def ghost(record: Record, value: Mapping[str, Any] | None = None) -> Record:
    """A likeness of a record, with another value perhaps, that nothing remembers."""
    shown = dict(record.value if value is None else value)
    return Record(key=record.key, value=shown, salt=record.salt, aliases=record.aliases, serial=record.serial)


def neighbour(held: Table, record: Record) -> Record | None:
    """The record that was made next, or before when there is none after it."""
    records = list(held)
    if record not in records or len(records) < 2:
        return None
    index = records.index(record)
    return records[index + 1] if index + 1 < len(records) else records[index - 1]


def said(call: Call) -> set[str]:
    """The names of the fields that a request's body gives, those inside of a wrapper included."""
    body = call.reading.body if call.reading.has_body else None
    if not isinstance(body, dict):
        return set()
    inside = next(iter(body.values())) if len(body) == 1 else None
    return {*body, *(inside if isinstance(inside, dict) else ())}


def shown(call: Call) -> tuple[str, ...]:
    """The names of the fields that an answer shows, without ids."""
    item = call.item
    return tuple(name for name in item.all_properties() if name not in call.resource.id_fields) if item is not None else ()


def other_values(turn: Turn, call: Call, value: Mapping[str, Any], kept: set[str], scene: Scene) -> dict[str, Any]:
    """``value`` with all fields but ``kept`` and the ids made up anew."""
    records, item = turn.session.service.records, call.item
    stays = {name: held for name, held in value.items() if name in kept or name in call.resource.id_fields or not _is_plain(held)}
    if item is None:
        return dict(value)
    for attempt in _attempts(turn):
        try:
            made = records.sampler.complete(item, stays, salt=f"{scene.name}/{attempt}", fresh=True)
        except Unsatisfiable:
            break
        if isinstance(made, dict) and any(made.get(name) != held for name, held in value.items() if name not in stays):
            return {**made, **stays}
    return stays


def _attempts(turn: Turn) -> Iterator[str]:
    return (f"{turn.number}/{index}" for index in range(4))


def _is_plain(value: Any) -> bool:
    return value is not None

"""The records of resources: making them, finding them, showing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.envelope import folded
from conformance.sandbox.minting import minted, timestamps
from conformance.sandbox.resources import Resource
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.sandbox.state import Record, State, Table

_SEEDS = 3
_ENDED = frozenset({"deletedat", "deletedon", "datedeleted", "deletiondate", "removedat", "archivedat"})


class Records:
    """Everything that is remembered, with the rules by which things come to be."""

    def __init__(self, sampler: Sampler, clock: Callable[[], float], *, lenient: bool = False, owner: str = "") -> None:
        """``lenient`` brings to life whatever is asked for; ``owner`` is whose things they are, so that ids differ."""
        self.sampler, self.clock, self.lenient, self.owner = sampler, clock, lenient, owner
        self._state = State()
        self._showable: dict[str, bool] = {}

    def snapshot(self) -> Any:
        """Everything that is remembered, as a JSON value."""
        return self._state.snapshot()

    def restore(self, snapshot: Any) -> None:
        """Remember what ``snapshot`` says instead.

        Raises:
            ValueError: when it is none; nothing has changed then.
        """
        self._state.restore(snapshot)

    def _salt(self, resource: Resource, table: Table, name: object) -> str:
        return f"{self.owner}{resource.family}/{table.name}/{name}"

    def table(self, resource: Resource, scope: tuple[str, ...]) -> Table:
        """The table of a resource in a scope, with its first things in it."""
        scope = scope[: resource.family.count("{}")]
        table = self._state.table(resource.family, scope)
        if resource.seeded and not table.seeded:
            table.seeded = True
            for _ in range(_SEEDS):
                self.make(resource, table, {}, resource.item)
        return table

    def strict(self, resource: Resource) -> bool:
        """Whether an unknown id is unknown: not when no list can show the ids, because its items cannot be made."""
        if self.lenient:
            return False
        if not resource.strict or not resource.seeded or resource.item is None:
            return resource.strict
        pointer = resource.item.pointer
        if pointer not in self._showable:
            try:
                self.sampler.sample(resource.item)
                self._showable[pointer] = True
            except Unsatisfiable:
                self._showable[pointer] = False
        return self._showable[pointer]

    def make(self, resource: Resource, table: Table, fields: Mapping[str, Any], item: Schema | None) -> Record:
        """A new record that says ``fields``, with ids and timestamps of its own."""
        properties = item.all_properties() if item is not None else {}
        shown = resource.item.all_properties() if resource.item is not None else {}
        salt = self._salt(resource, table, table.made)
        value = {**timestamps(properties, self.clock(), new=True), **fields}
        for field in resource.id_fields:
            schemas = [
                schema for schema in (properties.get(field) or shown.get(field), *resource.id_schemas) if schema is not None
            ]
            if field in fields or not schemas:
                continue
            try:
                value[field] = minted(
                    schemas,
                    self.sampler,
                    salt=f"{salt}/{field}",
                    number=table.made,
                    taken=lambda name: table.find(name) is not None,
                )
            except Unsatisfiable:
                continue
        return table.add(value, names(resource, value), salt=salt, serial=self._state.serial())

    def enliven(self, resource: Resource, table: Table, name: str, given: Any, item: Schema | None) -> Record:
        """A record under a name that a client came with; ``given`` is the name as a typed value, if it is an id."""
        properties = item.all_properties() if item is not None else {}
        known = dict.fromkeys(resource.id_fields, given) if given is not None else {}
        value = {**timestamps(properties, self.clock(), new=True), **known}
        return table.add(value, [name], salt=self._salt(resource, table, name), serial=self._state.serial())

    def view(self, record: Record, schema: Schema) -> Any:
        """A record as a schema wants to see it, remembered until it changes.

        Raises:
            Unsatisfiable: when no such value exists.
        """
        if schema.pointer not in record.views:
            shown = self.sampler.complete(schema, record.value, salt=record.salt)
            if isinstance(shown, dict):
                shown = _alive(shown, record.value, schema)
                record.value = {**shown, **record.value}
            record.views[schema.pointer] = shown
        return record.views[schema.pointer]

    def seen(self, record: Record, schema: Schema) -> Mapping[str, Any]:
        """``view``, or what is known of the record where there is none."""
        try:
            shown = self.view(record, schema)
        except Unsatisfiable:
            return record.value
        return shown if isinstance(shown, Mapping) else {}


def names(resource: Resource, value: Mapping[str, Any]) -> tuple[str, ...]:
    """What a thing goes by: the values of its id fields, as they stand in a path."""
    found = (value.get(field) for field in resource.id_fields)
    return tuple(dict.fromkeys(str(name) for name in found if isinstance(name, (str, int, float)) and not isinstance(name, bool)))


def _alive(shown: dict[str, Any], value: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """A thing that is there has no date of its end."""
    ended = [name for name in shown if folded(name) in _ENDED and name not in value]
    if not ended:
        return shown
    kept = {name: None if name in ended else held for name, held in shown.items()}
    if schema.is_valid(kept, direction="response"):
        return kept
    kept = {name: held for name, held in shown.items() if name not in ended}
    return kept if schema.is_valid(kept, direction="response") else shown

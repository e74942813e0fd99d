"""What operations do to the sandbox's memory, and what they have to show for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope, is_object, merged
from conformance.sandbox.listing import Page, fits, page_of, wanted
from conformance.sandbox.minting import minted, timestamps
from conformance.sandbox.resources import Plan, Resource, Resources, Role
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.sandbox.shapes import NOTHING
from conformance.sandbox.state import Record, State, Table
from conformance.spec.reading import RequestReading

_SEEDS = 3


class Missing(Exception):  # noqa: N818 - it is an answer, not a mistake
    """The request names something that is not there. ``pointer`` says which of its parameters."""

    def __init__(self, pointer: str, name: str) -> None:
        self.pointer, self.name = pointer, name
        super().__init__(pointer, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What there is to show: a record, a page of records, or a partial value that no record stands for."""

    record: Record | None = None
    page: Page | None = None
    partial: Any = NOTHING


class Service:
    """The memory, and every operation's effect on it."""

    def __init__(self, resources: Resources, sampler: Sampler, clock: Callable[[], float]) -> None:
        self.resources, self.sampler, self.clock = resources, sampler, clock
        self.state = State()
        self._roles = {
            Role.CREATE: self._create, Role.LIST: self._list, Role.READ: self._read, Role.UPDATE: self._change,
            Role.REPLACE: self._change, Role.DELETE: self._delete, Role.SHOW: self._show, Role.CALL: self._call,
        }  # fmt: skip

    def perform(self, plan: Plan, reading: RequestReading, texts: tuple[str, ...], place: Envelope | None) -> Outcome:
        """Do what the operation does. ``texts`` are its path parameters, decoded; ``place`` is where its answer holds the thing.

        Raises:
            Missing: when a resource on the way is not there.
        """
        for position, resource in plan.parents:
            if self._table(resource, texts[:position]).find(texts[position]) is None:
                raise _missing(plan.operation, position, texts)
        return self._roles[plan.role](plan, reading, texts, place)

    def settle(self, plan: Plan, record: Record, item: Any, texts: tuple[str, ...]) -> None:
        """Remember what an answer said of a record, so that the next one says the same."""
        if not isinstance(item, Mapping) or plan.resource is None:
            return
        record.value = {**record.value, **item} if plan.role is Role.CREATE else {**item, **record.value}
        if plan.role is Role.CREATE:
            table = self._table(plan.resource, texts[: plan.scope])
            names = _names(plan.resource, record.value)
            if names and names != record.aliases and record.key in table.records:
                table.forget(record)
                record.key, record.aliases = names[0], names
                table.restore(record)

    def view(self, record: Record, schema: Schema) -> Any:
        """A record as a schema wants to see it, remembered until it changes.

        Raises:
            Unsatisfiable: when no such value exists.
        """
        if schema.pointer not in record.views:
            shown = self.sampler.complete(schema, record.value, salt=record.salt)
            if isinstance(shown, dict):
                record.value = {**shown, **record.value}
            record.views[schema.pointer] = shown
        return record.views[schema.pointer]

    # The roles

    def _create(self, plan: Plan, reading: RequestReading, texts: tuple[str, ...], place: Envelope | None) -> Outcome:
        assert plan.resource is not None
        table = self._table(plan.resource, texts[: plan.scope])
        item = place.item if place is not None else plan.resource.item
        record = self._make(plan.resource, table, _fields(reading, item), item, texts[: plan.scope])
        return Outcome(record=record)

    def _list(self, plan: Plan, reading: RequestReading, texts: tuple[str, ...], place: Envelope | None) -> Outcome:
        assert plan.resource is not None
        table = self._table(plan.resource, texts[: plan.scope])
        records = list(table)
        names = list(place.item.all_properties()) if place is not None else []
        wishes = wanted(reading, names)
        if wishes and place is not None:
            records = [record for record in records if fits(self._seen(record, place.item), wishes)]
        return Outcome(page=page_of(records, reading, lambda record: str(record.key)))

    def _seen(self, record: Record, schema: Schema) -> Mapping[str, Any]:
        try:
            shown = self.view(record, schema)
        except Unsatisfiable:
            return record.value
        return shown if isinstance(shown, Mapping) else {}

    def _read(self, plan: Plan, reading: RequestReading, texts: tuple[str, ...], place: Envelope | None) -> Outcome:
        record, _ = self._one(plan, reading, texts, place, revive=False)
        return Outcome(record=record)

    def _change(self, plan: Plan, reading: RequestReading, texts: tuple[str, ...], place: Envelope | None) -> Outcome:
        revive = plan.operation.method in {"put", "post"}
        record, _ = self._one(plan, reading, texts, place, revive=revive)
        assert plan.resource is not None
        item = place.item if place is not None else plan.resource.item
        fields = _fields(reading, item)
        kept = {name: record.value[name] for name in plan.resource.id_fields if name in record.value}
        made = timestamps(item.all_properties() if item is not None else {}, self.clock(), new=False)
        base = record.value
        if plan.role is Role.REPLACE:
            born = timestamps(item.all_properties() if item is not None else {}, 0, new=True)
            base = {name: value for name, value in base.items() if name in born}
        record.change({**merged(base, {**made, **fields}), **kept})
        return Outcome(record=record)

    def _delete(self, plan: Plan, reading: RequestReading, texts: tuple[str, ...], place: Envelope | None) -> Outcome:
        record, table = self._one(plan, reading, texts, place, revive=False)
        table.remove(record)
        return Outcome(record=record)

    def _show(self, plan: Plan, reading: RequestReading, texts: tuple[str, ...], place: Envelope | None) -> Outcome:
        assert plan.resource is not None
        record = self._table(plan.resource, texts[: plan.scope]).find(texts[plan.scope])
        if record is None:
            raise _missing(plan.operation, plan.scope, texts)
        if plan.operation.method in {"patch", "put"}:
            record.change(merged(record.value, _fields(reading, place.item if place is not None else None)))
        return Outcome(record=record)

    def _call(self, plan: Plan, reading: RequestReading, texts: tuple[str, ...], place: Envelope | None) -> Outcome:
        if place is None or place.many:
            return Outcome()
        echoed = {name: value for (location, name), value in reading.values.items() if location == "path"}
        return Outcome(partial=place.wrap({**echoed, **_fields(reading, place.item)}))

    # The records

    def _table(self, resource: Resource, scope: tuple[str, ...]) -> Table:
        scope = scope[: resource.family.count("{}")]
        table = self.state.table(resource.family, scope)
        if resource.seeded and not table.seeded:
            table.seeded = True
            for _ in range(_SEEDS):
                self._make(resource, table, {}, resource.item, scope)
        return table

    def _one(
        self, plan: Plan, reading: RequestReading, texts: tuple[str, ...], place: Envelope | None, *, revive: bool
    ) -> tuple[Record, Table]:
        """The record that a request names; one that nobody could have known is brought to life."""
        resource = plan.resource
        assert resource is not None
        table = self._table(resource, texts[: plan.scope])
        name = "" if resource.singleton else texts[plan.scope]
        record = table.find(name)
        if record is not None:
            return record, table
        upsert = plan.role is Role.REPLACE and "201" in plan.operation.responses
        if (resource.strict and not upsert) or (name in table.gone and not revive):
            raise _missing(plan.operation, max(min(plan.scope, len(texts) - 1), 0), texts)
        item = place.item if place is not None else resource.item
        given = {} if resource.singleton else self._given(plan, reading)
        properties = item.all_properties() if item is not None else {}
        known = {field: given[0] for field in resource.id_fields if given} if isinstance(given, tuple) else {}
        value = {**timestamps(properties, self.clock(), new=True), **known}
        return table.add(value, [name], salt=f"{resource.family}/{texts}"), table

    @staticmethod
    def _given(plan: Plan, reading: RequestReading) -> tuple[Any, ...]:
        """The id of the path as a typed value."""
        name = [parameter for parameter in plan.operation.path.split("/") if parameter.startswith("{")][-1][1:-1]
        return (reading.values[("path", name)],) if ("path", name) in reading.values else ()

    def _make(
        self, resource: Resource, table: Table, fields: Mapping[str, Any], item: Schema | None, scope: tuple[str, ...]
    ) -> Record:
        properties = item.all_properties() if item is not None else {}
        shown = resource.item.all_properties() if resource.item is not None else {}
        salt = f"{resource.family}/{scope}/{table.made}"
        value = {**timestamps(properties, self.clock(), new=True), **fields}
        for field in resource.id_fields:
            schemas = [
                schema for schema in (properties.get(field) or shown.get(field), *resource.id_schemas) if schema is not None
            ]
            if field in fields or not schemas:
                continue
            try:
                value[field] = minted(schemas, self.sampler, salt=f"{salt}/{field}", number=table.made,
                                      taken=lambda name: table.find(name) is not None)  # fmt: skip
            except Unsatisfiable:
                continue
        return table.add(value, _names(resource, value), salt=salt)


def _names(resource: Resource, value: Mapping[str, Any]) -> tuple[str, ...]:
    found = (value.get(field) for field in resource.id_fields)
    return tuple(dict.fromkeys(str(name) for name in found if isinstance(name, (str, int, float)) and not isinstance(name, bool)))


def _missing(operation: Operation, position: int, texts: tuple[str, ...]) -> Missing:
    names = [part.partition("}")[0] for part in operation.path.split("{")[1:]]
    if not texts:
        return Missing("", operation.path)
    return Missing(f"/path/{names[position]}", texts[position])


def _fields(reading: RequestReading, item: Schema | None) -> dict[str, Any]:
    """What the request's body says of the thing: its fields, taken out of a wrapper, without those that only a service may set."""
    body = reading.body if reading.has_body else None
    if not isinstance(body, dict):
        return {}
    declared = reading.media.schema.all_properties() if reading.media is not None and reading.media.schema is not None else {}
    properties = item.all_properties() if item is not None else {}
    if len(body) == 1:
        ((name, inside),) = body.items()
        if isinstance(inside, dict) and name not in properties and (name not in declared or is_object(declared[name])):
            body, declared = inside, declared[name].all_properties() if name in declared else {}
    return {name: value for name, value in body.items() if name not in declared or declared[name].get("readOnly") is not True}

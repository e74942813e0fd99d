"""The records of resources: making them, finding them, showing them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from sys import intern
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.content import written
from conformance.sandbox.envelope import folded, is_object, merged
from conformance.sandbox.identity import is_id
from conformance.sandbox.lifecycle import SETTLES, begun
from conformance.sandbox.minting import birth, minted, timestamps
from conformance.sandbox.plans import Resource
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.sandbox.shapes import NOTHING
from conformance.sandbox.state import Later, Record, State, Table
from conformance.sandbox.ticking import looking
from conformance.spec.values import scalar

_SEEDS = 3
_ENDED = frozenset({"deletedat", "deletedon", "datedeleted", "deletiondate", "removedat", "archivedat"})


class Records:
    """Everything that is remembered, with the rules by which things come to be."""

    def __init__(self, sampler: Sampler, clock: Callable[[], float], *, lenient: bool = False, owner: str = "") -> None:
        """``lenient`` brings to life whatever is asked for; ``owner`` is whose things they are, so that ids differ."""
        self.sampler, self.clock, self.lenient, self.owner = sampler, clock, lenient, owner
        self._look = looking(clock)
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
                self.make(resource, scope, {}, resource.item)
        return table

    def things(self, resource: Resource, scope: tuple[str, ...]) -> list[Record]:
        """What a resource shows in a scope, in order of creation, as it is by now."""
        found = [record for table in self._tables(resource, scope) for record in table]
        if resource.is_widened or resource.members:
            found.sort(key=lambda record: record.serial)
        self._grow(found)
        return [record for record in found if belongs(record, resource, scope)] if resource.is_narrowed else found

    def find(self, resource: Resource, scope: tuple[str, ...], name: str) -> tuple[Record, Table] | None:
        """What goes by a name in a scope, as it is by now, and where it is kept."""
        for table in self._tables(resource, scope):
            record = table.find(name)
            if record is None and (resource.family != resource.shape or resource.members):
                record = next((known for known in table if name in names(resource, known.value)), None)
            if record is not None and (not resource.is_narrowed or belongs(record, resource, scope)):
                self._grow((record,))
                return record, table
        return None

    def _tables(self, resource: Resource, scope: tuple[str, ...]) -> list[Table]:
        own = self._state.tables(resource.family, scope) if resource.is_widened else [self.table(resource, scope)]
        return [*own, *(table for family in resource.members for table in self._state.tables(family, ()))]

    def _grow(self, records: Iterable[Record]) -> None:
        """Let happen to things what time does. The time is looked at only where something waits for it."""
        now = None
        for record in records:
            if record.later is None:
                continue
            now = self._look() if now is None else now
            if now >= record.later.at:
                later, record.later = record.later, None
                then = {name: held for name, held in later.then.items() if _says(record.value.get(name), later.first.get(name))}
                record.change(merged(record.value, then))

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

    def make(
        self,
        resource: Resource,
        scope: tuple[str, ...],
        fields: Mapping[str, Any],
        item: Schema | None,
        *,
        sayable: Iterable[str] = (),
    ) -> Record:
        """A new record that says ``fields``, with ids and timestamps of its own.

        Args:
            resource: what it is one of.
            scope: the parameters that choose the collection.
            fields: what is known of it.
            item: the schema by which it is shown first.
            sayable: the properties that a client may say; the others that tell how far it is begin as they do.
        """
        table = self.table(resource, scope)
        schemas = {schema.pointer: schema for schema in (item, *resource.shows) if schema is not None}.values()
        properties = _properties(tuple(schemas))
        salt, now = self._salt(resource, table, table.made), self.clock()
        value = {**(birth(item, now) if item is not None else {}), **fields}
        for name, held in _of_parents(resource, scope, properties).items():
            value.setdefault(name, held)
        first, then = begun(schemas, (*sayable, *fields)) if not resource.seeded else ({}, {})
        value.update({name: held for name, held in first.items() if name not in fields})
        for name in resource.id_fields:
            wanted = [schema for schema in (properties.get(name), *resource.id_schemas) if schema is not None]
            if name in fields or not wanted:
                continue
            others = _other_names(name, resource, schemas)
            same = next((value[other] for other in others if value.get(other) is not None), None)
            if same is not None and all(schema.is_valid(same, direction="response") for schema in wanted):
                value[name] = same
                continue
            wanted += [properties[other] for other in others if other in properties]
            with suppress(Unsatisfiable):
                value[name] = minted(wanted, self.sampler, salt=f"{salt}/{name}", number=table.made,
                                     taken=lambda text: table.find(text) is not None)  # fmt: skip
        record = table.add(value, names(resource, value), salt=salt, serial=self._state.serial())
        if then:
            record.later = Later(at=now + SETTLES, first=first, then=then)
        return record

    def enliven(self, resource: Resource, scope: tuple[str, ...], name: str, given: Any, item: Schema | None) -> Record:
        """A record under a name that a client came with; ``given`` is the name as a typed value, if it is an id."""
        table = self.table(resource, scope)
        properties = item.all_properties() if item is not None else {}
        known = dict.fromkeys(resource.id_fields, given) if given is not None else {}
        value = {**timestamps(properties, self.clock(), new=True), **_of_parents(resource, scope, properties), **known}
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
                record.value = completed(record.value, shown)
            record.views[schema.pointer] = shown
        return record.views[schema.pointer]

    def text(self, record: Record, schema: Schema, *, keep: bool = True) -> bytes:
        """``view`` as it is written in JSON, remembered like it unless nobody may ever ask again (``keep``).

        Raises:
            Unsatisfiable: when no such value exists.
        """
        key = intern(f"{schema.pointer}#text")
        found: bytes | None = record.views.get(key)
        if found is None:
            found = written(self.view(record, schema), "application/json")
            if keep:
                record.views[key] = found
        return found

    @staticmethod
    def has_text(record: Record, schema: Schema) -> bool:
        """Whether ``text`` is remembered."""
        return f"{schema.pointer}#text" in record.views

    def seen(self, record: Record, schema: Schema) -> Mapping[str, Any]:
        """``view``, or what is known of the record where there is none."""
        try:
            shown = self.view(record, schema)
        except Unsatisfiable:
            return record.value
        return shown if isinstance(shown, Mapping) else {}


def _other_names(name: str, resource: Resource, schemas: Collection[Schema]) -> list[str]:
    """What else the id of a thing is called: names that no schema shows together with this one."""
    return [
        other
        for other in resource.id_fields
        if other != name
        and (other == "id" or is_id(other))
        and not any({name, other} <= schema.all_properties().keys() for schema in schemas)
    ]


def _properties(schemas: tuple[Schema, ...]) -> Mapping[str, Schema]:
    """The properties of schemas that show the same thing; the first has the last word."""
    if len(schemas) < 2:
        return schemas[0].all_properties() if schemas else {}
    key = ("properties", *(schema.pointer for schema in schemas))
    notes = schemas[0].notes
    if key not in notes:
        notes[key] = {name: child for schema in reversed(schemas) for name, child in schema.all_properties().items()}
    found: Mapping[str, Schema] = notes[key]
    return found


def names(resource: Resource, value: Mapping[str, Any]) -> tuple[str, ...]:
    """What a thing goes by: the values of its id fields, as they stand in a path."""
    found = (value.get(field) for field in resource.id_fields)
    return tuple(dict.fromkeys(str(name) for name in found if isinstance(name, (str, int, float)) and not isinstance(name, bool)))


def _says(value: Any, part: Any) -> bool:
    """Whether a value still says what a partial one does."""
    if isinstance(value, dict) and isinstance(part, dict):
        return all(_says(value.get(name), held) for name, held in part.items())
    return bool(value == part)


def belongs(record: Record, resource: Resource, scope: tuple[str, ...]) -> bool:
    """Whether a thing says that it is one of the parent that a scope ends with."""
    if not resource.keys or len(scope) < len(resource.keys):
        return True
    keys = resource.keys[-1]
    return any(folded(name) in keys and str(held) == scope[len(resource.keys) - 1] for name, held in record.value.items())


def _of_parents(resource: Resource, scope: tuple[str, ...], properties: Mapping[str, Schema]) -> dict[str, Any]:
    """What a thing says of its parents: their ids, under the names that it has for them."""
    found: dict[str, Any] = {}
    for keys, text in zip(resource.keys, scope, strict=False):
        for name, schema in properties.items():
            if folded(name) in keys and name not in resource.id_fields and not is_object(schema):
                found[name] = scalar(text, schema)
    if resource.is_narrowed and scope and not any(folded(name) in resource.keys[-1] for name in found):
        found[min(resource.keys[-1])] = scope[-1]
    return found


def completed(value: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a thing and what an answer showed of it besides, at every depth; the answer itself when that is all."""
    if isinstance(shown, dict) and (shown is value or all(shown.get(name, NOTHING) is held for name, held in value.items())):
        return shown
    found = {**shown, **value}
    for name, held in value.items():
        other = shown.get(name)
        if other is held:
            continue
        if isinstance(held, dict) and isinstance(other, dict):
            found[name] = completed(held, other)
        elif isinstance(held, list) and isinstance(other, list) and len(held) == len(other):
            found[name] = [completed(one, two) if isinstance(one, dict) and isinstance(two, dict) else one
                           for one, two in zip(held, other, strict=True)]  # fmt: skip
    return found


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

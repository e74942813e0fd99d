"""What operations do to the sandbox's memory, and what they have to show for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conformance.model.operation import Operation
from conformance.sandbox.calls import Call, Missing, Outcome
from conformance.sandbox.envelope import merged
from conformance.sandbox.lifecycle import moved
from conformance.sandbox.listing import Page, Paging, paging
from conformance.sandbox.minting import timestamps
from conformance.sandbox.plans import request_properties
from conformance.sandbox.records import Records, completed, names
from conformance.sandbox.roles import Role
from conformance.sandbox.saying import changed, each, said, unsaid
from conformance.sandbox.selecting import selected
from conformance.sandbox.state import Record, Table
from conformance.sandbox.verbs import CHANGES, words_of
from conformance.spec.document import template_names

__all__ = ["Call", "Missing", "Outcome", "Service"]


class Service:
    """Every operation's effect on what is remembered; ``others`` are the memories of other users."""

    def __init__(self, records: Records, *, others: Callable[[], Iterable[Records]] = tuple) -> None:
        self.records, self._others = records, others
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
            if self.records.find(resource, call.texts[:position], call.texts[position]) is None:
                raise call.missing(position)
        if call.plan.inside is not None and not self.records.lenient:
            holders = self.records.table(call.plan.inside, call.texts[:-1])
            if call.texts[-1] in holders.gone and holders.find(call.texts[-1]) is None:
                raise call.missing(len(call.texts) - 1)
        outcome = self._roles[call.plan.role](call)
        if call.plan.sets and outcome.record is not None:
            outcome.record.change(merged(outcome.record.value, call.plan.sets))
        return outcome

    def settle(self, call: Call, record: Record, item: Any) -> None:
        """Remember what an answer said of a record, so that the next one says the same."""
        if not isinstance(item, Mapping) or call.plan.resource is None:
            return
        if call.plan.role is not Role.CREATE:
            record.value = completed(record.value, item)
            return
        record.value = completed(item, record.value)
        table, known = self.records.table(call.resource, call.scope), names(call.resource, record.value)
        if known and known != record.aliases and record.key in table.records:
            table.rename(record, known)

    # Collections

    def _create(self, call: Call) -> Outcome:
        acted = self._act(call)
        origin = acted.value if call.plan.copies and acted is not None else {}
        base = {name: value for name, value in origin.items() if name not in call.resource.id_fields}
        sayable = request_properties(call.plan.operation)
        many = each(call) if call.place is not None and call.place.many else [{**({} if origin else unsaid(call)), **said(call)}]
        made = [
            self.records.make(call.resource, call.scope, merged(base, fields), call.item, sayable=(*sayable, *base))
            for fields in many
        ]
        if len(made) == 1:
            return Outcome(record=made[0])
        return Outcome(page=Page(items=tuple(made), total=len(made), start=0, size=len(made), number=1, things=made))

    def _list(self, call: Call) -> Outcome:
        label = call.plan.operation.label
        if label not in self._pagings:
            self._pagings[label] = paging(call.plan.operation, call.place)
        return Outcome(page=selected(self.records, call, self._pagings[label]))

    # Items

    def _read(self, call: Call) -> Outcome:
        return Outcome(record=self._one(call)[0])

    def _change(self, call: Call) -> Outcome:
        record, _ = self._one(call, revive=call.plan.operation.method != "patch")
        properties = call.item.all_properties() if call.item is not None else {}
        kept = {name: record.value[name] for name in call.resource.id_fields if name in record.value}
        base = record.value
        if call.plan.role is Role.REPLACE and not call.plan.merges:
            # What was not sent falls back; what no client can say stays.
            sayable = request_properties(call.plan.operation)
            born = timestamps(properties, 0, new=True)
            base = {name: value for name, value in base.items() if name in born or (sayable and name not in sayable)}
        found = {**changed(call, base), **timestamps(properties, self.records.clock(), new=False), **kept}
        record.change(found)
        return Outcome(record=record)

    def _delete(self, call: Call) -> Outcome:
        record, table = self._one(call)
        table.remove(record)
        return Outcome(record=record)

    # Actions

    def _show(self, call: Call) -> Outcome:
        if self._act(call) is None and not self.records.lenient:
            raise call.missing(call.plan.scope)
        record, _ = self._one(call)
        if call.plan.operation.method != "get":
            record.change(changed(call, record.value))
        return Outcome(record=record)

    def _call(self, call: Call) -> Outcome:
        acted = self._act(call)
        if call.place is None or call.place.many:
            return Outcome()
        echoed = {name: value for (location, name), value in call.reading.values.items() if location == "path"}
        moves = {name: acted.value[name] for name in acted.last if name in acted.value} if acted is not None else {}
        return Outcome(partial=call.place.wrap({**echoed, **moves, **said(call)}))

    def _act(self, call: Call) -> Record | None:
        """Do to the thing above what the action's verb says; the thing, if it is there."""
        if call.plan.actor is None:
            return None
        resource, before = call.plan.actor
        found = self.records.find(resource, call.texts[:before], call.texts[before])
        if found is None:
            return None
        record = found[0]
        if call.plan.copies or not call.plan.verb:
            return record
        now = self.records.clock()
        shown = {name: held for schema in resource.shows for name, held in schema.all_properties().items()}
        changes = moved(record.value, resource.shows, call.plan.verb, thing=resource.shape, now=now)
        if not changes and CHANGES & set(words_of(call.plan.verb)):
            changes = {name: value for name, value in said(call).items() if name in shown and name not in resource.id_fields}
        record.last = tuple(changes)
        if changes:
            record.change(merged(record.value, {**changes, **timestamps(shown, now, new=False)}))
        return record

    def _one(self, call: Call, *, revive: bool = False) -> tuple[Record, Table]:
        """The record that a request names; one whose name nobody could have learnt is brought to life."""
        resource, name = call.resource, call.name
        found = self.records.find(resource, call.scope, name)
        if found is not None:
            return found
        table = self.records.table(resource, call.scope)
        upsert = call.plan.role is Role.REPLACE and "201" in call.plan.operation.responses
        gone = name in table.gone and not revive and not self.records.lenient and _may_be_missing(call.plan.operation)
        if gone or (self.records.strict(resource) and not upsert):
            raise call.missing(call.plan.scope)
        if not resource.singleton and any(held.find(resource, call.scope, name) is not None for held in self._others()):
            raise call.missing(call.plan.scope)
        given = None
        if not resource.singleton:
            given = call.reading.values.get(("path", template_names(call.plan.operation.path)[call.plan.scope]))
        return self.records.enliven(resource, call.scope, name, given, call.item), table


def _may_be_missing(operation: Operation) -> bool:
    """Whether an operation can say that its thing is gone: it names one in its path, or it lists the status."""
    return bool(template_names(operation.path)) or operation.response_for(404) is not None

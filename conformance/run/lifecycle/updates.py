"""What updates promise: they do what they say, to what they name, and to nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.checks.meaning import agree, is_moving, same
from conformance.model.record import Intent
from conformance.run.lifecycle.bodies import Field, json_media, moved, other_value
from conformance.run.lifecycle.collection import Way
from conformance.run.lifecycle.groups import other_group
from conformance.run.lifecycle.outcome import Outcome
from conformance.run.lifecycle.puts import Puts
from conformance.run.lifecycle.reader import Reader, short, unlikely_to_matter
from conformance.run.lifecycle.teller import Told
from conformance.sandbox.roles import Role
from conformance.sandbox.sample import Unsatisfiable

_MOST_TRIES = 6
# What is often lost is tried twice, each time from another end of what may be written.
_RARE_TURNS, _RARE_TRIES = (2, 3), 3
_FULL: Any = object()
"""Nothing empties it."""


class Updates:
    """The stories of one collection's updates. ``last`` is the last answer that read an updated thing.

    ``is_own`` says that this run has made what is updated.
    """

    def __init__(self, reader: Reader, *, is_own: bool = False) -> None:
        self._reader, self._is_own = reader, is_own
        self._puts, self._outcome = Puts(reader), Outcome(reader)
        self._put_twice: set[str] = set()
        self._put_less: set[str] = set()
        self._first: Told | None = None
        self._written: dict[str, Any] = {}
        self.last: Told | None = None

    def updated(self, path: tuple[str, ...], neighbour: tuple[str, ...] | None) -> None:
        """Every update does what it says, to what it names, and to nothing else."""
        reader = self._reader
        if not reader.can_read:
            return
        beside: Told | None = None
        for way in reader.collection.ways:
            if json_media(way.operation) is None:
                self._bare(way, path)
                continue
            before = self.last or reader.found(path, "Read before the update")
            if before is None:
                return
            self._first = self._outcome.first = self._first or before
            if neighbour is not None and beside is None:
                beside = reader.found(neighbour, "Read its neighbour")
            alone = self._through(way, before, path)
            if beside is not None and neighbour is not None:
                reader.left_alone(beside, neighbour, f"{way.operation.label} on another one")
                beside = self._other(way, alone, path, (neighbour, beside)) if alone is not None else beside

    def _other(self, way: Way, field: Field, path: tuple[str, ...], other: tuple[tuple[str, ...], Told]) -> Told | None:
        """The neighbour is updated too: it is that one which is answered, and changed; how it is then."""
        mine, (neighbour, beside) = self.last, other
        self.last = beside
        self._update(way, [field], neighbour, turn=4)
        beside, self.last = self.last or beside, mine
        if mine is not None:
            self._reader.left_alone(mine, path, f"{way.operation.label} on another one")
        return beside

    def _through(self, way: Way, before: Told, path: tuple[str, ...]) -> Field | None:
        """One operation: a field alone shows what else it touches, all of them together which of them it takes.

        The field that was changed alone comes back, where the service took it.
        """
        found = sorted(self._reader.fields(way.operation), key=unlikely_to_matter)
        self.last = before
        self._whole(way, path)
        before = self.last
        if before is None:
            return None
        alone = next((field for field in found if self._new(field, before) is not None), None)
        taken: bool | None = False
        if alone is None and way.role is Role.REPLACE:
            self._same(way, before, path)
            self._referred(way, path)
        elif alone is not None:
            taken = self._update(way, [alone], path)
            if taken is None:
                return None
        every = [*found, *self._reader.groups(way.operation)]
        self._together(way, every if every != [alone] else [], path, tries=_MOST_TRIES)
        # Not at the end: what is filled again says nothing new, and a list that is one write behind would not show it.
        # What POSTs below a thing say may be added to it.
        if way.operation.method in {"patch", "put"} or way.operation.path.endswith("}"):
            self._emptied(way, path)
        for turn in _RARE_TURNS:
            self._together(way, every, path, tries=_RARE_TRIES, turn=turn)
        return alone if taken else None

    def _emptied(self, way: Way, path: tuple[str, ...]) -> None:
        """What may be empty is not what it was when an update says that it is: lists and texts, or else lists alone."""
        before, reader = self.last, self._reader
        if before is None:
            return
        every = (*reader.groups(way.operation), *reader.fields(way.operation))
        empty = {field.name: self._nothing(field, before) for field in every if not is_moving(field.name)}
        empty = {name: value for name, value in empty.items() if value is not _FULL}
        lists = {name: value for name, value in empty.items() if value == []}
        for wanted in (empty, lists) if lists and lists != empty else (empty,):
            if not wanted or not self._empty(way, path, wanted, before):
                return

    def _nothing(self, field: Field, before: Told) -> Any:
        """What empties a field: an empty list or text; null, where what was written here cannot be what null stands for."""
        value, first = before.thing.get(field.name), self._first.thing.get(field.name) if self._first is not None else None
        if isinstance(value, (list, str)) and value and field.takes(type(value)()):
            return type(value)()
        is_own = value is not None and field.name in self._written and agree(self._written[field.name], value)
        stands = field.written.get("default", _FULL)
        is_own = is_own and not isinstance(value, bool) and not agree(first, value) and stands != value
        # Where null is what an update says that says nothing, or what no answer can have, a service may well leave it at that.
        return None if is_own and stands is not None and field.takes(None) else _FULL

    def _empty(self, way: Way, path: tuple[str, ...], wanted: Mapping[str, Any], before: Told) -> bool:
        """Empty some fields, and fill them again; whether the service refused it."""
        reader, full = self._reader, {name: before.thing[name] for name in wanted}
        filled = reader.body(way.operation, before.thing, full)
        empty = reader.body(way.operation, before.thing, wanted)
        if filled is None or empty is None:
            return True
        told = reader.teller.send(way.operation, path, why=f"Empty {', '.join(full)}", body=empty, place=way.place)
        if told is None or not told.succeeded:
            self.last = before if told is not None and told.refused else None
            return self.last is not None
        after = self.last = reader.found(path, "Read what was emptied")
        for name, old in full.items() if after is not None else ():
            if after is not None and same(after.thing.get(name), old):
                said = f"{name} was changed to {wanted[name]!r}, and {short(old)} is read"
                reader.teller.report("update-ignored", after, said, detail=f"{way.operation.label} {name} emptied")
                break
        told = reader.teller.send(way.operation, path, why="Fill again what was emptied", body=filled, place=way.place)
        if told is None or not told.refused:
            self.last = reader.found(path, "Read what was filled again")
        return False

    def _together(self, way: Way, every: list[Field], path: tuple[str, ...], *, tries: int, turn: int = 0) -> None:
        """Several fields at once. A service may have a rule for one of them that nobody can know: halves are tried then."""
        several = [every]
        for _ in range(tries):
            fields = several.pop(0) if several else []
            if fields and self._update(way, fields, path, turn=turn) is False and len(fields) > 1:
                several += [fields[: len(fields) // 2], fields[len(fields) // 2 :]]

    @staticmethod
    def _new(field: Field, held: Told, turn: int = 0) -> Any:
        shown, rare = held.thing.get(field.name), turn in _RARE_TURNS
        change = other_group if isinstance(shown, (dict, list)) else other_value
        return change(shown, field, turn=turn, rare=rare)

    def _update(self, way: Way, changed: Sequence[Field], path: tuple[str, ...], *, turn: int = 0) -> bool | None:
        """Some fields, changed; whether the service took it, ``None`` when it is not worth going on."""
        before, reader = self.last, self._reader
        if before is None:
            return None
        moved = ((field.name, self._new(field, before, turn)) for field in changed)
        values = {name: value for name, value in moved if value is not None}
        body = reader.body(way.operation, before.thing, values) if values else None
        if body is None:
            return True
        why = f"Change {', '.join(values)}" if len(values) < 4 else f"Change {len(values)} fields"
        told = reader.teller.send(way.operation, path, why=why, body=body, place=way.place)
        if told is None or not told.succeeded:
            if told is None or not told.refused:
                # It may have been done, or will be.
                self.last = None
            return False if told is not None and told.refused and told.status not in {404, 405} else None
        after = reader.found(path, "Read what was changed")
        self.last = after
        self._written.update(values)
        if after is None:
            return None
        self._outcome.judged(values, path, (before, told, after))
        self._outcome.complete(values, before, after, way)
        if way.role is Role.UPDATE and way.operation.method != "post":
            self._outcome.kept(before, after, body, way)
        elif way.role is Role.REPLACE:
            self._puts.made_anew(way, body, before, told, after)
            self._put(way, path, body, values, after, again=len(changed) > 1 and turn == 0)
        return True

    def _put(
        self,
        way: Way,
        path: tuple[str, ...],
        body: Mapping[str, Any],
        values: Mapping[str, Any],
        after: Told,
        *,
        again: bool = False,
    ) -> None:
        """What PUT promises besides, once and once more where it says more; ``values`` are those that were changed."""
        label = way.operation.label
        if again or label not in self._put_twice:
            self._put_twice.add(label)
            self._puts.twice(way, path, body, after)
        if values and (again or label not in self._put_less):
            self._put_less.add(label)
            self.last = self._puts.merged(way, path, values, after)

    def _same(self, way: Way, before: Told, path: tuple[str, ...]) -> None:
        """A PUT of what is there, where nothing in it can be changed without knowing what it means."""
        body = self._reader.body(way.operation, before.thing, {})
        told = (
            self._reader.teller.send(way.operation, path, why="Put what is there", body=body, place=way.place) if body else None
        )
        self.last = self._reader.found(path, "Read what was put") if told is not None and told.succeeded else before
        if self.last is not None and told is not None and told.succeeded:
            self._puts.twice(way, path, body, self.last)

    def _referred(self, way: Way, path: tuple[str, ...]) -> None:
        """A PUT of nothing but references: another one of the same form is refused, or there.

        What was there before is put back, where the thing is not one that this run has made.
        """
        before, reader = self.last, self._reader
        for field in reader.references(way.operation) if before is not None else ():
            old = before.thing.get(field.name) if before is not None else None
            value = moved(old, 1) if isinstance(old, str) else None
            body = reader.body(way.operation, before.thing, {field.name: value}) if before and value not in {None, old} else None
            if before is None or body is None or not field.takes(value):
                continue
            # Nobody but the service knows whether there is something of that name.
            told = reader.teller.send(way.operation, path, why=f"Put another {field.name}", body=body, place=way.place,
                                      intent=Intent.PROBE)  # fmt: skip
            if told is None or not told.succeeded:
                continue
            after = self.last = reader.found(path, "Read what was put")
            if after is not None:
                self._outcome.took_effect(field.name, value, before, told, after)
            if not self._is_own:
                self._same(way, before, path)
            return

    def settled(self, path: tuple[str, ...]) -> None:
        """What was read after an update is so still when other requests have come between, and not again what it was before."""
        first, last = self._first, self.last
        if first is None or last is None:
            return
        again = self._reader.found(path, "Read once more what was changed")
        for name, new, since in self._reader.steady(last.thing, again.thing) if again is not None else ():
            if again is not None and same(first.thing.get(name), since):
                said = f"{name} was {short(new)} after an update, and is {short(since)} again, as before it"
                self._reader.teller.report("read-stale", again, said, detail=name, after=(last,))
                return

    def _bare(self, way: Way, path: tuple[str, ...]) -> None:
        """An update that says nothing: all that it can promise is to be the same twice, if it is a PUT."""
        body = way.operation.request_body
        if way.role is not Role.REPLACE or (body is not None and body.required):
            return
        told = self._reader.teller.send(way.operation, path, why="Put it there", place=way.place)
        after = self._reader.found(path, "Read what was put") if told is not None and told.succeeded else None
        if after is not None:
            self._puts.twice(way, path, None, after)

    def _whole(self, way: Way, path: tuple[str, ...]) -> None:
        """Everything that the update can say at once, what stands deep in the body too."""
        media, reader = json_media(way.operation), self._reader
        if media is None or media.schema is None:
            return
        try:
            body = reader.teller.sampler.sample(media.schema, salt=f"update {way.operation.label}")
        except Unsatisfiable:
            return
        body = reader.teller.values.into(way.operation.label, body, 0)
        if not isinstance(body, dict) or not any(isinstance(value, (dict, list)) for value in body.values()):
            return
        own = {name: value for name, value in body.items() if name not in reader.collection.resource.id_fields}
        told = reader.teller.send(way.operation, path, why="Change everything", body=own, place=way.place)
        if told is None or not told.succeeded:
            self.last = self.last if told is not None and told.refused else None
            return
        before, self.last = self.last, reader.found(path, "Read what was changed")
        if self.last is not None:
            self._outcome.complete(own, before or self.last, self.last, way)
            reader.compare(own, self.last, way.operation, "changed to")
            if way.role is Role.REPLACE:
                # What was made up may be what a thing has by itself, as examples often are: nothing is to be concluded from it.
                self._put(way, path, own, {}, self.last)

"""What an event says: its own id, type and time at its head, and below that what is known of the thing that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conformance.model.operation import MediaType
from conformance.model.ports import Schema
from conformance.sandbox.envelope import folded, list_items, merged
from conformance.sandbox.event_kinds import Kind
from conformance.sandbox.event_words import stem
from conformance.sandbox.minting import minted
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.sandbox.shapes import NOTHING
from conformance.spec.pointer import follow, from_parts
from conformance.spec.values import wire_types

_INNER = frozenset({"data", "payload", "object", "resource", "attributes", "body", "event", "content", "detail", "details",
                    "message", "record", "entity", "result", "meta", "metadata"})  # fmt: skip
_TIMES = frozenset({"occurredat", "timestamp", "eventtime", "eventtimestamp", "sentat", "triggeredat", "emittedat", "firedat"})
# At the head of an event these are about the event itself.
_HEAD_TIMES = _TIMES | {"createdat", "created", "time", "date", "datecreated"}
_OWN = frozenset({"recordtype", "object", "type", "kind", "version", "apiversion", "attempt"})
_TO = frozenset({"deliveredto", "webhookurl", "callbackurl"})
_STATES = ("status", "state")
_DEEPEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known when an event happens.

    ``known`` are fields of the thing by folded name; ``nouns`` are what the thing may be called, folded. ``moment`` is in
    seconds since 1970. ``salt`` makes the ids of the event its own.
    """

    known: Mapping[str, Any]
    nouns: frozenset[str]
    moment: float
    url: str
    salt: str


def payload(kind: Kind, media: MediaType, facts: Facts, sampler: Sampler) -> Any:
    """A body for an event.

    Raises:
        Unsatisfiable: when the schema accepts none.
    """
    schema, example = media.schema, _example(kind, media.examples)
    if schema is None:
        return example if example is not NOTHING else {name: value for name, value in facts.known.items() if name == "id"}
    stated = _Writer(kind, facts, sampler, _head(kind, schema, facts.nouns)).written(schema, ())
    if isinstance(example, dict) and isinstance(stated, dict):
        stated = merged(example, stated)
    return sampler.complete(schema, stated, salt=facts.salt)


def timestamp(moment: float) -> str:
    """A moment as RFC 3339 has it, to the microsecond."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _example(kind: Kind, examples: Sequence[Any]) -> Any:
    """The document's own example of the event; where there are several kinds, the one that says it is of this kind."""
    for example in examples:
        try:
            if kind.value is None or follow(example, from_parts(kind.at)) == kind.value:
                return example
        except LookupError:
            continue
    return NOTHING


def _head(kind: Kind, schema: Schema, nouns: frozenset[str]) -> tuple[str, ...] | None:
    """Where the event speaks of itself: beside its type, or beside the object that it carries. ``None`` when nowhere."""
    path = kind.at[:-1]
    node: Schema | None = schema
    for name in path:
        node = node.all_properties().get(name) if node is not None else None
    carries = node is not None and any(
        folded(name) in _INNER | nouns and child.all_properties() and "object" in wire_types(child)
        for name, child in node.all_properties().items()
    )
    return path if carries else None


class _Writer:
    def __init__(self, kind: Kind, facts: Facts, sampler: Sampler, head: tuple[str, ...] | None) -> None:
        self._kind, self._facts, self._sampler, self._head = kind, facts, sampler, head
        self._said = {word for words in kind.spoken for word in words[-2:]}

    def written(self, node: Schema, path: tuple[str, ...]) -> Any:
        """What can be said of a body, or of an object in it that is about the event or the thing."""
        items = list_items(node)
        if items is not None:
            return [self.written(items, path)]
        found, secret = {}, node.flagged("writeOnly")
        for name, child in node.all_properties().items():
            # What a client may write but never read, nobody else is told either.
            value = NOTHING if name in secret else self._field(name, child, (*path, name))
            if value is not NOTHING:
                found[name] = value
        return found

    def _field(self, name: str, child: Schema, path: tuple[str, ...]) -> Any:
        plain = folded(name)
        if path == self._kind.at and self._kind.value is not None:
            return self._kind.value
        known = self._facts.known.get(plain, NOTHING)
        if self._head == path[:-1]:
            known = self._of_event(plain, child)
        elif plain in _STATES:
            known = self._state(child, known)
        elif known is NOTHING and plain in _TIMES:
            known = self._moment(child)
        elif plain in _TO and (known is NOTHING or plain == "deliveredto"):
            known = self._facts.url
        if known is not NOTHING and child.is_valid(known):
            return known
        is_inside = plain in _INNER or plain in self._facts.nouns or path == self._kind.at[: len(path)]
        if is_inside and len(path) < _DEEPEST and (child.all_properties() or list_items(child) is not None):
            return self.written(child, path)
        return NOTHING

    def _of_event(self, plain: str, child: Schema) -> Any:
        if plain in {"id", "eventid"}:
            return self._minted(child)
        if plain in _HEAD_TIMES:
            return self._moment(child)
        return NOTHING if plain in _OWN else self._facts.known.get(plain, NOTHING)

    def _minted(self, child: Schema) -> Any:
        try:
            return minted([child], self._sampler, salt=f"{self._facts.salt}/id", number=0, taken=lambda _: False)
        except Unsatisfiable:
            return NOTHING

    def _moment(self, child: Schema) -> Any:
        types = wire_types(child)
        if "string" in types:
            return timestamp(self._facts.moment)
        return int(self._facts.moment) if types & {"integer", "number"} else NOTHING

    def _state(self, child: Schema, known: Any) -> Any:
        """The state that the event's own name tells of, where the thing can be in it."""
        listed = child.get("enum")
        told = (
            value
            for value in (listed if isinstance(listed, list) else ())
            if isinstance(value, str) and stem(value) in self._said
        )
        return next(told, known)

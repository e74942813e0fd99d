"""How things change by themselves and by actions: what their ``status`` begins as, settles to, and is moved to by a verb.

- A status is a property with an enum of words that is called ``status``, ``state``, ``phase`` or ``stage``, alone or at the end
  of its name. A client that may say it, says it: the rules below are for those that only the service sets.
- A new thing begins in the first of its enum's words that mean waiting (``pending``, ``queued``, ...), and settles to its past
  (``provisioning``: ``provisioned``), else to the first that means none of waiting, trouble or the end, once ``SETTLES`` seconds
  have gone by. A word that means waiting for somebody (``draft``, ``created``) begins too, but stays. An enum without either
  leaves it as its example says.
- An action moves a status to the word of the enum that is nearest to its verb: the same word (``cancel``: ``cancelled``), else
  one that means the same (``hangup``: ``ended``, ``completed``). Without such a word it moves nothing. So too for booleans
  (``enable``: ``enabled``, ``hangup``: not ``is_alive``) and for times (``cancel``: ``cancelled_at``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.envelope import folded, is_object
from conformance.sandbox.likeness import single
from conformance.sandbox.minting import timestamp
from conformance.sandbox.verbs import ENDS, OPPOSITES, SAME, TROUBLE, WAITS, WAITS_FOR_SOMEBODY, root, words_of
from conformance.spec.values import wire_types

SETTLES = 10.0
"""Seconds from a waiting status to the settled one."""

_STATUS = re.compile(r"(?:^|[_-]|(?<=[a-z]))(status|state|phase|stage|Status|State|Phase|Stage)$")
_PLAIN = frozenset({"status", "state", "phase", "stage", "lifecyclestatus", "lifecyclestate"})
_FILLERS = frozenset(
    {"execute", "mark", "as", "set", "be", "make", "is", "has", "on", "to", "the", "actions", "action", "force", "bulk", "at"}
)
_OUTER = frozenset({"actions", "action", "commands", "command", "operations"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A property that says how far a thing is. ``path`` leads to it (a status may be an object that holds its ``value``)."""

    path: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def is_main(self) -> bool:
        """Whether it speaks of the thing as a whole."""
        return folded(self.path[0]) in _PLAIN

    def put(self, word: str) -> dict[str, Any]:
        """A partial value that says nothing but the word."""
        value: Any = word
        for name in reversed(self.path):
            value = {name: value}
        return dict(value)


def statuses(schema: Schema) -> tuple[Status, ...]:
    """The properties of things that say how far they are."""
    if "statuses" not in schema.notes:
        schema.notes["statuses"] = tuple(_statuses(schema))
    found: tuple[Status, ...] = schema.notes["statuses"]
    return found


def _statuses(schema: Schema) -> Iterator[Status]:
    for name, child in schema.all_properties().items():
        if not _STATUS.search(name):
            continue
        if is_object(child):
            for inner, held in child.all_properties().items():
                if folded(inner) in {"value", "code", "name", *_PLAIN}:
                    yield from _status((name, inner), held)
        else:
            yield from _status((name,), child)


def _status(path: tuple[str, ...], schema: Schema) -> Iterator[Status]:
    words = [word for word in _enum(schema) if isinstance(word, str)]
    if len(words) > 1:
        yield Status(path=path, words=tuple(words))


def _enum(schema: Schema) -> list[Any]:
    for node in (schema, *schema.branches("allOf"), *schema.branches("anyOf"), *schema.branches("oneOf")):
        listed = node.get("enum")
        if isinstance(listed, list):
            return listed
    return []


def begun(schemas: Iterable[Schema], said: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a new thing begins with, and what becomes of that when it has settled; partial values, empty where nothing does.

    Args:
        schemas: those by which the thing is shown.
        said: properties that a client may say.
    """
    shown = tuple(schemas)
    if not shown:
        return {}, {}
    names = {status.path[0] for schema in shown for status in statuses(schema)}
    key = ("begun", *(schema.pointer for schema in shown), frozenset(name for name in said if name in names))
    if key not in shown[0].notes:
        shown[0].notes[key] = _begun(shown, said)
    found: tuple[dict[str, Any], dict[str, Any]] = shown[0].notes[key]
    return found


def _begun(schemas: Sequence[Schema], said: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    first: dict[str, Any] = {}
    later: dict[str, Any] = {}
    known: dict[tuple[str, ...], Status] = {}
    for schema in schemas:
        for status in statuses(schema):
            # Every schema must have room for it.
            words = known[status.path].words if status.path in known else status.words
            common = tuple(word for word in words if word in status.words)
            known[status.path] = Status(path=status.path, words=common)
    for status in known.values():
        if status.path[0] in said or status.path[0] in first:
            continue
        waiting = next((word for word in status.words if _means(word, WAITS)), None)
        begins = waiting or next((word for word in status.words if _means(word, WAITS_FOR_SOMEBODY)), None)
        settled = _settled(status, waiting) if waiting is not None else None
        if begins is not None:
            first.update(status.put(begins))
        if settled is not None:
            later.update(status.put(settled))
    return first, later


def _settled(status: Status, waiting: str) -> str | None:
    calm = [word for word in status.words if not any(_means(word, of) for of in (WAITS, WAITS_FOR_SOMEBODY, TROUBLE))]
    lasting = [word for word in calm if not _means(word, ENDS)]
    own = (word for word in calm if root(folded(word)) == root(folded(waiting)))
    return next(own, next(iter(lasting or calm), None))


def _means(word: str, meaning: frozenset[str]) -> bool:
    return folded(word) in meaning or any(part in meaning for part in words_of(word))


def verb_of(shape: str) -> str:
    """What an action's path says is done: the words after the last id, ``actions`` left out."""
    tail = shape.rpartition("{}")[2].strip("/")
    return "_".join(segment for segment in tail.split("/") if segment and segment.lower() not in _OUTER)


def moved(value: Mapping[str, Any], schemas: Iterable[Schema], verb: str, *, thing: str, now: float) -> dict[str, Any]:
    """What an action makes of a thing, as a partial value; empty when its verb says nothing that a property knows.

    Args:
        value: the thing as it is.
        schemas: those by which it is shown.
        verb: what ``verb_of`` gave.
        thing: the path of the thing's collection: its own name in a verb (``end_conference``) is no more than a name.
        now: seconds since 1970.
    """
    own = root(single(thing))
    verbs = [word for word in words_of(verb) if word not in _FILLERS and root(word) != own]
    if len(verbs) != 1:
        return {}
    found: dict[str, Any] = {}
    for schema in schemas:
        for status in statuses(schema):
            word = nearest(verbs[0], status.words, same_only=not status.is_main)
            if word is not None and status.path[0] not in found:
                found.update(status.put(word))
        for name, child in schema.all_properties().items():
            if name not in found:
                found.update(_flagged(name, child, verbs[0], now))
    return {name: held for name, held in found.items() if value.get(name) != held}


def nearest(verb: str, words: Sequence[str], *, same_only: bool = False) -> str | None:
    """The word of an enum that says what a verb does, or ``None``."""
    wanted = [verb] if same_only else [verb, *SAME.get(root(verb), ())]
    for target in wanted:
        for word in words:
            if root(folded(word)) == root(folded(target)):
                return word
    return None


def _flagged(name: str, schema: Schema, verb: str, now: float) -> dict[str, Any]:
    """What a verb makes of a boolean, or of the time of its doing."""
    words = [word for word in words_of(name) if word not in _FILLERS]
    if len(words) != 1:
        return {}
    types = wire_types(schema)
    if "boolean" in types and "string" not in types:
        said = _truth(root(words[0]), root(verb))
        return {name: said} if said is not None else {}
    if words_of(name)[-1] in {"at", "on", "time", "date"} and len(words_of(name)) > 1 and words_of(name)[0] == words[0]:
        done = timestamp(schema, now) if root(words[0]) == root(verb) else None
        return {name: done} if done is not None else {}
    return {}


def _truth(word: str, verb: str) -> bool | None:
    if word == verb or word in {root(same) for same in SAME.get(verb, ())}:
        return True
    undone = OPPOSITES.get(verb, ())
    for prefix in ("un", "de", "dis"):
        if verb == prefix + word:
            return False
    return False if word in {root(other) for other in undone} else None

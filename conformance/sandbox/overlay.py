"""Exceptions to what is inferred from a document, stated in a few lines of a file.

collections:
  /calls:                            # a path; the names of its parameters do not matter
    id: call_control_id              # the property, or a list of them, that a path names a thing by
    same-as: /call_legs              # what is created at the one is listed at the other
operations:
  POST /calls/{id}/actions/answer:   # a label or an operationId
    does: show                       # create, list, read, update, replace, delete, show (an action) or call
    to: /calls                       # the collection that it works on
    sets: {state: answered}          # what becomes of the thing
    status: 202                      # which of its documented answers it gives
    sends: [call.answered]           # the webhooks that follow, by name
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from conformance.errors import UsageError
from conformance.model.operation import Operation
from conformance.sandbox.roles import Role
from conformance.spec.load import Source
from conformance.spec.pointer import join

_TEMPLATE = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionNote:
    """What is said of a collection: ``id`` are the properties that name a thing, ``same_as`` another collection's shape."""

    id: tuple[str, ...] = ()
    same_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationNote:
    """What is said of an operation; see the module for what each means."""

    does: Role | None = None
    to: str | None = None
    sets: Mapping[str, Any] = field(default_factory=dict)
    status: int | None = None
    sends: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Exceptions: ``collections`` by shape (a path with its parameters written ``{}``), ``operations`` by label."""

    collections: Mapping[str, CollectionNote] = field(default_factory=dict)
    operations: Mapping[str, OperationNote] = field(default_factory=dict)


NO_OVERLAY = Overlay()


def overlay_of(source: Source, operations: Iterable[Operation]) -> Overlay:
    """Read an overlay for a document with these operations.

    Raises:
        UsageError: when something in it cannot be right, with its line.
    """
    return _Reader(source, tuple(operations)).overlay()


class _Reader:
    def __init__(self, source: Source, operations: tuple[Operation, ...]) -> None:
        self._source = source
        self._by_name = {name: found for found in operations for name in (found.label, found.operation_id) if name}
        self._shapes = {
            _shape("/".join(found.path.split("/")[:end]))
            for found in operations
            for end in range(2, len(found.path.split("/")) + 1)
        }

    def overlay(self) -> Overlay:
        value: Any = self._source.value
        self._members(value, "", {"collections", "operations"})
        collections = {
            self._shape(path, join("/collections", path)): self._collection(note, join("/collections", path))
            for path, note in self._members(value.get("collections"), "/collections").items()
        }
        operations = {
            self._operation(name, join("/operations", name)).label: self._note(name, note, join("/operations", name))
            for name, note in self._members(value.get("operations"), "/operations").items()
        }
        return Overlay(collections=collections, operations=operations)

    def _collection(self, note: Any, at: str) -> CollectionNote:
        note = self._members(note, at, {"id", "same-as"})
        same = note.get("same-as")
        return CollectionNote(
            id=self._texts(note.get("id", ()), f"{at}/id"),
            same_as=self._shape(same, f"{at}/same-as") if same is not None else None,
        )

    def _note(self, name: str, note: Any, at: str) -> OperationNote:
        note = self._members(note, at, {"does", "to", "sets", "status", "sends"})
        does, to, status = note.get("does"), note.get("to"), note.get("status")
        if does is not None and does not in set(Role):
            raise self._wrong(f"{at}/does", f"{does!r} is nothing that an operation does; choose one of {', '.join(Role)}")
        if does is not None and does != Role.CALL and to is None:
            raise self._wrong(f"{at}/does", "say which collection it works on, with 'to'")
        if status is not None and (not isinstance(status, int) or self._operation(name, at).response_for(status) is None):
            raise self._wrong(f"{at}/status", f"the document has no answer {status!r} for this operation")
        return OperationNote(
            does=Role(does) if does is not None else None,
            to=self._shape(to, f"{at}/to") if to is not None else None,
            sets=self._members(note.get("sets"), f"{at}/sets"),
            status=status,
            sends=self._texts(note["sends"], f"{at}/sends") if "sends" in note else None,
        )

    def _operation(self, name: str, at: str) -> Operation:
        if name not in self._by_name:
            raise self._wrong(at, f"the document has no operation {name!r}{_near(name, self._by_name)}")
        return self._by_name[name]

    def _shape(self, path: Any, at: str) -> str:
        shape = _shape(path).rstrip("/") if isinstance(path, str) else ""
        if shape not in self._shapes:
            raise self._wrong(at, f"the document has no path {path!r}{_near(str(path), self._shapes)}")
        return shape

    def _members(self, value: Any, at: str, known: Iterable[str] | None = None) -> Mapping[str, Any]:
        if value is None and at:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(at, "a mapping belongs here")
        for name in value:
            if known is not None and name not in known:
                raise self._wrong(join(at, name), f"{name!r} means nothing here; it may be one of {', '.join(sorted(known))}")
        return value

    def _texts(self, value: Any, at: str) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, (list, tuple)) or not all(isinstance(text, str) for text in listed):
            raise self._wrong(at, "a name or a list of names belongs here")
        return tuple(listed)

    def _wrong(self, at: str, what: str) -> UsageError:
        line, _ = self._source.locate(at)
        return UsageError(f"the overlay {self._source.uri}:{line}: {what}")


def _shape(path: str) -> str:
    return _TEMPLATE.sub("{}", path)


def _near(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""

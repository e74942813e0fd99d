"""The document as rules look at it: its objects by kind, references followed, paths with their operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from conformance.model.operation import METHODS
from conformance.spec.document import Document
from conformance.spec.places import Place, walked
from conformance.spec.pointer import follow, join, split
from conformance.spec.schema import SchemaNode

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PathEntry:
    """One path with its item, references followed. ``pointer`` is the path's, ``item`` where its operations stand."""

    path: str
    pointer: str
    item: Place

    def operations(self) -> Iterator[tuple[str, Place]]:
        """Its methods and operations."""
        for method in METHODS:
            if isinstance(self.item.value.get(method), dict):
                yield method, Place("operation", join(self.item.pointer, method), self.item.value[method])


class Subject:
    """A document under examination. Whatever it asks for is worked out once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.raw = document.raw
        self.attached = dict(document.source.attached)
        self.is_30 = document.version.startswith("3.0")
        self._objects: dict[str, list[Place]] = {}
        self._responses: dict[str, tuple[tuple[str, str, Place], ...]] = {}
        self._targets: dict[tuple[str, str], str | None] = {}
        self._once: dict[Callable[[Subject], Any], Any] = {}

    def once(self, work_out: Callable[[Subject], T]) -> T:
        """What a function makes of this document, worked out for the first rule that asks."""
        if work_out not in self._once:
            self._once[work_out] = work_out(self)
        found: T = self._once[work_out]
        return found

    @cached_property
    def _by_kind(self) -> Mapping[str, tuple[Place, ...]]:
        found: dict[str, list[Place]] = {}
        for place in walked(self.raw):
            found.setdefault(place.kind, []).append(place)
        return {kind: tuple(listed) for kind, listed in found.items()}

    @cached_property
    def _by_keyword(self) -> Mapping[str, list[Place]]:
        """Schemas by each keyword that they have; in 3.0, what stands beside a ``$ref`` is ignored."""
        found: dict[str, list[Place]] = {}
        for place in self.of("schema"):
            if self.is_30 and "$ref" in place.value:
                found.setdefault("$ref", []).append(place)
                continue
            for keyword in place.value:
                found.setdefault(keyword, []).append(place)
        return found

    def having(self, *keywords: str) -> Iterator[Place]:
        """Every schema that has one of some keywords, once."""
        if len(keywords) == 1:
            yield from self._by_keyword.get(keywords[0], ())
            return
        seen: set[str] = set()
        for keyword in keywords:
            for place in self._by_keyword.get(keyword, ()):
                if place.pointer not in seen:
                    seen.add(place.pointer)
                    yield place

    @cached_property
    def keywords(self) -> tuple[str, ...]:
        """Every keyword that some schema has."""
        return tuple(self._by_keyword)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """What stands at each pointer: the kind of every object that was found."""
        return {place.pointer: kind for kind, listed in self._by_kind.items() for place in listed}

    def of(self, *kinds: str) -> Iterator[Place]:
        """Every object of some kinds that is an object, Reference Objects left out; a schema with ``$ref`` counts."""
        for kind in kinds:
            if kind not in self._objects:
                self._objects[kind] = [
                    place
                    for place in self._by_kind.get(kind, ())
                    if isinstance(place.value, dict) and (place.reference is None or kind in {"schema", "path-item"})
                ]
            yield from self._objects[kind]

    @cached_property
    def references(self) -> tuple[Place, ...]:
        """Every object that is or has a ``$ref``."""
        return tuple(place for listed in self._by_kind.values() for place in listed if place.reference is not None)

    def target(self, reference: str, at: str = "") -> str | None:
        """The pointer that a reference leads to, or ``None``; ``at`` is where it stands, which matters inside of an ``$id``."""
        key = reference, at if "$id" in self._by_keyword else ""
        if key not in self._targets:
            try:
                self._targets[key] = self.document.schemas.resolve(reference, at)
            except LookupError:
                self._targets[key] = None
        return self._targets[key]

    def leads(self, place: Place) -> str | None:
        """The pointer that the ``$ref`` of an object leads to, or ``None``."""
        return self.target(place.reference, place.pointer) if place.reference is not None else None

    @cached_property
    def example_uses(self) -> Counter[str]:
        """How often each shared example is referred to."""
        return Counter(self.leads(place) or "" for place in self.references if place.kind == "example")

    def followed(self, place: Place) -> Place | None:
        """What a Reference Object leads to in the end; ``None`` when nowhere."""
        seen: set[str] = set()
        while place.reference is not None:
            target = self.leads(place)
            if target is None or target in seen:
                return None
            seen.add(target)
            try:
                place = Place(place.kind, target, follow(self.raw, target))
            except LookupError:
                return None
        return place

    def listed(self, owner: Place, field: str, kind: str) -> Iterator[tuple[str, Place]]:
        """The items of a list field: the pointer of each as written, and the object that it means."""
        held = owner.value.get(field)
        for index, item in enumerate(held if isinstance(held, list) else ()):
            pointer = join(owner.pointer, field, index)
            meant = self.followed(Place(kind, pointer, item))
            if meant is not None and isinstance(meant.value, dict):
                yield pointer, meant

    def mapped(self, owner: Place, field: str, kind: str) -> Iterator[tuple[str, str, Place]]:
        """The members of a map field: name, the pointer as written, and the object that it means."""
        held = owner.value.get(field)
        for name, item in (held if isinstance(held, dict) else {}).items():
            pointer = join(owner.pointer, field, name)
            meant = self.followed(Place(kind, pointer, item))
            if meant is not None and isinstance(meant.value, dict):
                yield name, pointer, meant

    @cached_property
    def paths(self) -> tuple[PathEntry, ...]:
        """The paths of the document that can be read, in its order."""
        found = []
        for path, written in dict_of(self.raw.get("paths")).items():
            pointer = join("/paths", path)
            item = self.followed(Place("path-item", pointer, written))
            if path.startswith("/") and item is not None and isinstance(item.value, dict):
                found.append(PathEntry(path, pointer, item))
        return tuple(found)

    def responses(self, operation: Place) -> tuple[tuple[str, str, Place], ...]:
        """Statuses of an operation: code, pointer as written, and the response that it means."""
        if operation.pointer not in self._responses:
            self._responses[operation.pointer] = tuple(self._responses_of(operation))
        return self._responses[operation.pointer]

    def _responses_of(self, operation: Place) -> Iterator[tuple[str, str, Place]]:
        held = Place("responses", join(operation.pointer, "responses"), dict_of(operation.value.get("responses")))
        for status, written in held.value.items():
            pointer = join(held.pointer, status)
            meant = self.followed(Place("response", pointer, written))
            if not status.startswith("x-") and meant is not None and isinstance(meant.value, dict):
                yield status, pointer, meant

    def components(self, kind: str) -> Mapping[str, Any]:
        """The components of one kind, such as ``schemas``."""
        return dict_of(dict_of(self.raw.get("components")).get(kind))

    def node(self, pointer: str) -> SchemaNode | None:
        """The schema that stands at a pointer of the document as written; ``None`` when its reference leads nowhere."""
        try:
            return self.document.schema(self._compiled(pointer) if self.is_30 else pointer)
        except (LookupError, TypeError):
            return None

    def _compiled(self, pointer: str) -> str:
        """The pointer in the normalised tree, where a nullable ``allOf`` stands one level deeper."""
        value: Any = self.document.schemas.tree
        kept = ""
        for name in split(pointer):
            if name == "allOf" and isinstance(value, dict) and name not in value and "anyOf" in value:
                value, kept = value["anyOf"][0], join(kept, "anyOf", 0)
            value = value[int(name)] if isinstance(value, list) else value[name]
            kept = join(kept, name)
        return kept


def dict_of(value: Any) -> dict[str, Any]:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The value when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def texts_of(value: Any) -> list[str]:
    """The texts in a list; none when it is no list."""
    return [item for item in list_of(value) if isinstance(item, str)]

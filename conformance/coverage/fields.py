"""The places inside a schema that a value can reach, as a tree that values are walked along.

A place is a property, the items of an array or the entries of a map; both of the latter are written ``*``.
Every branch of ``allOf``, ``anyOf``, ``oneOf``, ``then`` and ``else`` counts. A schema that contains itself is
cut where its pointer comes back, and a schema that fans out is cut at ``MAX_PLACES``, the shallow
places first, so that a document without measure still has a universe of a sensible size.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from conformance.model.ports import Schema

MAX_PLACES = 600
MAX_DEPTH = 9
_MOST_KNOWN = 64
ANY = "*"


Reached: TypeAlias = "tuple[frozenset[str], tuple[tuple[str, Place], ...]]"
"""The keys of an object's members, and the members that may hold more: by name, the place of each."""


@dataclass(slots=True, eq=False)
class Place:
    """One place.

    ``key`` is what covers it, and ``values`` the keys of its listed values by their text; both are
    empty until the universe names them. ``plain`` says that neither an object nor null is meant to be all.
    """

    path: tuple[str, ...] = ()
    named: bool = False
    plain: bool = False
    texts: tuple[str, ...] = ()
    key: str = ""
    values: dict[str, str] = field(default_factory=dict)
    names: dict[str, Place] = field(default_factory=dict)
    each: Place | None = None
    other: Place | None = None
    _known: dict[tuple[str, ...], Reached] = field(default_factory=dict, repr=False)
    _keys: frozenset[str] | None = field(default=None, repr=False)

    def keys(self) -> frozenset[str]:
        """All keys of the place and of what is under it. Ask when they have been given."""
        if self._keys is None:
            self._keys = frozenset(place.key for place in self.below() if place.key)
        return self._keys

    def reached(self, names: tuple[str, ...]) -> Reached:
        """What an object with these names reaches. Services say the same few sets of names over and over."""
        found = self._known.get(names)
        if found is None:
            found = self._reached(names)
            if len(self._known) < _MOST_KNOWN:
                self._known[names] = found
        return found

    def _reached(self, names: tuple[str, ...]) -> Reached:
        below = [(name, child) for name in names if (child := self.names.get(name, self.other)) is not None]
        deeper = [(name, child) for name, child in below if child.values or child.names or child.each or child.other]
        return frozenset(child.key for _, child in below if child.key), tuple(deeper)

    def below(self) -> Iterator[Place]:
        """The place itself and all under it, the shallow ones first."""
        queue = deque([self])
        while queue:
            place = queue.popleft()
            yield place
            queue.extend(place.names.values())
            queue.extend(inner for inner in (place.each, place.other) if inner is not None)


def places(schema: Schema | None, *, hidden: str) -> Place:
    """The places of a schema; properties flagged ``hidden`` (``readOnly`` or ``writeOnly``) are left out."""
    root = Place()
    if schema is None:
        return root
    queue: deque[tuple[Place, list[Schema], frozenset[str]]] = deque([(root, [schema], frozenset())])
    count = 0
    while queue:
        place, schemas, above = queue.popleft()
        variants = _variants(schemas, above)
        place.texts = _texts(variants)
        place.plain = _is_plain(variants)
        if len(place.path) >= MAX_DEPTH:
            continue
        inside = above | {variant.pointer for variant in variants}
        for slot, token, inner in _children(variants, hidden):
            if count >= MAX_PLACES:
                return root
            count += 1
            queue.append((_grown(place, slot, token), inner, inside))
    return root


def _grown(place: Place, slot: str, token: str) -> Place:
    child = Place(path=(*place.path, token), named=slot == "name")
    if slot == "name":
        place.names[token] = child
    elif slot == "each":
        place.each = child
    else:
        place.other = child
    return child


def _children(variants: list[Schema], hidden: str) -> Iterator[tuple[str, str, list[Schema]]]:
    for name, inner in _properties(variants, hidden).items():
        yield "name", name, inner
    for slot, listed in (("each", _items), ("other", _entries)):
        found = [schema for variant in variants for schema in listed(variant)]
        if found:
            yield slot, ANY, found


def _variants(schemas: Iterable[Schema], above: frozenset[str]) -> list[Schema]:
    """The schemas with all their branches, without what stands above already."""
    found: dict[str, Schema] = {}
    queue = deque(schemas)
    while queue:
        schema = queue.popleft()
        if schema.pointer in found or schema.pointer in above:
            continue
        found[schema.pointer] = schema
        for keyword in ("allOf", "anyOf", "oneOf"):
            queue.extend(schema.branches(keyword))
        queue.extend(child for keyword in ("then", "else") if (child := schema.child(keyword)) is not None)
    return list(found.values())


def _properties(variants: list[Schema], hidden: str) -> dict[str, list[Schema]]:
    found: dict[str, list[Schema]] = {}
    for variant in variants:
        written = variant.get("properties")
        for name, schema in variant.properties().items():
            # A flag beside a ``$ref`` is lost where the reference leads, so it is read where it is written.
            own = written.get(name) if isinstance(written, Mapping) else None
            flagged = isinstance(own, Mapping) and own.get(hidden) is True
            if not flagged and not _flagged(schema, hidden):
                found.setdefault(name, []).append(schema)
    return found


def _flagged(schema: Schema, hidden: str) -> bool:
    return schema.get(hidden) is True or any(branch.get(hidden) is True for branch in schema.branches("allOf"))


def _items(schema: Schema) -> list[Schema]:
    items = schema.child("items")
    return [*schema.branches("prefixItems"), *([items] if items is not None and _says_more(items) else [])]


def _entries(schema: Schema) -> list[Schema]:
    patterns = schema.get("patternProperties")
    found = [schema.child("patternProperties", name) for name in (patterns if isinstance(patterns, Mapping) else ())]
    found.append(schema.child("additionalProperties"))
    return [entry for entry in found if entry is not None and _says_more(entry)]


def _says_more(schema: Schema) -> bool:
    return isinstance(schema.value, Mapping) and bool(schema.value)


def _texts(variants: list[Schema]) -> tuple[str, ...]:
    """The listed values: ``enum``, ``const`` and both booleans."""
    found: list[str] = []
    for variant in variants:
        listed = variant.get("enum")
        if isinstance(listed, list):
            found.extend(text(value) for value in listed)
        elif isinstance(variant.value, Mapping) and "const" in variant.value:
            found.append(text(variant.value["const"]))
        elif "boolean" in _types(variant):
            found.extend(("true", "false"))
    return tuple(dict.fromkeys(found))


def _is_plain(variants: list[Schema]) -> bool:
    """Whether a value that is neither an object nor null is meant to be possible here."""
    types: set[str] = set()
    for variant in variants:
        types |= _types(variant)
        if not _types(variant) and isinstance(variant.get("enum"), list):
            types.add("string")
    return bool(types - {"object", "null"})


def _types(schema: Schema) -> set[str]:
    declared = schema.get("type")
    listed = declared if isinstance(declared, list) else [declared]
    return {name for name in listed if isinstance(name, str)}


def text(value: Any) -> str:
    """A listed value as it stands in a key: strings bare, everything else as JSON, 1.0 as 1."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError):
        # Generated values go beyond what JSON can say; no document lists such a value.
        return ""


def reach(root: Place, value: Any, *, keys: set[str], listed: set[str]) -> None:
    """Put the keys of the places that a value reaches into ``keys``, and of the listed values into ``listed``."""
    if root.key:
        keys.add(root.key)
    stack = [(root, value)]
    while stack:
        place, held = stack.pop()
        if place.values and (found := place.values.get(text(held))) is not None:
            listed.add(found)
        if isinstance(held, dict):
            covered, deeper = place.reached(tuple(held))
            keys |= covered
            for name, child in deeper:
                inner = held[name]
                if child.values or isinstance(inner, (dict, list)):
                    stack.append((child, inner))
        elif isinstance(held, list) and held and place.each is not None:
            if place.each.key:
                keys.add(place.each.key)
            each = place.each
            stack.extend((each, item) for item in held)

"""Every object of a document with what it is: one structural walk, driven by a table.

A property *named* ``example`` or ``$ref`` is never taken for the keyword, because the walk knows where it is. What
stands in other files (see ``spec.bundle``) is reached through the references that lead there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.operation import METHODS
from conformance.spec.pointer import follow, from_fragment, join, split

FILES = "x-conformance-files"
"""The member of the root that holds the content of other files, by name."""

ONE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
       "unevaluatedItems", "unevaluatedProperties", "contentSchema", "additionalItems")  # fmt: skip
MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")

_EXTERNAL = f"#/{FILES}/"
_ONE, _LIST, _MAP = "one", "list", "map"
Fields = Mapping[str, tuple[str, str]]

_CONTENT: Fields = {"content": (_MAP, "media-type")}
_PARAMETER: Fields = {"schema": (_ONE, "schema"), "examples": (_MAP, "example"), **_CONTENT}
FIELDS: Mapping[str, Fields] = {
    "document": {
        "info": (_ONE, "info"), "servers": (_LIST, "server"), "paths": (_ONE, "paths"), "components": (_ONE, "components"),
        # The second is what 3.0 has by convention.
        "webhooks": (_MAP, "path-item"), "x-webhooks": (_MAP, "path-item"),
        "tags": (_LIST, "tag"), "externalDocs": (_ONE, "docs"), "security": (_LIST, "requirement"),
    },
    "info": {"contact": (_ONE, "contact"), "license": (_ONE, "license")},
    "server": {"variables": (_MAP, "variable")},
    "tag": {"externalDocs": (_ONE, "docs")},
    "paths": {"": (_MAP, "path-item")},
    "components": {
        "schemas": (_MAP, "schema"), "responses": (_MAP, "response"), "parameters": (_MAP, "parameter"),
        "examples": (_MAP, "example"), "requestBodies": (_MAP, "request-body"), "headers": (_MAP, "header"),
        "securitySchemes": (_MAP, "security-scheme"), "links": (_MAP, "link"), "callbacks": (_MAP, "callback"),
        "pathItems": (_MAP, "path-item"),
    },
    "path-item": {
        "parameters": (_LIST, "parameter"), "servers": (_LIST, "server"),
        **dict.fromkeys(METHODS, (_ONE, "operation")),
    },
    "operation": {
        "parameters": (_LIST, "parameter"), "requestBody": (_ONE, "request-body"), "responses": (_ONE, "responses"),
        "callbacks": (_MAP, "callback"), "servers": (_LIST, "server"), "externalDocs": (_ONE, "docs"),
        "security": (_LIST, "requirement"),
    },
    "responses": {"": (_MAP, "response")},
    "callback": {"": (_MAP, "path-item")},
    "parameter": _PARAMETER,
    "header": _PARAMETER,
    "request-body": _CONTENT,
    "response": {"headers": (_MAP, "header"), "links": (_MAP, "link"), **_CONTENT},
    "content": {"": (_MAP, "media-type")},
    "media-type": {"schema": (_ONE, "schema"), "examples": (_MAP, "example"), "encoding": (_MAP, "encoding")},
    "encoding": {"headers": (_MAP, "header")},
    "link": {"server": (_ONE, "server")},
    "security-scheme": {"flows": (_ONE, "flows")},
    "flows": {"": (_MAP, "flow")},
    "schema": {
        **dict.fromkeys(ONE, (_ONE, "schema")), **dict.fromkeys(MANY, (_LIST, "schema")), **dict.fromkeys(MAPS, (_MAP, "schema")),
        "externalDocs": (_ONE, "docs"), "discriminator": (_ONE, "discriminator"), "xml": (_ONE, "xml"),
    },
}  # fmt: skip

REFERABLE = frozenset({"schema", "response", "parameter", "example", "request-body", "header", "security-scheme", "link",
                       "callback", "path-item"})  # fmt: skip
"""The kinds that a Reference Object may stand for; a schema and a path item carry ``$ref`` themselves."""

MISPLACED = frozenset({"operation", "content", "media-type"})
"""Kinds that authors write references for although there must be none (content: the map); what is meant is plain."""
_REFERRING = REFERABLE | MISPLACED


@dataclass(frozen=True, slots=True)
class Place:
    """One object of the document. ``value`` is whatever stands there, also when that is of a wrong type.

    ``kind`` is such as ``operation``, ``schema``, ``media-type`` (the keys of ``FIELDS`` and what they lead to).
    """

    kind: str
    pointer: str
    value: Any

    @property
    def reference(self) -> str | None:
        """The ``$ref``, when it is one or has one."""
        value = self.value
        if not isinstance(value, dict) or "$ref" not in value or self.kind not in _REFERRING:
            return None
        reference = value["$ref"]
        return reference if isinstance(reference, str) else None


def inside(place: Place) -> Iterator[Place]:
    """The objects that stand directly in one; nothing for a Reference Object."""
    value, fields = place.value, FIELDS.get(place.kind)
    if not isinstance(value, dict) or fields is None:
        return
    if place.reference is not None and place.kind not in {"schema", "path-item"}:
        return
    if "" in fields:
        named = ((name, item) for name, item in value.items() if not name.startswith("x-"))
        yield from (Place(fields[""][1], join(place.pointer, name), item) for name, item in named)
        return
    for name in value:
        if name not in fields:
            continue
        shape, kind = fields[name]
        yield from _held(shape, kind, value[name], join(place.pointer, name))


def _held(shape: str, kind: str, value: Any, pointer: str) -> Iterator[Place]:
    """What a field holds. Before 2020-12, ``items`` could be a list of schemas."""
    if isinstance(value, list) and (shape == _LIST or (shape == _ONE and kind == "schema")):
        yield from (Place(kind, join(pointer, index), item) for index, item in enumerate(value))
    elif kind == "media-type" and isinstance(value, dict) and isinstance(value.get("$ref"), str):
        yield Place("content", pointer, value)
    elif shape == _MAP and isinstance(value, dict):
        yield from (Place(kind, join(pointer, name), item) for name, item in value.items())
    elif shape == _ONE and (kind != "schema" or isinstance(value, (dict, bool))):
        yield Place(kind, pointer, value)


def places(document: dict[str, Any]) -> Iterator[Place]:
    """Every object of a document once, in its order; those in other files as references reach them."""
    stack = [Place("document", "", document)]
    reached: set[str] = set()
    while stack:
        place = stack.pop()
        yield place
        stack.extend(reversed(tuple(inside(place))))
        reference = place.reference
        if reference is not None and reference.startswith(_EXTERNAL):
            target = elsewhere(document, reference, place.kind)
            if target is not None and target.pointer not in reached:
                reached.add(target.pointer)
                stack.append(target)


_WALKED: list[tuple[dict[str, Any], tuple[Place, ...]]] = []


def walked(document: dict[str, Any]) -> tuple[Place, ...]:
    """The places of a document that nobody changes any more; the last few are kept, for several ask for the same."""
    for known, found in _WALKED:
        if known is document:
            return found
    found = tuple(places(document))
    _WALKED.insert(0, (document, found))
    del _WALKED[2:]
    return found


def elsewhere(document: dict[str, Any], reference: str, kind: str) -> Place | None:
    """What a reference into another file leads to, or ``None``."""
    pointer = join("", *split(from_fragment(reference[1:])))
    try:
        return Place(kind, pointer, follow(document, pointer))
    except LookupError:
        return None


def schemas(document: dict[str, Any]) -> list[Place]:
    """Every schema of a document, nested ones too, references not followed."""
    return [place for place in places(document) if place.kind == "schema"]


def root_schemas(document: dict[str, Any]) -> list[Place]:
    """The schemas that do not stand inside another one."""
    found = {place.pointer: place for place in walked(document) if place.kind == "schema"}
    return [place for pointer, place in found.items() if not _is_nested(pointer, found)]


def _is_nested(pointer: str, found: Mapping[str, Place]) -> bool:
    """Whether a schema stands in another one: directly, or in a list or map of it."""
    above = pointer.rpartition("/")[0]
    holder, _, field = above.rpartition("/")
    if above in found:
        return True
    return holder in found and (field in MAPS or field in MANY or field in ONE)

"""OpenAPI 3.0 schemas said in JSON Schema 2020-12, in place, so that every pointer stays true.

Source: OpenAPI 3.0.3 section 4.7.24 with the clarification of ``nullable`` (proposal 2019-10-31): it
adds ``null`` to the ``type`` of the same schema and has no effect without one. We read a ``nullable``
without ``type`` as allowing null, because that is what its writer meant and a strict reading would
accuse services that keep the promise. In the same way an ``enum`` that does not list null takes it, and is marked, so
that nobody who reads strictly is shown one.
"""

from __future__ import annotations

import copy
from typing import Any

from conformance.spec.older import Dialects, is_older, modernise
from conformance.spec.places import schemas
from conformance.spec.pointer import from_parts, split

UNLISTED = "x-conformance-null-unlisted"
"""Marks a nullable schema whose ``enum`` did not list null."""


def to_2020_12(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of an OpenAPI 3.0 document whose schemas mean the same in JSON Schema 2020-12."""
    tree = copy.deepcopy(document)
    for schema in [place.value for place in schemas(tree)]:
        if not isinstance(schema, dict):
            continue
        if "$ref" in schema:
            _only_reference(schema)
        else:
            _bounds(schema)
            _nullable(schema)
    return tree


def mended(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of an OpenAPI 3.1 document in which bounds left over from 3.0 mean what they meant there.

    As 3.1 has it such a schema is none, and what an operation takes or answers would be unknown. Schemas that name an
    older dialect are said in 2020-12.
    """
    tree = copy.deepcopy(document)
    found = schemas(tree)
    dialects = Dialects(tree, found)
    for place in found:
        if isinstance(place.value, dict):
            _bounds(place.value)
            if is_older(dialects.at(place.pointer)):
                modernise(place.value)
    return tree


def _only_reference(schema: dict[str, Any]) -> None:
    """In 3.0 the siblings of ``$ref`` are ignored (section 4.7.23)."""
    for key in [key for key in schema if key != "$ref"]:
        del schema[key]


def _bounds(schema: dict[str, Any]) -> None:
    for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        flag = schema.get(exclusive)
        if flag is True and limit in schema:
            schema[exclusive] = schema.pop(limit)
        elif isinstance(flag, bool):
            del schema[exclusive]


def _nullable(schema: dict[str, Any]) -> None:
    if schema.get("nullable") is not True:
        return
    declared = schema.get("type")
    if isinstance(declared, str):
        schema["type"] = [declared, "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"], schema[UNLISTED] = [*schema["enum"], None], True
        return
    for keyword in ("anyOf", "oneOf"):
        if isinstance(schema.get(keyword), list):
            schema[keyword] = [*schema[keyword], {"type": "null"}]
            return
    if isinstance(schema.get("allOf"), list):
        # The one place where something moves: `as_written` brings pointers back.
        schema["anyOf"] = [{"allOf": schema.pop("allOf")}, {"type": "null"}]


def as_written(document: dict[str, Any], pointer: str) -> str:
    """The pointer in the document as its author wrote it, for one into the tree of ``to_2020_12``."""
    value: Any = document
    kept: list[str] = []
    tokens = list(split(pointer))
    while tokens:
        if isinstance(value, dict) and tokens[:2] == ["anyOf", "0"] and "anyOf" not in value and "allOf" in value:
            tokens = tokens[2:]
            continue
        token = tokens.pop(0)
        kept.append(token)
        try:
            value = value[int(token)] if isinstance(value, list) else value[token]
        except (LookupError, TypeError, ValueError):
            return from_parts([*kept, *tokens])
    return from_parts(kept)

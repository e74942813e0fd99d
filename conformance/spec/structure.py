"""The shape of a document by the schemas of the OpenAPI specification, which openapi-spec-validator ships.

The compiled schemas take milliseconds for documents of megabytes, and give every error at its deepest cause.
Schema Objects of 3.1 are read against JSON Schema 2020-12 with the OpenAPI keywords, as ``jsonSchemaDialect``
says when it says nothing else.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from conformance.spec.places import FILES, Place, elsewhere, places
from conformance.spec.pointer import from_parts, join
from conformance.spec.walk import root_schemas

_2020_12 = "https://json-schema.org/draft/2020-12/schema"
_OURS = frozenset({_2020_12, "https://spec.openapis.org/oas/3.1/dialect/base"})
_TEXT, _OBJECT = {"type": "string"}, {"type": "object"}
_SCHEMA_31 = {
    "$schema": _2020_12, "$id": "urn:conformance:schema-object", "$dynamicAnchor": "meta", "$ref": _2020_12,
    "properties": {
        "discriminator": {
            "type": "object", "required": ["propertyName"],
            "properties": {"propertyName": _TEXT, "mapping": {"type": "object", "additionalProperties": _TEXT}},
        },
        "externalDocs": {"type": "object", "required": ["url"], "properties": {"url": _TEXT}}, "xml": _OBJECT,
    },
}  # fmt: skip
_DEFINITIONS_30 = {"schema": "Schema", "response": "Response", "parameter": "Parameter", "example": "Example", "link": "Link",
                   "request-body": "RequestBody", "header": "Header", "security-scheme": "SecurityScheme",
                   "callback": "Callback", "path-item": "PathItem"}  # fmt: skip
_DEFINITIONS_31 = {kind: kind for kind in _DEFINITIONS_30 if kind not in {"schema", "callback"}} | {"callback": "callbacks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureError:
    """One place that the specification does not allow. ``detail`` names what is missing or broken there."""

    pointer: str
    message: str
    detail: str


def structure_errors(document: dict[str, Any]) -> tuple[StructureError, ...]:
    """Every structural error of an OpenAPI 3.0 or 3.1 document as written, in no particular order."""
    minor = "3.0" if str(document.get("openapi", "")).startswith("3.0") else "3.1"
    found = [*_errors(_validator(minor, None), document, "")]
    if FILES in document:
        for place in _reached_elsewhere(document):
            definition = (_DEFINITIONS_30 if minor == "3.0" else _DEFINITIONS_31).get(place.kind)
            if definition is not None:
                found.extend(_errors(_validator(minor, definition), place.value, place.pointer))
    if minor == "3.1" and document.get("jsonSchemaDialect", _2020_12) in _OURS:
        validator = _schema_validator()
        for pointer, schema in root_schemas(document):
            found.extend(_errors(validator, schema, pointer))
    return tuple(dict.fromkeys(found))


def _reached_elsewhere(document: dict[str, Any]) -> Iterator[Place]:
    reached: set[str] = set()
    for place in places(document):
        target = elsewhere(document, place.reference, place.kind) if (place.reference or "").startswith(f"#/{FILES}/") else None  # type: ignore[arg-type]
        if target is not None and target.pointer not in reached:
            reached.add(target.pointer)
            yield target


@lru_cache(maxsize=32)
def _validator(minor: str, definition: str | None) -> Any:
    schema = _shipped(minor)
    if definition is not None:
        holder = "definitions" if minor == "3.0" else "$defs"
        schema = {"$schema": schema["$schema"], holder: schema[holder], "$ref": f"#/{holder}/{definition}"}
    return jsonschema_rs.validator_for(schema)


@lru_cache(maxsize=1)
def _schema_validator() -> Any:
    return jsonschema_rs.validator_for(_SCHEMA_31)


@lru_cache(maxsize=2)
def _shipped(minor: str) -> dict[str, Any]:
    # Importing the package takes half a second, for things that we do not use; the schema is a file in it.
    spec = importlib.util.find_spec("openapi_spec_validator")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("openapi_spec_validator")
    held: dict[str, Any] = json.loads(
        Path(spec.origin).with_name("resources").joinpath(f"schemas/v{minor}/schema.json").read_text("utf-8")
    )
    return held


def _errors(validator: Any, instance: Any, base: str) -> Iterator[StructureError]:
    try:
        raised = list(validator.iter_errors(instance))
    except (ValueError, TypeError, OverflowError) as unusual:
        yield StructureError(pointer=base, message=f"it cannot be judged: {unusual}", detail="json")
        return
    for error in raised:
        for cause in _causes(error):
            yield from _converted(cause, instance, base)


def _causes(error: Any) -> list[Any]:
    """The causes inside a union: those of the branch that was meant."""
    branches = [list(branch) for branch in getattr(error.kind, "context", None) or () if branch]
    if error.kind.name not in {"anyOf", "oneOf"} or not branches:
        return [error]
    # Nearly every union of the specification is "this or a Reference Object"; without a $ref, this was meant.
    branches = [branch for branch in branches if not any(_wants_reference(cause) for cause in branch)] or branches
    depth = len(error.instance_path)
    meant = max(branches, key=lambda branch: (max(len(cause.instance_path) for cause in branch), -len(branch)))
    if len(branches) > 1 and all(len(cause.instance_path) == depth for branch in branches for cause in branch):
        return [error]
    return [cause for inner in meant for cause in _causes(inner)]


def _wants_reference(error: Any) -> bool:
    return error.kind.name == "required" and getattr(error.kind, "property", None) == "$ref"


def _converted(error: Any, instance: Any, base: str) -> Iterator[StructureError]:
    pointer = base + from_parts(error.instance_path)
    name = error.kind.name
    if name in {"additionalProperties", "unevaluatedProperties"}:
        for unexpected in error.kind.unexpected:
            yield StructureError(pointer=join(pointer, unexpected), message=f"{unexpected!r} is not allowed here", detail=name)
    elif name == "required":
        yield StructureError(pointer=pointer, message=f"{error.kind.property!r} is missing", detail=str(error.kind.property))
    elif name == "propertyNames":
        yield StructureError(
            pointer=pointer, message=f"a name is not allowed: {_short(error.message)}", detail=_short(error.message)
        )
    elif name in {"anyOf", "oneOf", "not", "falseSchema"}:
        yield StructureError(pointer=pointer, message=_union(error, instance), detail=name)
    else:
        yield StructureError(pointer=pointer, message=_short(error.message), detail=name)


def _union(error: Any, _: Any) -> str:
    wanted = [str(cause.kind.property) for branch in getattr(error.kind, "context", None) or () for cause in branch
              if cause.kind.name == "required"]  # fmt: skip
    if wanted:
        return f"one of {', '.join(repr(name) for name in dict.fromkeys(wanted))} is needed"
    return _short(error.message)


def _short(message: str) -> str:
    return message if len(message) <= 200 else f"{message[:120]} ... {message[-70:]}"

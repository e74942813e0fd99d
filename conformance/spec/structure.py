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
from types import SimpleNamespace
from typing import Any

import jsonschema_rs

from conformance.spec.older import is_older
from conformance.spec.places import FILES, Place, elsewhere, root_schemas, walked
from conformance.spec.pointer import from_parts, join

_2020_12 = "https://json-schema.org/draft/2020-12/schema"
_OURS = frozenset({_2020_12, "https://spec.openapis.org/oas/3.1/dialect/base"})
_OLDER = {
    "json-schema.org/draft-04/schema": ("http://json-schema.org/draft-04/schema#", jsonschema_rs.Draft4Validator),
    "json-schema.org/draft-06/schema": ("http://json-schema.org/draft-06/schema#", jsonschema_rs.Draft6Validator),
    "json-schema.org/draft-07/schema": ("http://json-schema.org/draft-07/schema#", jsonschema_rs.Draft7Validator),
    "json-schema.org/draft/2019-09/schema": ("https://json-schema.org/draft/2019-09/schema", jsonschema_rs.Draft201909Validator),
}
_TEXT, _OBJECT, _FLAG = {"type": "string"}, {"type": "object"}, {"type": "boolean"}
_CLOSED = {"additionalProperties": False, "patternProperties": {"^x-": True}}
_SCHEMA_31 = {
    "$schema": _2020_12, "$id": "urn:conformance:schema-object", "$dynamicAnchor": "meta", "$ref": _2020_12,
    "properties": {
        "discriminator": {
            "type": "object", "required": ["propertyName"],
            "properties": {"propertyName": _TEXT, "mapping": {"type": "object", "additionalProperties": _TEXT}}, **_CLOSED,
        },
        "externalDocs": {"type": "object", "required": ["url"], "properties": {"url": _TEXT, "description": _TEXT}, **_CLOSED},
        "xml": {
            "type": "object", **_CLOSED,
            "properties": {"name": _TEXT, "namespace": _TEXT, "prefix": _TEXT, "attribute": _FLAG, "wrapped": _FLAG},
        },
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
            # What is a mere reference is judged where it leads.
            is_passed_on = place.kind != "path-item" and place.reference is not None
            if definition is not None and not is_passed_on:
                found.extend(_errors(_validator(minor, definition), place.value, place.pointer))
    if minor == "3.1":
        for place in root_schemas(document):
            found.extend(_schema_errors(place, document.get("jsonSchemaDialect", _2020_12)))
    return tuple(dict.fromkeys(found))


def _schema_errors(place: Place, usual: Any) -> Iterator[StructureError]:
    """The errors of a schema by its dialect: JSON Schema 2020-12 with the OpenAPI keywords, or what it names.

    A dialect that is no text is none; schemas of unknown ones are not judged.
    """
    value = place.value
    dialect = value.get("$schema", usual) if isinstance(value, dict) else usual
    if not isinstance(dialect, str) or dialect.removesuffix("#") in _OURS:
        yield from _errors(_schema_validator(), value, place.pointer)
    elif is_older(dialect):
        yield from _errors(_older_validator(dialect), value, place.pointer)


def _reached_elsewhere(document: dict[str, Any]) -> Iterator[Place]:
    reached: set[str] = set()
    for place in walked(document):
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


@lru_cache(maxsize=8)
def _older_validator(dialect: str) -> Any:
    # They are written with or without the sharp at the end, and with either scheme.
    name = dialect.removesuffix("#").partition("://")[2]
    address, kind = _OLDER[name]
    return kind({"$ref": address})


@lru_cache(maxsize=2)
def _shipped(minor: str) -> dict[str, Any]:
    # Importing the package takes half a second, for things that we do not use; the schema is a file in it.
    spec = importlib.util.find_spec("openapi_spec_validator")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("openapi_spec_validator")
    held: dict[str, Any] = json.loads(
        Path(spec.origin).with_name("resources").joinpath(f"schemas/v{minor}/schema.json").read_text("utf-8")
    )
    if minor == "3.1":
        # The schema is not normative, and differs here from the text: a link has a `server`, and its parameters are of
        # any type (OpenAPI 3.1.1, Link Object).
        members = held["$defs"]["link"]["properties"]
        members["server"] = members.pop("body", {"$ref": "#/$defs/server"})
        members["parameters"] = _OBJECT
    return held


def _errors(validator: Any, instance: Any, base: str) -> Iterator[StructureError]:
    try:
        raised = list(validator.iter_errors(instance))
    except (ValueError, TypeError, OverflowError) as unusual:
        yield StructureError(pointer=base, message=f"it cannot be judged: {unusual}", detail="json")
        return
    found = [converted for error in raised for cause in _causes(error) for converted in _converted(cause, base)]
    # Names exclude each other in objects alone, which the schema asks of other values too.
    typed = {error.pointer for error in found if error.detail == "type"}
    found = [error for error in found if error.detail != "not" or error.pointer not in typed]
    yield from (error for error in found if error.detail != "unevaluatedProperties" or not _follows(error, found))


def _follows(error: StructureError, found: list[StructureError]) -> bool:
    """Whether a member only counts as unknown because the part of the schema that knows it failed for another reason."""
    owner, _, name = error.pointer.rpartition("/")
    return name in _known_names() and any(
        other.pointer.startswith(error.pointer + "/")
        or ((other.pointer + "/").startswith(owner + "/") and other.detail != "unevaluatedProperties")
        for other in found
    )


@lru_cache(maxsize=1)
def _known_names() -> frozenset[str]:
    """Every member that the specification names somewhere."""
    names: set[str] = set()
    stack: list[Any] = [_shipped("3.1")]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            names.update(value["properties"] if isinstance(value.get("properties"), dict) else ())
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return frozenset(names)


def _causes(error: Any) -> list[Any]:
    """The causes inside a union: those of the branch that was meant."""
    branches = [list(branch) for branch in getattr(error.kind, "context", None) or () if branch]
    if error.kind.name not in {"anyOf", "oneOf"} or not branches:
        return [error]
    # Nearly every union of the specification is "this or a Reference Object"; without a $ref, this was meant.
    branches = [branch for branch in branches if not any(_wants_reference(cause) for cause in branch)] or branches
    # Nor a branch for values of another type, such as a list where a word stands.
    branches = [branch for branch in branches if not any(_is_of_other_type(cause, error) for cause in branch)] or branches
    # A branch that takes another word in `type` or `in` was not meant either.
    worded = [[cause for cause in branch if cause.kind.name in {"enum", "const"}] for branch in branches]
    shared = set.intersection(*({tuple(cause.instance_path) for cause in causes} for causes in worded))
    if shared:  # No branch takes the word, so that none was meant.
        return [_refused(place, [cause for causes in worded for cause in causes]) for place in sorted(shared, key=str)]
    branches = [branch for branch, causes in zip(branches, worded, strict=True) if not causes] or branches
    depth = len(error.instance_path)
    meant = max(branches, key=lambda branch: (max(len(cause.instance_path) for cause in branch), -len(branch)))
    if len(branches) > 1 and all(len(cause.instance_path) == depth for branch in branches for cause in branch):
        return [error]
    causes = [cause for inner in meant for cause in _causes(inner)]
    return [cause for cause in causes if not _is_ambiguous(cause)] or causes


def _is_of_other_type(cause: Any, error: Any) -> bool:
    return cause.kind.name == "type" and list(cause.instance_path) == list(error.instance_path)


def _refused(place: tuple[str | int, ...], causes: list[Any]) -> Any:
    """One cause for a word that the branches of a union refuse alike."""
    here = [cause for cause in causes if tuple(cause.instance_path) == place]
    words = dict.fromkeys(
        json.dumps(word)
        for cause in here
        for word in (cause.kind.options if cause.kind.name == "enum" else [cause.kind.expected_value])
    )
    message = f"{json.dumps(here[0].instance)} is not one of {', '.join(words)}"
    return SimpleNamespace(instance_path=list(place), kind=SimpleNamespace(name="enum"), message=message)


def _is_ambiguous(error: Any) -> bool:
    """Whether more than one branch of a ``oneOf`` applies, which beside other causes is only their consequence."""
    return error.kind.name == "oneOf" and not any(error.kind.context)


def _wants_reference(error: Any) -> bool:
    return error.kind.name == "required" and getattr(error.kind, "property", None) == "$ref"


def _converted(error: Any, base: str) -> Iterator[StructureError]:
    pointer = base + from_parts(error.instance_path)
    name = error.kind.name
    if name in {"additionalProperties", "unevaluatedProperties"}:
        for unexpected in error.kind.unexpected:
            yield StructureError(pointer=join(pointer, unexpected), message=f"{unexpected!r} is not allowed here", detail=name)
    elif name == "required":
        yield StructureError(pointer=pointer, message=f"{error.kind.property!r} is missing", detail=str(error.kind.property))
    elif name == "propertyNames":
        misnamed = join(pointer, str(error.kind.error.instance))
        yield StructureError(
            pointer=misnamed, message=f"the name is not allowed: {_short(error.kind.error.message)}", detail=name
        )
    elif name in {"anyOf", "oneOf", "not"}:
        yield StructureError(pointer=pointer, message=_union(error), detail=name)
    else:
        yield StructureError(pointer=pointer, message=_short(error.message), detail=name)


def _union(error: Any) -> str:
    schema = getattr(error.kind, "schema", None)
    excluded = schema.get("required") if isinstance(schema, dict) else None
    if excluded:
        return f"{' and '.join(repr(name) for name in excluded)} exclude each other"
    branches = getattr(error.kind, "context", None) or ()
    wanted = [str(cause.kind.property) for branch in branches for cause in branch if cause.kind.name == "required"]
    if wanted:
        return f"one of {', '.join(repr(name) for name in dict.fromkeys(wanted))} is needed"
    return (
        "more than one of the alternatives applies, and only one may" if branches and not any(branches) else _short(error.message)
    )


def _short(message: str) -> str:
    return message if len(message) <= 200 else f"{message[:120]} ... {message[-70:]}"

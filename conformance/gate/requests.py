"""What is wrong with a client's request, and who has to mend it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from conformance.checks.subject import said
from conformance.gate.rules import AMBIGUOUS, DOCUMENT, SDK, Complaint
from conformance.gate.writing import enumerated, shown_time, slips
from conformance.model.message import Request
from conformance.model.operation import MediaType, Parameter
from conformance.model.ports import Schema
from conformance.spec.body import is_json
from conformance.spec.pointer import follow, join, split
from conformance.spec.reading import RequestError, RequestReading
from conformance.spec.values import wire_types

_RULES = {
    "parameter": "request-parameter",
    "body": "request-body",
    "media-type": "request-media-type",
    "syntax": "request-syntax",
}
_UNDECLARED = re.compile(r"the query parameter '(.*)' is not declared", re.DOTALL)
_REFUSING_NULL = frozenset({"type", "enum", "anyOf", "oneOf"})
_ORDINARY = re.compile(r"[\w.\[\]-]+")
_MOST = 10
_ABSENT = object()
_OF_VALUES = frozenset({
    "const", "contains", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "maxItems", "maxLength", "maxProperties",
    "maximum", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "pattern", "uniqueItems",
})  # fmt: skip
"""Keywords about which value of the right type and shape it is."""


def complaints(reading: RequestReading, request: Request, *, raw: Mapping[str, Any]) -> Iterator[Complaint]:
    """What is wrong with a request that leads to an operation; of one place the first cause. ``raw`` is the document as it is."""
    written = tuple(slips(reading, request))
    yield from written
    yield from _errors(reading, raw, {slip.place for slip in written if slip.place not in {"/body", "/path", "/query"}})
    open_ended = any(_takes_all(parameter) for parameter in reading.operation.parameters_in("query"))
    for oddity in reading.oddities:
        found = _UNDECLARED.fullmatch(oddity)
        if found is not None and not open_ended and not any(_is_written(slip, found[1]) for slip in written):
            yield _undeclared(reading, found[1])
    yield from _fields(reading)
    for parameter in reading.operation.parameters:
        if parameter.deprecated and (parameter.location, parameter.name) in reading.values:
            place = f"/{parameter.location}/{parameter.name}"
            message = f"the {parameter.location} parameter {parameter.name!r} is deprecated"
            yield Complaint(rule="parameter-deprecated", message=message, blame=SDK, pointer=parameter.pointer,
                            detail=place, place=place)  # fmt: skip


def _takes_all(parameter: Parameter) -> bool:
    """Whether a query parameter is an object whose properties are parameters of their own, of any name."""
    if parameter.schema is None or parameter.style != "form" or not parameter.explode or parameter.content is not None:
        return False
    closed = bool(parameter.schema.all_properties())
    return wire_types(parameter.schema) == {"object"} and parameter.schema.get("additionalProperties", not closed) is not False


def _errors(reading: RequestReading, raw: Mapping[str, Any], told: Collection[str]) -> Iterator[Complaint]:
    untyped = {error.pointer for error in reading.errors if error.keyword == "type"}
    for error in reading.errors[:_MOST]:
        if any(error.pointer == place or error.pointer.startswith(f"{place}/") for place in told):
            continue
        if error.pointer in untyped and error.keyword != "type":
            continue
        message = f"{error.pointer}: {error.message}{_otherwise(reading, error)}"
        yield Complaint(
            rule=_RULES[error.kind], message=message, blame=_blame(reading, error, raw),
            pointer=error.schema_pointer, detail=said(error.keyword, (error,), error.schema_pointer), place=error.pointer,
        )  # fmt: skip


def _otherwise(reading: RequestReading, error: RequestError) -> str:
    """Where a property is missing and there is one that differs in its writing alone: that."""
    held = _at(reading.body, split(error.pointer)[1:]) if error.kind == "body" and error.keyword == "required" else None
    if not isinstance(held, Mapping):
        return ""
    there = {_bare(name): name for name in held if _ORDINARY.fullmatch(name)}
    found = [there[_bare(name)] for name in error.names if _bare(name) in there]
    return f"; there is {found[0]!r}" if found else ""


def _fields(reading: RequestReading) -> Iterator[Complaint]:
    if not reading.has_body or reading.media is None or reading.media.schema is None or not is_json(reading.media.name):
        return
    known = {error.pointer for error in reading.errors}
    for place, name, meant, pointer in _respelt(reading.media.schema, reading.body, "/body"):
        if place not in known:
            shown = any(_at(example, [*split(place)[1:], name]) is not _ABSENT for example in reading.media.examples)
            yield Complaint(
                rule="field-undocumented", message=f"{place}: the field {name!r} is not in the document; it has {meant!r}",
                blame=DOCUMENT if shown else SDK, pointer=pointer, detail=f"field {name} {pointer}", place=join(place, name),
            )  # fmt: skip


def _is_written(slip: Complaint, name: str) -> bool:
    """Whether a slip has already said what is wrong with a name in the query."""
    return slip.place == join("", "query", name) or (slip.rule == "parameter-style" and f"as {name!r}" in slip.message)


def _respelt(schema: Schema, value: Any, place: str) -> Iterator[tuple[str, str, str, str]]:
    """Fields whose names differ from documented ones in their writing alone: the place, the name, what is meant, and where."""
    if isinstance(value, list):
        for index, held in enumerate(value[:_MOST]):
            for inner in _below(schema, value, str(index)):
                yield from _respelt(inner, held, join(place, index))
    if not isinstance(value, Mapping):
        return
    known = schema.all_properties()
    by_bare = {_bare(name): name for name in known}
    is_open = isinstance(schema.get("additionalProperties"), Mapping) or schema.get("patternProperties") is not None
    for name, held in value.items():
        if name in known:
            yield from _respelt(known[name], held, join(place, name))
            continue
        meant = by_bare.get(_bare(name), "")
        if meant and meant not in value and not is_open and _ORDINARY.fullmatch(name):
            yield place, name, meant, known[meant].pointer


def _undeclared(reading: RequestReading, name: str) -> Complaint:
    near = _near(name, [one for parameter in reading.operation.parameters_in("query") for one in _names(parameter)])
    hint = f"; the nearest that is documented is {near!r}" if near else ""
    return Complaint(
        rule="parameter-undocumented", message=f"the query parameter {name!r} is not in the document{hint}",
        blame=SDK if near and _ORDINARY.fullmatch(name) else AMBIGUOUS,
        pointer=reading.operation.pointer, detail=f"query {name}", place=f"/query/{name}",
    )  # fmt: skip


def _names(parameter: Parameter) -> Iterator[str]:
    """How a parameter can be written: an object by its properties too."""
    yield parameter.name
    if parameter.style == "deepObject" and parameter.schema is not None:
        yield from (f"{parameter.name}[{inner}]" for inner in parameter.schema.all_properties())


def _near(name: str, known: Sequence[str]) -> str:
    """A documented name that differs in its writing alone: case, brackets, dots, underscores; or by a letter or two."""
    by_bare = {_bare(one): one for one in known}
    if _bare(name) in by_bare:
        return by_bare[_bare(name)]
    close = get_close_matches(name, known, n=1, cutoff=0.85)
    return close[0] if close else ""


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


# Who has to mend it


def _blame(reading: RequestReading, error: RequestError, raw: Mapping[str, Any]) -> str:
    """The document's fault is what it recommends and forbids at once.

    What a client makes of a call is its own: types, shapes, what is missing. A value of the right type it may merely have passed
    on, and which of the two it was, the wire does not say.
    """
    steps = split(error.pointer)
    if error.kind == "parameter" and len(steps) >= 2:
        return _of_parameter(reading, error, steps)
    if error.kind == "body" and reading.has_body and reading.media is not None:
        if error.keyword in _REFUSING_NULL and _means_null(reading.media.schema, reading.body, steps[1:], raw):
            return DOCUMENT
        return _of_body(reading.media, reading.body, error, steps[1:])
    return SDK


def _of_parameter(reading: RequestReading, error: RequestError, steps: Sequence[str]) -> str:
    location, name = steps[:2]
    value = reading.values.get((location, name), _ABSENT)
    parameter = next((one for one in reading.operation.parameters_in(location) if one.name == name), None)
    if parameter is None or value is _ABSENT:
        return SDK
    if len(steps) == 2 and any(value == example for example in parameter.examples):
        return DOCUMENT
    schema = _schema_of(parameter)
    if schema is None:
        return SDK
    return DOCUMENT if _recommended(schema, value, steps[2:]) else _of_value(schema, value, error, steps[2:])


def _of_value(schema: Schema, value: Any, error: RequestError, steps: Sequence[str]) -> str:
    """Whose a value is that breaks its schema, when the document does not give it."""
    held, found = _at(value, steps), tuple(_found(schema, value, steps))
    if error.keyword == "enum" and any(enumerated(held, listed) for one in found if (listed := one.get("enum"))):
        return SDK
    if error.keyword in {"format", "pattern"} and shown_time(held):
        return SDK
    if error.keyword in _OF_VALUES:
        return AMBIGUOUS
    if error.keyword in {"anyOf", "oneOf"}:
        branches = [branch for one in found for branch in one.branches(error.keyword)]
        fails = [branch.errors(held, direction="request") for branch in branches]
        if error.keyword == "oneOf" and sum(not errors for errors in fails) > 1:
            return DOCUMENT
        if any(errors and all(one.keyword in _OF_VALUES for one in errors) for errors in fails):
            return AMBIGUOUS
    return SDK


def _schema_of(parameter: Parameter) -> Schema | None:
    return parameter.content.schema if parameter.content is not None else parameter.schema


def _means_null(schema: Schema | None, value: Any, steps: Sequence[str], raw: Mapping[str, Any]) -> bool:
    """Whether a null is called ``nullable`` where that counts for nothing: beside ``$ref``, or in OpenAPI 3.1."""
    if schema is None or not steps or _at(value, steps) is not None:
        return False
    for one in _found(schema, value, steps[:-1]):
        for branch in (one, *(inner for keyword in ("allOf", "anyOf", "oneOf") for inner in one.branches(keyword))):
            try:
                held = follow(raw, join(branch.pointer, "properties", steps[-1]))
            except LookupError:
                continue
            if isinstance(held, Mapping) and held.get("nullable") is True:
                return True
    return False


def _of_body(media: MediaType, body: Any, error: RequestError, steps: Sequence[str]) -> str:
    sent = _at(body, steps)
    if any(_same(_at(example, steps), sent) for example in media.examples):
        return DOCUMENT
    if media.schema is None:
        return SDK
    return DOCUMENT if _recommended(media.schema, body, steps) else _of_value(media.schema, body, error, steps)


def _recommended(schema: Schema, value: Any, steps: Sequence[str]) -> bool:
    """Whether the document itself gives the value at a place: as an example, a default or one of the listed values."""
    if schema.problem() is not None:
        return True
    held = _at(value, steps)
    return any(_same(given, held) for one in _found(schema, value, steps) for given in _given(one))


def _found(schema: Schema, value: Any, steps: Sequence[str]) -> Sequence[Schema]:
    """The schemas that hold for what is at a place in a value."""
    found: list[Schema] = [schema]
    for step in steps:
        found = [inner for one in found for inner in _below(one, value, step)]
        value = _at(value, (step,))
    return found


def _below(schema: Schema, held: Any, step: str) -> Iterator[Schema]:
    if isinstance(held, Mapping):
        inner = schema.all_properties().get(step) or schema.child("additionalProperties")
        if inner is not None:
            yield inner
    elif isinstance(held, list):
        for one in (schema, *(branch for keyword in ("allOf", "anyOf", "oneOf") for branch in schema.branches(keyword))):
            items = one.child("items")
            if items is not None:
                yield items


def _given(schema: Schema) -> Iterator[Any]:
    if not isinstance(schema.value, Mapping):
        return
    for keyword in ("example", "default"):
        if keyword in schema.value:
            yield schema.value[keyword]
    for keyword in ("examples", "enum"):
        listed = schema.get(keyword)
        if isinstance(listed, list):
            yield from listed


def _at(value: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _ABSENT
    return value


def _same(one: Any, other: Any) -> bool:
    return one is not _ABSENT and other is not _ABSENT and type(one) is type(other) and bool(one == other)

"""What is wrong with a client's request, and who has to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from conformance.checks.subject import said
from conformance.gate.rules import AMBIGUOUS, DOCUMENT, SDK
from conformance.model.operation import MediaType, Parameter
from conformance.model.ports import Schema
from conformance.spec.pointer import split
from conformance.spec.reading import RequestError, RequestReading

_RULES = {
    "parameter": "request-parameter",
    "body": "request-body",
    "media-type": "request-media-type",
    "syntax": "request-syntax",
}
_UNDECLARED = re.compile(r"the query parameter '(.*)' is not declared", re.DOTALL)
_MOST = 10
_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One thing that is wrong with a request, before it is a finding (see ``rules.finding``)."""

    rule: str
    message: str
    blame: str
    pointer: str
    detail: str
    place: str = ""


def complaints(reading: RequestReading) -> Iterator[Complaint]:
    """What is wrong with a request that leads to an operation."""
    for error in reading.errors[:_MOST]:
        yield Complaint(
            rule=_RULES[error.kind], message=f"{error.pointer}: {error.message}", blame=_blame(reading, error),
            pointer=error.schema_pointer, detail=said(error.keyword, (error,), error.schema_pointer), place=error.pointer,
        )  # fmt: skip
    for oddity in reading.oddities:
        found = _UNDECLARED.fullmatch(oddity)
        if found is not None:
            yield _undeclared(reading, found[1])
    for parameter in reading.operation.parameters:
        if parameter.deprecated and (parameter.location, parameter.name) in reading.values:
            place = f"/{parameter.location}/{parameter.name}"
            message = f"the {parameter.location} parameter {parameter.name!r} is deprecated"
            yield Complaint(rule="parameter-deprecated", message=message, blame=SDK, pointer=parameter.pointer,
                            detail=place, place=place)  # fmt: skip


def _undeclared(reading: RequestReading, name: str) -> Complaint:
    near = _near(name, [one for parameter in reading.operation.parameters_in("query") for one in _names(parameter)])
    hint = f"; the nearest that is documented is {near!r}" if near else ""
    return Complaint(
        rule="parameter-undocumented", message=f"the query parameter {name!r} is not in the document{hint}",
        blame=SDK if near else AMBIGUOUS, pointer=reading.operation.pointer, detail=f"query {name}", place=f"/query/{name}",
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


def _blame(reading: RequestReading, error: RequestError) -> str:
    """The document's fault is what it recommends and forbids at once; everything else is the client's."""
    steps = split(error.pointer)
    if error.kind == "parameter" and len(steps) >= 2:
        return _of_parameter(reading, steps)
    if error.kind == "body" and reading.has_body and reading.media is not None:
        return _of_body(reading.media, reading.body, steps[1:])
    return SDK


def _of_parameter(reading: RequestReading, steps: Sequence[str]) -> str:
    location, name = steps[:2]
    value = reading.values.get((location, name), _ABSENT)
    parameter = next((one for one in reading.operation.parameters_in(location) if one.name == name), None)
    if parameter is None or value is _ABSENT:
        return SDK
    if len(steps) == 2 and any(value == example for example in parameter.examples):
        return DOCUMENT
    schema = _schema_of(parameter)
    return DOCUMENT if schema is not None and _recommended(schema, value, steps[2:]) else SDK


def _schema_of(parameter: Parameter) -> Schema | None:
    return parameter.content.schema if parameter.content is not None else parameter.schema


def _of_body(media: MediaType, body: Any, steps: Sequence[str]) -> str:
    sent = _at(body, steps)
    if any(_same(_at(example, steps), sent) for example in media.examples):
        return DOCUMENT
    return DOCUMENT if media.schema is not None and _recommended(media.schema, body, steps) else SDK


def _recommended(schema: Schema, value: Any, steps: Sequence[str]) -> bool:
    """Whether the document itself gives the value at a place: as an example, a default or one of the listed values."""
    if schema.problem() is not None:
        return True
    found: list[Schema] = [schema]
    held = value
    for step in steps:
        found = [inner for one in found for inner in _below(one, held, step)]
        held = _at(held, (step,))
        if held is _ABSENT:
            return False
    return any(_same(given, held) for one in found for given in _given(one))


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

"""Faults of the second set in what is taken and refused: violations let in, valid requests refused, accidents."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from second_bodies import (
    body_schema,
    done,
    has_body,
    has_parameter,
    inside,
    is_bounded,
    is_typed,
    noted,
    requires_body,
    takes_json,
)
from second_site import Answer, Behaviour, Fault, Site, Turn

from conformance.model.message import Response
from conformance.spec.reading import RequestError

Wrong = Callable[[RequestError, Turn], bool]
_REFUSALS = (400, 404, 415, 422)


def lets_in(wrong: Wrong) -> Callable[[Site], Behaviour]:
    """A request that was refused for nothing but this kind of breach is said to be done."""

    def respond(turn: Turn) -> Answer:
        answer = noted(turn, turn.send())
        if not turn.here or not isinstance(answer, Response) or answer.status not in _REFUSALS:
            return answer
        errors = turn.reading.errors
        if not errors or not all(wrong(error, turn) for error in errors):
            return answer
        return done(turn) or answer

    return lambda _site: respond


def keyword(*names: str, where: str = "") -> Wrong:
    return lambda error, _turn: error.keyword in names and error.pointer.startswith(where)


def _depth(error: RequestError) -> int:
    return error.pointer.count("/") + bool(error.names)


def _last_required(error: RequestError, turn: Turn) -> bool:
    schema = body_schema(turn.site.operation)
    return error.keyword == "required" and schema is not None and error.names == (max(schema.required(), default=""),)


def sent_at(error: RequestError, turn: Turn) -> Any:
    body = turn.body
    for step in error.pointer.removeprefix("/body").split("/")[1:]:
        try:
            body = body[int(step)] if isinstance(body, list) else body[step.replace("~1", "/").replace("~0", "~")]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return body


def _numeric_text(error: RequestError, turn: Turn) -> bool:
    value = sent_at(error, turn)
    return error.keyword == "type" and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None


def null_sent(error: RequestError, turn: Turn) -> bool:
    kinds = {"type", "anyOf", "oneOf", "enum"}
    return error.pointer.startswith("/body/") and error.keyword in kinds and sent_at(error, turn) is None


def _is(kind: type, error: RequestError, turn: Turn) -> bool:
    kinds = {"type", "anyOf", "oneOf"}
    return error.pointer.startswith("/body") and error.keyword in kinds and isinstance(sent_at(error, turn), kind)


def _just_beyond(error: RequestError, _turn: Turn) -> bool:
    """One more than the bound."""
    found = re.findall(r"-?\d+", error.message)
    return (
        error.keyword in {"maximum", "minimum", "maxLength", "minLength"}
        and len(found) >= 2
        and abs(int(found[0]) - int(found[-1])) == 1
    )


def _gap(name: str, promise: str, source: str, wrong: Wrong, applies: Callable[[Site], bool]) -> Fault:
    return Fault(id=f"v-{name}", promise=promise, source=source, applies=applies, behave=lets_in(wrong), proof="accepted")


def _requires_two(site: Site) -> bool:
    schema = body_schema(site.operation)
    return schema is not None and len(schema.required()) > 1


_GAPS = (
    _gap("required-body-field", "A body without a required property is refused.", "schema.required",
         lambda error, _turn: error.keyword == "required" and error.pointer == "/body", requires_body),
    _gap("required-last-field", "A body without one certain required property is refused.", "schema.required",
         _last_required, _requires_two),
    _gap("required-deep", "Required properties are required inside too.", "schema.required",
         lambda error, _turn: error.keyword == "required" and error.pointer.startswith("/body/"),
         has_body(lambda depth, schema, _v: depth > 0 and bool(schema.required()))),
    _gap("body-type", "A value of a wrong type is refused.", "schema.type",
         lambda error, _turn: error.keyword == "type" and error.pointer.startswith("/body"), takes_json),
    _gap("body-type-deep", "A value of a wrong type is refused, inside too.", "schema.type",
         lambda error, _turn: error.keyword == "type" and error.pointer.startswith("/body") and error.pointer.count("/") >= 3,
         has_body(lambda depth, schema, _v: depth >= 2 and is_typed(schema, "string", "integer", "boolean", "number"))),
    _gap("body-not-object", "A body that is no object is refused.", "schema.type",
         lambda error, _turn: error.keyword == "type" and error.pointer == "/body", takes_json),
    _gap("body-number-in-text", "A number in a text is no number.", "schema.type", _numeric_text,
         has_body(lambda _d, schema, _v: is_typed(schema, "integer", "number"))),
    _gap("body-null", "Null is refused where it is not allowed.", "schema.type", null_sent,
         has_body(lambda depth, schema, _v: depth == 1 and bool(schema.types()) and "null" not in schema.types())),
    _gap("body-object-for-text", "An object is no text.", "schema.type", lambda e, t: _is(dict, e, t),
         has_body(lambda depth, schema, _v: depth == 1 and is_typed(schema, "string"))),
    _gap("body-array-for-text", "An array is no text.", "schema.type", lambda e, t: _is(list, e, t),
         has_body(lambda depth, schema, _v: depth == 1 and is_typed(schema, "string"))),
    _gap("body-fraction", "A fraction is no integer.", "schema.type",
         lambda error, turn: error.keyword == "type" and isinstance(sent_at(error, turn), float),
         has_body(lambda _d, schema, _v: is_typed(schema, "integer"))),
    _gap("body-enum", "A value that is not listed is refused.", "schema.enum", keyword("enum", where="/body"),
         has_body(lambda _d, schema, _v: bool(schema.get("enum")))),
    _gap("bounds-by-one", "One beyond the bound is beyond the bound.", "schema.maximum", _just_beyond,
         lambda site: has_body(lambda _d, schema, _v: is_bounded(schema))(site)
         or has_parameter("query", lambda parameter: any(map(is_bounded, inside(parameter))))(site)),
    _gap("body-format", "A text of a wrong format or pattern is refused.", "schema.format", keyword("format", "pattern",
         where="/body"),
         has_body(lambda _d, schema, _v: schema.get("format") in {"uuid", "date-time", "uri", "email",
         "date"} or bool(schema.get("pattern")))),
    _gap("body-missing", "A required body is required.", "requestBody.required",
         lambda error,
         _turn: error.kind == "body" and error.pointer == "/body" and error.keyword == "required" and not error.names,
         lambda site: site.operation.request_body is not None and site.operation.request_body.required),
    _gap("body-syntax", "What is no JSON is refused.", "RFC 8259 section 2", lambda error, _turn: error.kind == "syntax",
         takes_json),
    _gap("media-type", "A body of an undeclared media type is refused.", "requestBody.content",
         lambda error, _turn: error.kind == "media-type", takes_json),
    _gap("query-type", "A query parameter of a wrong type is refused.", "schema.type", keyword("type", where="/query"),
         has_parameter("query", lambda parameter: any(is_typed(schema, "integer", "number",
         "boolean") for schema in inside(parameter)))),
    _gap("query-enum", "A query parameter with a value that is not listed is refused.", "schema.enum", keyword("enum",
         where="/query"),
         has_parameter("query", lambda parameter: any(schema.get("enum") for schema in inside(parameter)))),
    _gap("query-bounds", "A query parameter beyond its bounds is refused.", "schema.maximum", keyword("minimum", "maximum",
         where="/query"),
         has_parameter("query", lambda parameter: any(map(is_bounded, inside(parameter))))),
    _gap("query-required", "A required query parameter is required.", "parameter.required", keyword("required", where="/query"),
         has_parameter("query", lambda parameter: parameter.required)),
    _gap("path-format", "A path parameter of a wrong type or format is refused.", "schema.format",
         lambda error, _turn: error.pointer.startswith("/path") and error.keyword in {"format", "type", "pattern", "enum"},
         has_parameter("path", lambda parameter: any(is_typed(schema,
         "integer") or schema.get("format") == "uuid" or schema.get("enum")
                                                      for schema in inside(parameter)))),
)  # fmt: skip


def _escape(value: str) -> bool:
    return any(letter in value for letter in "'\"%\\;")


def _refusal_without_field(turn: Turn) -> Answer:
    """The validation runs, and its words are handed out as a success."""
    answer = turn.send()
    if turn.here and isinstance(answer, Response) and answer.status in (400, 422):
        return replace(answer, status=200)
    return answer


ROWS: tuple[Fault, ...] = (
    *_GAPS,
    Fault(id="v-refusal-as-success", promise="A refusal has a status of refusal.",
         source="RFC 9110 section 15.5, OpenAPI responses",
          applies=takes_json, behave=lambda _site: _refusal_without_field, proof="accepted"),
)  # fmt: skip
"""The faults of this file."""

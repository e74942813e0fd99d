"""Faults of the second set in what is refused: valid requests that are, and requests that end in an accident."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from second_bodies import (
    Holds,
    body_schema,
    crash,
    has_body,
    has_parameter,
    inside,
    is_typed,
    noted,
    query_of,
    refused,
    requires_body,
    sent_values,
    strings,
    takes_json,
)
from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, is_there, loaded

from conformance.model.message import NoResponse, Response
from conformance.model.ports import Schema


def refuses_if(value: Holds) -> Callable[[Site], Behaviour]:
    """A good request is refused, before anything is done, where its values are of a kind."""

    def respond(turn: Turn) -> Answer:
        if turn.here and value(turn):
            no = refused(turn)
            if no is not None and not turn.reading.errors and turn.request.header("authorization"):
                return no
        return noted(turn, turn.send())

    return lambda _site: respond


def breaks_if(value: Holds, made: Callable[[Turn], Answer] | None = None) -> Callable[[Site], Behaviour]:
    """An accident, where the values of a request are of a kind."""

    def respond(turn: Turn) -> Answer:
        if turn.here and turn.request.header("authorization") and value(turn):
            return made(turn) if made is not None else crash()
        return turn.send()

    return lambda _site: respond


def schema_and(test: Callable[[Schema, Any], bool]) -> Holds:
    return lambda turn: any(test(schema, value) for schema, value in sent_values(turn))


def _first_optional_query(turn: Turn) -> bool:
    names = [parameter.name for parameter in turn.site.operation.parameters_in("query") if not parameter.required]
    last = names[-1] if names else ""
    return any(name == last or name.startswith(f"{last}[") for name, _ in query_of(turn))


def _last_of_enum(schema: Schema, value: Any) -> bool:
    listed = schema.get("enum")
    return isinstance(listed, list) and len(listed) > 1 and value == listed[-1]


def _at_maximum(schema: Schema, value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == schema.get("maximum")


def _at_minimum(schema: Schema, value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == schema.get("minimum")


def _all_optional_absent(turn: Turn) -> bool:
    schema = body_schema(turn.site.operation)
    return schema is not None and isinstance(turn.body, dict) and set(turn.body) == set(schema.required())


def _all_present(turn: Turn) -> bool:
    schema = body_schema(turn.site.operation)
    return (
        schema is not None
        and isinstance(turn.body, dict)
        and len(turn.body) > 2
        and set(schema.all_properties()) <= set(turn.body)
    )


def _last_property(turn: Turn) -> bool:
    schema = body_schema(turn.site.operation)
    names = sorted(set(schema.all_properties()) - schema.required()) if schema is not None else []
    return bool(names) and isinstance(turn.body, dict) and names[-1] in turn.body


def _optional(site: Site) -> bool:
    schema = body_schema(site.operation)
    return schema is not None and bool(set(schema.all_properties()) - schema.required())


def _not_ascii(turn: Turn) -> bool:
    return not all(text.isascii() for text in strings(turn.body if is_there(turn.body) else None))


def _valid(name: str, promise: str, source: str, value: Holds, applies: Callable[[Site], bool]) -> Fault:
    return Fault(id=f"r-{name}", promise=promise, source=source, applies=applies, behave=refuses_if(value), proof="refused")


def _crash(
    name: str, promise: str, value: Holds, applies: Callable[[Site], bool], made: Callable[[Turn], Answer] | None = None
) -> Fault:
    return Fault(id=f"x-{name}", promise=promise, source="RFC 9110 section 15.6", applies=applies, behave=breaks_if(value, made),
                 proof="crashed")  # fmt: skip


def _has_query(site: Site) -> bool:
    return any(not parameter.required for parameter in site.operation.parameters_in("query"))


def has_text(site: Site) -> bool:
    return has_body(lambda depth, schema, _v: depth == 1 and schema.types() == {"string"} and not schema.get("enum")
                     and not schema.get("format") and not schema.get("pattern"))(site)  # fmt: skip


def _has_three(site: Site) -> bool:
    schema = body_schema(site.operation)
    return schema is not None and len(schema.all_properties()) > 2


_VALID = (
    _valid("optional-parameter", "Each declared parameter is taken.", "parameters", _first_optional_query, _has_query),
    _valid("enum-value", "Each listed value is taken.", "schema.enum", schema_and(_last_of_enum),
           lambda site: has_body(lambda _d, schema, _v: len(schema.get("enum") or ()) > 1)(site)
           or has_parameter("query",
           lambda parameter: any(len(schema.get("enum") or ()) > 1 for schema in inside(parameter)))(site)),
    _valid("maximum", "The maximum itself is allowed.", "schema.maximum", schema_and(_at_maximum),
           lambda site: has_body(lambda _d, schema, _v: schema.get("maximum") is not None)(site)
           or has_parameter("query",
           lambda parameter: any(schema.get("maximum") is not None for schema in inside(parameter)))(site)),
    _valid("minimum", "The minimum itself is allowed.", "schema.minimum", schema_and(_at_minimum),
           lambda site: has_body(lambda _d, schema, _v: schema.get("minimum") is not None)(site)
           or has_parameter("query",
           lambda parameter: any(schema.get("minimum") is not None for schema in inside(parameter)))(site)),
    _valid("not-ascii", "A text may hold any letters.", "schema.type, RFC 8259 section 7", _not_ascii, has_text),
    _valid("only-required", "What is not required may be left out.", "schema.required", _all_optional_absent,
           lambda site: _optional(site) and requires_body(site)),
    _valid("all-properties", "All properties may be there.", "schema.properties", _all_present,
           lambda site: _optional(site) and _has_three(site)),
    _valid("one-property", "Each declared property is taken.", "schema.properties", _last_property, _optional),
    _valid("empty-array", "An array may be empty.", "schema.minItems", schema_and(lambda _schema, value: value == []),
           has_body(lambda _d, schema, _v: is_typed(schema, "array") and not schema.get("minItems"))),
    _valid("false", "Both booleans are booleans.", "schema.type", schema_and(lambda _schema, value: value is False),
           has_body(lambda _d, schema, _v: is_typed(schema, "boolean"))),
)  # fmt: skip


_CRASHES = (
    _crash("empty-text", "An empty text is no accident.", lambda turn: "" in strings(turn.body if is_there(turn.body) else None),
         has_text),
    _crash("not-ascii", "Letters beyond ASCII are no accident.", _not_ascii, has_text),
    _crash("long-text", "A long text is taken or refused.",
           lambda turn: any(len(text) > 255 for text in strings(turn.body if is_there(turn.body) else None)), has_text),
    _crash("zero", "Zero is a number.", schema_and(lambda _schema, value: value == 0 and not isinstance(value, bool)),
           has_body(lambda _d, schema, _v: is_typed(schema, "integer", "number") and (schema.get("minimum") or 0) <= 0)),
    _crash("negative", "A negative number is taken or refused.",
           schema_and(lambda _schema, value: isinstance(value, (int, float)) and value < 0),
           has_body(lambda _d, schema, _v: is_typed(schema, "integer", "number"))),
    _crash("empty-object", "An empty body is taken or refused.", lambda turn: turn.body == {}, takes_json),
    _crash("null-field", "Null is taken or refused.", schema_and(lambda _schema, value: value is None), takes_json),
    _crash("bad-json", "What is no JSON is refused.",
           lambda turn: bool(turn.request.body) and not is_there(loaded(turn.request.body)), takes_json),
    _crash("wrong-type", "A wrong type is refused.", lambda turn: any(error.keyword == "type" for error in turn.reading.errors),
         takes_json),
    _crash("missing-field", "A missing property is refused.",
           lambda turn: any(error.keyword == "required" and error.names for error in turn.reading.errors), requires_body),
    _crash("query-number", "A number that is none is refused.",
           lambda turn: any(error.keyword == "type" and error.pointer.startswith("/query") for error in turn.reading.errors),
           has_parameter("query", lambda parameter: any(is_typed(schema, "integer") for schema in inside(parameter)))),
    _crash("bad-id", "An id that is none is not found or refused.",
           lambda turn: re.fullmatch(r"[0-9a-fA-F-]{36}|\d+", unquote(next(reversed([*turn.values.values()]), "0"))) is None,
           lambda site: site.role in {"read", "update", "replace", "delete"}),
    _crash("page-beyond", "A page beyond the end is no accident.",
           lambda turn: any(name in {"page", "page[number]"} and value.isdigit() and int(value) > 1 for name,
           value in query_of(turn)),
           has_parameter("query", lambda parameter: parameter.name in {"page", "page[number]"})),
    _crash("filter", "A filter is no accident.", lambda turn: any(name.startswith("filter[") for name, _ in query_of(turn)),
           has_parameter("query", lambda parameter: parameter.name == "filter" or parameter.name.startswith("filter["))),
    _crash("closed", "A request is answered.", _last_property, _optional,
           lambda _turn: NoResponse(kind="reset", reason="the connection was reset")),
    _crash("broken-off", "An answer comes whole.", schema_and(lambda _schema, value: value is False or value == []),
           has_body(lambda _d, schema, _v: is_typed(schema, "boolean", "array")),
           lambda _turn: NoResponse(kind="protocol", reason="the answer broke off")),
)  # fmt: skip


def _not_found_crash(turn: Turn) -> Answer:
    answer = turn.send()
    return crash() if turn.here and isinstance(answer, Response) and answer.status == 404 else answer


def _deleted_crash(turn: Turn) -> Answer:
    gone = turn.notes.setdefault("gone", set())
    if turn.here and turn.path in gone:
        return crash()
    answer = turn.send()
    if turn.here and is_good(answer):
        gone.add(turn.path)
    return answer


ROWS: tuple[Fault, ...] = (
    *_VALID, *_CRASHES,
    Fault(id="x-not-found", promise="What is not there is no accident.", source="RFC 9110 section 15.6",
          applies=lambda site: site.role in {"read", "update", "replace", "delete"}, behave=lambda _site: _not_found_crash,
          proof="crashed"),
    Fault(id="x-delete-again", promise="A second delete is no accident.", source="RFC 9110 sections 9.2.2 and 15.6",
          applies=lambda site: site.role == "delete", behave=lambda _site: _deleted_crash, proof="crashed-again"),
)  # fmt: skip
"""The faults of this file."""

"""Faults of the second set that show at some places or for some values only: later items, optional fields, one media type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from second_bodies import (
    body_schema,
    has_body,
    has_parameter,
    inside,
    is_typed,
    query_of,
    sent_values,
    strings,
    takes_json,
)
from second_faults_input import Wrong, keyword, lets_in, null_sent, sent_at
from second_faults_refused import breaks_if, has_text, refuses_if, schema_and
from second_site import Answer, Fault, Site, Turn, is_good, is_there, with_header

from conformance.model.message import Response
from conformance.model.ports import Schema
from conformance.spec.reading import RequestError

_LATER = re.compile(r"/[1-9]\d*(/|$)")


def _gap(name: str, promise: str, wrong: Wrong, applies: Callable[[Site], bool]) -> Fault:
    return Fault(id=f"w-{name}", promise=promise, source="schema", applies=applies, behave=lets_in(wrong), proof="accepted")


def _refusal(name: str, promise: str, holds: Callable[[Turn], bool], applies: Callable[[Site], bool]) -> Fault:
    return Fault(id=f"w-{name}", promise=promise, source="schema", applies=applies, behave=refuses_if(holds), proof="refused")


def _crash(name: str, promise: str, holds: Callable[[Turn], bool], applies: Callable[[Site], bool]) -> Fault:
    return Fault(id=f"w-{name}", promise=promise, source="RFC 9110 section 15.6", applies=applies, behave=breaks_if(holds),
                 proof="crashed")  # fmt: skip


def _texts(turn: Turn) -> Iterator[str]:
    yield from strings(turn.body if is_there(turn.body) else None)


def _optional(error: RequestError, turn: Turn) -> bool:
    """In a field of the body that may be left out."""
    schema = body_schema(turn.site.operation)
    first = error.pointer.removeprefix("/body/").partition("/")[0]
    return error.pointer.startswith("/body/") and schema is not None and first not in schema.required()


def _other_case(error: RequestError, turn: Turn) -> bool:
    value = sent_at(error, turn)
    return (
        error.keyword == "enum"
        and isinstance(value, str)
        and value.lower() in error.message.lower().replace(value.lower(), "", 1)
    )


def _truth_in_words(error: RequestError, turn: Turn) -> bool:
    return error.keyword == "type" and sent_at(error, turn) in ("true", "false", "yes", 1, 0)


def _number_for_text(error: RequestError, turn: Turn) -> bool:
    return error.keyword == "type" and '"string"' in error.message and type(sent_at(error, turn)) in {int, float}


def _media(*kinds: str) -> Wrong:
    return lambda error, turn: (
        error.kind == "media-type" and (turn.request.header("content-type") or "").lower().startswith(kinds)
    )


def _depth(value: Any) -> int:
    if isinstance(value, (dict, list)):
        return 1 + max(map(_depth, value.values() if isinstance(value, dict) else value), default=0)
    return 0


def _is_deep(turn: Turn) -> bool:
    return turn.request.body.count(b"[") + turn.request.body.count(b"{") > 400 or (
        is_there(turn.body) and isinstance(turn.body, (dict, list)) and _depth(turn.body) > 30
    )


def _has_list(turn: Turn) -> bool:
    return any(isinstance(value, list) and len(value) > 2 for _, value in sent_values(turn))


def _middle_of_enum(schema: Schema, value: Any) -> bool:
    listed = schema.get("enum")
    return isinstance(listed, list) and len(listed) > 2 and value == listed[len(listed) // 2]


def _at_longest(schema: Schema, value: Any) -> bool:
    return isinstance(value, str) and len(value) == schema.get("maxLength")


def _null_allowed(schema: Schema, value: Any) -> bool:
    return value is None and schema.is_valid(None, direction="request")


def _no_bearer(turn: Turn) -> Answer:
    """The name of a scheme is enough."""
    answer = turn.send()
    if is_good(answer) and turn.user:
        turn.notes["user"] = turn.user
    is_bare = turn.user.strip().lower() == "bearer"
    return turn.send(turn.request.with_header("Authorization", turn.notes["user"])) if (
        turn.here and is_bare and turn.notes.get("user")) else answer  # fmt: skip


def _head_with_body(turn: Turn) -> Answer:
    if turn.beside and turn.request.method == "HEAD":
        answer = turn.get()
        return answer if answer is not None else turn.send()
    return turn.send()


def _charset(turn: Turn) -> Answer:
    answer = turn.send()
    is_spoilt = turn.here and isinstance(answer, Response) and answer.status >= 400 and answer.body
    return with_header(answer, "content-type", "application/json; charset=utf-16") if is_spoilt else answer  # type: ignore[arg-type]


def _lists(site: Site) -> bool:
    return has_body(lambda _d, schema, _v: is_typed(schema, "array"))(site)


def _twice(turn: Turn) -> bool:
    names = [name for name, _ in query_of(turn)]
    return len(names) > len(set(names))


def _limits(*names: str) -> Callable[[Site], bool]:
    return has_body(lambda _d, schema, _v: any(schema.get(name) for name in names))


def _query_limit(name: str) -> Callable[[Site], bool]:
    return has_parameter("query", lambda found: any(schema.get(name) is not None for schema in inside(found)))


def _needs_type(*types: str) -> Callable[[Site], bool]:
    return has_body(lambda _d, schema, _v: is_typed(schema, *types))


ROWS: tuple[Fault, ...] = (
    _gap("later-item", "What is wrong in a later item is refused too.", lambda error, _turn: bool(_LATER.search(error.pointer)),
         has_body(lambda depth, schema, _v: depth == 1 and is_typed(schema, "array"))),
    _gap("optional-type", "An optional field has its type.",
         lambda error, turn: error.keyword == "type" and _optional(error, turn),
         has_body(lambda depth, schema, _v: depth == 1 and bool(schema.types()))),
    _gap("too-long", "A text is not longer than it may be.", keyword("maxLength", where="/body"), _limits("maxLength")),
    _gap("too-short", "A text is not shorter than it may be.", keyword("minLength", where="/body"), _limits("minLength")),
    _gap("too-many-items", "A list is not longer than it may be.", keyword("maxItems", "minItems"),
         _limits("maxItems", "minItems")),
    _gap("pattern", "A text has its pattern.", keyword("pattern", where="/body"), _limits("pattern")),
    _gap("enum-case", "A listed value is written as it is listed.", _other_case, _limits("enum")),
    _gap("enum-deep", "A listed value is one inside too.",
         lambda error, _turn: error.keyword == "enum" and error.pointer.count("/") >= 3,
         has_body(lambda depth, schema, _v: depth >= 2 and bool(schema.get("enum")))),
    _gap("truth-in-words", "A truth is no text.", _truth_in_words, _needs_type("boolean")),
    _gap("number-for-text", "A number is no text.", _number_for_text, _needs_type("string")),
    _gap("null-optional", "Null is not what is left out.", lambda error, turn: null_sent(error, turn) and _optional(error, turn),
         has_body(lambda depth, schema, _v: depth == 1 and bool(schema.types()) and "null" not in schema.types())),
    _gap("query-minimum", "A parameter is not below its minimum.", keyword("minimum", where="/query"), _query_limit("minimum")),
    _gap("query-maximum", "A parameter is not above its maximum.", keyword("maximum", where="/query"), _query_limit("maximum")),
    _gap("media-xml", "XML is not taken where it is not declared.", _media("application/xml", "text/xml"), takes_json),
    _gap("media-form", "A form is not taken where it is not declared.", _media("multipart/"), takes_json),
    _refusal("middle-of-enum", "Each listed value is taken.", schema_and(_middle_of_enum),
             has_body(lambda _d, schema, _v: len(schema.get("enum") or ()) > 2)),
    _refusal("longest", "The longest text is taken.", schema_and(_at_longest),
             has_body(lambda _d, schema, _v: (schema.get("maxLength") or 9999) <= 1000 and not schema.get("pattern"))),
    _refusal("null-allowed", "Null is taken where it is allowed.", schema_and(_null_allowed),
             has_body(lambda depth, schema, _v: depth == 1 and "null" in schema.types())),
    _refusal("three-items", "A list may have several items.", _has_list,
             has_body(lambda depth, schema, _v: depth == 1 and is_typed(schema, "array") and not schema.get("maxItems"))),
    _refusal("emoji", "A text may have letters beyond the first plane.",
             lambda turn: any(max(text, default="") > "\uffff" for text in _texts(turn)),
             has_text),
    _crash("control", "A control character is no accident.", lambda turn: any("\x01" in text for text in _texts(turn)), has_text),
    _crash("quote", "A quote is no accident.", lambda turn: any("'" in text for text in _texts(turn)), has_text),
    _crash("blanks", "Blanks are no accident.", lambda turn: any(text and not text.strip() for text in _texts(turn)), has_text),
    _crash("great-number", "A great number is no accident.",
           schema_and(lambda _s, value: type(value) is int and abs(value) >= 2**31), _needs_type("integer")),
    _crash("many-items", "Several items are no accident.", _has_list, _lists),
    _crash("deep", "What is deep is no accident.", _is_deep, takes_json),
    _crash("query-twice", "A parameter given twice is no accident.", _twice, has_parameter("query", lambda _found: True)),
    _crash("far-date", "A day far away is no accident.",
           lambda turn: any(re.match(r"(9999|000\d)-\d\d-\d\d", str(value)) for _, value in sent_values(turn)),
           has_body(lambda _d, schema, _v: schema.get("format") in {"date", "date-time"})),
    Fault(id="w-scheme-alone", promise="The name of a scheme is no credential.", source="OpenAPI security",
          applies=lambda site: site.operation.needs_auth, behave=lambda _site: _no_bearer, proof="anonymous"),
    Fault(id="w-head-body", promise="HEAD has no body.", source="RFC 9110 section 9.3.2",
          applies=lambda site: site.role in {"read", "listing"}, behave=lambda _site: _head_with_body, proof="head"),
    Fault(id="w-error-charset", promise="JSON is UTF-8, in errors too.", source="RFC 8259 section 8.1", applies=takes_json,
          behave=lambda _site: _charset, proof="answer"),
)  # fmt: skip
"""The faults of this file."""

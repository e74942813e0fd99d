"""Faults of the second set in what is taken and refused: violations let in, valid requests refused, accidents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, is_there, loaded, sampled, success, walked, with_body

from conformance.model.message import NoResponse, Response
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.spec.body import is_json
from conformance.spec.reading import RequestError

Wrong = Callable[[RequestError, Turn], bool]
Value = Callable[[Turn], bool]
_REQUESTS = Sampler(direction="request", seed=7)
_REFUSALS = (400, 415, 422)


def body_schema(operation: Operation) -> Schema | None:
    """The schema of the JSON body that an operation takes."""
    content = operation.request_body.content.values() if operation.request_body is not None else ()
    return next((media.schema for media in content if is_json(media.name) and media.schema is not None), None)


def body_sample(operation: Operation, salt: str = "", *, rich: bool = True) -> Any:
    """A body that an operation takes; ``None`` when there is none."""
    schema = body_schema(operation)
    try:
        return _REQUESTS.sample(schema, salt=salt, rich=rich) if schema is not None else None
    except Unsatisfiable:
        return None


def body_places(operation: Operation) -> Iterator[tuple[int, Schema, Any]]:
    """Every value of a rich body: how deep it stands, its schema, and itself."""
    body = body_sample(operation)
    for path, schema, value in walked(body_schema(operation), body) if body is not None else ():
        yield len(path), schema, value


def done(turn: Turn) -> Response | None:
    """What a success looks like: the last one here, else one that the document allows."""
    last = turn.notes.get("success")
    if isinstance(last, Response):
        return last
    assert turn.operation is not None
    status, media = success(turn.operation)
    body = sampled(media.schema) if media is not None and media.schema is not None else None
    if media is not None and body is None:
        return None
    made = Response(status=status, headers=(("content-type", "application/json"),) if media is not None else ())
    return with_body(made, body) if media is not None else made


def refused(turn: Turn) -> Response | None:
    """What a refusal looks like: the last one here, else one that the document allows."""
    last = turn.notes.get("refusal")
    if isinstance(last, Response):
        return last
    assert turn.operation is not None
    for status in (422, 400):
        spec = turn.operation.response_for(status)
        media = next((media for media in spec.content.values() if is_json(media.name)), None) if spec is not None else None
        body = sampled(media.schema) if media is not None and media.schema is not None else None
        if body is not None:
            return with_body(Response(status=status, headers=(("content-type", "application/json"),)), body)
    return None


def noted(turn: Turn, answer: Answer) -> Answer:
    """The answer; it is kept to be shown again."""
    if isinstance(answer, Response) and turn.here:
        if is_good(answer):
            turn.notes["success"] = answer
        elif answer.status in (400, 422):
            turn.notes["refusal"] = answer
    return answer


def _lets_in(wrong: Wrong) -> Callable[[Site], Behaviour]:
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


def _keyword(*names: str, where: str = "") -> Wrong:
    return lambda error, _turn: error.keyword in names and error.pointer.startswith(where)


def _depth(error: RequestError) -> int:
    return error.pointer.count("/") + bool(error.names)


def _last_required(error: RequestError, turn: Turn) -> bool:
    schema = body_schema(turn.site.operation)
    return error.keyword == "required" and schema is not None and error.names == (max(schema.required(), default=""),)


def _sent(error: RequestError, turn: Turn) -> Any:
    body = turn.body
    for step in error.pointer.removeprefix("/body").split("/")[1:]:
        try:
            body = body[int(step)] if isinstance(body, list) else body[step.replace("~1", "/").replace("~0", "~")]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return body


def _numeric_text(error: RequestError, turn: Turn) -> bool:
    value = _sent(error, turn)
    return error.keyword == "type" and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None


def _is_null(error: RequestError, turn: Turn) -> bool:
    return error.pointer.startswith("/body/") and error.keyword in {"type", "anyOf", "oneOf", "enum"} and _sent(error, turn) is None


def _is(kind: type, error: RequestError, turn: Turn) -> bool:
    return error.pointer.startswith("/body") and error.keyword in {"type", "anyOf", "oneOf"} and isinstance(_sent(error, turn), kind)


def _just_beyond(error: RequestError, turn: Turn) -> bool:
    """One more than the bound."""
    found = re.findall(r"-?\d+", error.message)
    return error.keyword in {"maximum", "minimum", "maxLength", "minLength"} and len(found) >= 2 and abs(int(found[0]) - int(found[-1])) == 1


def _has_body(test: Callable[[int, Schema, Any], bool]) -> Callable[[Site], bool]:
    return lambda site: any(test(*place) for place in body_places(site.operation))


def _has_parameter(location: str, test: Callable[[Any], bool]) -> Callable[[Site], bool]:
    return lambda site: any(test(parameter) for parameter in site.operation.parameters_in(location))


def _typed(schema: Schema | None, *types: str) -> bool:
    return schema is not None and bool(schema.types()) and schema.types() <= set(types)


def _inside(parameter: Any) -> Iterator[Schema]:
    """The schema of a parameter, and those of its properties."""
    schema = parameter.content.schema if parameter.content is not None else parameter.schema
    if schema is not None:
        yield schema
        yield from schema.all_properties().values()


def _bounded(schema: Schema) -> bool:
    return any(schema.get(keyword) is not None for keyword in ("minimum", "maximum", "minLength", "maxLength"))


def _gap(name: str, promise: str, source: str, wrong: Wrong, applies: Callable[[Site], bool]) -> Fault:
    return Fault(id=f"v-{name}", promise=promise, source=source, applies=applies, behave=_lets_in(wrong), proof="accepted")


def _takes_json(site: Site) -> bool:
    return body_schema(site.operation) is not None


def _required_body(site: Site) -> bool:
    schema = body_schema(site.operation)
    return schema is not None and bool(schema.required())


_GAPS = (
    _gap("required-body-field", "A body without a required property is refused.", "schema.required",
         lambda error, _turn: error.keyword == "required" and error.pointer == "/body", _required_body),
    _gap("required-last-field", "A body without one certain required property is refused.", "schema.required",
         _last_required, lambda site: _required_body(site) and len(body_schema(site.operation).required()) > 1),  # type: ignore[union-attr]
    _gap("required-deep", "Required properties are required inside too.", "schema.required",
         lambda error, _turn: error.keyword == "required" and error.pointer.startswith("/body/"),
         _has_body(lambda depth, schema, _v: depth > 0 and bool(schema.required()))),
    _gap("body-type", "A value of a wrong type is refused.", "schema.type",
         lambda error, _turn: error.keyword == "type" and error.pointer.startswith("/body"), _takes_json),
    _gap("body-type-deep", "A value of a wrong type is refused, inside too.", "schema.type",
         lambda error, _turn: error.keyword == "type" and error.pointer.startswith("/body") and error.pointer.count("/") >= 3,
         _has_body(lambda depth, schema, _v: depth >= 2 and _typed(schema, "string", "integer", "boolean", "number"))),
    _gap("body-not-object", "A body that is no object is refused.", "schema.type",
         lambda error, _turn: error.keyword == "type" and error.pointer == "/body", _takes_json),
    _gap("body-number-in-text", "A number in a text is no number.", "schema.type", _numeric_text,
         _has_body(lambda _d, schema, _v: _typed(schema, "integer", "number"))),
    _gap("body-null", "Null is refused where it is not allowed.", "schema.type", _is_null,
         _has_body(lambda depth, schema, _v: depth == 1 and bool(schema.types()) and "null" not in schema.types())),
    _gap("body-object-for-text", "An object is no text.", "schema.type", lambda e, t: _is(dict, e, t),
         _has_body(lambda depth, schema, _v: depth == 1 and _typed(schema, "string"))),
    _gap("body-array-for-text", "An array is no text.", "schema.type", lambda e, t: _is(list, e, t),
         _has_body(lambda depth, schema, _v: depth == 1 and _typed(schema, "string"))),
    _gap("body-fraction", "A fraction is no integer.", "schema.type",
         lambda error, turn: error.keyword == "type" and isinstance(_sent(error, turn), float),
         _has_body(lambda _d, schema, _v: _typed(schema, "integer"))),
    _gap("body-enum", "A value that is not listed is refused.", "schema.enum", _keyword("enum", where="/body"),
         _has_body(lambda _d, schema, _v: bool(schema.get("enum")))),
    _gap("bounds-by-one", "One beyond the bound is beyond the bound.", "schema.maximum", _just_beyond,
         lambda site: _has_body(lambda _d, schema, _v: _bounded(schema))(site)
         or _has_parameter("query", lambda parameter: any(map(_bounded, _inside(parameter))))(site)),
    _gap("body-format", "A text of a wrong format or pattern is refused.", "schema.format", _keyword("format", "pattern", where="/body"),
         _has_body(lambda _d, schema, _v: schema.get("format") in {"uuid", "date-time", "uri", "email", "date"} or bool(schema.get("pattern")))),
    _gap("body-missing", "A required body is required.", "requestBody.required",
         lambda error, _turn: error.kind == "body" and error.pointer == "/body" and error.keyword == "required" and not error.names,
         lambda site: site.operation.request_body is not None and site.operation.request_body.required),
    _gap("body-syntax", "What is no JSON is refused.", "RFC 8259 section 2", lambda error, _turn: error.kind == "syntax", _takes_json),
    _gap("media-type", "A body of an undeclared media type is refused.", "requestBody.content",
         lambda error, _turn: error.kind == "media-type", _takes_json),
    _gap("query-type", "A query parameter of a wrong type is refused.", "schema.type", _keyword("type", where="/query"),
         _has_parameter("query", lambda parameter: any(_typed(schema, "integer", "number", "boolean") for schema in _inside(parameter)))),
    _gap("query-enum", "A query parameter with a value that is not listed is refused.", "schema.enum", _keyword("enum", where="/query"),
         _has_parameter("query", lambda parameter: any(schema.get("enum") for schema in _inside(parameter)))),
    _gap("query-bounds", "A query parameter beyond its bounds is refused.", "schema.maximum", _keyword("minimum", "maximum", where="/query"),
         _has_parameter("query", lambda parameter: any(map(_bounded, _inside(parameter))))),
    _gap("query-required", "A required query parameter is required.", "parameter.required", _keyword("required", where="/query"),
         _has_parameter("query", lambda parameter: parameter.required)),
    _gap("path-format", "A path parameter of a wrong type or format is refused.", "schema.format",
         lambda error, _turn: error.pointer.startswith("/path") and error.keyword in {"format", "type", "pattern", "enum"},
         _has_parameter("path", lambda parameter: any(_typed(schema, "integer") or schema.get("format") == "uuid" or schema.get("enum")
                                                      for schema in _inside(parameter)))),
)  # fmt: skip


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for held in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(held)


def _sent_values(turn: Turn) -> Iterator[tuple[Schema, Any]]:
    """Every value that a request holds, with its schema."""
    if turn.operation is None:
        return
    if is_there(turn.body):
        schema = body_schema(turn.operation)
        yield from ((found, value) for path, found, value in walked(schema, turn.body) if path)
    for parameter in turn.operation.parameters_in("query"):
        value = turn.reading.values.get(("query", parameter.name))
        schema = parameter.content.schema if parameter.content is not None else parameter.schema
        if value is not None:
            yield from ((found, held) for _, found, held in walked(schema, value))


def _query(turn: Turn) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(turn.request.url).query, keep_blank_values=True)


def _refuses_if(value: Value) -> Callable[[Site], Behaviour]:
    """A good request is refused, before anything is done, where its values are of a kind."""

    def respond(turn: Turn) -> Answer:
        if turn.here and value(turn):
            no = refused(turn)
            if no is not None and not turn.reading.errors and turn.request.header("authorization"):
                return no
        return noted(turn, turn.send())

    return lambda _site: respond


def _breaks_if(value: Value, made: Callable[[Turn], Answer] | None = None) -> Callable[[Site], Behaviour]:
    """An accident, where the values of a request are of a kind."""

    def respond(turn: Turn) -> Answer:
        if turn.here and turn.request.header("authorization") and value(turn):
            return made(turn) if made is not None else crash()
        return turn.send()

    return lambda _site: respond


def crash() -> Response:
    """What a web framework says of an exception that nobody caught."""
    return Response(status=500, headers=(("content-type", "text/plain"),), body=b"Internal Server Error")


def _schema_and(test: Callable[[Schema, Any], bool]) -> Value:
    return lambda turn: any(test(schema, value) for schema, value in _sent_values(turn))


def _first_optional_query(turn: Turn) -> bool:
    names = [parameter.name for parameter in turn.site.operation.parameters_in("query") if not parameter.required]
    last = names[-1] if names else ""
    return any(name == last or name.startswith(f"{last}[") for name, _ in _query(turn))


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
    return schema is not None and isinstance(turn.body, dict) and len(turn.body) > 2 and set(schema.all_properties()) <= set(turn.body)


def _last_property(turn: Turn) -> bool:
    schema = body_schema(turn.site.operation)
    names = sorted(set(schema.all_properties()) - schema.required()) if schema is not None else []
    return bool(names) and isinstance(turn.body, dict) and names[-1] in turn.body


def _optional(site: Site) -> bool:
    schema = body_schema(site.operation)
    return schema is not None and bool(set(schema.all_properties()) - schema.required())


def _not_ascii(turn: Turn) -> bool:
    return not all(text.isascii() for text in _strings(turn.body if is_there(turn.body) else None))


def _valid(name: str, promise: str, source: str, value: Value, applies: Callable[[Site], bool]) -> Fault:
    return Fault(id=f"r-{name}", promise=promise, source=source, applies=applies, behave=_refuses_if(value), proof="refused")


def _crash(name: str, promise: str, value: Value, applies: Callable[[Site], bool], made: Callable[[Turn], Answer] | None = None) -> Fault:
    return Fault(id=f"x-{name}", promise=promise, source="RFC 9110 section 15.6", applies=applies, behave=_breaks_if(value, made),
                 proof="crashed")  # fmt: skip


def _has_query(site: Site) -> bool:
    return any(not parameter.required for parameter in site.operation.parameters_in("query"))


def _has_text(site: Site) -> bool:
    return _has_body(lambda depth, schema, _v: depth == 1 and schema.types() == {"string"} and not schema.get("enum")
                     and not schema.get("format") and not schema.get("pattern"))(site)  # fmt: skip


_VALID = (
    _valid("optional-parameter", "Each declared parameter is taken.", "parameters", _first_optional_query, _has_query),
    _valid("enum-value", "Each listed value is taken.", "schema.enum", _schema_and(_last_of_enum),
           lambda site: _has_body(lambda _d, schema, _v: len(schema.get("enum") or ()) > 1)(site)
           or _has_parameter("query", lambda parameter: any(len(schema.get("enum") or ()) > 1 for schema in _inside(parameter)))(site)),
    _valid("maximum", "The maximum itself is allowed.", "schema.maximum", _schema_and(_at_maximum),
           lambda site: _has_body(lambda _d, schema, _v: schema.get("maximum") is not None)(site)
           or _has_parameter("query", lambda parameter: any(schema.get("maximum") is not None for schema in _inside(parameter)))(site)),
    _valid("minimum", "The minimum itself is allowed.", "schema.minimum", _schema_and(_at_minimum),
           lambda site: _has_body(lambda _d, schema, _v: schema.get("minimum") is not None)(site)
           or _has_parameter("query", lambda parameter: any(schema.get("minimum") is not None for schema in _inside(parameter)))(site)),
    _valid("not-ascii", "A text may hold any letters.", "schema.type, RFC 8259 section 7", _not_ascii, _has_text),
    _valid("only-required", "What is not required may be left out.", "schema.required", _all_optional_absent,
           lambda site: _optional(site) and _required_body(site)),
    _valid("all-properties", "All properties may be there.", "schema.properties", _all_present,
           lambda site: _optional(site) and len(body_schema(site.operation).all_properties()) > 2),  # type: ignore[union-attr]
    _valid("one-property", "Each declared property is taken.", "schema.properties", _last_property, _optional),
    _valid("empty-array", "An array may be empty.", "schema.minItems", _schema_and(lambda _schema, value: value == []),
           _has_body(lambda _d, schema, _v: _typed(schema, "array") and not schema.get("minItems"))),
    _valid("false", "Both booleans are booleans.", "schema.type", _schema_and(lambda _schema, value: value is False),
           _has_body(lambda _d, schema, _v: _typed(schema, "boolean"))),
)  # fmt: skip


def _escape(value: str) -> bool:
    return any(letter in value for letter in "'\"%\\;")


_CRASHES = (
    _crash("empty-text", "An empty text is no accident.", lambda turn: "" in _strings(turn.body if is_there(turn.body) else None), _has_text),
    _crash("not-ascii", "Letters beyond ASCII are no accident.", _not_ascii, _has_text),
    _crash("long-text", "A long text is taken or refused.",
           lambda turn: any(len(text) > 255 for text in _strings(turn.body if is_there(turn.body) else None)), _has_text),
    _crash("zero", "Zero is a number.", _schema_and(lambda _schema, value: value == 0 and not isinstance(value, bool)),
           _has_body(lambda _d, schema, _v: _typed(schema, "integer", "number") and (schema.get("minimum") or 0) <= 0)),
    _crash("negative", "A negative number is taken or refused.",
           _schema_and(lambda _schema, value: isinstance(value, (int, float)) and value < 0),
           _has_body(lambda _d, schema, _v: _typed(schema, "integer", "number"))),
    _crash("empty-object", "An empty body is taken or refused.", lambda turn: turn.body == {}, _takes_json),
    _crash("null-field", "Null is taken or refused.", _schema_and(lambda _schema, value: value is None), _takes_json),
    _crash("bad-json", "What is no JSON is refused.",
           lambda turn: bool(turn.request.body) and not is_there(loaded(turn.request.body)), _takes_json),
    _crash("wrong-type", "A wrong type is refused.", lambda turn: any(error.keyword == "type" for error in turn.reading.errors), _takes_json),
    _crash("missing-field", "A missing property is refused.",
           lambda turn: any(error.keyword == "required" and error.names for error in turn.reading.errors), _required_body),
    _crash("query-number", "A number that is none is refused.",
           lambda turn: any(error.keyword == "type" and error.pointer.startswith("/query") for error in turn.reading.errors),
           _has_parameter("query", lambda parameter: any(_typed(schema, "integer") for schema in _inside(parameter)))),
    _crash("bad-id", "An id that is none is not found or refused.",
           lambda turn: re.fullmatch(r"[0-9a-fA-F-]{36}|\d+", unquote(next(reversed([*turn.values.values()]), "0"))) is None,
           lambda site: site.role in {"read", "update", "replace", "delete"}),
    _crash("page-beyond", "A page beyond the end is no accident.",
           lambda turn: any(name in {"page", "page[number]"} and value.isdigit() and int(value) > 1 for name, value in _query(turn)),
           _has_parameter("query", lambda parameter: parameter.name in {"page", "page[number]"})),
    _crash("filter", "A filter is no accident.", lambda turn: any(name.startswith("filter[") for name, _ in _query(turn)),
           _has_parameter("query", lambda parameter: parameter.name == "filter" or parameter.name.startswith("filter["))),
    _crash("closed", "A request is answered.", _last_property, _optional,
           lambda _turn: NoResponse(kind="reset", reason="the connection was reset")),
    _crash("broken-off", "An answer comes whole.", _schema_and(lambda _schema, value: value is False or value == []),
           _has_body(lambda _d, schema, _v: _typed(schema, "boolean", "array")),
           lambda turn: NoResponse(kind="protocol", reason="the answer broke off")),
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


def _refusal_without_field(turn: Turn) -> Answer:
    """The validation runs, and its words are handed out as a success."""
    answer = turn.send()
    if turn.here and isinstance(answer, Response) and answer.status in (400, 422):
        return replace(answer, status=200)
    return answer


ROWS: tuple[Fault, ...] = (
    *_GAPS, *_VALID, *_CRASHES,
    Fault(id="x-not-found", promise="What is not there is no accident.", source="RFC 9110 section 15.6",
          applies=lambda site: site.role in {"read", "update", "replace", "delete"}, behave=lambda _site: _not_found_crash,
          proof="crashed"),
    Fault(id="x-delete-again", promise="A second delete is no accident.", source="RFC 9110 sections 9.2.2 and 15.6",
          applies=lambda site: site.role == "delete", behave=lambda _site: _deleted_crash, proof="crashed-again"),
    Fault(id="v-refusal-as-success", promise="A refusal has a status of refusal.", source="RFC 9110 section 15.5, OpenAPI responses",
          applies=_takes_json, behave=lambda _site: _refusal_without_field, proof="accepted"),
)  # fmt: skip
"""The faults of this file."""

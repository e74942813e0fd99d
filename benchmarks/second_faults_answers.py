"""Faults of the second set in what answers say: fields, values, statuses, media types, the text of JSON itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from second_site import (
    MISSING,
    Answer,
    Behaviour,
    Fault,
    Path,
    Site,
    Turn,
    is_good,
    is_there,
    loaded,
    put,
    sampled,
    success,
    things,
    walked,
    with_body,
    with_header,
)

from conformance.model.message import Response
from conformance.model.operation import MediaType, Operation
from conformance.model.ports import Schema
from conformance.spec.body import is_json

Mutate = Callable[[Schema, Any], Iterator[Any]]
Pick = Callable[[Path, Any], bool]
When = Callable[[Turn, Response], bool]


def _missing(_schema: Schema, _value: Any) -> Iterator[Any]:
    yield MISSING


def _null(_schema: Schema, value: Any) -> Iterator[Any]:
    if value is not None:
        yield None


def _quoted(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, (int, float)):
        yield json.dumps(value)


def _number(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        yield 17


def _truth_in_words(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield "yes" if value else "no"
        yield int(value)


def _other_container(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield {str(index): held for index, held in enumerate(value)}
    elif isinstance(value, dict):
        yield [value]


def _single(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, list) and len(value) == 1:
        yield value[0]


def _text_for_object(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield json.dumps(value)


def _fraction(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, int) and not isinstance(value, bool):
        yield value + 0.5


def _enum_case(schema: Schema, value: Any) -> Iterator[Any]:
    if schema.get("enum") and isinstance(value, str):
        yield value.swapcase()


def _enum_new(schema: Schema, value: Any) -> Iterator[Any]:
    if schema.get("enum") and isinstance(value, str):
        yield f"{value}_v2"


def _const(schema: Schema, value: Any) -> Iterator[Any]:
    if schema.get("const") is not None and isinstance(value, str):
        yield f"{value}s"


def _format(*names: str) -> Mutate:
    wrong = {"date-time": ("2024-02-30T10:00:00Z", "01/02/2024 10:00"), "date": ("2024-02-30",), "email": ("nobody at all",)}

    def mutate(schema: Schema, value: Any) -> Iterator[Any]:
        known = schema.get("format")
        if known in names and isinstance(value, str):
            yield from wrong.get(str(known), ())
            yield f"{value[:-1]}"
            yield f"{value} z"

    return mutate


def _extra(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield {**value, "internal_shard": 3}


def _null_inside(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield [*value, None]


def _bad_map(schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and schema.child("additionalProperties") is not None:
        wrong: tuple[Any, ...] = (None, 3, "x", [], {})
        for held in wrong:
            yield {**value, "one_more": held}


def _steps(path: Path) -> int:
    return sum(isinstance(step, str) for step in path if step != "data")


def anywhere(path: Path, _body: Any) -> bool:
    return bool(path)


def _shallow(path: Path, _body: Any) -> bool:
    return bool(path) and _steps(path) == 1


def _deep(path: Path, _body: Any) -> bool:
    return _steps(path) >= 2


def _deeper(path: Path, _body: Any) -> bool:
    return _steps(path) >= 3


def _index(path: Path, body: Any) -> int | None:
    """Which thing of the list a path leads into."""
    listed = things(body)
    here = body
    for step in path:
        if here is listed and isinstance(step, int):
            return step
        here = here[step]
    return None


def _last_thing(path: Path, body: Any) -> bool:
    listed, index = things(body), _index(path, body)
    return listed is not None and len(listed) >= 2 and index == len(listed) - 1


def _beside(path: Path, body: Any) -> bool:
    """What stands beside the list: totals and the like."""
    return bool(path) and things(body) is not None and isinstance(path[0], str) and body[path[0]] is not things(body)


def _good(_turn: Turn, answer: Response) -> bool:
    return is_good(answer)


def _status(*statuses: int) -> When:
    return lambda _turn, answer: answer.status in statuses


def page_asked(turn: Turn) -> int:
    """The number of the page that a request asks for; 1 where it does not say."""
    for name, value in parse_qsl(urlsplit(turn.request.url).query):
        if name in {"page", "page[number]", "page_number", "pageNumber"} and value.isdigit():
            return int(value)
    return 1


def _later_page(turn: Turn, answer: Response) -> bool:
    return is_good(answer) and page_asked(turn) > 1


def _with_query(turn: Turn, answer: Response) -> bool:
    return is_good(answer) and any("page" not in name.lower() for name, _ in parse_qsl(urlsplit(turn.request.url).query))


def _every(count: int) -> When:
    def when(turn: Turn, answer: Response) -> bool:
        if not is_good(answer):
            return False
        turn.notes["answers"] = turn.notes.get("answers", 0) + 1
        return bool(turn.notes["answers"] % count == 0)

    return when


def _again(turn: Turn, answer: Response) -> bool:
    """From the second answer about the same thing on."""
    seen = turn.notes.setdefault("seen", set())
    if not is_good(answer):
        return False
    known = turn.path in seen
    seen.add(turn.path)
    return known


def media_of(operation: Operation, status: int) -> MediaType | None:
    """The JSON body that the document describes for a status."""
    spec = operation.response_for(status)
    found = (media for media in spec.content.values() if is_json(media.name)) if spec is not None else iter(())
    return next((media for media in found if media.schema is not None), None)


def _pattern(path: Path) -> str:
    return "/".join("*" if isinstance(step, int) else step for step in path)


def _wrong(media: MediaType, body: Any, mutate: Mutate, pick: Pick, rank: str, chosen: str | None = None) -> tuple[str, Any] | None:
    """A body that the schema does not accept any more, and where it was spoilt; the same place whenever ``chosen``."""
    assert media.schema is not None
    places = [entry for entry in walked(media.schema, body) if entry[0] and pick(entry[0], body)]
    if chosen is not None:
        places = [entry for entry in places if _pattern(entry[0]) == chosen]
    for path, schema, value in sorted(places, key=lambda entry: sha256(f"{rank} {_pattern(entry[0])}".encode()).digest()):
        for new in mutate(schema, value):
            spoilt = put(body, path, new)
            if not media.schema.is_valid(spoilt, direction="response"):
                return _pattern(path), spoilt
    return None


def _spoils(mutate: Mutate, pick: Pick = anywhere, when: When = _good) -> Callable[[Site], Behaviour]:
    """One field, the same in every answer, is made wrong."""

    def behave(site: Site) -> Behaviour:
        chosen: list[str] = []

        def respond(turn: Turn) -> Answer:
            answer = turn.send()
            if not turn.here or not isinstance(answer, Response) or turn.operation is None or not when(turn, answer):
                return answer
            media, body = media_of(turn.operation, answer.status), loaded(answer.body)
            if media is None or not is_there(body):
                return answer
            found = _wrong(media, body, mutate, pick, site.operation.label, chosen[0] if chosen else None)
            if found is None:
                return answer
            chosen[:] = [found[0]]
            return with_body(answer, found[1])

        return respond

    return behave


def _can(mutate: Mutate, pick: Pick = anywhere, status: int | None = None) -> Callable[[Site], bool]:
    """Whether a body of the operation can be spoilt so."""

    def applies(site: Site) -> bool:
        code = status if status is not None else success(site.operation)[0]
        media = media_of(site.operation, code)
        body = sampled(media.schema) if media is not None and media.schema is not None else None
        if media is None or body is None:
            return False
        listed = things(body)
        if listed and len(listed) < 2:
            listed.extend(listed[:1])
        return _wrong(media, body, mutate, pick, "") is not None

    return applies


def _and(*tests: Callable[[Site], bool]) -> Callable[[Site], bool]:
    return lambda site: all(test(site) for test in tests)


def _role(*names: str) -> Callable[[Site], bool]:
    return lambda site: site.role in names


def _pages(site: Site) -> bool:
    names = {parameter.name for parameter in site.operation.parameters_in("query")}
    return site.role == "listing" and bool(names & {"page", "page[number]", "page_number"})


def row(
    name: str, promise: str, mutate: Mutate, pick: Pick = anywhere, when: When = _good, *, only: Callable[[Site], bool] | None = None,
    status: int | None = None, source: str = "schema",
) -> Fault:  # fmt: skip
    able = _can(mutate, pick, status)
    return Fault(id=name, promise=promise, source=source, applies=_and(only, able) if only is not None else able,
                 behave=_spoils(mutate, pick, when), proof="answer")  # fmt: skip


def _changes(change: Callable[[Turn, Response], Answer], when: When = _good) -> Callable[[Site], Behaviour]:
    """The whole answer is made another."""

    def respond(turn: Turn) -> Answer:
        answer = turn.send()
        return change(turn, answer) if turn.here and isinstance(answer, Response) and when(turn, answer) else answer

    return lambda _site: respond


def _has_json(site: Site) -> bool:
    return success(site.operation)[1] is not None


def _refuses(status: int) -> Callable[[Site], bool]:
    return lambda site: media_of(site.operation, status) is not None


def _undeclared(*statuses: int, instead_of: int | None = None) -> Callable[[Site], Behaviour]:
    def change(turn: Turn, answer: Response) -> Answer:
        assert turn.operation is not None
        free = next((status for status in statuses if turn.operation.response_for(status) is None), answer.status)
        return replace(answer, status=free)

    return _changes(change, _good if instead_of is None else _status(instead_of))


def _lacks(*statuses: int) -> Callable[[Site], bool]:
    return lambda site: any(site.operation.response_for(status) is None for status in statuses)


def _typed(value: str | None) -> Callable[[Site], Behaviour]:
    return _changes(lambda _turn, answer: with_header(answer, "content-type", value) if answer.body else answer)


def _text(change: Callable[[bytes], bytes], when: When = _good) -> Callable[[Site], Behaviour]:
    return _changes(lambda _turn, answer: replace(answer, body=change(answer.body)) if answer.body else answer, when)


def _doubled(text: bytes) -> bytes:
    """The first member of the innermost first object again, with another value."""
    body = loaded(text)
    if not isinstance(body, dict) or not body:
        return text
    name = next(iter(body))
    return b"{" + json.dumps(name).encode() + b":null," + text.lstrip()[1:]


def _not_a_number(text: bytes) -> bytes:
    body = loaded(text)
    for path, value in _leaves(body):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return json.dumps(put(body, path, float("nan"))).encode()
    return text


def _leaves(body: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    pairs: Any = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for step, held in pairs:
        if isinstance(held, (dict, list)):
            yield from _leaves(held, (*path, step))
        else:
            yield (*path, step), held


def _latin(text: bytes) -> bytes:
    """A text in another charset than JSON has: what was ASCII gets a letter that is not."""
    at = text.find(b'":"')
    return text[: at + 3] + b"\xe9" + text[at + 3 :] if at >= 0 else text


def _has_number(site: Site) -> bool:
    _, media = success(site.operation)
    body = sampled(media.schema) if media is not None and media.schema is not None else None
    return any(isinstance(value, (int, float)) and not isinstance(value, bool) for _, value in _leaves(body))


def _empty_null(turn: Turn, answer: Response) -> Answer:
    body = loaded(answer.body)
    if not isinstance(body, dict) or things(body) != []:
        return answer
    name = next(name for name, value in body.items() if value == [])
    return with_body(answer, {**body, name: None})


def _error_in_success(turn: Turn, answer: Response) -> Answer:
    return replace(answer, status=200)


def _empty_is_typed(site: Site) -> bool:
    _, media = success(site.operation)
    body = sampled(media.schema) if media is not None and media.schema is not None else None
    if site.role != "listing" or not isinstance(body, dict) or media is None or media.schema is None or things(body) is None:
        return False
    name = next(name for name, value in body.items() if value is things(body))
    return not media.schema.is_valid({**body, name: None}, direction="response")


def _utf16(turn: Turn, answer: Response) -> Answer:
    return replace(answer, body=answer.body.decode("utf-8", "replace").encode("utf-16")) if answer.body else answer


_JSON = "RFC 8259 section 2"
_CONTENT = "OpenAPI responses.content"

ROWS: tuple[Fault, ...] = (
    row("a-required-missing", "A required property is there.", _missing, _shallow),
    row("a-required-missing-deep", "A required property is there, inside too.", _missing, _deep),
    row("a-required-missing-last-item", "Required properties are there in each item.", _missing, _last_thing, only=_role("listing")),
    row("a-required-missing-again", "Required properties are there in each answer.", _missing, when=_again, only=_role("read")),
    row("a-required-missing-create", "The answer to a create is whole.", _missing, only=_role("create")),
    row("a-null", "What is not nullable is not null.", _null, _shallow),
    row("a-null-deep", "What is not nullable is not null, inside too.", _null, _deep),
    row("a-null-in-array", "Items of an array have their type.", _null_inside),
    row("a-number-quoted", "A number is a number.", _quoted),
    row("a-text-as-number", "A text is a text.", _number, _deep),
    row("a-boolean-in-words", "A boolean is a boolean.", _truth_in_words),
    row("a-array-as-object", "Arrays and objects are what they are said to be.", _other_container),
    row("a-single-unwrapped", "An array of one is an array.", _single),
    row("a-object-as-text", "An object is not its text.", _text_for_object, _deep),
    row("a-integer-fraction", "An integer has no fraction.", _fraction),
    row("a-mistyped-very-deep", "Types hold three levels down.", lambda s, v: iter((*_number(s, v), *_quoted(s, v))), _deeper),
    row("a-mistyped-last-item", "Types hold in each item.", lambda s, v: iter((*_number(s, v), *_quoted(s, v))), _last_thing,
        only=_role("listing")),
    row("a-mistyped-second-page", "Types hold on each page.", _number, when=_later_page, only=_pages),
    row("a-mistyped-beside-list", "What stands beside a list has its type.", _quoted, _beside, only=_role("listing")),
    row("a-mistyped-with-filter", "Types hold in filtered lists.", _number, when=_with_query,
        only=lambda site: site.role == "listing" and len(site.operation.parameters_in("query")) > 2),
    row("a-mistyped-every-fourth", "Types hold in every answer.", _number, when=_every(4), only=_role("read", "listing")),
    row("a-enum-case", "Only listed values are shown.", _enum_case, source="schema.enum"),
    row("a-enum-new", "Only listed values are shown, inside too.", _enum_new, _deep, source="schema.enum"),
    row("a-enum-new-last-item", "Only listed values are shown in each item.", _enum_new, _last_thing, only=_role("listing"),
        source="schema.enum"),
    row("a-const", "A constant is constant.", _const, source="schema.const"),
    row("a-date-time", "A date-time is one of RFC 3339.", _format("date-time", "date"), source="schema.format"),
    row("a-uuid", "A UUID is one.", _format("uuid"), source="schema.format"),
    row("a-extra", "No property where none else is allowed.", _extra, source="schema.additionalProperties"),
    row("a-map-value", "Values of a map have their type.", _bad_map, source="schema.additionalProperties"),
    row("a-error-body-422", "A refusal has the declared body.", lambda s, v: iter((*_missing(s, v), *_other_container(s, v), *_number(s, v))),
        when=_status(422), status=422),
    row("a-error-body-400", "A refusal has the declared body.", lambda s, v: iter((*_missing(s, v), *_other_container(s, v), *_number(s, v))),
        when=_status(400), status=400,
        only=lambda site: "400" in site.operation.responses),
    row("a-error-body-404", "An error has the declared body.", lambda s, v: iter((*_missing(s, v), *_other_container(s, v), *_number(s, v))),
        when=_status(404), status=404),
    row("a-error-body-401", "A refusal of credentials has the declared body.",
        lambda s, v: iter((*_missing(s, v), *_other_container(s, v), *_number(s, v))), when=_status(401), status=401),
    Fault(id="a-empty-list-null", promise="An empty list is a list.", source="schema.type", applies=_empty_is_typed,
          behave=_changes(_empty_null), proof="answer"),
    Fault(id="s-success-undeclared", promise="Only listed statuses.", source="OpenAPI responses",
          applies=_lacks(200, 202, 203, 206), behave=_undeclared(206, 203, 202, 200), proof="answer"),
    Fault(id="s-gone-undeclared", promise="Only listed statuses.", source="OpenAPI responses",
          applies=_and(_lacks(410), lambda site: site.role in {"read", "update", "replace", "delete"}),
          behave=_undeclared(410, instead_of=404), proof="answer"),
    Fault(id="s-refusal-undeclared", promise="Only listed statuses, for refusals too.", source="OpenAPI responses",
          applies=_and(_refuses(422), _lacks(418)), behave=_undeclared(418, instead_of=422), proof="answer"),
    Fault(id="s-error-as-200", promise="What is not there is not a success.", source="OpenAPI responses, schema",
          applies=_and(_role("read"), _can(_missing)), behave=_changes(_error_in_success, _status(404)), proof="answer"),
    Fault(id="c-text-plain", promise="The media type is a declared one.", source=_CONTENT, applies=_has_json,
          behave=_typed("text/plain"), proof="answer"),
    Fault(id="c-missing", promise="A body says what it is.", source=_CONTENT, applies=_has_json, behave=_typed(None), proof="answer"),
    Fault(id="c-html-error", promise="Errors have the declared media type.", source=_CONTENT, applies=_refuses(422),
          behave=_changes(lambda _t, a: with_header(replace(a, body=b"<h1>Unprocessable</h1>"), "content-type", "text/html"),
                          _status(422)), proof="answer"),
    Fault(id="c-charset-utf16", promise="JSON is UTF-8.", source="RFC 8259 section 8.1", applies=_has_json, behave=_changes(_utf16),
          proof="answer"),
    Fault(id="j-latin-1", promise="JSON is UTF-8.", source="RFC 8259 section 8.1", applies=_has_json, behave=_text(_latin),
          proof="answer"),
    Fault(id="j-bom", promise="JSON has no byte order mark.", source="RFC 8259 section 8.1", applies=_has_json,
          behave=_text(lambda text: b"\xef\xbb\xbf" + text), proof="answer"),
    Fault(id="j-truncated", promise="JSON is whole.", source=_JSON, applies=_has_json, behave=_text(lambda text: text[:-1]),
          proof="answer"),
    Fault(id="j-trailing", promise="JSON is one value.", source=_JSON, applies=_has_json,
          behave=_text(lambda text: text + b"\n<!-- served by node 3 -->"), proof="answer"),
    Fault(id="j-duplicate-key", promise="Names in an object are unique.", source="RFC 8259 section 4", applies=_has_json,
          behave=_text(_doubled), proof="doubled"),
    Fault(id="j-nan", promise="JSON has no NaN.", source="RFC 8259 section 6", applies=_has_number, behave=_text(_not_a_number),
          proof="answer"),
    Fault(id="j-empty", promise="There is a body where one is declared.", source=_CONTENT, applies=_has_json,
          behave=_text(lambda _text: b""), proof="answer"),
    Fault(id="j-error-truncated", promise="JSON is whole, in errors too.", source=_JSON, applies=_refuses(422),
          behave=_text(lambda text: text[: len(text) // 2], _status(422)), proof="answer"),
    Fault(id="j-body-with-204", promise="204 has no body.", source="RFC 9110 section 15.3.5",
          applies=lambda site: "204" in site.operation.responses and success(site.operation)[0] == 204,
          behave=_changes(lambda _t, a: replace(a, body=b"{}", headers=(*a.headers, ("content-type", "application/json")))
                          if a.status == 204 else a), proof="no-content"),
)  # fmt: skip
"""The faults of this file."""

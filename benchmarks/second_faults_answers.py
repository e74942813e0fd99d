"""Faults of the second set in what answers say: fields, values, statuses, media types, the text of JSON itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from second_bodies import has_parameter, inside, is_typed, takes_json
from second_site import Answer, Behaviour, Fault, Path, Site, Turn, loaded, put, sampled, success, things, with_body, with_header
from second_spoiling import (
    Mutate,
    Pick,
    When,
    anywhere,
    as_number,
    bad_map,
    beside_list,
    can_spoil,
    changes_answer,
    constant,
    deep,
    deeper,
    each_of,
    enum_case,
    enum_new,
    extra,
    fraction,
    has_pages,
    in_role,
    last_thing,
    media_of,
    missing,
    null,
    null_inside,
    off_format,
    other_container,
    quoted,
    shallow,
    single,
    spoils,
    text_for_object,
    truth_in_words,
    when_again,
    when_filtered,
    when_good,
    when_later_page,
    when_status,
)

from conformance.model.message import Response


def _and(*tests: Callable[[Site], bool]) -> Callable[[Site], bool]:
    return lambda site: all(test(site) for test in tests)


def row(
    name: str, promise: str, mutate: Mutate, pick: Pick = anywhere, when: When = when_good, *, only: Callable[[Site],
         bool] | None = None,
    status: int | None = None, source: str = "schema",
) -> Fault:  # fmt: skip
    able = can_spoil(mutate, pick, status)
    return Fault(id=name, promise=promise, source=source, applies=_and(only, able) if only is not None else able,
                 behave=spoils(mutate, pick, when), proof="answer")  # fmt: skip


def _has_json(site: Site) -> bool:
    return success(site.operation)[1] is not None


def _refuses(status: int) -> Callable[[Site], bool]:
    return lambda site: media_of(site.operation, status) is not None and _can_refuse(site)


def _can_refuse(site: Site) -> bool:
    """Whether a client can say something wrong that every service sees."""
    return takes_json(site) or has_parameter("query", lambda found: any(is_typed(one, "integer") for one in inside(found)))(site)


def _has_name(site: Site) -> bool:
    return site.operation.path.endswith("}") and site.create is not None


def _undeclared(*statuses: int, instead_of: int | None = None) -> Callable[[Site], Behaviour]:
    def change(turn: Turn, answer: Response) -> Answer:
        assert turn.operation is not None
        free = next((status for status in statuses if turn.operation.response_for(status) is None), answer.status)
        return replace(answer, status=free)

    return changes_answer(change, when_good if instead_of is None else when_status(instead_of))


def _lacks(*statuses: int) -> Callable[[Site], bool]:
    return lambda site: any(site.operation.response_for(status) is None for status in statuses)


def _typed(value: str | None) -> Callable[[Site], Behaviour]:
    return changes_answer(lambda _turn, answer: with_header(answer, "content-type", value) if answer.body else answer)


def _text(change: Callable[[bytes], bytes], when: When = when_good) -> Callable[[Site], Behaviour]:
    return changes_answer(lambda _turn, answer: replace(answer, body=change(answer.body)) if answer.body else answer, when)


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


def _empty_null(_turn: Turn, answer: Response) -> Answer:
    body = loaded(answer.body)
    if not isinstance(body, dict) or things(body) != []:
        return answer
    name = next(name for name, value in body.items() if value == [])
    return with_body(answer, {**body, name: None})


def _error_in_success(_turn: Turn, answer: Response) -> Answer:
    return replace(answer, status=200)


def _empty_is_typed(site: Site) -> bool:
    _, media = success(site.operation)
    body = sampled(media.schema) if media is not None and media.schema is not None else None
    if site.role != "listing" or not isinstance(body, dict) or media is None or media.schema is None or things(body) is None:
        return False
    name = next(name for name, value in body.items() if value is things(body))
    return not media.schema.is_valid({**body, name: None}, direction="response")


def _utf16(_turn: Turn, answer: Response) -> Answer:
    return replace(answer, body=answer.body.decode("utf-8", "replace").encode("utf-16")) if answer.body else answer


_JSON = "RFC 8259 section 2"
_CONTENT = "OpenAPI responses.content"

ROWS: tuple[Fault, ...] = (
    row("a-required-missing", "A required property is there.", missing, shallow),
    row("a-required-missing-deep", "A required property is there, inside too.", missing, deep),
    row("a-required-missing-last-item", "Required properties are there in each item.", missing, last_thing,
         only=in_role("listing")),
    row("a-required-missing-again", "Required properties are there in each answer.", missing, when=when_again,
         only=in_role("read")),
    row("a-required-missing-create", "The answer to a create is whole.", missing, only=in_role("create")),
    row("a-null", "What is not nullable is not null.", null, shallow),
    row("a-null-deep", "What is not nullable is not null, inside too.", null, deep),
    row("a-null-in-array", "Items of an array have their type.", null_inside),
    row("a-number-quoted", "A number is a number.", quoted),
    row("a-text-as-number", "A text is a text.", as_number, deep),
    row("a-boolean-in-words", "A boolean is a boolean.", truth_in_words),
    row("a-array-as-object", "Arrays and objects are what they are said to be.", other_container),
    row("a-single-unwrapped", "An array of one is an array.", single),
    row("a-object-as-text", "An object is not its text.", text_for_object, deep),
    row("a-integer-fraction", "An integer has no fraction.", fraction),
    row("a-mistyped-very-deep", "Types hold three levels down.", lambda s, v: iter((*as_number(s, v), *quoted(s, v))), deeper),
    row("a-mistyped-last-item", "Types hold in each item.", lambda s, v: iter((*as_number(s, v), *quoted(s, v))), last_thing,
        only=in_role("listing")),
    row("a-mistyped-second-page", "Types hold on each page.", as_number, when=when_later_page, only=has_pages),
    row("a-mistyped-beside-list", "What stands beside a list has its type.", quoted, beside_list, only=in_role("listing")),
    row("a-mistyped-with-filter", "Types hold in filtered lists.", as_number, when=when_filtered,
        only=lambda site: site.role == "listing" and len(site.operation.parameters_in("query")) > 2),
    row("a-mistyped-every-fourth", "Types hold in every answer.", as_number, when=each_of(4), only=in_role("read", "listing")),
    row("a-enum-case", "Only listed values are shown.", enum_case, source="schema.enum"),
    row("a-enum-new", "Only listed values are shown, inside too.", enum_new, deep, source="schema.enum"),
    row("a-enum-new-last-item", "Only listed values are shown in each item.", enum_new, last_thing, only=in_role("listing"),
        source="schema.enum"),
    row("a-const", "A constant is constant.", constant, source="schema.const"),
    row("a-date-time", "A date-time is one of RFC 3339.", off_format("date-time", "date"), source="schema.format"),
    row("a-uuid", "A UUID is one.", off_format("uuid"), source="schema.format"),
    row("a-extra", "No property where none else is allowed.", extra, source="schema.additionalProperties"),
    row("a-map-value", "Values of a map have their type.", bad_map, source="schema.additionalProperties"),
    row("a-error-body-422", "A refusal has the declared body.", lambda s, v: iter((*missing(s, v), *other_container(s, v),
         *as_number(s, v))),
        when=when_status(422), status=422, only=_can_refuse),
    row("a-error-body-400", "A refusal has the declared body.", lambda s, v: iter((*missing(s, v), *other_container(s, v),
         *as_number(s, v))),
        when=when_status(400), status=400,
        only=lambda site: "400" in site.operation.responses and _can_refuse(site)),
    row("a-error-body-404", "An error has the declared body.", lambda s, v: iter((*missing(s, v), *other_container(s, v),
         *as_number(s, v))),
        when=when_status(404), status=404, only=_has_name),
    row("a-error-body-401", "A refusal of credentials has the declared body.",
        lambda s, v: iter((*missing(s, v), *other_container(s, v), *as_number(s, v))), when=when_status(401), status=401),
    Fault(id="a-empty-list-null", promise="An empty list is a list.", source="schema.type", applies=_empty_is_typed,
          behave=changes_answer(_empty_null), proof="answer"),
    Fault(id="s-success-undeclared", promise="Only listed statuses.", source="OpenAPI responses",
          applies=_lacks(200, 202, 203, 206), behave=_undeclared(206, 203, 202, 200), proof="answer"),
    Fault(id="s-gone-undeclared", promise="Only listed statuses.", source="OpenAPI responses",
          applies=_and(_lacks(410), lambda site: site.role in {"read", "update", "replace", "delete"}),
          behave=_undeclared(410, instead_of=404), proof="answer"),
    Fault(id="s-refusal-undeclared", promise="Only listed statuses, for refusals too.", source="OpenAPI responses",
          applies=_and(_refuses(422), _lacks(418)), behave=_undeclared(418, instead_of=422), proof="answer"),
    Fault(id="s-error-as-200", promise="What is not there is not a success.", source="OpenAPI responses, schema",
          applies=_and(in_role("read"), can_spoil(missing)), behave=changes_answer(_error_in_success, when_status(404)),
          proof="answer"),
    Fault(id="c-text-plain", promise="The media type is a declared one.", source=_CONTENT, applies=_has_json,
          behave=_typed("text/plain"), proof="answer"),
    Fault(id="c-missing", promise="A body says what it is.", source=_CONTENT, applies=_has_json, behave=_typed(None),
         proof="answer"),
    Fault(id="c-html-error", promise="Errors have the declared media type.", source=_CONTENT, applies=_refuses(422),
          behave=changes_answer(lambda _t, a: with_header(replace(a, body=b"<h1>Unprocessable</h1>"), "content-type",
          "text/html"),
                          when_status(422)), proof="answer"),
    Fault(id="c-charset-utf16", promise="JSON is UTF-8.", source="RFC 8259 section 8.1", applies=_has_json,
         behave=changes_answer(_utf16),
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
          behave=_text(lambda text: text[: len(text) // 2], when_status(422)), proof="answer"),
    Fault(id="j-body-with-204", promise="204 has no body.", source="RFC 9110 section 15.3.5",
          applies=lambda site: "204" in site.operation.responses and success(site.operation)[0] == 204,
          behave=changes_answer(lambda _t, a: replace(a, body=b"{}", headers=(*a.headers, ("content-type", "application/json")))
                          if a.status == 204 else a), proof="no-content"),
)  # fmt: skip
"""The faults of this file."""

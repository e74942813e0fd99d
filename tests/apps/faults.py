"""One defect at a time, planted around the library: a middleware a fault, and the check that has to see it.

A middleware takes the request and the healthy service, and gives the answer. Where a field is meant, it is one of the
book's, so that a fault reaches every operation that shows or takes books.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from conformance.model.message import NoResponse, Request, Response
from conformance.model.ports import Responder

Answer = Response | NoResponse
Plant = Callable[[Request, Responder], Answer]

LIST, CREATE = "GET /books", "POST /books"
READ, PUT, PATCH, DELETE, LEND = (
    "GET /books/{id}", "PUT /books/{id}", "PATCH /books/{id}", "DELETE /books/{id}", "POST /books/{id}/loan",
)  # fmt: skip
SHOWING = (LIST, CREATE, READ, PUT, PATCH)
TAKING = (CREATE, PUT, PATCH)
ALL = (*SHOWING, DELETE, LEND)


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A fault: where it is, what it does, and the id of the check that has to find it; ``also`` may speak too."""

    name: str
    check: str
    on: tuple[str, ...]
    plant: Plant
    also: frozenset[str] = frozenset()
    around: bool = False  # whether it reaches further than the operations it is on


class Faulty:
    """The healthy service with a fault on some of its operations."""

    def __init__(self, inner: Responder, label_of: Callable[[Request], str | None], fault: Planted) -> None:
        self._inner, self._label_of, self._fault = inner, label_of, fault

    def respond(self, request: Request) -> Answer:
        label = self._label_of(request)
        here = label in self._fault.on or self._fault.around
        return self._fault.plant(request, self._inner) if here else self._inner.respond(request)


# What is done to answers.


def on_success(change: Callable[[Response], Response]) -> Plant:
    def plant(request: Request, service: Responder) -> Answer:
        answer = service.respond(request)
        return change(answer) if isinstance(answer, Response) and answer.status < 300 else answer

    return plant


def on_error(change: Callable[[Response], Response]) -> Plant:
    def plant(request: Request, service: Responder) -> Answer:
        answer = service.respond(request)
        return change(answer) if isinstance(answer, Response) and 400 <= answer.status < 500 else answer

    return plant


def telling(say: Callable[[Request], str | None]) -> Plant:
    """Errors that say something of the request or the service besides."""

    def plant(request: Request, service: Responder) -> Answer:
        def tell(answer: Response) -> Response:
            said = {**json.loads(answer.body), "detail": say(request) or ""} if answer.body else None
            return replace(answer, body=json.dumps(said).encode()) if said is not None else answer

        return on_error(tell)(request, service)

    return plant


def on_book(change: Callable[[dict[str, Any]], Any]) -> Plant:
    """Every book that an answer shows, changed in place."""

    def edit(answer: Response) -> Response:
        if not answer.body:
            return answer
        value = json.loads(answer.body)
        for book in value.get("data", [value]):
            change(book)
        return replace(answer, body=json.dumps(value).encode())

    return on_success(edit)


def header(name: str, value: str | None) -> Callable[[Response], Response]:
    def change(answer: Response) -> Response:
        kept = tuple(pair for pair in answer.headers if pair[0].lower() != name.lower())
        return replace(answer, headers=kept if value is None else (*kept, (name, value)))

    return change


def setting(field: str, value: Any) -> Plant:
    return on_book(lambda book: book.__setitem__(field, value))


# What is done to requests: a careless service mends them, or never looks.


def mended(mend: Callable[[Any], Any]) -> Plant:
    """The JSON body made right before the service sees it."""

    def plant(request: Request, service: Responder) -> Answer:
        try:
            value = json.loads(request.body)
        except (ValueError, RecursionError):
            return service.respond(request)
        return service.respond(replace(request, body=json.dumps(mend(value)).encode()))

    return plant


def fields(change: Callable[[dict[str, Any]], Any]) -> Plant:
    def mend(value: Any) -> Any:
        if isinstance(value, dict):
            change(value)
        return value

    return mended(mend)


def dropping(field: str, bad: Callable[[Any], bool]) -> Plant:
    """A field with a bad value passes: the service leaves it out (or takes a good one where it must have one)."""
    good = {"title": "t", "genre": "novel"}

    def change(value: dict[str, Any]) -> None:
        if field in value and bad(value[field]):
            if field in good:
                value[field] = good[field]
            else:
                del value[field]
                value.update({} if value else {"title": "t"})

    return fields(change)


def query(change: Callable[[list[tuple[str, str]]], list[tuple[str, str]]]) -> Plant:
    def plant(request: Request, service: Responder) -> Answer:
        parts = urlsplit(request.url)
        pairs = change(parse_qsl(parts.query, keep_blank_values=True))
        return service.respond(replace(request, url=parts._replace(query=urlencode(pairs)).geturl()))

    return plant


def without_pair(name: str, bad: Callable[[str], bool]) -> Plant:
    return query(lambda pairs: [pair for pair in pairs if not (pair[0] == name and bad(pair[1]))])


def _whole(text: str) -> bool:
    return text.lstrip("-").isascii() and text.lstrip("-").isdigit()


def crash_if(bad: Callable[[Request], bool], status: int = 500) -> Plant:
    def plant(request: Request, service: Responder) -> Answer:
        return (
            Response(status=status, headers=(("Content-Type", "text/plain"),), body=b"boom")
            if bad(request)
            else service.respond(request)
        )

    return plant


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for held in value.values() for leaf in _leaves(held)]
    return [leaf for held in value for leaf in _leaves(held)] if isinstance(value, list) else [value]


def in_body(test: Callable[[Any], bool]) -> Callable[[Request], bool]:
    def bad(request: Request) -> bool:
        try:
            return any(test(leaf) for leaf in _leaves(json.loads(request.body)))
        except (ValueError, RecursionError):
            return False

    return bad


def _string(test: Callable[[str], bool]) -> Callable[[Any], bool]:
    return lambda leaf: isinstance(leaf, str) and test(leaf)


def _number(test: Callable[[float], bool]) -> Callable[[Any], bool]:
    return lambda leaf: isinstance(leaf, (int, float)) and not isinstance(leaf, bool) and test(leaf)


def every(count: int) -> Callable[[Request], bool]:
    seen = [0]

    def bad(_: Request) -> bool:
        seen[0] += 1
        return seen[0] % count == 0

    return bad


def anonymous_too(request: Request, service: Responder) -> Answer:
    return service.respond(request.with_header("Authorization", "Bearer secret"))


def any_method(request: Request, service: Responder) -> Answer:
    answer = service.respond(request)
    if isinstance(answer, Response) and answer.status == 405:
        return Response(status=200, headers=(("Content-Type", "application/json"),), body=b"{}")
    return answer


def refuse_if(bad: Callable[[Request], bool], status: int = 422) -> Plant:
    body = json.dumps({"title": "no", "status": status}).encode()

    def plant(request: Request, service: Responder) -> Answer:
        answer = service.respond(request)
        good = isinstance(answer, Response) and answer.status < 300
        return Response(status=status, headers=(("Content-Type", "application/problem+json"),), body=body) \
            if good and bad(request) else answer  # fmt: skip

    return plant


def silent(kind: str) -> Plant:
    return lambda request, service: NoResponse(kind=kind, reason=f"the connection was {kind}")


def created_is_lost(request: Request, service: Responder) -> Answer:
    answer = service.respond(request)
    if isinstance(answer, Response) and answer.status == 201 and answer.body:
        service.shelf.pop(json.loads(answer.body)["id"], None)  # type: ignore[attr-defined]
    return answer


def options_names(methods: str) -> Plant:
    return lambda request, service: (
        Response(status=204, headers=(("Allow", methods),)) if request.method == "OPTIONS" else service.respond(request)
    )


def delete_does_nothing(request: Request, service: Responder) -> Answer:
    shelf = dict(service.shelf)  # type: ignore[attr-defined]
    answer = service.respond(request)
    service.shelf.update(shelf)  # type: ignore[attr-defined]
    return answer


def taken_anyway(status: int, body: Any) -> Plant:
    """Whatever is wrong with the body, and only with the body, is not looked at."""

    def plant(request: Request, service: Responder) -> Answer:
        answer = service.respond(request)
        return answer if not isinstance(answer, Response) or answer.status != status else \
            service.respond(replace(request, body=json.dumps(body).encode()).with_header("Content-Type", "application/json"))  # fmt: skip

    return plant


_NEW = {"title": "t", "genre": "novel"}


def _fault(
    name: str, check: str, on: tuple[str, ...], plant: Plant, *, also: tuple[str, ...] = (), around: bool = False
) -> Planted:
    return Planted(name=name, check=check, on=on, plant=plant, also=frozenset(also), around=around)


def _nothing(answer: Response) -> Response:
    return replace(answer, body=b"")


FAULTS: tuple[Planted, ...] = (
    # Answers.
    _fault("a required field is missing", "body-schema", SHOWING, on_book(lambda book: book.pop("created_at"))),
    _fault("a field has the wrong type", "body-schema", SHOWING, setting("title", 7)),
    _fault("a field is null", "body-schema", SHOWING, setting("genre", None)),
    _fault("a field is not of its enum", "body-schema", SHOWING, setting("state", "lost")),
    _fault("a field has not its format", "body-schema", SHOWING, setting("created_at", "yesterday")),
    _fault("a field has not its pattern", "body-schema", SHOWING, setting("id", "1")),
    _fault("a field is too long", "body-schema", SHOWING, setting("title", "x" * 81)),
    _fault("a number is out of bounds", "body-schema", SHOWING, setting("pages", 0), also=("filter-ignored",)),
    _fault("a list is too long", "body-schema", SHOWING, setting("tags", list("abcdef"))),
    _fault("a nested field is missing", "body-schema", SHOWING, setting("publisher", {})),
    _fault("a field is not allowed", "body-schema", SHOWING, setting("shelf_mark", "x")),
    _fault("the list's frame lacks a field", "body-schema", (LIST,), on_success(lambda answer: replace(answer, body=b'{"data": []}'))),
    _fault("an answer is of another type", "body-schema", (*SHOWING, LEND), on_success(lambda answer: replace(answer, body=b"[]"))),
    _fault("an error lacks a field", "body-schema", ALL, on_error(lambda answer: replace(answer, body=b'{"title": "no"}'))),
    _fault("the status is not documented", "status-undocumented", ALL, on_success(lambda answer: replace(answer, status=206))),
    _fault("the status of an error is not documented", "status-undocumented", ALL,
           on_error(lambda answer: replace(answer, status=418 if answer.status == 422 else answer.status))),
    _fault("the content type is missing", "content-type-undocumented", (*SHOWING, LEND), on_success(header("Content-Type", None))),
    _fault("the content type is wrong", "content-type-undocumented", (*SHOWING, LEND), on_success(header("Content-Type", "text/html"))),
    _fault("the content type of an error is wrong", "content-type-undocumented", ALL,
           on_error(header("Content-Type", "application/json"))),
    _fault("the body is cut off", "body-syntax", (*SHOWING, LEND), on_success(lambda answer: replace(answer, body=answer.body[:-1]))),
    _fault("the body is not JSON", "body-syntax", (*SHOWING, LEND), on_success(lambda answer: replace(answer, body=b"<p>ok"))),
    _fault("the body is missing", "body-missing", (*SHOWING, LEND), on_success(_nothing)),
    _fault("a declared header is missing", "header-schema", (LIST, CREATE),
           on_success(lambda answer: header("X-Total", None)(header("Location", None)(answer)))),
    _fault("a declared header has the wrong type", "header-schema", (LIST,), on_success(header("X-Total", "many"))),
    _fault("204 has a body", "body-forbidden", (DELETE,), on_success(lambda answer: replace(answer, body=b"{}"))),
    # Requests that should be refused.
    _fault("a missing field is accepted", "invalid-accepted", (CREATE, PUT), fields(lambda value: value.setdefault("title", "t"))),
    _fault("a wrong type is accepted", "invalid-accepted", TAKING, dropping("pages", lambda value: isinstance(value, (str, list, dict, bool)))),
    _fault("a value outside the enum is accepted", "invalid-accepted", TAKING, dropping("genre", lambda value: isinstance(value, str))),
    _fault("too long a text is accepted", "invalid-accepted", TAKING, dropping("title", lambda value: isinstance(value, str) and len(value) > 80)),
    _fault("an empty text is accepted", "invalid-accepted", TAKING, dropping("title", lambda value: value == "")),
    _fault("null is accepted", "invalid-accepted", TAKING, dropping("isbn", lambda value: value is None)),
    _fault("a number under the minimum is accepted", "invalid-accepted", TAKING,
           dropping("pages", _number(lambda number: number < 1))),
    _fault("a number over the maximum is accepted", "invalid-accepted", TAKING,
           dropping("pages", _number(lambda number: number > 5000))),
    _fault("too long a list is accepted", "invalid-accepted", TAKING, dropping("tags", lambda value: isinstance(value, list) and len(value) > 5)),
    _fault("a list with doubles is accepted", "invalid-accepted", TAKING,
           dropping("tags", lambda value: isinstance(value, list) and len({str(one) for one in value}) < len(value) <= 5
                    and all(isinstance(one, str) and 0 < len(one) < 21 for one in value))),
    _fault("a text without its pattern is accepted", "invalid-accepted", TAKING, dropping("isbn", lambda value: isinstance(value, str))),
    _fault("an unknown field is accepted", "invalid-accepted", TAKING,
           fields(lambda value: [value.pop(name) for name in set(value) - {
               "title", "pages", "genre", "price", "tags", "isbn", "published", "publisher"}] and value.setdefault("title", "t"))),
    _fault("an unknown nested field is accepted", "invalid-accepted", TAKING,
           dropping("publisher", lambda value: isinstance(value, dict) and not set(value) <= {"name", "country"})),
    _fault("a missing nested field is accepted", "invalid-accepted", TAKING,
           dropping("publisher", lambda value: isinstance(value, dict) and "name" not in value)),
    _fault("a text without its format is accepted", "format-ignored", TAKING, dropping("published", lambda value: isinstance(value, str))),
    _fault("a body of another type is accepted", "invalid-accepted", TAKING,
           mended(lambda value: value if isinstance(value, dict) else _NEW)),
    _fault("malformed JSON is accepted", "invalid-accepted", (CREATE, PUT, PATCH), taken_anyway(400, _NEW)),
    _fault("another media type is accepted", "invalid-accepted", (CREATE, PUT, PATCH), taken_anyway(415, _NEW)),
    _fault("a missing body is accepted", "invalid-accepted", (CREATE, PUT, PATCH), lambda request, service: service.respond(
        request if request.body else replace(request, body=json.dumps(_NEW).encode()).with_header("Content-Type", "application/json"))),
    _fault("too great a page is accepted", "invalid-accepted", (LIST,),
           without_pair("page[size]", lambda value: _whole(value) and int(value) > 100)),
    _fault("page zero is accepted", "invalid-accepted", (LIST,), without_pair("page[number]", lambda value: _whole(value) and int(value) < 1)),
    _fault("a page that is no number is accepted", "invalid-accepted", (LIST,), without_pair("page[size]", lambda value: not _whole(value))),
    _fault("an unknown order is accepted", "invalid-accepted", (LIST,), without_pair("sort", lambda value: value not in {"title", "-title"})),
    _fault("an unknown genre is filtered by", "invalid-accepted", (LIST,),
           without_pair("filter[genre]", lambda value: value not in {"novel", "essay", "verse"})),
    _fault("a filter that is no number is accepted", "invalid-accepted", (LIST,),
           without_pair("filter[pages][gte]", lambda value: not _whole(value))),
    _fault("an unknown filter is accepted", "invalid-accepted", (LIST,), query(lambda pairs: [
        pair for pair in pairs if not pair[0].startswith("filter[")
        or pair[0] in {"filter[genre]", "filter[pages][gte]", "filter[pages][lt]"}])),
    # Requests that should be taken.
    _fault("a valid body is refused", "valid-refused", TAKING, refuse_if(in_body(lambda leaf: leaf == "verse"))),
    _fault("an optional field is refused", "valid-refused", TAKING, refuse_if(lambda request: b'"price"' in request.body)),
    _fault("the greatest allowed is refused", "valid-refused", TAKING, refuse_if(in_body(_number(lambda number: number == 5000)))),
    _fault("the longest allowed is refused", "valid-refused", TAKING, refuse_if(in_body(_string(lambda text: len(text) == 80)))),
    _fault("the greatest page is refused", "valid-refused", (LIST,), refuse_if(lambda request: "size]=100" in unquote(request.url))),
    _fault("the smallest page is refused", "valid-refused", (LIST,), refuse_if(lambda request: re.search(r"size]=1(&|$)", unquote(request.url)) is not None)),
    _fault("everything is refused", "valid-refused", (LIST, *TAKING, LEND), refuse_if(lambda _: True)),
    # Crashes.
    _fault("a long text crashes it", "server-error", TAKING, crash_if(in_body(_string(lambda text: len(text) > 80)))),
    _fault("unicode crashes it", "server-error", TAKING, crash_if(in_body(_string(lambda text: not text.isascii())))),
    _fault("a control character crashes it", "server-error", TAKING, crash_if(in_body(_string(lambda text: any(one < " " for one in text))))),
    _fault("NUL crashes it", "server-error", TAKING, crash_if(in_body(_string(lambda text: "\x00" in text)))),
    _fault("an emoji crashes it", "server-error", TAKING, crash_if(in_body(_string(lambda text: any(one > "\uffff" for one in text))))),
    _fault("a quote crashes it", "server-error", TAKING, crash_if(in_body(_string(lambda text: "'" in text or '"' in text)))),
    _fault("white space crashes it", "server-error", TAKING, crash_if(in_body(_string(lambda text: text != "" and not text.strip())))),
    _fault("an empty text crashes it", "server-error", TAKING, crash_if(in_body(_string(lambda text: text == "")))),
    _fault("a negative number crashes it", "server-error", TAKING, crash_if(in_body(_number(lambda number: number < 0)))),
    _fault("a huge number crashes it", "server-error", TAKING, crash_if(in_body(_number(lambda number: abs(number) > 2**31)))),
    _fault("zero crashes it", "server-error", TAKING, crash_if(in_body(_number(lambda number: number == 0)))),
    _fault("null crashes it", "server-error", TAKING, crash_if(in_body(lambda leaf: leaf is None))),
    _fault("an empty object crashes it", "server-error", TAKING, crash_if(lambda request: request.body.replace(b" ", b"") == b"{}")),
    _fault("an array for a body crashes it", "server-error", TAKING, crash_if(lambda request: request.body.startswith(b"["))),
    _fault("malformed JSON crashes it", "server-error", TAKING, crash_if(lambda request: _malformed(request.body))),
    _fault("no body crashes it", "server-error", TAKING, crash_if(lambda request: not request.body)),
    _fault("every seventh call crashes it", "server-error", ALL, crash_if(every(7))),
    _fault("an odd page crashes it", "server-error", (LIST,), crash_if(lambda request: re.search(r"number]=[0-]", unquote(request.url)) is not None)),
    _fault("an odd id crashes it", "server-error", (READ, PUT, PATCH, DELETE, LEND),
           crash_if(lambda request: "/books/bk_" not in request.url), also=("valid-refused",)),
    _fault("a non-ASCII id crashes it", "server-error", (READ, DELETE), crash_if(lambda request: "%" in urlsplit(request.url).path)),
    _fault("a full list crashes it", "server-error", (LIST,), lambda request, service: crash_if(
        lambda _: len(service.shelf) > 2)(request, service)),  # type: ignore[attr-defined]
    # What is written, and how.
    _fault("a field stands twice", "body-name-repeated", (CREATE, READ, PUT, PATCH), on_success(
        lambda answer: replace(answer, body=answer.body.replace(b"{", b'{"title": "other", ', 1)))),
    _fault("another charset is claimed", "charset-wrong", SHOWING, on_success(header("Content-Type", "application/json; charset=latin-1"))),
    _fault("a field that nobody knows is shown", "field-undocumented", (LEND,), on_success(
        lambda answer: replace(answer, body=answer.body.replace(b"{", b'{"queue": "a", ', 1)) if b'"job"' in answer.body else answer)),
    _fault("a date of no form", "header-malformed", ALL, on_success(header("Date", "yesterday"))),
    _fault("a length is claimed that is not", "content-length-wrong", SHOWING, on_success(header("Content-Length", "1"))),
    _fault("a coding is claimed that is not", "content-coding-wrong", SHOWING, on_success(header("Content-Encoding", "gzip"))),
    # Who may come in.
    # What is lent is in the way of whoever comes next, with credentials or without: a conflict says nothing of them.
    _fault("no credentials are needed", "auth-ignored", (*SHOWING, DELETE), anonymous_too),
    _fault("no credentials are needed for one verb", "auth-ignored", (DELETE,), anonymous_too),
    _fault("401 names no way in", "auth-challenge-missing", ALL, on_error(
        lambda answer: header("WWW-Authenticate", None)(answer) if answer.status == 401 else answer)),
    # What stays, and what goes.
    _fault("what is created is lost", "resource-unavailable-after-create", (CREATE,), created_is_lost, around=False),
    _fault("what is deleted stays", "use-after-delete", (DELETE,), delete_does_nothing),
    # HTTP.
    _fault("405 names no methods", "allow-missing", (), on_error(header("Allow", None)), around=True),
    _fault("Allow lacks a method", "allow-missing", (), on_error(
        lambda answer: header("Allow", "GET, HEAD")(answer) if answer.status == 405 else answer), around=True),
    _fault("OPTIONS names too little", "allow-incomplete", (), options_names("GET, HEAD"), around=True),
    _fault("any method will do", "method-undeclared", (), any_method, around=True),
    _fault("an error repeats the credentials", "credentials-repeated", (*SHOWING, LEND), telling(lambda request: request.header("authorization"))),
    _fault("an error shows a stack", "internals-shown", ALL, telling(lambda _: 'File "/srv/library.py", line 12, in loan')),
    _fault("letters are lost", "letters-lost", TAKING,
           on_book(lambda book: book.__setitem__("title", book["title"].encode("ascii", "replace").decode()))),
    _fault("the connection is closed", "no-response", ALL, silent("reset")),
    _fault("the answer takes too long", "no-response", ALL, silent("timeout")),
)  # fmt: skip


def _malformed(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return bool(body)
    return False

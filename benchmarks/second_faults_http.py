"""Faults of the second set in HTTP itself, in credentials and in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from second_bodies import body_schema, refused
from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, sampled, success, with_body, with_header

from conformance.checks.latency import LIMITS
from conformance.model.message import Response
from conformance.spec.body import is_json

_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


def on_answer(test: Callable[[Turn, Response], bool], change: Callable[[Turn, Response], Answer]) -> Callable[[Site], Behaviour]:
    def respond(turn: Turn) -> Answer:
        answer = turn.send()
        return change(turn, answer) if isinstance(answer, Response) and test(turn, answer) else answer

    return lambda _site: respond


def _good_here(turn: Turn, answer: Response) -> bool:
    return turn.here and is_good(answer)


def header_is(name: str, value: str | None, test: Callable[[Turn, Response], bool] = _good_here) -> Callable[[Site], Behaviour]:
    return on_answer(test, lambda _turn, answer: with_header(answer, name, value))


def _not_allowed(turn: Turn, answer: Response) -> bool:
    return turn.beside and answer.status == 405


def _fewer(turn: Turn, answer: Response) -> Answer:
    """The header leaves out what the path takes, and names what it does not."""
    known = {name.strip() for name in (answer.header("allow") or "").split(",")}
    free = next(name.upper() for name in ("put", "patch", "delete", "post") if name.upper() not in known)
    return with_header(answer, "allow", ", ".join(sorted(known - {turn.site.operation.method.upper()} | {free})))


def _undeclared_done(turn: Turn) -> Answer:
    """Whatever the method is, it is taken for the site's."""
    if turn.beside and turn.request.method.lower() in {"put", "patch", "post", "delete"}:
        return turn.send(replace(turn.request, method="GET", body=b""))
    return turn.send()


def _head(change: Callable[[Response], Response]) -> Callable[[Site], Behaviour]:
    """HEAD is answered, but not like GET."""

    def respond(turn: Turn) -> Answer:
        if turn.beside and turn.request.method == "HEAD":
            answer = turn.send(replace(turn.request, method="GET"))
            return (
                replace(change(with_header(answer, "content-length", str(len(answer.body)))), body=b"")
                if isinstance(answer, Response)
                else answer
            )
        return turn.send()

    return lambda _site: respond


def _options(turn: Turn) -> Answer:
    """OPTIONS says that the path can only be read, whatever it takes."""
    if turn.beside and turn.request.method == "OPTIONS":
        return Response(status=204, headers=(("allow", "OPTIONS, TRACE"),))
    return turn.send()


def _limited(value: str) -> Callable[[Site], Behaviour]:
    """Now and then a client is told to wait, and not for how long."""

    def respond(turn: Turn) -> Answer:
        if turn.here:
            turn.notes["asked"] = turn.notes.get("asked", 0) + 1
            if turn.notes["asked"] % 6 == 0:
                return with_header(too_many(turn), "retry-after", value)
        return turn.send()

    return lambda _site: respond


def too_many(turn: Turn) -> Response:
    """A 429 as the document has it."""
    assert turn.operation is not None
    spec = turn.operation.response_for(429)
    media = (
        next((media for media in spec.content.values() if is_json(media.name) and media.schema is not None), None)
        if spec
        else None
    )
    if media is None or media.schema is None:
        return Response(status=429)
    return with_body(Response(status=429, headers=(("content-type", "application/json"),)), sampled(media.schema))


def _tag(answer: Response) -> str:
    return f'"{sha256(answer.body).hexdigest()[:12]}"'


def _tagged(*, heeds_none_match: bool = True, matches_all: bool = False, fixed: bool = False) -> Callable[[Site], Behaviour]:
    """Reads have an ETag; conditions are heeded, or not quite."""

    def respond(turn: Turn) -> Answer:
        answer = turn.send()
        if not turn.here or not isinstance(answer, Response) or answer.status != 200:
            return answer
        tag = f'"{sha256(turn.path.encode()).hexdigest()[:12]}"' if fixed else _tag(answer)
        asked = turn.request.header("if-none-match")
        if asked is not None and heeds_none_match and (matches_all or tag in asked or asked == "*"):
            return Response(status=304, headers=(("etag", tag),))
        return with_header(answer, "etag", tag)

    return lambda _site: respond


def _match_ignored(turn: Turn) -> Answer:
    """Reads have an ETag, and writes do not care for it."""
    answer = turn.send()
    if turn.role == "read" and isinstance(answer, Response) and answer.status == 200:
        return with_header(answer, "etag", _tag(answer))
    return answer


def _slow(first: int = 0) -> Callable[[Site], Behaviour]:
    """Answers take three times as long as the category allows, after the first few."""

    def respond(turn: Turn) -> Answer:
        answer = turn.send()
        if not turn.here or not isinstance(answer, Response):
            return answer
        turn.notes["answers"] = turn.notes.get("answers", 0) + 1
        limit = LIMITS[str(turn.site.operation.extensions.get("x-latency-category"))]
        return replace(answer, elapsed=3 * limit) if turn.notes["answers"] > first else answer

    return lambda _site: respond


def _accepts_only(turn: Turn) -> Answer:
    """Only the very words of the media type are accepted; ranges are not."""
    accept = turn.request.header("accept")
    if turn.here and accept is not None and "application/json" not in accept and ("application/*" in accept or "*/*" in accept):
        return Response(status=406)
    return turn.send()


def _types_only(turn: Turn) -> Answer:
    """A media type with a parameter is refused."""
    if turn.here and ";" in (turn.request.header("content-type") or ""):
        return refused(turn) or turn.send()
    return turn.send()


def _is(*roles: str) -> Callable[[Site], bool]:
    return lambda site: site.role in roles


def _makes(site: Site) -> bool:
    return site.role == "create" and site.read is not None and success(site.operation)[0] == 201


def row_of(
    name: str, promise: str, source: str, applies: Callable[[Site], bool], behave: Callable[[Site], Behaviour], proof: str
) -> Fault:
    return Fault(id=name, promise=promise, source=source, applies=applies, behave=behave, proof=proof)


def _any(_site: Site) -> bool:
    return True


def _says_time(site: Site) -> bool:
    return site.operation.extensions.get("x-latency-category") in LIMITS


HTTP = "RFC 9110 section "
_gets = _is("read", "listing")
SECURITY = "OpenAPI security"

ROWS: tuple[Fault, ...] = (
    row_of("h-allow-missing", "405 says what is allowed.", HTTP + "15.5.6", _gets, header_is("allow", None,
         _not_allowed), "method"),
    row_of("h-allow-wrong", "Allow names the methods that are.", HTTP + "10.2.1", _gets, on_answer(_not_allowed, _fewer),
         "method"),
    row_of("h-undeclared-method-done", "A method that is not there is not done.", HTTP + "15.5.6", _gets,
         lambda _site: _undeclared_done,
         "method"),
    row_of("h-head-length", "HEAD says the length that GET has.", HTTP + "8.6", _gets,
         _head(lambda answer: with_header(answer, "content-length", str(len(answer.body) + 7))), "head"),
    row_of("h-head-status", "HEAD has the status of GET.", HTTP + "9.3.2", _gets,
         _head(lambda answer: replace(answer, status=404 if answer.status == 200 else 200)), "head"),
    row_of("h-head-type", "HEAD has the media type of GET.", HTTP + "9.3.2", _gets,
         _head(lambda answer: with_header(answer, "content-type", "text/html")), "head"),
    row_of("h-options-allow-wrong", "OPTIONS names the methods that are.", HTTP + "9.3.7", _gets, lambda _site: _options,
         "method"),
    row_of("h-location-nowhere", "Location leads to what was created.", HTTP + "10.2.2", _makes,
         on_answer(_good_here, lambda turn, answer: with_header(answer, "location",
         f"{turn.path}/{'0' * 8}-0000-4000-8000-{'0' * 12}")), "made-header"),
    row_of("h-location-malformed", "Location is a URI reference.", HTTP + "10.2.2", _makes, header_is("location",
         "http://[::1/x y"), "made-header"),
    row_of("h-retry-after-words", "Retry-After is a date or seconds.", HTTP + "10.2.3",
         lambda site: site.operation.response_for(429) is not None, _limited("soon"), "wait"),
    row_of("h-retry-after-negative", "Retry-After is a date or seconds.", HTTP + "10.2.3",
         lambda site: site.operation.response_for(429) is not None, _limited("-30"), "wait"),
    row_of("h-etag-unquoted", "An ETag is quoted.", HTTP + "8.8.3", _is("read"), header_is("etag", "5f2a"),
         "get-header"),
    row_of("h-etag-fixed", "An ETag changes with what it stands for.", HTTP + "8.8.1",
         lambda site: site.role == "read" and (site.update or site.replace) is not None, _tagged(fixed=True), "get-header"),
    row_of("h-if-none-match-ignored", "A condition that fails is heeded.", HTTP + "13.1.2", _is("read"),
         _tagged(heeds_none_match=False), "not-modified"),
    row_of("h-if-none-match-any", "304 only for what the client has.", HTTP + "13.1.2", _is("read"),
         _tagged(matches_all=True),
         "modified"),
    row_of("h-if-match-ignored", "A condition that fails is heeded.", HTTP + "13.1.1",
         lambda site: site.role in {"update", "replace", "delete"} and site.read is not None and site.create is not None,
         lambda _site: _match_ignored, "match"),
    row_of("h-last-modified-malformed", "Dates are HTTP dates.", HTTP + "8.8.2", _is("read"),
         header_is("last-modified",
         "2024-03-01 10:00"), "get-header"),
    row_of("h-date-malformed", "Dates are HTTP dates.", HTTP + "6.6.1", _gets, header_is("date", "just now"),
         "get-header"),
    row_of("h-content-length-wrong", "Content-Length is the length.", HTTP + "8.6", _gets,
         on_answer(_good_here, lambda _turn, answer: with_header(answer, "content-length", str(len(answer.body) + 1))),
         "get-header"),
    row_of("h-encoding-lie", "What is said to be compressed is.", HTTP + "8.4", _gets, header_is("content-encoding",
         "gzip"),
         "get-header"),
    row_of("h-two-types", "There is one Content-Type.", HTTP + "5.3", _gets,
         on_answer(_good_here, lambda _turn, answer: replace(answer, headers=(*answer.headers, ("content-type", "text/html")))),
         "get-header"),
    row_of("h-slow", "An answer comes in its time.", "x-latency-category", _says_time, _slow(), "slow"),
    row_of("h-slow-later", "An answer comes in its time.", "x-latency-category", _says_time, _slow(first=4), "slow"),
    row_of("h-accept-range-refused", "A range that fits is accepted.", HTTP + "12.5.1", _gets, lambda _site: _accepts_only,
         "accept"),
    row_of("h-type-parameter-refused", "A media type may have parameters.", HTTP + "8.3.1",
         lambda site: body_schema(site.operation) is not None,
         lambda _site: _types_only, "charset"),
)  # fmt: skip
"""The faults of this file."""

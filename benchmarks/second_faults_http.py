"""Faults of the second set in HTTP itself, in credentials and in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from second_bodies import body_schema, crash, refused
from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, loaded, sampled, success, things, with_body, with_header
from second_things import created_name

from conformance.checks.latency import LIMITS
from conformance.model.message import Response
from conformance.spec.body import is_json

_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


def _on(test: Callable[[Turn, Response], bool], change: Callable[[Turn, Response], Answer]) -> Callable[[Site], Behaviour]:
    def respond(turn: Turn) -> Answer:
        answer = turn.send()
        return change(turn, answer) if isinstance(answer, Response) and test(turn, answer) else answer

    return lambda _site: respond


def _good_here(turn: Turn, answer: Response) -> bool:
    return turn.here and is_good(answer)


def _header(name: str, value: str | None, test: Callable[[Turn, Response], bool] = _good_here) -> Callable[[Site], Behaviour]:
    return _on(test, lambda _turn, answer: with_header(answer, name, value))


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


# Credentials


def _token(value: str) -> str:
    return value.partition(" ")[2].strip()


def _lets_in(test: Callable[[str | None, str], bool]) -> Callable[[Site], Behaviour]:
    """Credentials that should be refused do as well as those that were taken before."""

    def respond(turn: Turn) -> Answer:
        answer = turn.send()
        if is_good(answer) and turn.user:
            turn.notes["user"] = turn.user
        known = turn.notes.get("user")
        if (
            turn.here
            and known
            and isinstance(answer, Response)
            and answer.status == 401
            and test(turn.request.header("authorization"), known)
        ):
            return turn.send(turn.request.with_header("Authorization", known))
        return answer

    return lambda _site: respond


def _foreign(*, quiet: bool = False) -> Callable[[Site], Behaviour]:
    """What is another user's is shown, or changed; ``quiet`` says that it is not there, and does it all the same."""

    def respond(turn: Turn) -> Answer:
        owners: dict[str, str] = turn.notes.setdefault("owners", {})
        answer = turn.send()
        if turn.user and is_good(answer):
            if turn.role == "create":
                owners[f"{turn.path}/{created_name(turn, answer)}"] = turn.user
            elif turn.role in {"read", "update", "replace"}:
                owners.setdefault(turn.path, turn.user)
        owner = owners.get(turn.path)
        missing = isinstance(answer, Response) and answer.status in {403, 404}
        if turn.here and missing and owner and turn.user and owner != turn.user:
            done = turn.send(turn.request.with_header("Authorization", owner))
            return answer if quiet else done
        return answer

    return lambda _site: respond


def _foreign_list(turn: Turn) -> Answer:
    """A list holds what is another user's too."""
    lists: dict[str, dict[str, list[object]]] = turn.notes.setdefault("lists", {})
    answer = turn.send()
    if not turn.here or not is_good(answer) or not isinstance(answer, Response):
        return answer
    body = loaded(answer.body)
    listed = things(body)
    if listed is None:
        return answer
    mine = lists.setdefault(turn.path, {})
    mine[turn.user] = [*listed] or mine.get(turn.user, [])
    listed.extend(one for user, others in mine.items() if user != turn.user for one in others)
    return with_body(answer, body)


def _is(*roles: str) -> Callable[[Site], bool]:
    return lambda site: site.role in roles


def _owned(*roles: str) -> Callable[[Site], bool]:
    return lambda site: site.role in roles and site.create is not None and site.read is not None and site.operation.needs_auth


def _lists_openly(site: Site) -> bool:
    """Whether another user can ask for the list at all: what it lives in may be hidden."""
    return _owned("listing")(site) and "{" not in site.operation.path


def _needs(site: Site) -> bool:
    return site.operation.needs_auth


def _makes(site: Site) -> bool:
    return site.role == "create" and site.read is not None and success(site.operation)[0] == 201


def _row(
    name: str, promise: str, source: str, applies: Callable[[Site], bool], behave: Callable[[Site], Behaviour], proof: str
) -> Fault:
    return Fault(id=name, promise=promise, source=source, applies=applies, behave=behave, proof=proof)


def _any(_site: Site) -> bool:
    return True


def _says_time(site: Site) -> bool:
    return site.operation.extensions.get("x-latency-category") in LIMITS


_9110 = "RFC 9110 section "
_gets = _is("read", "listing")
_SECURITY = "OpenAPI security"

ROWS: tuple[Fault, ...] = (
    _row("h-allow-missing", "405 says what is allowed.", _9110 + "15.5.6", _gets, _header("allow", None, _not_allowed), "method"),
    _row("h-allow-wrong", "Allow names the methods that are.", _9110 + "10.2.1", _gets, _on(_not_allowed, _fewer), "method"),
    _row("h-undeclared-method-done", "A method that is not there is not done.", _9110 + "15.5.6", _gets,
         lambda _site: _undeclared_done,
         "method"),
    _row("h-head-length", "HEAD says the length that GET has.", _9110 + "8.6", _gets,
         _head(lambda answer: with_header(answer, "content-length", str(len(answer.body) + 7))), "head"),
    _row("h-head-status", "HEAD has the status of GET.", _9110 + "9.3.2", _gets,
         _head(lambda answer: replace(answer, status=404 if answer.status == 200 else 200)), "head"),
    _row("h-head-type", "HEAD has the media type of GET.", _9110 + "9.3.2", _gets,
         _head(lambda answer: with_header(answer, "content-type", "text/html")), "head"),
    _row("h-options-allow-wrong", "OPTIONS names the methods that are.", _9110 + "9.3.7", _gets, lambda _site: _options,
         "method"),
    _row("h-location-nowhere", "Location leads to what was created.", _9110 + "10.2.2", _makes,
         _on(_good_here, lambda turn, answer: with_header(answer, "location",
         f"{turn.path}/{'0' * 8}-0000-4000-8000-{'0' * 12}")), "made-header"),
    _row("h-location-malformed", "Location is a URI reference.", _9110 + "10.2.2", _makes, _header("location",
         "http://[::1/x y"), "made-header"),
    _row("h-retry-after-words", "Retry-After is a date or seconds.", _9110 + "10.2.3",
         lambda site: site.operation.response_for(429) is not None, _limited("soon"), "wait"),
    _row("h-retry-after-negative", "Retry-After is a date or seconds.", _9110 + "10.2.3",
         lambda site: site.operation.response_for(429) is not None, _limited("-30"), "wait"),
    _row("h-etag-unquoted", "An ETag is quoted.", _9110 + "8.8.3", _is("read"), _header("etag", "5f2a"), "get-header"),
    _row("h-etag-fixed", "An ETag changes with what it stands for.", _9110 + "8.8.1",
         lambda site: site.role == "read" and (site.update or site.replace) is not None, _tagged(fixed=True), "get-header"),
    _row("h-if-none-match-ignored", "A condition that fails is heeded.", _9110 + "13.1.2", _is("read"),
         _tagged(heeds_none_match=False), "not-modified"),
    _row("h-if-none-match-any", "304 only for what the client has.", _9110 + "13.1.2", _is("read"), _tagged(matches_all=True),
         "modified"),
    _row("h-if-match-ignored", "A condition that fails is heeded.", _9110 + "13.1.1",
         lambda site: site.role in {"update", "replace", "delete"} and site.read is not None and site.create is not None,
         lambda _site: _match_ignored, "match"),
    _row("h-last-modified-malformed", "Dates are HTTP dates.", _9110 + "8.8.2", _is("read"), _header("last-modified",
         "2024-03-01 10:00"), "get-header"),
    _row("h-date-malformed", "Dates are HTTP dates.", _9110 + "6.6.1", _gets, _header("date", "just now"), "get-header"),
    _row("h-content-length-wrong", "Content-Length is the length.", _9110 + "8.6", _gets,
         _on(_good_here, lambda _turn, answer: with_header(answer, "content-length", str(len(answer.body) + 1))), "get-header"),
    _row("h-encoding-lie", "What is said to be compressed is.", _9110 + "8.4", _gets, _header("content-encoding", "gzip"),
         "get-header"),
    _row("h-two-types", "There is one Content-Type.", _9110 + "5.3", _gets,
         _on(_good_here, lambda _turn, answer: replace(answer, headers=(*answer.headers, ("content-type", "text/html")))),
         "get-header"),
    _row("h-slow", "An answer comes in its time.", "x-latency-category", _says_time, _slow(), "slow"),
    _row("h-slow-later", "An answer comes in its time.", "x-latency-category", _says_time, _slow(first=4), "slow"),
    _row("h-accept-range-refused", "A range that fits is accepted.", _9110 + "12.5.1", _gets, lambda _site: _accepts_only,
         "accept"),
    _row("h-type-parameter-refused", "A media type may have parameters.", _9110 + "8.3.1",
         lambda site: body_schema(site.operation) is not None,
         lambda _site: _types_only, "charset"),
    _row("u-anonymous", "Who says nothing is refused.", _SECURITY, _needs, _lets_in(lambda sent, _known: not sent), "anonymous"),
    _row("u-wrong-token", "A wrong token is refused.", _SECURITY, _needs,
         _lets_in(lambda sent, _known: bool(sent) and len(_token(str(sent))) > 1), "wrong-token"),
    _row("u-delete-open", "Deleting needs credentials.", _SECURITY, lambda site: site.role == "delete" and _needs(site),
         _lets_in(lambda sent, _known: not sent or len(_token(sent)) > 1), "wrong-token"),
    _row("u-other-scheme", "Only the declared scheme.", _SECURITY, _needs,
         _lets_in(lambda sent, known: bool(sent) and str(sent).partition(" ")[0].lower() != known.partition(" ")[0].lower()),
         "other-scheme"),
    _row("u-challenge-missing", "401 says how to ask.", _9110 + "15.5.2", _needs,
         _header("www-authenticate", None, lambda turn, answer: turn.here and answer.status == 401), "anonymous"),
    _row("u-crash-on-wrong", "Wrong credentials are no accident.", _9110 + "15.6", _needs,
         _on(lambda turn, answer: turn.here and answer.status == 401 and bool(turn.user), lambda _turn, _answer: crash()),
         "wrong-token"),
    _row("u-foreign-read", "What is another's is hidden.", _SECURITY, _owned("read"), _foreign(), "foreign"),
    _row("u-foreign-update", "What is another's cannot be changed.", _SECURITY, _owned("update", "replace"), _foreign(),
         "foreign-write"),
    _row("u-foreign-update-quiet", "What is refused is not done.", _SECURITY, _owned("update", "replace"), _foreign(quiet=True),
         "foreign-quiet"),
    _row("u-foreign-delete", "What is another's cannot be deleted.", _SECURITY, _owned("delete"), _foreign(), "foreign-delete"),
    _row("u-foreign-delete-quiet", "What is refused is not done.", _SECURITY, _owned("delete"), _foreign(quiet=True),
         "foreign-quiet"),
    _row("u-foreign-list", "What is another's is in no list.", _SECURITY, _lists_openly, lambda _site: _foreign_list,
         "foreign-list"),
)  # fmt: skip
"""The faults of this file."""

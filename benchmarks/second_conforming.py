"""Services that behave otherwise than the sandbox and keep every promise: whatever is found there is a false alarm.

Each stands before the whole sandbox, and changes an answer only where the document still accepts it.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from second_faults_answers import media_of, page_asked
from second_faults_http import too_many
from second_faults_input import body_schema
from second_faults_lists import NUMBERS, SIZES, names, query, with_query
from second_faults_state import created_name
from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, is_there, loaded, put, sampled, thing, things, walked, with_body, with_header

from conformance.model.message import Request, Response
from conformance.model.ports import Schema

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SECRET = re.compile(r"secret|password|token|api_key|private", re.IGNORECASE)
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
Value = Callable[[str, Schema, Any], Any]


def _fits(turn: Turn, status: int, body: Any) -> bool:
    media = media_of(turn.operation, status) if turn.operation is not None else None
    return media is not None and media.schema is not None and media.schema.is_valid(body, direction="response")


def _shows(change: Callable[[Turn, Any], Any]) -> Callable[[Site], Behaviour]:
    """Answers are changed, where the document accepts what comes of it."""

    def respond(turn: Turn) -> Answer:
        return _shown(turn, turn.send(), change)

    return lambda _site: respond


def _shown(turn: Turn, answer: Answer, change: Callable[[Turn, Any], Any]) -> Answer:
    if not is_good(answer) or not isinstance(answer, Response) or not is_there(loaded(answer.body)):
        return answer
    body = change(turn, loaded(answer.body))
    return with_body(answer, body) if _fits(turn, answer.status, body) else answer


def _every_value(body: Any, schema: Schema | None, change: Value) -> Any:
    """A body in which each plain value was changed; ``change`` hears its name, its schema and itself."""
    for path, held, value in list(walked(schema, body)):
        if path and not isinstance(value, (dict, list)):
            new = change(str(next((step for step in reversed(path) if isinstance(step, str)), "")), held, value)
            if new != value or type(new) is not type(value):
                body = put(body, path, new)
    return body


def _values(change: Value) -> Callable[[Site], Behaviour]:
    """Each value of an answer is changed, where the document accepts it."""

    def changed(turn: Turn, body: Any) -> Any:
        media = media_of(turn.operation, 200) if turn.operation is not None else None
        media = media or (media_of(turn.operation, 201) if turn.operation is not None else None)
        return _every_value(body, media.schema if media is not None else None, change)

    return _shows(changed)


def _takes(change: Value) -> Callable[[Site], Behaviour]:
    """What is written is brought into another form before it is kept."""

    def respond(turn: Turn) -> Answer:
        if turn.operation is None or not is_there(turn.body) or turn.reading.errors:
            return turn.send()
        schema = body_schema(turn.operation)
        body = _every_value(turn.body, schema, change)
        return turn.send(turn.sent_as(body)) if schema is not None and schema.is_valid(body, direction="request") else turn.send()

    return lambda _site: respond


def _is_free(schema: Schema) -> bool:
    return schema.types() <= {"string", "null"} and not any(schema.get(keyword) for keyword in ("enum", "format", "pattern", "const"))


def _trimmed(_name: str, schema: Schema, value: Any) -> Any:
    return re.sub(r"\s+", " ", value.strip()) if isinstance(value, str) and _is_free(schema) else value


def _lower(_name: str, schema: Schema, value: Any) -> Any:
    return value.lower() if isinstance(value, str) and _is_free(schema) else value


def _telephone(_name: str, _schema: Schema, value: Any) -> Any:
    is_number = isinstance(value, str) and re.fullmatch(r"\+?[\d ().-]{7,}", value) is not None
    return "+" + re.sub(r"\D", "", value) if is_number else value


def _address(_name: str, _schema: Schema, value: Any) -> Any:
    return f"{value}/" if isinstance(value, str) and re.fullmatch(r"https?://[^/]+", value) else value


def _time(_name: str, _schema: Schema, value: Any) -> Any:
    return f"{value[:-1]}+00:00" if isinstance(value, str) and _TIME.match(value) else value


def _mask(name: str, _schema: Schema, value: Any) -> Any:
    return f"****{value[-2:]}" if isinstance(value, str) and _SECRET.search(name) else value


def _with_point(text: bytes) -> bytes:
    """Integers with a fraction of zero, as some languages write them."""
    return re.sub(rb'(?<=[:\[,])(-?\d{1,9})(?=[,}\]])', rb"\1.0", text)


def _floats(turn: Turn) -> Answer:
    answer = turn.send()
    if not isinstance(answer, Response) or not is_there(loaded(answer.body)) or b'"' not in answer.body:
        return answer
    text = _with_point(json.dumps(loaded(answer.body), separators=(",", ":")).encode())
    same = loaded(text)
    return replace(answer, body=text) if _fits(turn, answer.status, same) and same == loaded(answer.body) else answer


def _more_fields(turn: Turn, body: Any) -> Any:
    media = media_of(turn.operation, 200) if turn.operation is not None else None
    for path, _schema, value in list(walked(media.schema if media is not None else None, body)):
        if isinstance(value, dict):
            wider = put(body, path, {**value, "x_trace": "n3", "links_": {"self": None}})
            body = wider if _fits(turn, 200, wider) else body
    return body


def _fewer_in_lists(turn: Turn, body: Any) -> Any:
    """Lists show a summary: what is required, the ids and the names."""
    for one in things(body) or ():
        for name in list(one) if isinstance(one, dict) else ():
            held = one[name]
            if not name.lower().endswith(("id", "name")):
                del one[name]
                if not _fits(turn, 200, body):
                    one[name] = held
    return body


def _without_null(_turn: Turn, body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _without_null(_turn, held) for name, held in body.items() if held is not None}
    return [_without_null(_turn, held) for held in body] if isinstance(body, list) else body


def _backwards(_turn: Turn, body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _backwards(_turn, body[name]) for name in reversed(list(body))}
    return [_backwards(_turn, held) for held in body] if isinstance(body, list) else body


def _sorted_arrays(_turn: Turn, body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _sorted_arrays(_turn, held) for name, held in body.items()}
    if isinstance(body, list) and body and all(isinstance(held, str) for held in body):
        return sorted(set(body))
    return [_sorted_arrays(_turn, held) for held in body] if isinstance(body, list) else body


def _without_totals(turn: Turn, body: Any) -> Any:
    if not isinstance(body, dict) or things(body) is None:
        return body
    for holder in (body, *(held for held in body.values() if isinstance(held, dict))):
        for name in [name for name in holder if "total" in name.lower() or "count" in name.lower()]:
            held = holder.pop(name)
            if not _fits(turn, 200, body):
                holder[name] = held
    return body


def _moving_times(turn: Turn, body: Any) -> Any:
    """Each look at a thing is noted on it."""
    turn.notes["looks"] = turn.notes.get("looks", 0) + 1
    second = turn.notes["looks"]
    for one in [shown for shown in (thing(body), *(things(body) or ())) if isinstance(shown, dict)]:
        for name in one:
            if name in {"updated_at", "last_accessed_at", "last_used_at", "updatedAt"} and isinstance(one[name], str):
                one[name] = f"2031-01-{1 + second // 86400:02}T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}Z"
    return body


def _moving_states(turn: Turn, body: Any) -> Any:
    """What is going on with a thing goes on."""
    media = media_of(turn.operation, 200) if turn.operation is not None else None
    turn.notes["looks"] = turn.notes.get("looks", 0) + 1
    for path, schema, value in list(walked(media.schema if media is not None else None, body)):
        listed = schema.get("enum")
        if path and path[-1] in {"status", "state"} and isinstance(listed, list) and value in listed:
            body = put(body, path, listed[turn.notes["looks"] % len(listed)])
    return body


def _headers(turn: Turn) -> Answer:
    answer = turn.send()
    if not isinstance(answer, Response):
        return answer
    turn.notes["answers"] = count = turn.notes.get("answers", 0) + 1
    more = (("Server", "cloudfront"), ("X-Request-Id", f"r-{count}"), ("Date", "Tue, 15 Nov 1994 08:12:31 GMT"), ("Vary", "Accept, Authorization"),
            ("Cache-Control", "private, max-age=0"), ("ETag", f'W/"{count}"'), ("Via", "1.1 edge"), ("X-RateLimit-Remaining", "17"),
            ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/"), ("Strict-Transport-Security", "max-age=1"))  # fmt: skip
    return replace(answer, headers=(*answer.headers, *more))


def _charset(turn: Turn) -> Answer:
    answer = turn.send()
    if isinstance(answer, Response) and answer.media_type == "application/json":
        text = json.dumps(loaded(answer.body), indent=2, ensure_ascii=True).encode() if is_there(loaded(answer.body)) else answer.body
        return with_header(replace(answer, body=text), "Content-Type", "application/json; charset=UTF-8")
    return answer


def _zipped(turn: Turn) -> Answer:
    answer = turn.send()
    if isinstance(answer, Response) and answer.body and "gzip" in (turn.request.header("accept-encoding") or ""):
        return replace(answer, body=gzip.compress(answer.body), headers=(*answer.headers, ("Content-Encoding", "gzip")))
    return answer


def _later(turn: Turn) -> Answer:
    """A write is taken down, answered with 202, and done three requests later."""
    waiting: list[list[Any]] = turn.notes.setdefault("waiting", [])
    for entry in waiting:
        entry[0] -= 1
    for entry in [entry for entry in waiting if entry[0] <= 0]:
        waiting.remove(entry)
        turn.send(entry[1])
    operation = turn.operation
    if operation is None or operation.method not in {"put", "patch", "delete"} or operation.response_for(202) is None or turn.reading.errors:
        return turn.send()
    if not turn.user or turn.get() is None:
        return turn.send()
    media = media_of(operation, 202)
    waiting.append([3, turn.request])
    if media is None or media.schema is None:
        return Response(status=202)
    return with_body(Response(status=202, headers=(("content-type", "application/json"),)), sampled(media.schema))


def _late_lists(turn: Turn) -> Answer:
    """A create is answered with 202; what it made can be read at once and is listed four requests later."""
    hidden: dict[str, int] = turn.notes.setdefault("hidden", {})
    for name in list(hidden):
        hidden[name] -= 1
        if hidden[name] <= 0:
            del hidden[name]
    answer = turn.send()
    operation = turn.operation
    if operation is None or not isinstance(answer, Response) or not is_good(answer):
        return answer
    body = loaded(answer.body)
    if operation.method == "post" and operation.response_for(202) is not None and is_there(body):
        name = created_name(turn, answer)
        if name:
            hidden[name] = 5
            return replace(answer, status=202) if _fits(turn, 202, body) else answer
    listed = things(body) if is_there(body) else None
    if listed and hidden:
        text = {json.dumps(name) for name in hidden}
        listed[:] = [one for one in listed if not any(held in json.dumps(one) for held in text)]
        return with_body(answer, body)
    return answer


_OWN = re.compile(r"\bt_([0-9a-f]{32})\b")


def _long(match: re.Match[str]) -> str:
    hexed = match.group(1)
    return f"{hexed[:8]}-{hexed[8:12]}-{hexed[12:16]}-{hexed[16:20]}-{hexed[20:]}"


def _other_ids(turn: Turn) -> Answer:
    """Ids have a form of this service's own, the same everywhere."""
    request = turn.request
    body = _OWN.sub(_long, request.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    answer = turn.send(replace(request, url=_OWN.sub(_long, request.url), body=body))
    if not isinstance(answer, Response) or not is_there(loaded(answer.body)):
        return answer
    text = _UUID.sub(lambda match: "t_" + match.group().replace("-", ""), answer.body.decode())
    headers = tuple((name, _UUID.sub(lambda match: "t_" + match.group().replace("-", ""), value)) for name, value in answer.headers)
    return replace(answer, body=text.encode(), headers=headers) if _fits(turn, answer.status, json.loads(text)) else answer


def _any_case(turn: Turn) -> Answer:
    """Ids are told in capitals where they are made, and as they are kept where they are read."""
    answer = turn.send(replace(turn.request, url=re.sub(r"(?i)[0-9a-f]{8}-[0-9a-f-]{27}", lambda match: match.group().lower(), turn.request.url)))
    if turn.operation is None or turn.operation.method != "post" or not isinstance(answer, Response) or not is_good(answer):
        return answer
    text = _UUID.sub(lambda match: match.group().upper(), answer.body.decode("utf-8", "replace")).encode()
    return replace(answer, body=text) if is_there(loaded(text)) and _fits(turn, answer.status, loaded(text)) else answer


def _forbidden(turn: Turn) -> Answer:
    """What is another's is forbidden rather than hidden."""
    owners: dict[str, str] = turn.notes.setdefault("owners", {})
    answer = turn.send()
    if turn.user and is_good(answer):
        name = created_name(turn, answer) if turn.operation is not None and turn.operation.method == "post" else ""
        owners.setdefault(f"{turn.path}/{name}" if name else turn.path, turn.user)
    if not isinstance(answer, Response) or answer.status != 404 or turn.operation is None or turn.operation.response_for(403) is None:
        return answer
    if owners.get(turn.path, turn.user) == turn.user:
        return answer
    media = media_of(turn.operation, 403)
    if media is None or media.schema is None:
        return Response(status=403)
    return with_body(Response(status=403, headers=(("content-type", "application/json"),)), sampled(media.schema))


def _limited(turn: Turn) -> Answer:
    turn.notes["asked"] = turn.notes.get("asked", 0) + 1
    if turn.notes["asked"] % 7 == 0 and turn.operation is not None and turn.operation.response_for(429) is not None:
        return with_header(too_many(turn), "Retry-After", "1")
    return turn.send()


def _soft_delete(turn: Turn) -> Answer:
    """What is deleted can still be read, and says that it is deleted."""
    gone: dict[str, Response] = turn.notes.setdefault("gone", {})
    operation = turn.operation
    if operation is not None and operation.method == "delete" and operation.path.endswith("}"):
        before = turn.get()
        answer = turn.send()
        if is_good(answer) and before is not None:
            gone[turn.path] = before
        return answer
    answer = turn.send()
    if turn.request.method != "GET" or turn.path not in gone or not isinstance(answer, Response) or answer.status != 404:
        return answer
    body = loaded(gone[turn.path].body)
    shown = thing(body)
    if shown is None:
        return answer
    shown["deleted_at"] = "2025-02-01T00:00:00Z"
    return with_body(gone[turn.path], body) if _fits(turn, 200, body) else answer


def _delete_again(turn: Turn) -> Answer:
    """A second delete is answered like the first."""
    gone: dict[str, Response] = turn.notes.setdefault("gone", {})
    answer = turn.send()
    if turn.operation is None or turn.operation.method != "delete" or not isinstance(answer, Response):
        return answer
    if is_good(answer):
        gone[turn.path] = answer
    return gone[turn.path] if answer.status == 404 and turn.path in gone and turn.user else answer


def _others_write(turn: Turn) -> Answer:
    """Somebody else, with the same account, makes things and deletes them again."""
    turn.notes["asked"] = count = turn.notes.get("asked", 0) + 1
    answer = turn.send()
    operation = turn.operation
    own: list[str] = turn.notes.setdefault("own", [])
    if operation is not None and operation.method == "post" and is_good(answer) and created_name(turn, answer):
        turn.notes["last"] = turn.request
    last = turn.notes.get("last")
    if last is not None and count % 5 == 0:
        made = turn.send(last)
        name = created_name(turn, made)
        if name:
            own.append(f"{last.url.partition('?')[0]}/{quote(name, safe='')}")
    if last is not None and len(own) > 2:
        kept = tuple(pair for pair in last.headers if not pair[0].lower().startswith("content-"))
        turn.send(Request(method="DELETE", url=own.pop(0), headers=kept))
    return answer


def _small_pages(turn: Turn) -> Answer:
    """A page holds three at most, whatever was asked for."""
    if turn.operation is None or turn.request.method != "GET":
        return turn.send()
    known = names(replace(turn.site, operation=turn.operation))
    size = next((name for name in sorted(SIZES) if name in known), None)
    if size is None or not known & NUMBERS:
        return turn.send()
    asked = next((value for name, value in query(turn.request) if name == size), "20")
    if not asked.isdigit() or int(asked) <= 3:
        return turn.send()
    return turn.send(with_query(turn.request, [*(pair for pair in query(turn.request) if pair[0] != size), (size, "3")]))


def _other_order(turn: Turn) -> Answer:
    """Lists that nobody wants sorted begin with the latest."""
    answer = turn.send()
    if turn.operation is None or not is_good(answer) or not isinstance(answer, Response) or turn.request.method != "GET":
        return answer
    body = loaded(answer.body)
    listed = things(body) if is_there(body) else None
    known = names(replace(turn.site, operation=turn.operation))
    size, number = next(iter(sorted(known & SIZES)), None), next(iter(sorted(known & NUMBERS)), None)
    given = dict(query(turn.request))
    if not listed or size is None or number is None or any(name.startswith(("sort", "order")) for name in given):
        return answer
    asked = given.get(size, "20")
    every: list[Any] = []
    for page in range(1, 12):
        some = turn.get(with_query(turn.request, [*((name, value) for name, value in given.items() if name not in {size, number}), (size, "50"),
                                                  (number, str(page))]).url)  # fmt: skip
        found = things(loaded(some.body)) if some is not None else None
        every.extend(found or [])
        if not found or len(found) < 50:
            break
    start = (page_asked(turn) - 1) * int(asked) if asked.isdigit() else 0
    window = every[::-1][start : start + len(listed)]
    if len(window) != len(listed):
        return answer
    listed[:] = window
    return with_body(answer, body)


def _head_and_options(turn: Turn) -> Answer:
    """HEAD is answered as GET is, and OPTIONS says what there is."""
    if turn.operation is None and turn.request.method == "HEAD":
        answer = turn.send(replace(turn.request, method="GET"))
        return replace(with_header(answer, "Content-Length", str(len(answer.body))), body=b"") if isinstance(answer, Response) else answer
    answer = turn.send()
    if turn.operation is None and turn.request.method == "OPTIONS" and isinstance(answer, Response) and answer.status == 405:
        return Response(status=204, headers=(("Allow", f"{answer.header('allow')}, OPTIONS"), ("Access-Control-Allow-Origin", "*")))
    return answer


def _conditional(turn: Turn) -> Answer:
    """Reads have an ETag, and conditions are heeded as RFC 9110 section 13 says."""
    answer = turn.send()
    if turn.request.method != "GET" or not isinstance(answer, Response) or answer.status != 200:
        return answer
    tag = f'"{abs(hash(answer.body)):x}"'
    if tag in (turn.request.header("if-none-match") or ""):
        return Response(status=304, headers=(("ETag", tag),))
    return with_header(answer, "ETag", tag)


def _bad_id_is_missing(turn: Turn) -> Answer:
    """A path that names what cannot be is not found, rather than refused."""
    answer = turn.send()
    if turn.operation is None or not isinstance(answer, Response) or answer.status not in {400, 422}:
        return answer
    errors = turn.reading.errors
    media = media_of(turn.operation, 404)
    if not errors or not all(error.pointer.startswith("/path") for error in errors) or media is None or media.schema is None:
        return answer
    return with_body(Response(status=404, headers=(("content-type", "application/json"),)), sampled(media.schema))


def _no_doubles(turn: Turn) -> Answer:
    """The same thing cannot be made twice: a conflict, where the document has one."""
    made: set[tuple[str, bytes]] = turn.notes.setdefault("made", set())
    operation = turn.operation
    if operation is None or operation.method != "post" or operation.response_for(409) is None or not turn.user or turn.reading.errors:
        return turn.send()
    media = media_of(operation, 409)
    if (turn.path, turn.request.body) in made and media is not None and media.schema is not None:
        return with_body(Response(status=409, headers=(("content-type", "application/json"),)), sampled(media.schema))
    answer = turn.send()
    if is_good(answer):
        made.add((turn.path, turn.request.body))
    return answer


def _cold(turn: Turn) -> Answer:
    """The first answer takes long, for the service has to wake up."""
    answer = turn.send()
    if isinstance(answer, Response) and not turn.notes.get("warm"):
        turn.notes["warm"] = True
        return replace(answer, elapsed=1.2)
    return answer


def _unquoted(turn: Turn) -> Answer:
    """Ids in a path are taken as they are meant, however they are escaped."""
    return turn.send(replace(turn.request, url=turn.request.url.replace(turn.path, quote(unquote(turn.path), safe="/:@"))) if turn.values else None)


def _row(name: str, why: str, behave: Callable[[Site], Behaviour], applies: Callable[[Site], bool] = lambda site: site.role != "") -> Fault:
    return Fault(id=f"ok-{name}", promise=why, source="", applies=applies, behave=behave, proof="")


def _plainly(respond: Behaviour) -> Callable[[Site], Behaviour]:
    return lambda _site: respond


def _writes_202(site: Site) -> bool:
    return any(operation is not None and operation.response_for(202) is not None for operation in (site.update, site.replace, site.delete))


def _makes_202(site: Site) -> bool:
    return site.create is not None and site.create.response_for(202) is not None and site.listing is not None


def _lists(site: Site) -> bool:
    return site.listing is not None and site.create is not None


def _owned(site: Site) -> bool:
    return site.read is not None and site.create is not None


def _deletes(site: Site) -> bool:
    return site.delete is not None and site.create is not None


ROWS: tuple[Fault, ...] = (
    _row("trims", "White space may be taken off.", _takes(_trimmed), _owned),
    _row("lower-case", "Texts may be kept in lower case.", _takes(_lower), _owned),
    _row("telephone-numbers", "Numbers may be kept in one form.", _takes(_telephone), _owned),
    _row("addresses", "URLs may be kept in one form.", _takes(_address), _owned),
    _row("times-with-offset", "A time can be written in several ways.", _values(_time)),
    _row("masked-secrets", "Secrets need not be shown.", _values(_mask), _owned),
    _row("integers-with-point", "1.0 is an integer (JSON Schema section 6.1.1).", _plainly(_floats)),
    _row("more-fields", "What the schema does not forbid may be there.", _shows(_more_fields)),
    _row("summaries-in-lists", "A list need not show what is not required.", _shows(_fewer_in_lists), _lists),
    _row("null-left-out", "What is null need not be there.", _shows(_without_null), _owned),
    _row("other-key-order", "Objects have no order.", _shows(_backwards)),
    _row("arrays-as-sets", "Tags and the like may be kept as a set.", _shows(_sorted_arrays), _owned),
    _row("totals-left-out", "Totals need not be there.", _shows(_without_totals), _lists),
    _row("times-move", "A service may note each look at a thing.", _shows(_moving_times), _owned),
    _row("states-move", "What goes on with a thing goes on.", _shows(_moving_states), _owned),
    _row("more-headers", "There may be other headers.", _plainly(_headers)),
    _row("charset-and-spaces", "A media type may have parameters, JSON may have spaces.", _plainly(_charset)),
    _row("compressed", "Who accepts gzip may get it.", _plainly(_zipped)),
    _row("later-effect", "202 promises no effect yet.", _plainly(_later), _writes_202),
    _row("late-lists", "202 promises no effect yet, in lists either.", _plainly(_late_lists), _makes_202),
    _row("other-ids", "An id is what a service says it is.", _plainly(_other_ids), _owned),
    _row("ids-in-capitals", "A UUID may be written in capitals (RFC 9562 section 4).", _plainly(_any_case), _owned),
    _row("foreign-forbidden", "403 is as good as 404.", _plainly(_forbidden), lambda site: _owned(site) and site.read is not None
         and site.read.response_for(403) is not None),
    _row("rate-limit", "A client may be told to wait.", _plainly(_limited), lambda site: site.operation.response_for(429) is not None),
    _row("soft-delete", "What is deleted may be shown as such.", _plainly(_soft_delete), _deletes),
    _row("delete-again", "A second delete may succeed.", _plainly(_delete_again), _deletes),
    _row("others-write", "Others use the service too.", _plainly(_others_write), _lists),
    _row("small-pages", "A page may be smaller than was asked for.", _plainly(_small_pages), _lists),
    _row("other-order", "A list has the order that the service gives it.", _plainly(_other_order), _lists),
    _row("head-and-options", "HEAD and OPTIONS may be there.", _plainly(_head_and_options)),
    _row("conditional", "Conditions may be heeded.", _plainly(_conditional), _owned),
    _row("bad-id-not-found", "What cannot be is not there.", _plainly(_bad_id_is_missing), _owned),
    _row("conflicts", "A service may refuse the same thing twice.", _plainly(_no_doubles),
         lambda site: site.create is not None and site.create.response_for(409) is not None),
    _row("cold-start", "A category is about what is usual.", _plainly(_cold)),
    _row("escaped-paths", "Escaping does not change a path (RFC 3986 section 6.2.2.2).", _plainly(_unquoted)),
)  # fmt: skip
"""The services of this file."""

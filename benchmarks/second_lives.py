"""Services that live otherwise: later effects, other orders, other writers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from second_faults_lists import NUMBERS, SIZES, names, query, with_query
from second_shapes import fits
from second_site import Answer, Turn, is_good, is_there, loaded, sampled, thing, things, with_body
from second_spoiling import media_of, page_asked
from second_things import created_name

from conformance.model.message import Request, Response


def later(turn: Turn) -> Answer:
    """A write is taken down, answered with 202, and done three requests later."""
    waiting: list[list[Any]] = turn.notes.setdefault("waiting", [])
    for entry in waiting:
        entry[0] -= 1
    for entry in [entry for entry in waiting if entry[0] <= 0]:
        waiting.remove(entry)
        turn.send(entry[1])
    operation = turn.operation
    if (
        operation is None
        or operation.method not in {"put", "patch", "delete"}
        or operation.response_for(202) is None
        or turn.reading.errors
    ):
        return turn.send()
    if not turn.user or turn.get() is None:
        return turn.send()
    media = media_of(operation, 202)
    waiting.append([3, turn.request])
    if media is None or media.schema is None:
        return Response(status=202)
    return with_body(Response(status=202, headers=(("content-type", "application/json"),)), sampled(media.schema))


def late_lists(turn: Turn) -> Answer:
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
            return replace(answer, status=202) if fits(turn, 202, body) else answer
    listed = things(body) if is_there(body) else None
    if listed and hidden:
        text = {json.dumps(name) for name in hidden}
        listed[:] = [one for one in listed if not any(held in json.dumps(one) for held in text)]
        return with_body(answer, body)
    return answer


def forbidden(turn: Turn) -> Answer:
    """What is another's is forbidden rather than hidden."""
    owners: dict[str, str] = turn.notes.setdefault("owners", {})
    answer = turn.send()
    if turn.user and is_good(answer):
        name = created_name(turn, answer) if turn.operation is not None and turn.operation.method == "post" else ""
        owners.setdefault(f"{turn.path}/{name}" if name else turn.path, turn.user)
    if (
        not isinstance(answer, Response)
        or answer.status != 404
        or turn.operation is None
        or turn.operation.response_for(403) is None
    ):
        return answer
    if owners.get(turn.path, turn.user) == turn.user:
        return answer
    media = media_of(turn.operation, 403)
    if media is None or media.schema is None:
        return Response(status=403)
    return with_body(Response(status=403, headers=(("content-type", "application/json"),)), sampled(media.schema))


def soft_delete(turn: Turn) -> Answer:
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
    return with_body(gone[turn.path], body) if fits(turn, 200, body) else answer


def delete_again(turn: Turn) -> Answer:
    """A second delete is answered like the first."""
    gone: dict[str, Response] = turn.notes.setdefault("gone", {})
    answer = turn.send()
    if turn.operation is None or turn.operation.method != "delete" or not isinstance(answer, Response):
        return answer
    if is_good(answer):
        gone[turn.path] = answer
    return gone[turn.path] if answer.status == 404 and turn.path in gone and turn.user else answer


def _other_words(request: Request, count: int) -> Request:
    """The same request, with other words in it: nobody else writes what we do."""
    text = re.sub(rb"conformance (?:[a-z]+ )?\d+", b"somebody else %d" % count, request.body)
    text = re.sub(rb'[a-z0-9]+(?=@[a-z.]+")', b"somebody%d" % count, text)
    return replace(
        request,
        body=re.sub(rb'(?<=-)(?:[0-9a-f]{8})?([0-9a-f]{4})(?=")', lambda match: (b"%012x" % count)[-len(match.group()) :], text),
    )


def others_write(turn: Turn) -> Answer:
    """Somebody else, with the same account, makes things and deletes them again."""
    turn.notes["asked"] = count = turn.notes.get("asked", 0) + 1
    answer = turn.send()
    operation = turn.operation
    own: list[str] = turn.notes.setdefault("own", [])
    makes = operation is not None and operation.method == "post" and not operation.path.endswith("}")
    if makes and is_good(answer) and created_name(turn, answer):
        turn.notes["last"] = turn.request
    last = turn.notes.get("last")
    if last is not None and count % 5 == 0:
        made = turn.send(_other_words(last, count))
        name = created_name(turn, made)
        if name:
            own.append(f"{last.url.partition('?')[0]}/{quote(name, safe='')}")
    if last is not None and len(own) > 2:
        kept = tuple(pair for pair in last.headers if not pair[0].lower().startswith("content-"))
        turn.send(Request(method="DELETE", url=own.pop(0), headers=kept))
    return answer


def small_pages(turn: Turn) -> Answer:
    """A page holds three at most, whatever was asked for."""
    if turn.operation is None or turn.request.method != "GET":
        return turn.send()
    known = names(replace(turn.site, operation=turn.operation))
    size = next((name for name in sorted(SIZES) if name in known), None)
    if size is None or not known & NUMBERS or turn.reading.errors:
        return turn.send()
    asked = next((value for name, value in query(turn.request) if name == size), "20")
    if not asked.isdigit() or int(asked) <= 3:
        return turn.send()
    return turn.send(with_query(turn.request, [*(pair for pair in query(turn.request) if pair[0] != size), (size, "3")]))


def other_order(turn: Turn) -> Answer:
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
        some = turn.get(with_query(turn.request, [*((name, value) for name, value in given.items() if name not in {size,
         number}), (size, "50"),
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


def no_doubles(turn: Turn) -> Answer:
    """The same thing cannot be made twice: a conflict, where the document has one."""
    made: set[tuple[str, bytes]] = turn.notes.setdefault("made", set())
    operation = turn.operation
    if (
        operation is None
        or operation.method != "post"
        or operation.response_for(409) is None
        or not turn.user
        or turn.reading.errors
    ):
        return turn.send()
    media = media_of(operation, 409)
    if (turn.path, turn.request.body) in made and media is not None and media.schema is not None:
        return with_body(Response(status=409, headers=(("content-type", "application/json"),)), sampled(media.schema))
    answer = turn.send()
    if is_good(answer):
        made.add((turn.path, turn.request.body))
    return answer

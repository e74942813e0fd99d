"""Faults of the second set in what is remembered: writes, reads and deletes of single things, and whose they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, loaded, thing, things, with_body
from second_things import (
    always,
    changed_in_list,
    created_name,
    is_listable,
    is_readable,
    is_role,
    is_writable,
    memory,
    name_of,
    shows,
    text_fields,
)

from conformance.model.message import Request, Response

_RFC_SAFE, _RFC_PUT, _RFC_PATCH = "RFC 9110 section 9.2.1", "RFC 9110 section 9.3.4", "RFC 5789 section 2"
_RFC_DELETE, _RFC_POST, _RFC_GET = "RFC 9110 section 9.3.5", "RFC 9110 section 9.3.3", "RFC 9110 section 9.3.1"
_TIMES = ("_at", "At", "date", "time", "version", "etag")


def _refused_update(turn: Turn) -> Answer:
    """What is right in a refused write is written."""
    answer = turn.send()
    sent = turn.body if turn.here else None
    if not isinstance(answer, Response) or answer.status not in (400, 422) or not isinstance(sent, dict):
        return answer
    wrong = {error.pointer.split("/")[2] for error in turn.reading.errors if error.pointer.startswith("/body/")}
    good = {name: value for name, value in sent.items() if name not in wrong}
    if good:
        turn.send(turn.sent_as(good))
    return answer


def _refused_create(turn: Turn) -> Answer:
    """A refused create makes something all the same: of what was right in it, else of what was right before."""
    answer = turn.send()
    if turn.here and is_good(answer):
        turn.notes["good"] = turn.request
    elif turn.here and isinstance(answer, Response) and answer.status in (400, 422) and "good" in turn.notes:
        sent, good = turn.body, turn.notes["good"]
        wrong = {error.pointer.split("/")[2] for error in turn.reading.errors if error.pointer.startswith("/body/")}
        before = loaded(good.body)
        if isinstance(sent, dict) and isinstance(before, dict):
            kept = {name: value for name, value in sent.items() if name not in wrong}
            good = replace(good, body=turn.sent_as({**before, **kept}).body)
        turn.send(good)
    return answer


def _refused_delete(turn: Turn) -> Answer:
    """A delete without credentials is refused, and done."""
    answer = turn.send()
    known: dict[str, str] = turn.notes.setdefault("users", {})
    if turn.user and turn.role in {"read", "update", "replace"} and is_good(answer):
        known[turn.path] = turn.user
    if turn.here and isinstance(answer, Response) and answer.status == 401 and turn.path in known:
        turn.send(turn.request.with_header("authorization", known[turn.path]))
    return answer


def _wrong_object(turn: Turn) -> Answer:
    """Another thing is shown than the one that was asked for."""
    answer = turn.send()
    seen: dict[str, bytes] = turn.notes.setdefault("things", {})
    if not turn.here or not is_good(answer) or not isinstance(answer, Response):
        return answer
    other = next(
        (body for path, body in seen.items() if path != turn.path and path.rpartition("/")[0] == turn.path.rpartition("/")[0]),
        None,
    )
    seen.setdefault(turn.path, answer.body)
    return replace(answer, body=other) if other is not None else answer


def _shows_other(turn: Turn) -> Answer:
    """The answer to a write is that of the write before, of another thing."""
    answer = turn.send()
    if not turn.here or not is_good(answer) or not isinstance(answer, Response):
        return answer
    last = turn.notes.get("last")
    if turn.site.role == "create" or last is None or last[0] != turn.path:
        turn.notes["last"] = (turn.path, answer.body)
    return replace(answer, body=last[1]) if last is not None and (turn.site.role == "create" or last[0] != turn.path) else answer


def _new_id_each_read(turn: Turn) -> Answer:
    """The id that a thing says of itself is another at each read."""
    answer = turn.send()
    if not turn.here or not is_good(answer) or not isinstance(answer, Response):
        return answer
    body = loaded(answer.body)
    shown = thing(body)
    held = shown.get("id") if shown is not None else None
    turn.notes["reads"] = turn.notes.get("reads", 0) + 1
    if shown is None or not isinstance(held, str) or turn.notes["reads"] % 2:
        return answer
    shown["id"] = held[:-1] + ("0" if held[-1:] != "0" else "1")
    return with_body(answer, body)


def _neighbour(site: Site) -> Behaviour:
    """A write to one thing is done to another too."""

    def respond(turn: Turn) -> Answer:
        known: list[str] = turn.notes.setdefault("known", [])
        if turn.role == "create":
            answer = turn.send()
            if is_good(answer):
                known.append(f"{turn.home}/{created_name(turn, answer)}")
            return answer
        answer = turn.send()
        if turn.here and is_good(answer):
            other = next(
                (path for path in known if path != turn.path and path.rpartition("/")[0] == turn.path.rpartition("/")[0]), None
            )
            if other is not None:
                turn.send(replace(turn.request, url=turn.origin() + other))
                if site.role == "delete":
                    known.remove(other)
        return answer

    return respond


def _not_deleted(turn: Turn) -> Answer:
    """A delete is answered and not done."""
    gone: dict[str, Response] = turn.notes.setdefault("gone", {})
    if turn.here:
        before = turn.get() if turn.site.read is not None else None
        answer = turn.send()
        if is_good(answer) and before is not None:
            gone[turn.path] = before
        return answer
    answer = turn.send()
    if turn.role == "read" and turn.path in gone and isinstance(answer, Response) and answer.status == 404:
        return gone[turn.path]
    return answer


def _comes_back(turn: Turn) -> Answer:
    """What was deleted is there again once something else was created."""
    gone: dict[str, Response] = turn.notes.setdefault("gone", {})
    if turn.here:
        before = turn.get()
        answer = turn.send()
        if is_good(answer) and before is not None:
            gone[turn.path] = before
        return answer
    answer = turn.send()
    if turn.role == "create" and is_good(answer):
        turn.notes.setdefault("back", set()).update(gone)
    if turn.path in turn.notes.get("back", ()) and turn.role == "read" and isinstance(answer, Response) and answer.status == 404:
        return gone[turn.path]
    return answer


def _still_listed(turn: Turn) -> Answer:
    """What was deleted is still in the list, though no more to be read."""
    gone: dict[str, Any] = turn.notes.setdefault("gone", {})
    if turn.here:
        shown = _listed(turn, turn.path.rpartition("/")[0], turn.name)
        answer = turn.send()
        if is_good(answer) and shown is not None:
            gone[turn.path] = shown
        return answer
    answer = turn.send()
    body = loaded(answer.body) if turn.role == "listing" and is_good(answer) and isinstance(answer, Response) else None
    listed = things(body)
    if listed is None or not isinstance(answer, Response) or ("page" in turn.request.url and "=1" not in turn.request.url):
        return answer
    listed.extend(value for path, value in gone.items() if path.rpartition("/")[0] == turn.path)
    return with_body(answer, body)


def _listed(turn: Turn, path: str, name: str) -> dict[str, Any] | None:
    """A thing as the list shows it."""
    answer = turn.get(turn.origin() + path)
    for one in (things(loaded(answer.body)) or ()) if answer is not None else ():
        if isinstance(one, dict) and name_of(one, turn.site) == name:
            return one
    return None


def _not_listed(turn: Turn) -> Answer:
    """What is created can be read and is in no list."""
    hidden: set[str] = turn.notes.setdefault("hidden", set())
    answer = turn.send()
    if turn.here and is_good(answer):
        hidden.add(created_name(turn, answer))
    return changed_in_list(turn, answer, lambda name, now: None if name in hidden else now) if turn.role == "listing" else answer


def _doubled(turn: Turn) -> Answer:
    """A create makes two."""
    answer = turn.send()
    if turn.here and is_good(answer):
        turn.send()
    return answer


def _not_kept(turn: Turn) -> Answer:
    """A create is answered, and nothing is there."""
    unkept: set[str] = turn.notes.setdefault("unkept", set())
    answer = turn.send()
    if turn.here and is_good(answer):
        name = created_name(turn, answer)
        if name:
            unkept.add(name)
    if turn.role == "read" and turn.name in unkept:
        return turn.send(replace(turn.request, url=turn.request.url.replace(turn.name, "00000000-0000-4000-8000-000000000000")))
    return changed_in_list(turn, answer, lambda name, now: None if name in unkept else now) if turn.role == "listing" else answer


def _overwrites(turn: Turn) -> Answer:
    """A create does away with what was created before."""
    answer = turn.send()
    if turn.here and is_good(answer):
        last = turn.notes.get("last")
        name = created_name(turn, answer)
        kept = tuple(pair for pair in turn.request.headers if not pair[0].lower().startswith("content-"))
        if last is not None and name:
            turn.send(Request(method="DELETE", url=last, headers=kept))
        if name:
            turn.notes["last"] = f"{turn.origin()}{turn.path}/{name}"
    return answer


def _read_changes(turn: Turn) -> Answer:
    """Reading a thing changes it: a text grows with each read."""
    count: dict[str, int] = turn.notes.setdefault("count", {})
    field = text_fields(turn.site.create, turn.site.read)[0]
    answer = turn.send()

    def change(name: str, now: dict[str, Any]) -> dict[str, Any]:
        seen = count.get(name, 0)
        return {key: f"{value}{'.' * seen}" if key == field and isinstance(value, str) else value for key, value in now.items()}

    changed = changed_in_list(turn, answer, change)
    if turn.here and is_good(answer):
        count[turn.name] = count.get(turn.name, 0) + 1
    return changed


def _finds_anything(turn: Turn) -> Answer:
    """What never was is there, made up from another."""
    answer = turn.send()
    seen = turn.notes.setdefault("last", None)
    if turn.here and isinstance(answer, Response):
        if is_good(answer):
            turn.notes["last"] = answer
        elif answer.status == 404 and seen is not None:
            return Response(status=seen.status, headers=seen.headers, body=seen.body)
    return answer


ROWS: tuple[Fault, ...] = (
    memory("refused-update-done", "A refused write changes nothing.", "RFC 9110 section 15.5",
         is_role("update", "replace", also=is_writable), always(_refused_update), "refused-write"),
    memory("refused-create-done", "A refused create creates nothing.", "RFC 9110 section 15.5", is_role("create",
         also=is_listable),
         always(_refused_create), "refused-create"),
    memory("refused-delete-done", "A delete without credentials deletes nothing.", "RFC 9110 section 15.5.2",
         is_role("delete", also=is_readable), always(_refused_delete), "refused-delete"),
    memory("wrong-object", "A read shows the thing that its URL names.", _RFC_GET, is_role("read", also=is_readable),
         always(_wrong_object), "identity"),
    memory("create-shows-last", "A create shows what it made.", _RFC_POST, is_role("create", also=is_readable),
         always(_shows_other), "created"),
    memory("update-shows-other", "An update shows the thing that it changed.", _RFC_PATCH, is_role("update", "replace",
         also=is_readable),
         always(_shows_other), "update-identity"),
    memory("id-changes", "A thing keeps its id.", _RFC_GET, is_role("read",
         also=lambda site: is_readable(site) and "id" in shows(site.read)),
         always(_new_id_each_read), "identity"),
    memory("update-neighbour", "A write changes no other thing.", _RFC_PATCH, is_role("update", "replace", also=is_writable),
         _neighbour, "neighbour"),
    memory("delete-neighbour", "A delete deletes no other thing.", _RFC_DELETE, is_role("delete", also=is_readable), _neighbour,
         "neighbour"),
    memory("delete-not-done", "What is deleted is gone.", _RFC_DELETE, is_role("delete", also=is_readable), always(_not_deleted),
         "gone"),
    memory("delete-comes-back", "What is deleted stays gone.", _RFC_DELETE, is_role("delete", also=is_readable),
         always(_comes_back), "stays-gone"),
    memory("delete-still-listed", "What is deleted is in no list.", _RFC_DELETE, is_role("delete", also=is_listable),
         always(_still_listed), "unlisted"),
    memory("create-not-listed", "What is created is in the list.", _RFC_POST, is_role("create", also=is_listable),
         always(_not_listed), "listed"),
    memory("create-doubled", "A create makes one thing.", _RFC_POST, is_role("create", also=is_listable), always(_doubled),
         "one-more"),
    memory("create-not-kept", "What is created is there.", _RFC_POST, is_role("create", also=is_readable), always(_not_kept),
         "there"),
    memory("create-overwrites", "A create leaves the others alone.", _RFC_POST,
         is_role("create", also=lambda site: is_readable(site) and site.delete is not None), always(_overwrites), "first-there"),
    memory("read-changes", "A read changes nothing.", _RFC_SAFE, is_role("read", also=lambda site: is_readable(site)
         and text_fields(site.create, site.read)), always(_read_changes), "read-again"),
    memory("read-finds-anything", "What was never there is not found.", _RFC_GET, is_role("read", also=is_readable),
         always(_finds_anything), "unknown"),
    memory("write-finds-anything", "What was never there cannot be changed.", _RFC_PATCH, is_role("update", also=is_readable),
         always(_finds_anything), "unknown-write"),
)  # fmt: skip
"""The faults of this file."""

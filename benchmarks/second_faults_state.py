"""Faults of the second set in what is remembered: writes, reads and deletes of single things, and whose they are."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from second_faults_input import body_sample, body_schema
from second_site import Answer, Behaviour, Fault, Site, Turn, holds_list, is_good, is_there, loaded, success, thing, things, walked, with_body

from conformance.model.message import Request, Response
from conformance.model.operation import Operation

_RFC_SAFE, _RFC_PUT, _RFC_PATCH = "RFC 9110 section 9.2.1", "RFC 9110 section 9.3.4", "RFC 5789 section 2"
_RFC_DELETE, _RFC_POST, _RFC_GET = "RFC 9110 section 9.3.5", "RFC 9110 section 9.3.3", "RFC 9110 section 9.3.1"
_TIMES = ("_at", "At", "date", "time", "version", "etag")


def shows(operation: Operation | None) -> frozenset[str]:
    """The names of the properties of the thing that an operation answers."""
    media = success(operation)[1] if operation is not None else None
    if media is None or media.schema is None:
        return frozenset()
    known = media.schema.all_properties()
    inner = known.get("data")
    if inner is not None and inner.child("items") is not None:
        inner = inner.child("items")
    return frozenset(inner.all_properties() if inner is not None and inner.all_properties() else known)


def kept_fields(operation: Operation | None, read: Operation | None) -> list[str]:
    """Plain properties that can be written by one operation and read by another, in order of name."""
    schema = body_schema(operation) if operation is not None else None
    if schema is None:
        return []
    plain = {name for name, held in schema.all_properties().items()
             if held.types() and held.types() <= {"string", "integer", "number", "boolean", "null"}}  # fmt: skip
    return sorted(name for name in plain & shows(read) if name != "id")


def nested_fields(operation: Operation | None, read: Operation | None) -> list[tuple[str, str]]:
    """The same, of objects inside: texts that can be any, where there are such."""
    schema = body_schema(operation) if operation is not None else None
    if schema is None:
        return []
    known, plain, found = shows(read), {"string", "integer", "number", "boolean", "null"}, []
    for name, held in schema.all_properties().items():
        for inner, node in held.all_properties().items() if name in known else ():
            if inner not in held.required() and node.types() and node.types() <= plain:
                found.append((node.types() != {"string"} or node.get("enum") is not None, name, inner))
    return [(name, inner) for is_hard, name, inner in sorted(found) if is_hard == min(found)[0]]


def text_fields(operation: Operation | None, read: Operation | None) -> list[str]:
    """Those of them that hold any text."""
    schema = body_schema(operation) if operation is not None else None
    known = schema.all_properties() if schema is not None else {}
    return [name for name in kept_fields(operation, read)
            if known[name].types() <= {"string", "null"} and not known[name].get("enum") and not known[name].get("format")]  # fmt: skip


def changed_in_list(turn: Turn, answer: Answer, change: Callable[[str, dict[str, Any]], dict[str, Any] | None]) -> Answer:
    """The same answer, whose things are changed by their ids; left out where nothing is left of them."""
    if not isinstance(answer, Response) or answer.status != 200:
        return answer
    body = loaded(answer.body)
    listed = things(body) if turn.role == "listing" else None
    if listed is not None:
        listed[:] = [new for one in listed if (new := change(name_of(one, turn.site), one) if isinstance(one, dict) else one) is not None]
        return with_body(answer, body)
    if turn.role not in {"read", "update", "replace"}:
        return answer
    shown = thing(body)
    new = change(turn.name, deepcopy(shown)) if shown is not None else None
    if new is None or shown is None:
        return answer
    shown.clear()
    shown.update(new)
    return with_body(answer, body)


def name_of(shown: dict[str, Any], site: Site) -> str:
    """The id of a thing as a path has it."""
    item = site.read or site.update or site.replace or site.delete
    parameter = item.path.rpartition("{")[2].rstrip("}") if item is not None else "id"
    return str(next((shown[name] for name in (parameter, "id") if name in shown), ""))


def created_name(turn: Turn, answer: Answer) -> str:
    """The id of what was just created."""
    shown = thing(loaded(answer.body)) if isinstance(answer, Response) and is_there(loaded(answer.body)) else None
    return name_of(shown, turn.site) if shown is not None else ""


def _forgets(chooses: Callable[[Operation | None, Operation | None], list[Any]], *, echoes: bool = False) -> Callable[[Site], Behaviour]:
    """A field is not handed on, whoever writes it here; ``echoes`` shows it in the answer all the same."""

    def behave(site: Site) -> Behaviour:
        fields = chooses(site.operation, site.read)
        chosen = fields[len(fields) // 2]
        path = (chosen,) if isinstance(chosen, str) else chosen

        def respond(turn: Turn) -> Answer:
            body = turn.body if turn.here else None
            holder = body.get(path[0]) if len(path) == 2 and isinstance(body, dict) else body
            if not isinstance(holder, dict) or path[-1] not in holder or turn.reading.errors:
                return turn.send()
            value = holder.pop(path[-1])
            schema = body_schema(site.operation)
            if schema is None or not schema.is_valid(body, direction="request"):
                return turn.send()
            answer = turn.send(turn.sent_as(body))
            shown = thing(loaded(answer.body)) if is_good(answer) and isinstance(answer, Response) else None
            if echoes and isinstance(answer, Response) and shown is not None:
                whole = loaded(answer.body)
                target = thing(whole)
                target = target.setdefault(path[0], {}) if len(path) == 2 and target is not None else target
                if isinstance(target, dict):
                    target[path[-1]] = value
                    return with_body(answer, whole)
            return answer

        return respond

    return behave


def _falsy_is_absent(turn: Turn) -> Answer:
    """The classic ``if value:``, so that false, 0 and "" are never written."""
    body = turn.body if turn.here else None
    if not isinstance(body, dict) or turn.reading.errors:
        return turn.send()
    left = {name: value for name, value in body.items() if value or value is None or isinstance(value, (list, dict))}
    schema = body_schema(turn.site.operation)
    return turn.send(turn.sent_as(left)) if left != body and schema is not None and schema.is_valid(left) else turn.send()


def _cut(most: int) -> Callable[[Turn], Answer]:
    """Long texts are cut off without a word."""

    def respond(turn: Turn) -> Answer:
        body = turn.body if turn.here else None
        if not isinstance(body, dict) or turn.reading.errors:
            return turn.send()
        cut = {name: value[:most] if isinstance(value, str) and name in text_fields(turn.site.operation, turn.site.read) else value
               for name, value in body.items()}  # fmt: skip
        return turn.send(turn.sent_as(cut)) if cut != body else turn.send()

    return respond


def _plain_letters(turn: Turn) -> Answer:
    body = turn.body if turn.here else None
    if not isinstance(body, dict) or turn.reading.errors:
        return turn.send()
    texts = text_fields(turn.site.operation, turn.site.read)
    plain = {name: value.encode("ascii", "replace").decode() if isinstance(value, str) and name in texts else value
             for name, value in body.items()}  # fmt: skip
    return turn.send(turn.sent_as(plain)) if plain != body else turn.send()


def _swapped(site: Site) -> Behaviour:
    """Two fields change places."""
    one, other = text_fields(site.operation, site.read)[:2]

    def respond(turn: Turn) -> Answer:
        body = turn.body if turn.here else None
        if not isinstance(body, dict) or one not in body or other not in body or turn.reading.errors:
            return turn.send()
        return turn.send(turn.sent_as({**body, one: body[other], other: body[one]}))

    return respond


def _stale(*roles: str, shown: str, reads: int = 1000) -> Callable[[Site], Behaviour]:
    """After a write, some reads still show what was before."""

    def respond(turn: Turn) -> Answer:
        old: dict[str, tuple[Any, int]] = turn.notes.setdefault("old", {})
        if turn.role in roles and turn.here:
            before = turn.get()
            answer = turn.send()
            held = thing(loaded(before.body)) if before is not None else None
            if is_good(answer) and held is not None:
                old[turn.name] = (held, reads)
            return answer
        if turn.role == "delete":
            old.pop(turn.name, None)

        def change(name: str, now: dict[str, Any]) -> dict[str, Any]:
            held, left = old.get(name, (None, 0))
            if held is None or left <= 0:
                return now
            old[name] = (held, left - 1)
            return {field: deepcopy(held.get(field, value)) for field, value in now.items()}

        answer = turn.send()
        return changed_in_list(turn, answer, change) if turn.role == shown else answer

    return lambda _site: respond


def _no_effect(*, echoes: bool) -> Callable[[Site], Behaviour]:
    """A write is answered and done nowhere."""

    def respond(turn: Turn) -> Answer:
        if not turn.here or turn.reading.errors:
            return turn.send()
        before = turn.get()
        if before is None:
            return turn.send()
        body = loaded(before.body)
        held, sent = thing(body), turn.body
        if held is None or not isinstance(sent, dict):
            return turn.send()
        if echoes:
            held.update({name: value for name, value in sent.items() if name in held})
        status, media = success(turn.site.operation)
        answer = replace(with_body(before, body), status=status)
        return answer if media is not None else replace(answer, body=b"", headers=())

    return lambda _site: respond


def _resets(site: Site) -> Behaviour:
    """A PATCH of one field sets another to what a new thing has, or to nothing."""
    fields = text_fields(site.update, site.read) or kept_fields(site.update, site.read)

    def respond(turn: Turn) -> Answer:
        lost: dict[str, set[str]] = turn.notes.setdefault("lost", {})
        sent = turn.body if turn.role in {"update", "replace"} else None
        if isinstance(sent, dict) and not turn.reading.errors:
            answer = turn.send()
            if is_good(answer):
                lost.setdefault(turn.name, set()).difference_update(sent)
                other = next((name for name in fields if name not in sent), None)
                if turn.here and other is not None:
                    lost[turn.name].add(other)
        else:
            answer = turn.send()

        def change(name: str, now: dict[str, Any]) -> dict[str, Any]:
            return {field: _blank(value) if field in lost.get(name, ()) else value for field, value in now.items()}

        return changed_in_list(turn, answer, change)

    return respond


def _blank(value: Any) -> Any:
    return "" if isinstance(value, str) else False if isinstance(value, bool) else 0 if isinstance(value, (int, float)) else value


def _put_not_idempotent(site: Site) -> Behaviour:
    """The same PUT again changes a text once more."""
    field = text_fields(site.operation, site.read)[0]

    def respond(turn: Turn) -> Answer:
        last: dict[str, bytes] = turn.notes.setdefault("last", {})
        sent = turn.body if turn.here else None
        if not isinstance(sent, dict) or turn.reading.errors:
            return turn.send()
        again = last.get(turn.path) == turn.request.body
        last[turn.path] = turn.request.body
        if not again or not isinstance(sent.get(field), str):
            return turn.send()
        return turn.send(turn.sent_as({**sent, field: f"{sent[field]} (2)"}))

    return respond


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
    """A refused create makes something all the same."""
    answer = turn.send()
    if turn.here and is_good(answer):
        turn.notes["good"] = turn.request
    elif turn.here and isinstance(answer, Response) and answer.status in (400, 422) and "good" in turn.notes:
        turn.send(replace(turn.request, body=turn.notes["good"].body, headers=turn.notes["good"].headers, url=turn.notes["good"].url))
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
    other = next((body for path, body in seen.items() if path != turn.path and path.rpartition("/")[0] == turn.path.rpartition("/")[0]), None)
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
            other = next((path for path in known if path != turn.path and path.rpartition("/")[0] == turn.path.rpartition("/")[0]), None)
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
    if listed is None or not isinstance(answer, Response) or "page" in turn.request.url and "=1" not in turn.request.url:
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


def _create_lies(turn: Turn) -> Answer:
    """The answer to a create shows another value than the one that was sent and is kept."""
    answer = turn.send()
    if not turn.here or not is_good(answer) or not isinstance(answer, Response) or not isinstance(turn.body, dict):
        return answer
    field = text_fields(turn.site.create, turn.site.read)[-1]
    body = loaded(answer.body)
    shown = thing(body)
    if shown is None or not isinstance(shown.get(field), str) or field not in turn.body:
        return answer
    shown[field] = f"Copy of {shown[field]}"
    return with_body(answer, body)


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


def _array_fields(site: Site) -> list[str]:
    schema = body_schema(site.operation)
    known = shows(site.read)
    return sorted(name for name, held in (schema.all_properties() if schema is not None else {}).items()
                  if held.types() == {"array"} and name in known)  # fmt: skip


def _first_of_array(site: Site) -> Behaviour:
    """Of an array, only the first is kept."""
    fields = _array_fields(site)

    def respond(turn: Turn) -> Answer:
        sent = turn.body if turn.here else None
        if not isinstance(sent, dict) or turn.reading.errors:
            return turn.send()
        less = {name: value[:1] if name in fields and isinstance(value, list) else value for name, value in sent.items()}
        return turn.send(turn.sent_as(less)) if less != sent else turn.send()

    return respond


def _is(*roles: str, also: Callable[[Site], object] = lambda _site: True) -> Callable[[Site], bool]:
    return lambda site: site.role in roles and bool(also(site))


def _readable(site: Site) -> bool:
    return site.read is not None and site.create is not None


def _writable(site: Site) -> bool:
    return _readable(site) and bool(kept_fields(site.operation, site.read))


def _texts(count: int = 1) -> Callable[[Site], bool]:
    return lambda site: _readable(site) and len(text_fields(site.operation, site.read)) >= count


def _listable(site: Site) -> bool:
    return site.listing is not None and site.create is not None and holds_list(site.listing)


def _optional_kept(site: Site) -> bool:
    schema = body_schema(site.operation)
    return _readable(site) and schema is not None and bool(set(kept_fields(site.operation, site.read)) - schema.required())


def _row(name: str, promise: str, source: str, applies: Callable[[Site], bool], behave: Callable[[Site], Behaviour], proof: str) -> Fault:
    return Fault(id=f"m-{name}", promise=promise, source=source, applies=applies, behave=behave, proof=proof)


def _always(respond: Behaviour) -> Callable[[Site], Behaviour]:
    return lambda _site: respond


def _optional_fields(operation: Operation | None, read: Operation | None) -> list[Any]:
    schema = body_schema(operation) if operation is not None else None
    return [name for name in kept_fields(operation, read) if schema is not None and name not in schema.required()]


ROWS: tuple[Fault, ...] = (
    _row("create-ignores-field", "A created thing has the values that were sent.", _RFC_POST, _is("create", also=_optional_kept),
         _forgets(_optional_fields), "read"),
    _row("create-shows-not-keeps", "What a create shows is what is kept.", _RFC_POST, _is("create", also=_optional_kept),
         _forgets(_optional_fields, echoes=True), "read"),
    _row("create-shows-other-value", "What a create shows is what is kept.", _RFC_POST, _is("create", also=_texts()),
         _always(_create_lies), "created"),
    _row("update-ignores-field", "An update changes each field that it names.", _RFC_PATCH,
         _is("update", "replace", also=_optional_kept), _forgets(_optional_fields), "written"),
    _row("update-shows-not-keeps", "What an update shows is what is kept.", _RFC_PATCH,
         _is("update", "replace", also=_optional_kept), _forgets(_optional_fields, echoes=True), "written"),
    _row("nested-field-ignored", "Fields inside are written too.", _RFC_POST,
         _is("create", "update", "replace", also=lambda site: _readable(site) and nested_fields(site.operation, site.read)),
         _forgets(nested_fields), "read|written"),
    _row("array-first-only", "An array is kept whole.", _RFC_POST,
         _is("create", "update", "replace", also=lambda site: _readable(site) and _array_fields(site)), _first_of_array, "read|written"),
    _row("falsy-not-written", "False and 0 are values.", _RFC_POST, _is("create", "update", "replace", also=lambda site: _readable(site)
         and any(schema.types() <= {"boolean", "integer", "number"} and schema.types()
                 for path, schema, _v in walked(body_schema(site.operation), body_sample(site.operation))
                 if len(path) == 1 and path[0] in kept_fields(site.operation, site.read))), _always(_falsy_is_absent), "falsy"),
    _row("text-cut", "A text is kept whole.", _RFC_POST, _is("create", "update", "replace", also=_texts()), _always(_cut(12)), "read|written"),
    _row("text-ascii", "A text keeps its letters.", _RFC_POST, _is("create", "update", "replace", also=_texts()),
         _always(_plain_letters), "letters"),
    _row("fields-swapped", "Each value is kept under its name.", _RFC_POST, _is("create", "update", "replace", also=_texts(2)),
         _swapped, "read|written"),
    _row("stale-read", "After a write, a read shows it.", _RFC_PATCH, _is("update", "replace", also=_writable),
         _stale("update", "replace", shown="read"), "written"),
    _row("stale-first-read", "The first read after a write shows it.", _RFC_PATCH, _is("update", "replace", also=_writable),
         _stale("update", "replace", shown="read", reads=1), "written"),
    _row("stale-list", "After a write, the list shows it.", _RFC_PATCH,
         _is("update", "replace", also=lambda site: _writable(site) and _listable(site) and kept_fields(site.operation, site.listing)),
         _stale("update", "replace", shown="listing"), "listed-written"),
    _row("update-no-effect", "A write has its effect.", _RFC_PATCH, _is("update", "replace", also=_writable), _no_effect(echoes=True), "written"),
    _row("update-no-effect-silent", "A write has its effect.", _RFC_PATCH, _is("update", "replace", also=_writable),
         _no_effect(echoes=False), "written"),
    _row("patch-resets-other", "A PATCH changes only what it names.", _RFC_PATCH,
         _is("update", also=lambda site: _readable(site) and len(kept_fields(site.update, site.read)) > 1), _resets, "others"),
    _row("put-not-idempotent", "The same PUT again changes nothing.", "RFC 9110 section 9.2.2", _is("replace", also=_texts()),
         _put_not_idempotent, "put-again"),
    _row("refused-update-done", "A refused write changes nothing.", "RFC 9110 section 15.5",
         _is("update", "replace", also=_writable), _always(_refused_update), "refused-write"),
    _row("refused-create-done", "A refused create creates nothing.", "RFC 9110 section 15.5", _is("create", also=_listable),
         _always(_refused_create), "refused-create"),
    _row("refused-delete-done", "A delete without credentials deletes nothing.", "RFC 9110 section 15.5.2",
         _is("delete", also=_readable), _always(_refused_delete), "refused-delete"),
    _row("wrong-object", "A read shows the thing that its URL names.", _RFC_GET, _is("read", also=_readable), _always(_wrong_object), "identity"),
    _row("create-shows-last", "A create shows what it made.", _RFC_POST, _is("create", also=_readable), _always(_shows_other), "created"),
    _row("update-shows-other", "An update shows the thing that it changed.", _RFC_PATCH, _is("update", "replace", also=_readable),
         _always(_shows_other), "update-identity"),
    _row("id-changes", "A thing keeps its id.", _RFC_GET, _is("read", also=lambda site: _readable(site) and "id" in shows(site.read)),
         _always(_new_id_each_read), "identity"),
    _row("update-neighbour", "A write changes no other thing.", _RFC_PATCH, _is("update", "replace", also=_writable), _neighbour, "neighbour"),
    _row("delete-neighbour", "A delete deletes no other thing.", _RFC_DELETE, _is("delete", also=_readable), _neighbour, "neighbour"),
    _row("delete-not-done", "What is deleted is gone.", _RFC_DELETE, _is("delete", also=_readable), _always(_not_deleted), "gone"),
    _row("delete-comes-back", "What is deleted stays gone.", _RFC_DELETE, _is("delete", also=_readable), _always(_comes_back), "stays-gone"),
    _row("delete-still-listed", "What is deleted is in no list.", _RFC_DELETE, _is("delete", also=_listable), _always(_still_listed), "unlisted"),
    _row("create-not-listed", "What is created is in the list.", _RFC_POST, _is("create", also=_listable), _always(_not_listed), "listed"),
    _row("create-doubled", "A create makes one thing.", _RFC_POST, _is("create", also=_listable), _always(_doubled), "one-more"),
    _row("create-not-kept", "What is created is there.", _RFC_POST, _is("create", also=_readable), _always(_not_kept), "there"),
    _row("create-overwrites", "A create leaves the others alone.", _RFC_POST,
         _is("create", also=lambda site: _readable(site) and site.delete is not None), _always(_overwrites), "first-there"),
    _row("read-changes", "A read changes nothing.", _RFC_SAFE, _is("read", also=lambda site: _readable(site)
         and text_fields(site.create, site.read)), _always(_read_changes), "read-again"),
    _row("read-finds-anything", "What was never there is not found.", _RFC_GET, _is("read", also=_readable), _always(_finds_anything), "unknown"),
    _row("write-finds-anything", "What was never there cannot be changed.", _RFC_PATCH, _is("update", also=_readable),
         _always(_finds_anything), "unknown-write"),
)  # fmt: skip
"""The faults of this file."""


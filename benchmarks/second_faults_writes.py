"""Faults of the second set in what a write keeps: its fields, its effect, its idempotence."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from second_bodies import body_sample, body_schema
from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, loaded, success, thing, walked, with_body
from second_things import (
    always,
    changed_in_list,
    has_texts,
    is_listable,
    is_readable,
    is_role,
    is_writable,
    keeps_optional,
    kept_fields,
    memory,
    nested_fields,
    optional_fields,
    shows,
    text_fields,
)

from conformance.model.message import Response
from conformance.model.operation import Operation

_RFC_SAFE, _RFC_PUT, _RFC_PATCH = "RFC 9110 section 9.2.1", "RFC 9110 section 9.3.4", "RFC 5789 section 2"
_RFC_DELETE, _RFC_POST, _RFC_GET = "RFC 9110 section 9.3.5", "RFC 9110 section 9.3.3", "RFC 9110 section 9.3.1"


def _forgets(
    chooses: Callable[[Operation | None, Operation | None], list[Any]], *, echoes: bool = False
) -> Callable[[Site], Behaviour]:
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
        cut = {name: value[:most] if isinstance(value, str) and name in text_fields(turn.site.operation,
         turn.site.read) else value
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
                # A cache that is never emptied holds what was there at first.
                old[turn.name] = (held, reads) if reads == 1 else old.get(turn.name, (held, reads))
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
    shown[field] = "Untitled"
    return with_body(answer, body)


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


ROWS: tuple[Fault, ...] = (
    memory("create-ignores-field", "A created thing has the values that were sent.", _RFC_POST, is_role("create",
         also=keeps_optional),
         _forgets(optional_fields), "read"),
    memory("create-shows-not-keeps", "What a create shows is what is kept.", _RFC_POST, is_role("create", also=keeps_optional),
         _forgets(optional_fields, echoes=True), "read"),
    memory("create-shows-other-value", "What a create shows is what is kept.", _RFC_POST, is_role("create", also=has_texts()),
         always(_create_lies), "created"),
    memory("update-ignores-field", "An update changes each field that it names.", _RFC_PATCH,
         is_role("update", "replace", also=keeps_optional), _forgets(optional_fields), "written"),
    memory("update-shows-not-keeps", "What an update shows is what is kept.", _RFC_PATCH,
         is_role("update", "replace", also=keeps_optional), _forgets(optional_fields, echoes=True), "written"),
    memory("nested-field-ignored", "Fields inside are written too.", _RFC_POST,
         is_role("create", "update", "replace", also=lambda site: is_readable(site) and nested_fields(site.operation, site.read)),
         _forgets(nested_fields), "read|written"),
    memory("array-first-only", "An array is kept whole.", _RFC_POST,
         is_role("create", "update", "replace", also=lambda site: is_readable(site) and _array_fields(site)), _first_of_array,
         "read|written"),
    memory("falsy-not-written", "False and 0 are values.", _RFC_POST, is_role("create", "update", "replace",
         also=lambda site: is_readable(site)
         and any(schema.types() <= {"boolean", "integer", "number"} and schema.types()
                 for path, schema, _v in walked(body_schema(site.operation), body_sample(site.operation))
                 if len(path) == 1 and path[0] in kept_fields(site.operation, site.read))), always(_falsy_is_absent), "falsy"),
    memory("text-cut", "A text is kept whole.", _RFC_POST, is_role("create", "update", "replace", also=has_texts()),
         always(_cut(12)), "read|written"),
    memory("text-ascii", "A text keeps its letters.", _RFC_POST, is_role("create", "update", "replace", also=has_texts()),
         always(_plain_letters), "letters"),
    memory("fields-swapped", "Each value is kept under its name.", _RFC_POST, is_role("create", "update", "replace",
         also=has_texts(2)),
         _swapped, "read|written"),
    memory("stale-read", "After a write, a read shows it.", _RFC_PATCH, is_role("update", "replace", also=is_writable),
         _stale("update", "replace", shown="read"), "written"),
    memory("stale-first-read", "The first read after a write shows it.", _RFC_PATCH, is_role("update", "replace",
         also=is_writable),
         _stale("update", "replace", shown="read", reads=1), "written"),
    memory("stale-list", "After a write, the list shows it.", _RFC_PATCH,
         is_role("update", "replace", also=lambda site: is_writable(site) and is_listable(site) and kept_fields(site.operation,
         site.listing)),
         _stale("update", "replace", shown="listing"), "listed-written"),
    memory("update-no-effect", "A write has its effect.", _RFC_PATCH, is_role("update", "replace", also=is_writable),
         _no_effect(echoes=True), "written"),
    memory("update-no-effect-silent", "A write has its effect.", _RFC_PATCH, is_role("update", "replace", also=is_writable),
         _no_effect(echoes=False), "written"),
    memory("patch-resets-other", "A PATCH changes only what it names.", _RFC_PATCH,
         is_role("update", also=lambda site: is_readable(site) and len(kept_fields(site.update, site.read)) > 1), _resets,
         "others"),
    memory("put-not-idempotent", "The same PUT again changes nothing.", "RFC 9110 section 9.2.2", is_role("replace",
         also=has_texts()),
         _put_not_idempotent, "put-again"),
)  # fmt: skip
"""The faults of this file."""

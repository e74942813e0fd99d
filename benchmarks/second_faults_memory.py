"""Faults of the second set in what is remembered, in variants: of some values only, from some moment on, beside others."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from second_bodies import body_schema, crash
from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, loaded, thing, with_body
from second_things import (
    always,
    changed_in_list,
    created_name,
    has_texts,
    is_readable,
    is_role,
    is_writable,
    kept_fields,
    shows,
    text_fields,
)

from conformance.model.message import Response

_WRITE, _GET, _DELETE = "RFC 9110 section 9.3", "RFC 9110 section 9.3.1", "RFC 9110 section 9.3.5"


def _typed(site: Site, *types: str, listed: bool = False) -> list[str]:
    """The fields of some types that are written and read."""
    schema = body_schema(site.operation)
    known = schema.all_properties() if schema is not None else {}
    return [name for name in kept_fields(site.operation, site.read)
            if known[name].types() - {"null"} <= {*types} and bool(known[name].get("enum")) is listed]  # fmt: skip


def _stores(change: Callable[[Site, str, Any], Any], fields: Callable[[Site], list[str]]) -> Callable[[Site], Behaviour]:
    """Some fields are kept as something else."""

    def behave(site: Site) -> Behaviour:
        chosen = fields(site)

        def respond(turn: Turn) -> Answer:
            body = turn.body if turn.here else None
            if not isinstance(body, dict) or turn.reading.errors:
                return turn.send()
            other = {name: change(site, name, value) if name in chosen else value for name, value in body.items()}
            return turn.send(turn.sent_as(other)) if other != body else turn.send()

        return respond

    return behave


def _first_word(site: Site, name: str, value: Any) -> Any:
    schema = body_schema(site.operation)
    words = schema.all_properties()[name].get("enum") if schema is not None else None
    return words[0] if isinstance(words, list) and len(words) > 1 and value == words[-1] else value


def _ignores(fields: Callable[[Site], list[str]], *, since: int = 1) -> Callable[[Site], Behaviour]:
    """Some fields are left out of updates, from the ``since``-th of a thing on; the answer shows them all the same."""

    def behave(site: Site) -> Behaviour:
        chosen = fields(site)

        def respond(turn: Turn) -> Answer:
            body = turn.body if turn.here else None
            if not isinstance(body, dict) or turn.reading.errors:
                return turn.send()
            count = turn.notes[turn.path] = turn.notes.get(turn.path, 0) + 1
            before = turn.get() if count >= since else None
            held = thing(loaded(before.body)) if before is not None else None
            if held is None:
                return turn.send()
            answer = turn.send(turn.sent_as({name: held.get(name, value) if name in chosen else value
                                             for name, value in body.items()}))  # fmt: skip
            whole = loaded(answer.body) if isinstance(answer, Response) and is_good(answer) else None
            shown = thing(whole)
            if shown is None or not isinstance(answer, Response):
                return answer
            shown.update({name: value for name, value in body.items() if name in shown and name in chosen})
            return with_body(answer, whole)

        return respond

    return behave


def _escaped(_site: Site, _name: str, value: Any) -> Any:
    return value.replace("&", "&amp;").replace('"', "&quot;") if isinstance(value, str) else value


def _cut_at(most: int) -> Callable[[Site, str, Any], Any]:
    return lambda _site, _name, value: value[:most] if isinstance(value, str) else value


def _texts(site: Site) -> list[str]:
    return text_fields(site.operation, site.read)


def _every_other_read(turn: Turn) -> Answer:
    """Every other read comes from where the last write has not arrived."""
    old: dict[str, Any] = turn.notes.setdefault("old", {})
    if turn.role in {"update", "replace"} and turn.here:
        before = turn.get()
        answer = turn.send()
        held = thing(loaded(before.body)) if before is not None else None
        if is_good(answer) and held is not None:
            old[turn.name] = held
        return answer
    turn.notes["reads"] = turn.notes.get("reads", 0) + (turn.role == "read")
    answer = turn.send()
    if turn.role != "read" or turn.notes["reads"] % 2:
        return answer
    return changed_in_list(turn, answer, lambda name, now: {field: deepcopy(old.get(name, now).get(field, value))
                                                            for field, value in now.items()})  # fmt: skip


def _birth_moves(turn: Turn) -> Answer:
    """An update makes a thing as young as itself."""
    born: dict[str, str] = turn.notes.setdefault("born", {})
    answer = turn.send()
    if turn.here and is_good(answer):
        turn.notes["count"] = count = turn.notes.get("count", 0) + 1
        born[turn.name] = f"2031-01-01T00:00:{count % 60:02d}Z"
    return changed_in_list(turn, answer, lambda name, now: {**now, "created_at": born[name]}
                           if name in born and "created_at" in now else now)  # fmt: skip


def _create_changes_last(site: Site) -> Behaviour:
    """A create writes its text into what was created before."""
    field = text_fields(site.create, site.read)[0]

    def respond(turn: Turn) -> Answer:
        changed: dict[str, Any] = turn.notes.setdefault("changed", {})
        answer = turn.send()
        if turn.here and is_good(answer) and isinstance(turn.body, dict):
            last, turn.notes["last"] = turn.notes.get("last"), created_name(turn, answer)
            if last and field in turn.body:
                changed[last] = turn.body[field]
        return changed_in_list(turn, answer, lambda name, now: {**now, field: changed[name]} if name in changed else now)

    return respond


def _delete_blanks(site: Site) -> Behaviour:
    """A delete takes the texts off what is left."""
    field = text_fields(site.create, site.read)[0]

    def respond(turn: Turn) -> Answer:
        answer = turn.send()
        if turn.here and is_good(answer):
            turn.notes["blank"] = True
        blank = turn.notes.get("blank", False)
        return changed_in_list(turn, answer, lambda _name, now: {**now, field: ""} if blank and field in now else now)

    return respond


def _second_delete_fails(turn: Turn) -> Answer:
    answer = turn.send()
    gone: set[str] = turn.notes.setdefault("gone", set())
    if turn.here and isinstance(answer, Response):
        if answer.status == 404 and turn.path in gone:
            return crash()
        if is_good(answer):
            gone.add(turn.path)
    return answer


def _refused_clears(site: Site) -> Behaviour:
    """A refused update takes a text away."""
    field = text_fields(site.operation, site.read)[0]

    def respond(turn: Turn) -> Answer:
        cleared: set[str] = turn.notes.setdefault("cleared", set())
        answer = turn.send()
        if turn.here and isinstance(answer, Response):
            (cleared.add if answer.status in (400, 422) else cleared.discard)(turn.name)
        return changed_in_list(turn, answer, lambda name, now: {**now, field: ""} if name in cleared and field in now else now)

    return respond


def _updates_first(turn: Turn) -> Answer:
    """Whatever thing an update names, the one that was updated first is updated."""
    if not turn.here or turn.reading.errors:
        return turn.send()
    first = turn.notes.setdefault("first", turn.request.url)
    return turn.send(replace(turn.request, url=first))


def _nested_reset(turn: Turn) -> Answer:
    """Of what is written into an object inside, only the first field is kept."""
    body = turn.body if turn.here else None
    if not isinstance(body, dict) or turn.reading.errors:
        return turn.send()
    less = {name: dict(list(value.items())[:1]) if isinstance(value, dict) and name in shows(turn.site.read) else value
            for name, value in body.items()}  # fmt: skip
    schema = body_schema(turn.site.operation)
    return turn.send(turn.sent_as(less)) if less != body and schema is not None and schema.is_valid(less) else turn.send()


def _last_of_array(turn: Turn) -> Answer:
    """Of a list of several, the last is lost."""
    body = turn.body if turn.here else None
    if not isinstance(body, dict) or turn.reading.errors:
        return turn.send()
    less = {name: value[:-1] if isinstance(value, list) and len(value) > 1 and name in shows(turn.site.read) else value
            for name, value in body.items()}  # fmt: skip
    return turn.send(turn.sent_as(less)) if less != body else turn.send()


def _reads_neighbour_after_update(turn: Turn) -> Answer:
    """After an update, the thing that was read before it is shown once."""
    answer = turn.send()
    if turn.here and is_good(answer) and isinstance(answer, Response):
        last, turn.notes["last"] = turn.notes.get("last"), (turn.name, answer)
        if last is not None and last[0] != turn.name and turn.notes.pop("written", False):
            return last[1]  # type: ignore[no-any-return]
    elif turn.role in {"update", "replace"} and is_good(answer):
        turn.notes["written"] = True
    return answer


def _row(
    name: str, promise: str, source: str, applies: Callable[[Site], bool], behave: Callable[[Site], Behaviour], proof: str
) -> Fault:
    return Fault(id=f"n-{name}", promise=promise, source=source, applies=applies, behave=behave, proof=proof)


def _has(fields: Callable[[Site], list[str]], *roles: str) -> Callable[[Site], bool]:
    return is_role(*roles, also=lambda site: is_readable(site) and fields(site))


def _numbers(site: Site) -> list[str]:
    return _typed(site, "integer", "number")


def _switches(site: Site) -> list[str]:
    return _typed(site, "boolean")


def _choices(site: Site) -> list[str]:
    return _typed(site, "string", listed=True)


def _groups(site: Site) -> bool:
    schema = body_schema(site.operation)
    known = schema.all_properties() if schema is not None else {}
    return is_readable(site) and any(len(held.all_properties()) > 1 and name in shows(site.read) for name, held in known.items())


def _arrays(site: Site) -> bool:
    schema = body_schema(site.operation)
    known = schema.all_properties() if schema is not None else {}
    return is_readable(site) and any(held.types() == {"array"} and name in shows(site.read) for name, held in known.items())


_CHANGES, _WRITES = ("update", "replace"), ("create", "update", "replace")

ROWS: tuple[Fault, ...] = (
    _row("second-update-lost", "Every update has its effect.", _WRITE, is_role(*_CHANGES, also=is_writable),
         _ignores(lambda site: kept_fields(site.operation, site.read), since=2), "written"),
    _row("number-stuck", "Numbers are written.", _WRITE, _has(_numbers, *_CHANGES), _ignores(_numbers), "written"),
    _row("switch-stuck", "Switches are written.", _WRITE, _has(_switches, *_CHANGES), _ignores(_switches), "written"),
    _row("choice-stuck", "Choices are written.", _WRITE, _has(_choices, *_CHANGES), _ignores(_choices), "written"),
    _row("last-choice-lost", "Every word of a list is kept.", _WRITE, _has(_choices, *_CHANGES), _stores(_first_word, _choices),
         "written"),
    _row("escaped", "A text is kept as it is.", _WRITE, is_role(*_WRITES, also=has_texts()), _stores(_escaped, _texts),
         "read|written"),
    _row("text-cut-far", "A text is kept whole.", _WRITE, is_role(*_CHANGES, also=has_texts()), _stores(_cut_at(26), _texts),
         "written"),
    _row("nested-first-only", "An object inside is kept whole.", _WRITE, is_role(*_WRITES, also=_groups), always(_nested_reset),
         "read|written"),
    _row("array-last-lost", "A list is kept whole.", _WRITE, is_role(*_WRITES, also=_arrays), always(_last_of_array),
         "read|written"),
    _row("every-other-read", "After a write, every read shows it.", _GET, is_role(*_CHANGES, also=is_writable),
         always(_every_other_read), "written"),
    _row("birth-moves", "What a thing is born with stays.", _WRITE, is_role(*_CHANGES, also=lambda site: is_writable(site)
         and "created_at" in shows(site.read)), always(_birth_moves), "others"),
    _row("create-changes-last", "A create changes nothing else.", _WRITE, is_role("create", also=has_texts()),
         _create_changes_last, "first-there"),
    _row("delete-blanks", "A delete changes nothing else.", _DELETE, is_role("delete", also=lambda site: is_readable(site)
         and text_fields(site.create, site.read)), _delete_blanks, "neighbour"),
    _row("second-delete-fails", "A delete can be repeated.", "RFC 9110 section 9.2.2", is_role("delete", also=is_readable),
         always(_second_delete_fails), "gone"),
    _row("refused-clears", "A refused write changes nothing.", _WRITE, is_role(*_CHANGES, also=has_texts()), _refused_clears,
         "refused-write"),
    _row("updates-first", "An update is of the thing that its URL names.", _WRITE, is_role(*_CHANGES, also=is_writable),
         always(_updates_first), "written"),
    _row("reads-neighbour", "A read shows the thing that its URL names.", _GET,
         is_role("read", also=lambda site: is_readable(site) and (site.update or site.replace)),
         always(_reads_neighbour_after_update), "identity"),
)  # fmt: skip
"""The faults of this file."""

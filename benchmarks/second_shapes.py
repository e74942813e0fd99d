"""Other forms of the same answer or of what is kept, all of which the document accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from second_bodies import body_schema
from second_site import Answer, Behaviour, Site, Turn, is_good, is_there, loaded, put, thing, things, walked, with_body
from second_spoiling import media_of

from conformance.model.message import Response
from conformance.model.ports import Schema

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


_SECRET = re.compile(r"secret|password|token|api_key|private", re.IGNORECASE)


_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


Value = Callable[[str, Schema, Any], Any]


def fits(turn: Turn, status: int, body: Any) -> bool:
    media = media_of(turn.operation, status) if turn.operation is not None else None
    return media is not None and media.schema is not None and media.schema.is_valid(body, direction="response")


def shows_changed(change: Callable[[Turn, Any], Any]) -> Callable[[Site], Behaviour]:
    """Answers are changed, where the document accepts what comes of it."""

    def respond(turn: Turn) -> Answer:
        return _shown(turn, turn.send(), change)

    return lambda _site: respond


def _shown(turn: Turn, answer: Answer, change: Callable[[Turn, Any], Any]) -> Answer:
    if not is_good(answer) or not isinstance(answer, Response) or not is_there(loaded(answer.body)):
        return answer
    body = change(turn, loaded(answer.body))
    return with_body(answer, body) if fits(turn, answer.status, body) else answer


def _every_value(body: Any, schema: Schema | None, change: Value) -> Any:
    """A body in which each plain value was changed; ``change`` hears its name, its schema and itself."""
    for path, held, value in list(walked(schema, body)):
        if path and not isinstance(value, (dict, list)):
            new = change(str(next((step for step in reversed(path) if isinstance(step, str)), "")), held, value)
            if new != value or type(new) is not type(value):
                body = put(body, path, new)
    return body


def shows_values(change: Value) -> Callable[[Site], Behaviour]:
    """Each value of an answer is changed, where the document accepts it."""

    def changed(turn: Turn, body: Any) -> Any:
        media = media_of(turn.operation, 200) if turn.operation is not None else None
        media = media or (media_of(turn.operation, 201) if turn.operation is not None else None)
        return _every_value(body, media.schema if media is not None else None, change)

    return shows_changed(changed)


def keeps_values(change: Value) -> Callable[[Site], Behaviour]:
    """What is written is brought into another form before it is kept."""

    def respond(turn: Turn) -> Answer:
        if turn.operation is None or not is_there(turn.body) or turn.reading.errors:
            return turn.send()
        schema = body_schema(turn.operation)
        body = _every_value(turn.body, schema, change)
        return turn.send(turn.sent_as(body)) if schema is not None and schema.is_valid(body, direction="request") else turn.send()

    return lambda _site: respond


def _is_free(schema: Schema) -> bool:
    return schema.types() <= {"string", "null"} and not any(
        schema.get(keyword) for keyword in ("enum", "format", "pattern", "const")
    )


def trimmed(_name: str, schema: Schema, value: Any) -> Any:
    return re.sub(r"\s+", " ", value.strip()) if isinstance(value, str) and _is_free(schema) else value


def lower_case(_name: str, schema: Schema, value: Any) -> Any:
    return value.lower() if isinstance(value, str) and _is_free(schema) else value


def telephone(_name: str, _schema: Schema, value: Any) -> Any:
    is_number = isinstance(value, str) and re.fullmatch(r"\+?[\d ().-]{7,}", value) is not None
    return "+" + re.sub(r"\D", "", value) if is_number else value


def web_address(_name: str, _schema: Schema, value: Any) -> Any:
    return f"{value}/" if isinstance(value, str) and re.fullmatch(r"https?://[^/]+", value) else value


def time_with_offset(_name: str, _schema: Schema, value: Any) -> Any:
    return f"{value[:-1]}+00:00" if isinstance(value, str) and _TIME.match(value) else value


def masked(name: str, _schema: Schema, value: Any) -> Any:
    return f"****{value[-2:]}" if isinstance(value, str) and _SECRET.search(name) else value


def _with_point(text: bytes) -> bytes:
    """Integers with a fraction of zero, as some languages write them."""
    return re.sub(rb"(?<=[:\[,])(-?\d{1,9})(?=[,}\]])", rb"\1.0", text)


def with_floats(turn: Turn) -> Answer:
    answer = turn.send()
    if not isinstance(answer, Response) or not is_there(loaded(answer.body)) or b'"' not in answer.body:
        return answer
    text = _with_point(json.dumps(loaded(answer.body), separators=(",", ":")).encode())
    same = loaded(text)
    return replace(answer, body=text) if fits(turn, answer.status, same) and same == loaded(answer.body) else answer


def more_fields(turn: Turn, body: Any) -> Any:
    media = media_of(turn.operation, 200) if turn.operation is not None else None
    for path, schema, value in list(walked(media.schema if media is not None else None, body)):
        if isinstance(value, dict) and schema.all_properties():
            wider = put(body, path, {**value, "x_trace": "n3", "links_": {"self": None}})
            body = wider if fits(turn, 200, wider) else body
    return body


def fewer_in_lists(turn: Turn, body: Any) -> Any:
    """Lists show a summary: what is required, the ids and the names."""
    for one in things(body) or ():
        for name in list(one) if isinstance(one, dict) else ():
            held = one[name]
            if not name.lower().endswith(("id", "name")):
                del one[name]
                if not fits(turn, 200, body):
                    one[name] = held
    return body


def without_null(_turn: Turn, body: Any) -> Any:
    if isinstance(body, dict):
        return {name: without_null(_turn, held) for name, held in body.items() if held is not None}
    return [without_null(_turn, held) for held in body] if isinstance(body, list) else body


def backwards(_turn: Turn, body: Any) -> Any:
    if isinstance(body, dict):
        return {name: backwards(_turn, body[name]) for name in reversed(list(body))}
    return [backwards(_turn, held) for held in body] if isinstance(body, list) else body


def sorted_arrays(_turn: Turn, body: Any) -> Any:
    if isinstance(body, dict):
        return {name: sorted_arrays(_turn, held) for name, held in body.items()}
    if isinstance(body, list) and body and all(isinstance(held, str) for held in body):
        return sorted(set(body))
    return [sorted_arrays(_turn, held) for held in body] if isinstance(body, list) else body


def without_totals(turn: Turn, body: Any) -> Any:
    if not isinstance(body, dict) or things(body) is None:
        return body
    for holder in (body, *(held for held in body.values() if isinstance(held, dict))):
        for name in [name for name in holder if "total" in name.lower() or "count" in name.lower()]:
            held = holder.pop(name)
            if not fits(turn, 200, body):
                holder[name] = held
    return body


def moving_times(turn: Turn, body: Any) -> Any:
    """Each look at a thing is noted on it."""
    turn.notes["looks"] = turn.notes.get("looks", 0) + 1
    second = turn.notes["looks"]
    for one in [shown for shown in (thing(body), *(things(body) or ())) if isinstance(shown, dict)]:
        for name in one:
            if name in {"updated_at", "last_accessed_at", "last_used_at", "updatedAt"} and isinstance(one[name], str):
                one[name] = f"2031-01-{1 + second // 86400:02}T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}Z"
    return body


def moving_states(turn: Turn, body: Any) -> Any:
    """What is going on with a thing goes on."""
    media = media_of(turn.operation, 200) if turn.operation is not None else None
    turn.notes["looks"] = turn.notes.get("looks", 0) + 1
    for path, schema, value in list(walked(media.schema if media is not None else None, body)):
        listed = schema.get("enum")
        if path and path[-1] in {"status", "state"} and isinstance(listed, list) and value in listed:
            body = put(body, path, listed[turn.notes["looks"] % len(listed)])
    return body

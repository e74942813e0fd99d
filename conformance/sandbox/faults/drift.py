"""Drift: a service that is not what it was. Much of it keeps the document, so that only a recording shows it.

These rows stand apart from the faults of ``table.FAULTS``: no check of a single answer is meant to see them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.model.message import Response
from conformance.model.ports import Schema
from conformance.sandbox.content import written
from conformance.sandbox.faults.fault import Departure, Family, Fault, Scene
from conformance.sandbox.faults.ground import Site
from conformance.sandbox.faults.lists import is_list
from conformance.sandbox.faults.spoiling import keyword_of, with_body, with_header
from conformance.sandbox.roles import Role
from conformance.sandbox.service import Call, Outcome
from conformance.sandbox.turn import Perform, Turn
from conformance.spec.body import is_json
from conformance.spec.reading import RequestError

_IDS = frozenset({"id", "uuid", "sid", "record_type"})
_SHORT = 1
_HEADERS = ("location", "www-authenticate", "etag", "link", "content-type")

Edit = Callable[[dict[str, Any], str, Schema], None]


def _things(body: Any, site: Site) -> list[dict[str, Any]]:
    """The things that an answer shows."""
    held = site.place.find(body) if site.place is not None else body
    return [one for one in (held if isinstance(held, list) else [held]) if isinstance(one, dict)]


def _edited(turn: Turn, response: Response, scene: Scene, *, edit: Edit, is_so: Callable[[Any, Schema, bool], bool]) -> Response:
    """The answer with one field of its things changed, always the same one of an operation."""
    body = _body(response)
    if turn.operation is None or body is None:
        return response
    site = scene.site(turn.operation)
    things, schema = _things(body, site), site.place.item if site.place is not None else site.answer
    if schema is None or not things:
        return response
    fields, required = schema.all_properties(), schema.required()
    names = [name for name in fields if name not in _IDS and any(
        name in thing and is_so(thing[name], fields[name], name in required) for thing in things
    )]  # fmt: skip
    name = scene.choice(names, turn.operation.path)
    if name is None:
        return response
    for thing in things:
        if name in thing:
            edit(thing, name, fields[name])
    return with_body(response, written(body, response.header("content-type") or "application/json"))


def _body(response: Response) -> Any:
    """The JSON of a success; ``None`` where there is none, or another fault has spoilt it."""
    if not (200 <= response.status < 300 and response.body and is_json(response.media_type or "")):
        return None
    try:
        return json.loads(response.body)
    except ValueError:
        return None


def _remove(thing: dict[str, Any], name: str, _schema: Schema) -> None:
    del thing[name]


def _rename(thing: dict[str, Any], name: str, _schema: Schema) -> None:
    head, *rest = name.split("_")
    thing[head + "".join(part.capitalize() for part in rest) if rest else f"{name}Value"] = thing.pop(name)


def _retype(thing: dict[str, Any], name: str, _schema: Schema) -> None:
    held = thing[name]
    thing[name] = {"value": held} if isinstance(held, str) else json.dumps(held)


def _other_word(thing: dict[str, Any], name: str, schema: Schema) -> None:
    words = [word for word in keyword_of(schema, "enum") or () if isinstance(word, str)]
    if thing[name] in words:
        thing[name] = words[(words.index(thing[name]) + 1) % len(words)]


def _upper(thing: dict[str, Any], name: str, _schema: Schema) -> None:
    thing[name] = thing[name].upper()


def _is_optional(_value: Any, _schema: Schema, required: bool) -> bool:
    return not required


def _is_scalar(value: Any, _schema: Schema, _required: bool) -> bool:
    return isinstance(value, (str, int, float))


def _has_words(value: Any, schema: Schema, _required: bool) -> bool:
    words = keyword_of(schema, "enum")
    return isinstance(words, list) and len(words) > 1 and value in words


def _is_text(value: Any, schema: Schema, _required: bool) -> bool:
    is_free = schema.get("format") is None and keyword_of(schema, "enum") is None
    return is_free and isinstance(value, str) and value.upper() != value


def _added(turn: Turn, response: Response, scene: Scene) -> Response:
    body = _body(response)
    if turn.operation is None or body is None:
        return response
    for thing in _things(body, scene.site(turn.operation)):
        thing["introduced_later"] = "text"
    return with_body(response, written(body, response.header("content-type") or "application/json"))


def _default(turn: Turn, response: Response, scene: Scene) -> Response:
    """What the request left open is filled in otherwise."""
    body = _body(response)
    if turn.call is None or turn.call.plan.role is not Role.CREATE or body is None:
        return response
    sent = turn.call.reading.body
    for thing in _things(body, scene.site(turn.call.plan.operation)):
        names = [name for name, held in thing.items() if isinstance(held, bool) and not (isinstance(sent, dict) and name in sent)]
        name = scene.choice(names)
        if name is not None:
            thing[name] = not thing[name]
    return with_body(response, written(body, response.header("content-type") or "application/json"))


def _status(turn: Turn, response: Response, scene: Scene) -> Response:
    return replace(response, status={201: 200, 200: 202, 202: 200, 204: 202}.get(response.status, response.status))


def _error_shape(turn: Turn, response: Response, scene: Scene) -> Response:
    if not 400 <= response.status < 500 or not is_json(response.media_type or "") or not response.body:
        return response
    return with_body(response, written({"failure": {"reason": "refused"}}, response.header("content-type") or "application/json"))


def _header_gone(turn: Turn, response: Response, scene: Scene) -> Response:
    name = next((name for name in _HEADERS if response.header(name) is not None), None)
    return with_header(response, name, None) if name is not None else response


def _media_type(turn: Turn, response: Response, scene: Scene) -> Response:
    return with_header(response, "content-type", "application/hal+json") if _body(response) is not None else response


def _required(turn: Turn, found: tuple[RequestError, ...], scene: Scene) -> tuple[RequestError, ...]:
    """A parameter or field that could be left out, and has been, is asked for."""
    operation = turn.operation
    if operation is None or found:
        return found
    named = [(parameter.name, parameter.pointer) for parameter in _open(scene.site(operation))]
    name = scene.choice(named, operation.path)
    if name is None or f"{name[0]}=" in turn.request.url.replace("%5B", "[").replace("%5D", "]"):
        return found
    breach = RequestError(kind="parameter", pointer=f"/query/{name[0]}", message=f"{name[0]} is required",
                          schema_pointer=name[1], keyword="required")  # fmt: skip
    return (breach,)


def _open(site: Site) -> list[Any]:
    return [one for one in site.operation.parameters_in("query") if not one.required]


def _reversed(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    outcome = perform(call)
    if outcome.page is None:
        return outcome
    page = outcome.page
    return replace(outcome, page=replace(page, items=tuple(page.things[::-1][page.start : page.start + page.size])))


def _shorter(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    outcome = perform(call)
    if outcome.page is None:
        return outcome
    page = outcome.page
    return replace(outcome, page=replace(page, size=_SHORT, items=tuple(page.things[page.start : page.start + _SHORT])))


def _shows(site: Site) -> bool:
    return site.answer is not None


def _creates(site: Site) -> bool:
    return site.plan.role is Role.CREATE and site.answer is not None


def _always(site: Site) -> bool:
    return True


def _edits(edit: Edit, is_so: Callable[[Any, Schema, bool], bool]) -> Departure:
    return partial(_edited, edit=edit, is_so=is_so)


def _rows() -> Iterator[Fault]:
    def row(name: str, promise: str, seen_by: str, applies: Callable[[Site], bool] = _shows, **hooks: Any) -> Fault:
        return Fault(id=f"drift-{name}", family=Family.DRIFT, promise=promise, checks=(seen_by,), applies=applies, **hooks)

    yield row("default-changed", "What a request leaves open is filled in as before.", "recording-value-changed", _creates,
              departure=_default)  # fmt: skip
    yield row("enum-changed", "A word of a list is the same word as before.", "recording-value-changed",
              departure=_edits(_other_word, _has_words))  # fmt: skip
    yield row("error-shape", "An error has the shape that it had.", "recording-field-removed", _always, departure=_error_shape)
    yield row("field-added", "A thing has no field that it had not.", "recording-field-added", departure=_added)
    yield row("field-removed", "A thing has each optional field that it had.", "recording-field-removed",
              departure=_edits(_remove, _is_optional))  # fmt: skip
    yield row("field-renamed", "A field is called what it was called.", "recording-field-removed",
              departure=_edits(_rename, _is_optional))  # fmt: skip
    yield row("header-gone", "An answer has the headers that it had.", "recording-header-removed", _always,
              departure=_header_gone)  # fmt: skip
    yield row("media-type", "An answer has the media type that it had.", "recording-media-type", departure=_media_type)
    yield row("order-reversed", "A list has the order that it had.", "recording-order-changed", is_list, effect=_reversed)
    yield row("page-shorter", "A page holds as much as it held.", "recording-item-lost", is_list, effect=_shorter)
    yield row("parameter-required", "What could be left out can be left out.", "recording-status-class",
              lambda site: bool(_open(site)), breaches=_required)  # fmt: skip
    yield row("status-changed", "A success has the status that it had.", "recording-status", _always, departure=_status)
    yield row("text-changed", "A text is told back as it was.", "recording-value-changed", departure=_edits(_upper, _is_text))
    yield row("type-changed", "A field has the JSON type that it had.", "recording-type-changed",
              departure=_edits(_retype, _is_scalar))  # fmt: skip


DRIFTS: tuple[Fault, ...] = tuple(_rows())

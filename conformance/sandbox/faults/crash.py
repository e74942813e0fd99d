"""Faults of robustness: values that make the service fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote

from conformance.model.message import Response
from conformance.model.ports import Schema
from conformance.sandbox.faults.fault import Family, Fault, Scene
from conformance.sandbox.faults.ground import Site
from conformance.sandbox.faults.input import bodies, schemas
from conformance.sandbox.faults.spoiling import mentions
from conformance.sandbox.roles import Role
from conformance.sandbox.turn import Turn
from conformance.spec.body import ABSENT, is_json, read_json
from conformance.spec.parameters import query_pairs
from conformance.spec.reading import BODILESS, RequestError
from conformance.spec.values import wire_types

_LONG = 255
_GREAT = 2**31 - 1
_SHARE = 1 / 3
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BEYOND_LATIN_1 = re.compile("[^\x00-\xff]")

CRASHED = Response(status=500, headers=(("content-type", "text/plain; charset=utf-8"),), body=b"Internal Server Error")

Trigger = Callable[[Any], bool]


def _values(turn: Turn, scene: Scene) -> Iterator[Any]:
    """Everything that a request says: path parameters, query and body; the names in the body too."""
    match = scene.match(turn.request)
    yield from (unquote(text) for text in (match.values.values() if match is not None else ()))
    yield from (value for _, value in query_pairs(turn.request.parts().query))
    if turn.operation is not None and turn.operation.method not in BODILESS:
        yield from _leaves(_body(turn))


def _body(turn: Turn) -> Any:
    kind = (turn.request.header("content-type") or "").partition(";")[0].strip().lower()
    if is_json(kind):
        return read_json(turn.request.body).value
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(turn.request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return ABSENT


def _leaves(value: Any) -> Iterator[Any]:
    stack = [value]
    while stack:
        held = stack.pop()
        if isinstance(held, dict):
            stack.extend(held.values())
        elif isinstance(held, list):
            stack.extend(held)
            if not held:
                yield held
        elif held is not ABSENT:
            yield held


def _text(is_so: Callable[[str], bool]) -> Trigger:
    return lambda value: isinstance(value, str) and is_so(value)


def _number(is_so: Callable[[float], bool]) -> Trigger:
    def trigger(value: Any) -> bool:
        if isinstance(value, str):
            if _NUMBER.fullmatch(value) is None:
                return False
            value = float(value)
        return isinstance(value, (int, float)) and not isinstance(value, bool) and is_so(value)

    return trigger


def _fails(turn: Turn, found: tuple[RequestError, ...], scene: Scene, *, trigger: Trigger) -> tuple[RequestError, ...]:
    """Nothing is carried out when the service fails, and who may not come in cannot make it."""
    return _failing(turn, found, scene) if any(map(trigger, _values(turn, scene))) else found


def _failing(turn: Turn, found: tuple[RequestError, ...], scene: Scene) -> tuple[RequestError, ...]:
    scene.notes(turn.session)["failing"] = turn.number
    return found or (RequestError(kind="body", pointer="", message="the service fails", schema_pointer="", keyword="crash"),)


def _failed(turn: Turn, response: Response, scene: Scene) -> Response:
    return CRASHED if scene.notes(turn.session).get("failing") == turn.number else response


def _now_and_then(turn: Turn, found: tuple[RequestError, ...], scene: Scene) -> tuple[RequestError, ...]:
    return _failing(turn, found, scene) if scene.chance("fails", turn.number) < _SHARE else found


def _when_absent(turn: Turn, found: tuple[RequestError, ...], scene: Scene) -> tuple[RequestError, ...]:
    """The service fails where an optional field is not sent: it never thought of that."""
    assert turn.operation is not None
    body, needed = _body(turn), scene.choice(_optional(scene.site(turn.operation)), turn.operation.label)
    is_absent = needed is not None and isinstance(body, dict) and needed not in body
    return _failing(turn, found, scene) if is_absent else found


def _optional(site: Site) -> list[str]:
    return [name for schema in bodies(site) for name in schema.all_properties()
            if name not in schema.required() | schema.flagged("readOnly")]  # fmt: skip


def _when_unknown(turn: Turn, response: Response, scene: Scene) -> Response:
    return CRASHED if response.status == 404 else response


def _takes(kinds: frozenset[str], *, path: bool = True) -> Callable[[Site], bool]:
    def is_so(schema: Schema) -> bool:
        return bool(wire_types(schema) & kinds) and not isinstance(schema.get("enum"), list)

    return lambda site: any(mentions(schema, is_so) for schema in schemas(site, path=path))


_TEXT, _NUMERIC = _takes(frozenset({"string"})), _takes(frozenset({"integer", "number"}))


def _row(id_: str, promise: str, trigger: Trigger, applies: Callable[[Site], bool]) -> Fault:
    return Fault(id=id_, family=Family.CRASH, promise=promise, checks=("server-error",), applies=applies,
                 breaches=partial(_fails, trigger=trigger), departure=_failed)  # fmt: skip


FAULTS = (
    _row("crash-long-string", f"A text of more than {_LONG} characters does not make the service fail.",
         _text(lambda text: len(text) > _LONG), _TEXT),
    _row("crash-unicode", "A text beyond Latin-1 does not make the service fail.",
         _text(lambda text: _BEYOND_LATIN_1.search(text) is not None), _TEXT),
    _row("crash-control-character", "A control character in a text does not make the service fail.",
         _text(lambda text: _CONTROL.search(text) is not None), _TEXT),
    _row("crash-empty", "An empty text or list does not make the service fail.", lambda value: value in ("", []),
         _takes(frozenset({"string", "array"}), path=False)),  # a path has no empty segments
    _row("crash-quote", "A quotation mark in a text does not make the service fail.",
         _text(lambda text: "'" in text or '"' in text), _TEXT),
    _row("crash-negative", "A negative number does not make the service fail.", _number(lambda value: value < 0), _NUMERIC),
    _row("crash-zero", "Zero does not make the service fail.", _number(lambda value: value == 0), _NUMERIC),
    _row("crash-huge", "A number beyond 32 bits does not make the service fail.",
         _number(lambda value: abs(value) > _GREAT), _NUMERIC),
    _row("crash-null", "Null in a body does not make the service fail.", lambda value: value is None,
         lambda site: any(True for _ in bodies(site))),
    Fault(id="crash-optional-absent", family=Family.CRASH, checks=("server-error",),
          promise="A request without an optional field does not make the service fail.",
          applies=lambda site: bool(_optional(site)), breaches=_when_absent, departure=_failed),
    Fault(id="crash-unknown-id", family=Family.CRASH, checks=("server-error",),
          promise="An id that is not there does not make the service fail.", departure=_when_unknown,
          applies=lambda site: bool(site.operation.parameters_in("path")) and site.plan.role is not Role.CALL),
    Fault(id="crash-intermittent", family=Family.CRASH, checks=("server-error",),
          promise="The service does not fail now and then, whatever is sent.",
          applies=lambda site: True, breaches=_now_and_then, departure=_failed),
)  # fmt: skip

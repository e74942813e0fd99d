"""One change to a request that a service takes: every place with everything that is worth trying there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode

from conformance.cases.breaches import DROP, Later, Other, Several, others
from conformance.cases.edits import Path, can_hold, changed, dropped, value_at, with_header, with_path, with_query, with_value
from conformance.cases.offer import Offer
from conformance.cases.places import Place, places, types
from conformance.cases.sweeps import Breach, pure, sweeps
from conformance.model.message import Request
from conformance.model.operation import Operation, Parameter
from conformance.model.record import Intent
from conformance.spec.body import ABSENT, is_json, read_json
from conformance.spec.reading import BODILESS, RequestReading

_KEEPS = frozenset({"valid", "only-required", "optional", "optional-absent", "enum-value", "boundary", "empty", "union",
                    "unknown-id", "additional"})  # fmt: skip
_LISTED = frozenset({"enum-value", "boundary", "union", "odd-id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A request that can be changed, and how it reads."""

    request: Request
    reading: RequestReading
    places: tuple[Place, ...]

    @classmethod
    def of(cls, request: Request, reading: RequestReading) -> Base:
        """A request with its places."""
        return cls(request=request, reading=reading, places=tuple(places(reading.operation, reading)))

    @property
    def operation(self) -> Operation:
        """What it asks for."""
        return self.reading.operation


def changes(base: Base, *, methods: Sequence[str] = ()) -> Iterator[Offer]:
    """Every change of a request, the places that stand high first.

    Args:
        base: the request.
        methods: undeclared methods to try on its path.
    """
    yield from _of_the_whole(base, methods)
    for kind, location, breaches in sweeps(base.places):
        if location == "body" and not is_json(base.request.header("content-type") or ""):
            continue
        yield Offer(kind=kind, place=f"{location}:* everywhere", intent=Intent.NEGATIVE,
                    make=partial(_swept, base, kind, breaches),
                    description=f"{kind.replace('-', ' ').capitalize()} wherever it can be in the {location}",
                    tested=frozenset().union(*(place.names for place, _ in breaches)))  # fmt: skip
    known: set[tuple[str, str]] = set()
    for place, other in _in_order(base.places):
        yield _offer(base, place, *other, known)


def _in_order(found: Sequence[Place]) -> Iterator[tuple[Place, Other]]:
    """What is worth trying: one of each kind at every place, then the second of each kind, and so on.

    What stands there goes first: that is known to be seen.
    """
    every: list[tuple[tuple[int, bool, int], Place, Other]] = []
    for place in found:
        taken: dict[str, int] = {}
        for other in others(place):
            taken[other[0]] = turn = taken.get(other[0], -1) + 1
            every.append(((turn, place.value is ABSENT, len(every)), place, other))
    yield from ((place, other) for _, place, other in sorted(every, key=lambda one: one[0]))


def _swept(base: Base, kind: str, breaches: Sequence[Breach]) -> Request:
    """The request with something wrong at many places, and nothing else wrong where that can be had."""
    found = _all_of(base, breaches)
    schema = base.reading.media.schema if base.reading.media is not None else None
    if schema is None or breaches[0][0].location != "body":
        return found.request
    left = pure(kind, breaches, schema.errors(found.reading.body, direction="request"))
    return _all_of(base, left).request if left else found.request


def _all_of(base: Base, breaches: Sequence[Breach]) -> Base:
    for place, value in breaches:
        request = applied(base, place, value) or base.request
        body = read_json(request.body).value if place.location == "body" else base.reading.body
        base = replace(base, request=request, reading=replace(base.reading, body=body))
    return base


def _offer(base: Base, place: Place, kind: str, value: Any, words: str, known: set[tuple[str, str]]) -> Offer:
    # Of a kind that the place has several values for, the later ones say which they are.
    name = place.name
    detail = f" {words}" if kind in _LISTED or (kind, name) in known else ""
    known.add((kind, name))
    return Offer(
        kind=kind, place=name + detail, intent=Intent.POSITIVE if kind in _KEEPS else Intent.NEGATIVE,
        description=f"{name}: {words}", make=partial(applied if kind in _KEEPS else _broken, base, place, value),
        tested=place.names,
    )  # fmt: skip


def _broken(base: Base, place: Place, value: Any) -> Request | None:
    """The request with a value that is beyond the schema, in the last item of a list: readers that look at one look at the first.

    ``None`` where the whole is within the schema all the same: a branch of a union may take what the one at the place does not.
    """
    if place.location != "body":
        return applied(base, place, value)
    more, path = _with_more(base, place.path)
    request = applied(replace(base, reading=replace(base.reading, body=more)), replace(place, path=path), value)
    schema = base.reading.media.schema if base.reading.media is not None else None
    if request is None or schema is None or not is_json(request.header("content-type") or ""):
        return request
    return None if schema.is_valid(read_json(request.body).value, direction="request") else request


def _with_more(base: Base, path: Path) -> tuple[Any, Path]:
    """The body with a second item in each list on the way of a path, where there may be one, and the way through the last."""
    body, schema = base.reading.body, base.reading.media.schema if base.reading.media is not None else None
    found: Path = ()
    for step in path:
        held = value_at(body, found)
        if isinstance(step, int) and isinstance(held, list):
            longer = changed(body, found, held * 2) if len(held) == 1 and schema is not None else None
            if longer is not None and schema is not None and schema.is_valid(longer, direction="request"):
                body = longer
                held = held * 2
            step = max(len(held) - 1, 0)
        found = (*found, step)
    return body, found


def applied(base: Base, place: Place, value: Any) -> Request | None:
    """The request with another value at a place; ``None`` when it cannot be written there."""
    if isinstance(value, (Later, Several)):
        value = value.value()
        if value is ABSENT:
            return None
    if place.location == "body":
        if not can_hold(base.request):
            return None
        body = base.reading.body
        return with_value(base.request, dropped(body, place.path) if value is DROP else changed(body, place.path, value))
    name = wire_name(place)
    if value is not DROP and isinstance(value, (list, dict)) and not _flat(value):
        return None
    text = None if value is DROP else _text(value)
    if place.location == "query":
        return with_query(base.request, name, text)
    if place.location == "header":
        return with_header(base.request, name, text)
    return with_path(base.operation, base.request, {name: text}) if text else None


def is_beyond(parameter: Parameter) -> bool:
    """Whether a parameter is written in a way that changes know too little of."""
    if parameter.location == "cookie" or parameter.content is not None:
        return True
    kinds = types(parameter.schema) if parameter.schema is not None else frozenset()
    return "array" in kinds or ("object" in kinds and parameter.style != "deepObject")


def wire_name(place: Place) -> str:
    """A parameter's name on the wire, ``filter[status]`` for a part of an object."""
    first, *rest = (str(step) for step in place.path)
    return first + "".join(f"[{step}]" for step in rest)


def _flat(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1 and not isinstance(value[0], (list, dict))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return _text(value[0])
    return value if isinstance(value, str) else json.dumps(value)


def _of_the_whole(base: Base, methods: Sequence[str]) -> Iterator[Offer]:
    request, operation = base.request, base.operation
    if operation.needs_auth:
        names = {scheme.parameter if scheme.kind == "apiKey" else "Authorization" for any_of in operation.security
                 for scheme in any_of if scheme.location not in {"query", "cookie"}}  # fmt: skip
        if names and any(request.header(name) is not None for name in names):
            yield _whole("credentials", "header", "without credentials", partial(_without, request, names))
    if operation.request_body is not None and operation.method not in BODILESS and request.body:
        yield _whole("media-type", "text/plain", "as plain text", partial(_typed, request, "text/plain"))
        if is_json(request.header("content-type") or ""):
            cut = request.body[:-1] if len(request.body) > 1 else b"{"
            yield _whole("malformed", "cut off", "a body that is cut off", partial(_bodied, request, cut))
            yield _whole("malformed", "comma", "a body with a comma too many", partial(_bodied, request, b"[1,]"))
        yield _whole("missing", "body", "without a body", partial(_empty, request))
        yield _whole("media-type", "application/xml", "as XML", partial(_typed, request, "application/xml"))
        yield _whole("media-type", "boundary", "a form without a boundary", partial(_typed, request, "multipart/form-data"))
    for name in dict.fromkeys(unquote_plus(pair.partition("=")[0]) for pair in request.parts().query.split("&") if pair):
        yield Offer(kind="repeated", place=f"query:{name}", intent=Intent.PROBE, description=f"query:{name}: given twice",
                    make=partial(_twice, request, name), tested=frozenset({name}))  # fmt: skip
    for method in methods:
        yield Offer(kind="method", place=method, intent=Intent.PROBE, description=f"The method {method}, which is not declared",
                    make=partial(_with_method, request, method))  # fmt: skip


def _whole(kind: str, place: str, words: str, make: Callable[[], Request | None]) -> Offer:
    return Offer(kind=kind, place=place, intent=Intent.NEGATIVE, description=f"The request {words}", make=make,
                 tested=frozenset({"Authorization"}) if kind == "credentials" else frozenset())  # fmt: skip


def _without(request: Request, names: set[str]) -> Request:
    for name in names:
        request = request.with_header(name, None)
    return request


def _typed(request: Request, media: str) -> Request:
    return request.with_header("Content-Type", media)


def _bodied(request: Request, body: bytes) -> Request:
    return replace(request, body=body)


def _empty(request: Request) -> Request:
    return replace(request.with_header("Content-Type", None), body=b"")


def _twice(request: Request, name: str) -> Request:
    parts = request.parts()
    added = urlencode({name: "another"}, quote_via=quote, safe="[]")
    return replace(request, url=parts._replace(query=f"{parts.query}&{added}").geturl())


def _with_method(request: Request, method: str) -> Request:
    if method in {"PUT", "POST", "PATCH"}:
        return replace(request, method=method)
    return replace(request.with_header("Content-Type", None), method=method, body=b"")

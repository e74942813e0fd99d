"""Bodies spoilt where their schema notices: the first of some changes after which the body breaks the document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from conformance.model.message import Response
from conformance.model.operation import MediaType
from conformance.model.ports import Schema
from conformance.sandbox.content import written
from conformance.sandbox.envelope import envelope
from conformance.sandbox.faults.fault import Scene
from conformance.sandbox.resources import called
from conformance.sandbox.turn import Turn
from conformance.spec.body import is_json, media_type_for

_MOST_SPOTS = 400
_MOST_TRIES = 60
_DEEPEST = 8

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A value in a body. ``path`` has ``*`` for every index, so that all items of a list are one spot."""

    path: Path
    value: Any
    schema: Schema
    holder: Schema | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What to do at a path: put a value there, or take away what is there."""

    path: Path
    value: Any = None
    gone: bool = False


Changes = Callable[[Spot], Iterable[Change]]


def spots(value: Any, schema: Schema) -> Iterator[Spot]:
    """Every place of a body that its schema speaks of, the outermost first, each once."""
    seen: set[Path] = set()
    queue = [Spot(path=(), value=value, schema=schema)]
    while queue and len(seen) < _MOST_SPOTS:
        spot = queue.pop(0)
        if spot.path in seen or len(spot.path) > _DEEPEST:
            continue
        seen.add(spot.path)
        yield spot
        queue.extend(_below(spot))


def _below(spot: Spot) -> Iterator[Spot]:
    if isinstance(spot.value, dict):
        for name, child in spot.schema.all_properties().items():
            if name in spot.value:
                yield Spot(path=(*spot.path, name), value=spot.value[name], schema=child, holder=spot.schema)
    elif isinstance(spot.value, list):
        items = items_of(spot.schema)
        for held in spot.value if items is not None else ():
            assert items is not None
            yield Spot(path=(*spot.path, "*"), value=held, schema=items)


def items_of(schema: Schema) -> Schema | None:
    """The schema of a list's items, out of a branch if need be."""
    found = schema.child("items")
    for keyword in ("allOf", "anyOf", "oneOf"):
        found = found or next((child for branch in schema.branches(keyword) if (child := items_of(branch)) is not None), None)
    return found


def keyword_of(schema: Schema, keyword: str) -> Any:
    """A keyword of a schema, out of a branch if need be."""
    found = schema.get(keyword)
    for union in ("allOf", "anyOf", "oneOf"):
        for branch in schema.branches(union) if found is None else ():
            found = keyword_of(branch, keyword) if found is None else found
    return found


def spoilt(turn: Turn, response: Response, scene: Scene, changes: Changes, *, breaks: bool = True) -> Response:
    """The answer with the first change after which its body breaks its schema (or keeps it, where that is meant).

    Fields of the thing itself come before those around it and those deep inside. An answer without such a place stays.
    """
    media = described(turn, response)
    if media is None or media.schema is None or not 200 <= response.status < 300:
        return response
    body = json.loads(response.body)
    tries = (change for spot in _ranked(turn, media, body, scene) for change in changes(spot))
    for _, change in zip(range(_MOST_TRIES), tries, strict=False):
        changed = applied(json.loads(response.body), change)
        if changed != body and media.schema.is_valid(changed, direction="response") is not breaks:
            return with_body(response, written(changed, "application/json"))
    return response


def _ranked(turn: Turn, media: MediaType, body: Any, scene: Scene) -> list[Spot]:
    assert media.schema is not None
    assert turn.operation is not None
    place = envelope(media.schema, names=called(turn.operation.path))
    inside = (*place.path, "*") if place is not None and place.many else place.path if place is not None else ()
    # The thing itself first, then what is in it; of equals, always the same one.
    return sorted(
        spots(body, media.schema),
        key=lambda spot: (spot.path[: len(inside)] != inside, len(spot.path), scene.chance(turn.operation.label, *spot.path)),  # type: ignore[union-attr]
    )


def described(turn: Turn, response: Response) -> MediaType | None:
    """The document's entry for an answer's JSON body; ``None`` where there is none, or the body is not JSON."""
    spec = turn.operation.response_for(response.status) if turn.operation is not None else None
    if spec is None or not response.body or not is_json(response.media_type or ""):
        return None
    return media_type_for(spec.content, response.header("content-type"))


def applied(body: Any, change: Change) -> Any:
    """The body with a change, wherever its path leads."""
    if not change.path:
        return body if change.gone else change.value
    _apply(body, change.path, change)
    return body


def _apply(value: Any, path: Path, change: Change) -> None:
    head, rest = path[0], path[1:]
    if isinstance(value, list) and head == "*":
        for index, held in enumerate(value):
            if rest:
                _apply(held, rest, change)
            else:
                value[index] = change.value
    elif isinstance(value, dict):
        if rest and head in value:
            _apply(value[head], rest, change)
        elif not rest and change.gone:
            value.pop(head, None)
        elif not rest:
            value[head] = change.value


def with_body(response: Response, body: bytes) -> Response:
    """The answer with another body, and its length where it was told."""
    headers = tuple((name, str(len(body)) if name.lower() == "content-length" else value) for name, value in response.headers)
    return replace(response, headers=headers, body=body)


def with_header(response: Response, name: str, value: str | None) -> Response:
    """The answer with a header set, or taken away."""
    kept = tuple(pair for pair in response.headers if pair[0].lower() != name.lower())
    return replace(response, headers=kept if value is None else (*kept, (name, value)))


def mentions(schema: Schema | None, is_so: Callable[[Schema], bool]) -> bool:
    """Whether something is so of a schema, or of one below it."""
    queue: list[tuple[Schema, int]] = [(schema, 0)] if schema is not None else []
    seen: set[str] = set()
    while queue and len(seen) < _MOST_SPOTS:
        node, depth = queue.pop(0)
        if node.pointer in seen or depth > _DEEPEST:
            continue
        seen.add(node.pointer)
        if is_so(node):
            return True
        items = node.child("items")
        below = [*node.properties().values(), *((items,) if items is not None else ())]
        below += [branch for keyword in ("allOf", "anyOf", "oneOf") for branch in node.branches(keyword)]
        queue += [(child, depth + 1) for child in below]
    return False

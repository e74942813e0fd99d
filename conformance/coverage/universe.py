"""Everything of an operation that traffic can touch, as readable keys by dimension.

The keys, by example:

- ``operations``: ``called``; ``success``: ``2xx``.
- ``parameters``: ``query:limit``, ``path:id``; for an object its leaves: ``query:filter[status][eq]``.
- ``values``: ``query:status=active`` and ``body:/items/*/type=sip`` for enums, constants and booleans.
- ``request_media``: ``application/json``; ``request_fields``: ``application/json:/items/*/id``, without readOnly fields.
- ``statuses``: ``200``, ``4XX``, ``default``; ``response_media``: ``200:application/json``.
- ``response_fields``: ``200:application/json:/data/*/id``, without writeOnly fields.

Fields are counted for media types that can be looked into: JSON both ways, forms in requests. A header that
OpenAPI ignores (Accept, Content-Type, Authorization; 3.1 section 4.8.12.1) is no parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from conformance.coverage.dimensions import CALLED, SUCCEEDED
from conformance.coverage.fields import ANY, Place, places
from conformance.model.operation import MediaType, Operation, Parameter
from conformance.spec.body import is_json
from conformance.spec.parameters import IGNORED_HEADERS
from conformance.spec.pointer import from_parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Universe:
    """The keys of one operation by dimension, and the trees that values are walked along to find them."""

    keys: Mapping[str, tuple[str, ...]]
    parameters: Mapping[tuple[str, str], Place] = field(repr=False)
    bodies: Mapping[str, Place] = field(repr=False)
    answers: Mapping[tuple[str, str], Place] = field(repr=False)

    def __getitem__(self, dimension: str) -> tuple[str, ...]:
        return self.keys[dimension]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys)

    def __len__(self) -> int:
        return len(self.keys)


class _Same:
    """An operation as a cache key: an operation holds mappings, so it has no hash of its own."""

    __slots__ = ("operation",)

    def __init__(self, operation: Operation) -> None:
        self.operation = operation

    def __hash__(self) -> int:
        return id(self.operation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.operation is self.operation


def universe(operation: Operation) -> Universe:
    """What there is to cover of an operation; worked out once for each operation object."""
    return _universe(_Same(operation))


@lru_cache(maxsize=4096)
def _universe(same: _Same) -> Universe:
    operation = same.operation
    parameters = {(one.location, one.name): _parameter(one) for one in operation.parameters if _counts(one)}
    content = operation.request_body.content if operation.request_body is not None else {}
    bodies = {name: _body(name, media) for name, media in content.items() if _readable(name, request=True)}
    answers = {
        (status, name): _answer(status, name, media)
        for status, response in operation.responses.items()
        for name, media in response.content.items()
        if _readable(name, request=False)
    }
    keys = {
        "operations": (CALLED,),
        "success": (SUCCEEDED,),
        "parameters": _keys(parameters.values()),
        "values": _listed((*parameters.values(), *bodies.values())),
        "request_media": tuple(content),
        "request_fields": _keys(bodies.values()),
        "statuses": tuple(operation.responses),
        "response_media": tuple(f"{status}:{name}" for status, one in operation.responses.items() for name in one.content),
        "response_fields": _keys(answers.values()),
    }
    return Universe(keys=keys, parameters=parameters, bodies=bodies, answers=answers)


def _counts(parameter: Parameter) -> bool:
    return not (parameter.location == "header" and parameter.name.lower() in IGNORED_HEADERS)


def _readable(name: str, *, request: bool) -> bool:
    essence = name.partition(";")[0].strip().lower()
    if is_json(essence) or "*" in essence:
        return True
    return request and (essence == "application/x-www-form-urlencoded" or essence.startswith("multipart/"))


def _parameter(parameter: Parameter) -> Place:
    schema = parameter.content.schema if parameter.content is not None else parameter.schema
    root = places(schema, hidden="readOnly")
    for place in root.below():
        name = parameter.name + "".join(f"[{token}]" for token in place.path if token != ANY)
        # An object is covered by its leaves; what may also be a plain value is a leaf of its own.
        if (not place.path or place.named) and (place.plain or not any(True for _ in _named_below(place))):
            place.key = f"{parameter.location}:{name}"
        place.values = {text: f"{parameter.location}:{name}={text}" for text in place.texts}
    return root


def _named_below(place: Place) -> Iterator[Place]:
    return (inner for inner in place.below() if inner is not place and inner.named)


def _body(name: str, media: MediaType) -> Place:
    root = places(media.schema, hidden="readOnly")
    for place in root.below():
        pointer = from_parts(place.path)
        place.key = f"{name}:{pointer}" if place.named else ""
        place.values = {text: f"body:{pointer}={text}" for text in place.texts}
    return root


def _answer(status: str, name: str, media: MediaType) -> Place:
    root = places(media.schema, hidden="writeOnly")
    for place in root.below():
        place.key = f"{status}:{name}:{from_parts(place.path)}" if place.named else ""
    return root


def _keys(roots: Iterable[Place]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(place.key for root in roots for place in root.below() if place.key))


def _listed(roots: Iterable[Place]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for root in roots for place in root.below() for key in place.values.values()))

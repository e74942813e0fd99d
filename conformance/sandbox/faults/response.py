"""Faults of answers: bodies, statuses and headers that are not what the document says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.model.message import Response
from conformance.model.operation import Parameter
from conformance.model.ports import Schema
from conformance.sandbox.content import written
from conformance.sandbox.faults.fault import Departure, Family, Fault, Scene
from conformance.sandbox.faults.ground import Site
from conformance.sandbox.faults.spoiling import (
    Change,
    Changes,
    Spot,
    described,
    keyword_of,
    mentions,
    spoilt,
    with_body,
    with_header,
)
from conformance.sandbox.turn import Turn
from conformance.spec.body import is_json, media_type_for
from conformance.spec.values import scalar, wire_types

_STATUSES = (202, 203, 206, 226, 201, 200)
_CONTENT_TYPES = ("text/html; charset=utf-8", "text/plain", "application/xml", "application/octet-stream")
_FORMATS = frozenset({"date-time", "date", "time", "duration", "email", "uri", "uuid", "ipv4", "ipv6", "hostname", "byte"})
_CLOSED = ("additionalProperties", "unevaluatedProperties")


def _missing(spot: Spot) -> Iterator[Change]:
    if spot.holder is not None and spot.path and spot.path[-1] in spot.holder.required():
        yield Change(path=spot.path, gone=True)


def _wrong_type(spot: Spot) -> Iterator[Change]:
    types = wire_types(spot.schema)
    others: tuple[tuple[str, Any], ...] = (
        ("integer", 12345),
        ("string", "text"),
        ("boolean", True),
        ("object", {}),
        ("array", []),
    )
    if not isinstance(spot.value, (dict, list)) or len(spot.path) > 1:
        yield from (Change(path=spot.path, value=value) for kind, value in others
                    if kind not in types and not (kind == "integer" and "number" in types))  # fmt: skip


def _null(spot: Spot) -> Iterator[Change]:
    if spot.path:
        yield Change(path=spot.path, value=None)


def _bad_enum(spot: Spot) -> Iterator[Change]:
    if _has_enum(spot.schema):
        yield Change(path=spot.path, value=f"{spot.value}_unknown" if isinstance(spot.value, str) else 987654)


def _bad_format(spot: Spot) -> Iterator[Change]:
    form = keyword_of(spot.schema, "format")
    if isinstance(form, str) and isinstance(spot.value, str):
        yield Change(path=spot.path, value=f"no {form} at all")


def _out_of_bounds(spot: Spot) -> Iterator[Change]:
    held, most = spot.value, keyword_of(spot.schema, "maxLength")
    if isinstance(held, str):
        if isinstance(most, int) and 0 <= most < 100_000:
            yield Change(path=spot.path, value=(held or "x") * (most + 1))
        yield from (Change(path=spot.path, value=value) for value in ("", "\u00a1"))
    elif isinstance(held, (int, float)) and not isinstance(held, bool):
        yield from (Change(path=spot.path, value=value) for value in (-(2**40) + 1, 2**40 + 1))
    elif isinstance(held, list):
        most = keyword_of(spot.schema, "maxItems")
        yield Change(path=spot.path, value=[])
        if held and isinstance(most, int) and 0 <= most < 1000:
            yield Change(path=spot.path, value=held[:1] * (most + 1))


def _extra(spot: Spot) -> Iterator[Change]:
    if isinstance(spot.value, dict):
        yield Change(path=(*spot.path, "undocumented_field"), value="text")


def _has_enum(schema: Schema) -> bool:
    return isinstance(keyword_of(schema, "enum"), list) or keyword_of(schema, "const") is not None


def _has_bound(schema: Schema) -> bool:
    return any(keyword in schema.value for keyword in _BOUNDS) if isinstance(schema.value, dict) else False


_BOUNDS = ("maxLength", "minLength", "pattern", "maximum", "minimum", "maxItems", "minItems")


def _is_closed(schema: Schema) -> bool:
    return any(schema.get(keyword) is False for keyword in _CLOSED)


def _in_answer(is_so: Callable[[Schema], bool]) -> Callable[[Site], bool]:
    return lambda site: mentions(site.answer, is_so)


def _has_body(site: Site) -> bool:
    return site.answer is not None


def _spoils(changes: Changes, *, breaks: bool = True) -> Departure:
    return partial(_spoiling, changes=changes, breaks=breaks)


def _spoiling(turn: Turn, response: Response, scene: Scene, *, changes: Changes, breaks: bool) -> Response:
    return spoilt(turn, response, scene, changes, breaks=breaks)


def _one_item(turn: Turn, response: Response, scene: Scene) -> Response:
    """The last thing of a list alone has lost a field, as a row from before a migration has."""
    media = described(turn, response)
    place = scene.site(turn.operation).place if turn.operation is not None else None
    if media is None or media.schema is None or place is None or not place.many or response.status >= 300:
        return response
    items = place.find(_json(response))
    if not isinstance(items, list) or not items or not isinstance(items[-1], dict):
        return response
    for name in sorted(set(items[-1]) & place.item.required(), key=scene.chance):
        body = _json(response)
        del place.find(body)[-1][name]
        if not media.schema.is_valid(body, direction="response"):
            return with_body(response, written(body, "application/json"))
    return response


def _json(response: Response) -> Any:
    return json.loads(response.body)


def _wrong_status(turn: Turn, response: Response, scene: Scene) -> Response:
    operation = turn.operation
    if operation is None or not 200 <= response.status < 300:
        return response
    other = next((status for status in _STATUSES if operation.response_for(status) is None), response.status)
    return replace(response, status=other)


def _has_undocumented_status(site: Site) -> bool:
    return any(site.operation.response_for(status) is None for status in _STATUSES) and any(
        status[:1] == "2" for status in site.operation.responses
    )


def _error_as_success(turn: Turn, response: Response, scene: Scene) -> Response:
    return replace(response, status=200) if 400 <= response.status < 500 else response


def _error_shape(turn: Turn, response: Response, scene: Scene) -> Response:
    media = described(turn, response)
    if media is None or media.schema is None or not 400 <= response.status < 500:
        return response
    others: tuple[Any, ...] = ({"oops": "something is wrong"}, [], "something is wrong", None, {})
    for other in others:
        if not media.schema.is_valid(other, direction="response"):
            return with_body(response, written(other, "application/json"))
    return response


def _documents_errors(site: Site) -> bool:
    return any(
        status[:1] == "4" and any(media.schema is not None and is_json(media.name) for media in spec.content.values())
        for status, spec in site.operation.responses.items()
    )


def _wrong_content_type(turn: Turn, response: Response, scene: Scene) -> Response:
    spec = turn.operation.response_for(response.status) if turn.operation is not None else None
    if spec is None or not spec.content or not response.body or response.status >= 300:
        return response
    other = next((name for name in _CONTENT_TYPES if media_type_for(spec.content, name) is None), None)
    return with_header(response, "content-type", other) if other is not None else response


def _no_content_type(turn: Turn, response: Response, scene: Scene) -> Response:
    return with_header(response, "content-type", None) if response.body and response.status < 300 else response


def _truncated(turn: Turn, response: Response, scene: Scene) -> Response:
    return with_body(response, response.body[: len(response.body) * 2 // 3]) if _is_good_json(response) else response


def _not_json(turn: Turn, response: Response, scene: Scene) -> Response:
    """A comma too many, as hand-made JSON has."""
    if not _is_good_json(response) or response.body[-1:] not in {b"}", b"]"}:
        return response
    return with_body(response, response.body[:-1] + b"," + response.body[-1:])


def _empty(turn: Turn, response: Response, scene: Scene) -> Response:
    return with_body(response, b"") if _is_good_json(response) else response


def _is_good_json(response: Response) -> bool:
    return bool(response.body) and response.status < 300 and is_json(response.media_type or "")


def _declared_headers(site: Site) -> Iterator[Parameter]:
    for status, spec in site.operation.responses.items():
        if status[:1] == "2":
            yield from (header for name, header in spec.headers.items() if name.lower() != "content-type")


def _header_missing(turn: Turn, response: Response, scene: Scene) -> Response:
    spec = turn.operation.response_for(response.status) if turn.operation is not None else None
    required = [name for name, header in spec.headers.items() if header.required] if spec is not None else []
    lost = scene.choice(required)
    return with_header(response, lost, None) if lost is not None else response


def _header_wrong(turn: Turn, response: Response, scene: Scene) -> Response:
    spec = turn.operation.response_for(response.status) if turn.operation is not None else None
    for name, header in spec.headers.items() if spec is not None else ():
        for value in ("not what was declared", "", "-1"):
            if header.schema is not None and not header.schema.is_valid(scalar(value, header.schema), direction="response"):
                return with_header(response, name, value)
    return response


def _has_typed_header(site: Site) -> bool:
    return any(header.schema is not None and header.schema.types() != {"string"} for header in _declared_headers(site))


def _row(
    id_: str, promise: str, checks: tuple[str, ...], departure: Departure, applies: Callable[[Site], bool] = _has_body
) -> Fault:
    return Fault(id=id_, family=Family.RESPONSE, promise=promise, checks=checks, applies=applies, departure=departure)


FAULTS = (
    _row("response-field-missing", "Every field that the schema requires is in the answer.", ("body-schema",),
         _spoils(_missing), _in_answer(lambda schema: bool(schema.required()))),
    _row("response-field-missing-in-one", "Every item of a list has the fields that the schema requires.", ("body-schema",),
         _one_item, lambda site: site.place is not None and site.place.many and bool(site.place.item.required())),
    _row("response-field-wrong-type", "Every field has the type that the schema gives it.", ("body-schema",),
         _spoils(_wrong_type), _in_answer(lambda schema: bool(schema.types()))),
    _row("response-field-null", "A field is null only where the schema allows null.", ("body-schema",),
         _spoils(_null), _in_answer(lambda schema: bool(schema.types()) and "null" not in schema.types())),
    _row("response-field-bad-enum", "A field with an enum has one of its values.", ("body-schema",),
         _spoils(_bad_enum), _in_answer(_has_enum)),
    _row("response-field-bad-format", "A field with a format is written in it.", ("body-schema",),
         _spoils(_bad_format), _in_answer(lambda schema: schema.get("format") in _FORMATS)),
    _row("response-field-out-of-bounds", "A field keeps its bounds: length, pattern, minimum, maximum.", ("body-schema",),
         _spoils(_out_of_bounds), _in_answer(_has_bound)),
    _row("response-field-forbidden", "An answer has no further field where the schema forbids them.", ("body-schema",),
         _spoils(_extra), _in_answer(_is_closed)),
    _row("response-field-undocumented", "An answer has no field that the document does not name.", ("field-undocumented",),
         _spoils(_extra, breaks=False), _in_answer(lambda schema: bool(schema.properties()) and not _is_closed(schema))),
    _row("response-status-undocumented", "A success has a status that the document lists.", ("status-undocumented",),
         _wrong_status, _has_undocumented_status),
    _row("response-error-as-success", "What was refused is not answered with a status of success.",
         ("body-schema", "invalid-accepted", "auth-ignored"), _error_as_success, lambda site: True),
    _row("response-error-shape", "An error has the shape that the document gives it.", ("body-schema",),
         _error_shape, _documents_errors),
    _row("response-content-type-wrong", "A body has a content type that the document lists.", ("content-type-undocumented",),
         _wrong_content_type),
    _row("response-content-type-missing", "A body says what it is.", ("content-type-undocumented",), _no_content_type),
    _row("response-json-truncated", "A JSON body is whole.", ("body-syntax",), _truncated),
    _row("response-json-invalid", "A JSON body parses.", ("body-syntax",), _not_json),
    _row("response-body-missing", "A body that the document describes is there.", ("body-missing",), _empty),
    _row("response-header-missing", "A header that the document requires is there.", ("header-schema",),
         _header_missing, lambda site: any(header.required for header in _declared_headers(site))),
    _row("response-header-wrong", "A header that the document declares fits its schema.", ("header-schema",),
         _header_wrong, _has_typed_header),
)  # fmt: skip

"""Faults of validation: what breaks the document is taken in, or what keeps it is turned away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from conformance.model.ports import Schema
from conformance.sandbox.faults.fault import Breaches, Family, Fault, Scene
from conformance.sandbox.faults.ground import Site
from conformance.sandbox.faults.spoiling import mentions
from conformance.sandbox.turn import Turn
from conformance.spec.body import is_json, read_json
from conformance.spec.parameters import query_pairs
from conformance.spec.pointer import follow
from conformance.spec.reading import BODILESS, RequestError

_REFUSED = "the value is not accepted"


def schemas(site: Site, *, path: bool = True) -> Iterator[Schema]:
    """The schemas of what the operation takes."""
    for parameter in site.operation.parameters:
        schema = parameter.content.schema if parameter.content is not None else parameter.schema
        if schema is not None and (path or parameter.location != "path"):
            yield schema
    yield from bodies(site)


def bodies(site: Site) -> Iterator[Schema]:
    """The schemas of the bodies that the operation takes."""
    if site.operation.request_body is not None and site.operation.method not in BODILESS:
        yield from (media.schema for media in site.operation.request_body.content.values() if media.schema is not None)


def _takes(*keywords: str) -> Callable[[Site], bool]:
    """Whether something that the operation takes is bound by one of the keywords; a path that is wrong is mostly unknown."""
    wanted = frozenset(keywords)

    def is_bound(schema: Schema) -> bool:
        if "additionalProperties" in wanted:
            return any(schema.get(keyword) is False for keyword in keywords)
        return isinstance(schema.value, dict) and not wanted.isdisjoint(schema.value)

    return lambda site: any(mentions(schema, is_bound) for schema in schemas(site, path=False))


def _takes_required(site: Site) -> bool:
    if any(parameter.required and parameter.location != "path" for parameter in site.operation.parameters):
        return True
    body = site.operation.request_body
    return any(mentions(schema, lambda node: bool(node.required())) for schema in bodies(site)) or (
        body is not None and body.required and site.operation.method not in BODILESS
    )


def _takes_body(site: Site) -> bool:
    return site.operation.request_body is not None and site.operation.method not in BODILESS


def _takes_json(site: Site) -> bool:
    return _takes_body(site) and any(map(is_json, site.operation.request_body.content if site.operation.request_body else ()))


def _waves_through(*keywords: str) -> Breaches:
    return partial(_without, keywords=frozenset(keywords))


def _without(turn: Turn, found: tuple[RequestError, ...], scene: Scene, *, keywords: frozenset[str]) -> tuple[RequestError, ...]:
    return tuple(error for error in found if error.keyword not in keywords or error.kind in {"syntax", "media-type"})


def _without_kind(turn: Turn, found: tuple[RequestError, ...], scene: Scene, *, kind: str) -> tuple[RequestError, ...]:
    return tuple(error for error in found if error.kind != kind)


def _null_passes(turn: Turn, found: tuple[RequestError, ...], scene: Scene) -> tuple[RequestError, ...]:
    """Errors at places of the body that hold null are passed over, as by a service that takes null for absent."""
    body = read_json(turn.request.body).value if turn.request.body else None
    return tuple(error for error in found if not (error.pointer.startswith("/body") and _is_null(body, error.pointer[5:])))


def _is_null(body: object, pointer: str) -> bool:
    try:
        return follow(body, pointer) is None
    except (LookupError, TypeError, ValueError):
        return False


def _refuses(turn: Turn, found: tuple[RequestError, ...], scene: Scene) -> tuple[RequestError, ...]:
    return found or (_refusal("/body" if turn.request.body else "/query"),)


def _refuses_optional(turn: Turn, found: tuple[RequestError, ...], scene: Scene) -> tuple[RequestError, ...]:
    """One optional field or parameter is turned away, whatever it says."""
    assert turn.operation is not None
    refused = scene.choice(_optional(scene.site(turn.operation)), turn.operation.label)
    return (*found, _refusal(refused)) if refused is not None and refused in _sent(turn) else found


def _optional(site: Site) -> list[str]:
    found = [f"/query/{parameter.name}" for parameter in site.operation.parameters_in("query")
             if not parameter.required and parameter.schema is not None]  # fmt: skip
    for schema in bodies(site):
        held = schema.required() | schema.flagged("readOnly")
        found += [f"/body/{name}" for name in schema.all_properties() if name not in held]
    return found


def _sent(turn: Turn) -> set[str]:
    body = read_json(turn.request.body).value if turn.request.body else None
    sent = {f"/body/{name}" for name in body} if isinstance(body, dict) else set()
    # A part of an object (``filter[name]``) is of the object's parameter.
    return sent | {
        f"/query/{part}" for name, _ in query_pairs(turn.request.parts().query) for part in (name, name.partition("[")[0])
    }


def _refusal(pointer: str) -> RequestError:
    return RequestError(kind="body" if pointer.startswith("/body") else "parameter", pointer=pointer, message=_REFUSED,
                        schema_pointer="", keyword="refused")  # fmt: skip


def _row(id_: str, promise: str, breaches: Breaches, applies: Callable[[Site], bool], check: str = "invalid-accepted") -> Fault:
    return Fault(id=id_, family=Family.INPUT, promise=promise, checks=(check,), applies=applies, breaches=breaches)


FAULTS = (
    _row("input-missing-accepted", "A request without what the document requires is refused.",
         _waves_through("required", "dependentRequired", "minProperties"), _takes_required),
    _row("input-wrong-type-accepted", "A value of the wrong type is refused.", _waves_through("type"), _takes("type")),
    _row("input-null-accepted", "Null is refused where the schema does not allow it.", _null_passes, _takes_json),
    _row("input-bad-enum-accepted", "A value that is not of its enum is refused.",
         _waves_through("enum", "const"), _takes("enum", "const")),
    _row("input-too-long-accepted", "A text or list that is too long is refused.",
         _waves_through("maxLength", "maxItems", "maxProperties"), _takes("maxLength", "maxItems", "maxProperties")),
    _row("input-too-short-accepted", "A text or list that is too short is refused.",
         _waves_through("minLength", "minItems", "minProperties"), _takes("minLength", "minItems", "minProperties")),
    _row("input-out-of-range-accepted", "A number out of its range is refused.",
         _waves_through("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
         _takes("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
    _row("input-bad-pattern-accepted", "A text that does not match its pattern is refused.",
         _waves_through("pattern"), _takes("pattern")),
    _row("input-bad-format-accepted", "A value that has not its format is refused.",
         _waves_through("format"), _takes("format"), "format-ignored"),
    _row("input-unknown-accepted", "An unknown field is refused where the schema forbids further ones.",
         _waves_through("additionalProperties", "unevaluatedProperties", "propertyNames"),
         _takes("additionalProperties", "unevaluatedProperties")),
    _row("input-malformed-accepted", "A body that does not parse is refused.",
         partial(_without_kind, kind="syntax"), _takes_json),
    _row("input-media-type-accepted", "A body of a media type that the document does not list is refused.",
         partial(_without_kind, kind="media-type"), _takes_body),
    _row("input-valid-refused", "A request that keeps every rule of the document is accepted.",
         _refuses, lambda site: True, "valid-refused"),
    _row("input-optional-refused", "Every optional field and parameter may be used.",
         _refuses_optional, lambda site: bool(_optional(site)), "valid-refused"),
)  # fmt: skip

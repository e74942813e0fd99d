"""The keywords of a schema that hold no schema, put into a shape: types, values, limits, texts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from conformance.diff.flat import Flat, constants
from conformance.diff.shape import ANYTHING, BYTES, TYPES, Bound, Shape, common_types, joined_types, type_of
from conformance.spec.pointer import join

_OBJECT = ("properties", "additionalProperties", "patternProperties", "required")
_ARRAY = ("items", "prefixItems")
_TEXT = ("contentEncoding", "contentMediaType")
_LEAST = {"minLength": "string", "minItems": "array", "minProperties": "object"}
_MOST = {"maxLength": "string", "maxItems": "array", "maxProperties": "object"}
_LIMITS = frozenset({*_LEAST, *_MOST, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_SILENT = frozenset({"password", "string", "int", "integer", "number", "text"})
"""Formats that say nothing of the values."""
_ALIASES = {"url": "uri", "datetime": "date-time", "guid": "uuid"}
_CONTENTS = {"byte": ("base64", ""), "binary": BYTES}
"""Formats of 3.0 that 3.1 writes as ``contentEncoding`` and ``contentMediaType``."""


def scalars(shape: Shape, flat: Flat) -> None:
    """Put in what the facets say together."""
    types = TYPES
    for pointer, schema in flat.facets:
        if "type" in schema:
            listed = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            types = common_types(types, frozenset(str(name) for name in listed) - {"null"})
            shape.at["type"] = join(pointer, "type")
        _listed(shape, pointer, schema)
        if not _LIMITS.isdisjoint(schema):
            _bounds(shape, pointer, schema)
            _sizes(shape, pointer, schema)
        _texts(shape, pointer, schema)
    shape.types = joined_types(types)


def _listed(shape: Shape, pointer: str, schema: Mapping[str, Any]) -> None:
    values = constants(schema)
    if values is None:
        return
    shape.enum = values if shape.enum is None else {key: value for key, value in shape.enum.items() if key in values}
    shape.at.setdefault("enum", join(pointer, "enum" if "enum" in schema else "const"))


def _bounds(shape: Shape, pointer: str, schema: Mapping[str, Any]) -> None:
    for keyword, excluded in (("minimum", False), ("exclusiveMinimum", True)):
        bound = _bound(schema, keyword, pointer, excluded=excluded)
        if bound is not None and (shape.lower is None or bound[:2] > shape.lower[:2]):
            shape.lower = bound
    for keyword, excluded in (("maximum", False), ("exclusiveMaximum", True)):
        bound = _bound(schema, keyword, pointer, excluded=excluded)
        if bound is not None and (shape.upper is None or (bound[0], not excluded) < (shape.upper[0], not shape.upper[1])):
            shape.upper = bound
    multiple = schema.get("multipleOf")
    if isinstance(multiple, (int, float)) and not isinstance(multiple, bool):
        shape.multiples |= {multiple}
        shape.at.setdefault("multipleOf", join(pointer, "multipleOf"))


def _bound(schema: Mapping[str, Any], keyword: str, pointer: str, *, excluded: bool) -> Bound | None:
    value = schema.get(keyword)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value, excluded, join(pointer, keyword)


def _sizes(shape: Shape, pointer: str, schema: Mapping[str, Any]) -> None:
    for keywords, held, better in ((_LEAST, shape.least, max), (_MOST, shape.most, min)):
        for keyword in keywords:
            value = schema.get(keyword)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and not (held is shape.least and value <= 0):
                held[keyword] = better(int(value), held.get(keyword, int(value)))
                shape.at[keyword] = join(pointer, keyword)


def _texts(shape: Shape, pointer: str, schema: Mapping[str, Any]) -> None:
    if isinstance(schema.get("pattern"), str):
        shape.patterns |= {schema["pattern"]}
        shape.at.setdefault("pattern", join(pointer, "pattern"))
    named = schema.get("format")
    if isinstance(named, str) and named in _CONTENTS:
        shape.contents |= {_CONTENTS[named]}
        shape.at.setdefault("contentEncoding", join(pointer, "format"))
    elif isinstance(named, str) and named not in _SILENT:
        shape.formats |= {_ALIASES.get(named, named)}
        shape.at.setdefault("format", join(pointer, "format"))
    coding, media = schema.get("contentEncoding"), schema.get("contentMediaType")
    if isinstance(coding, str) or isinstance(media, str):
        shape.contents |= {(str(coding or ""), str(media or ""))}
        shape.at.setdefault("contentEncoding", join(pointer, "contentEncoding" if coding else "contentMediaType"))


def inferred(shape: Shape, flat: Flat) -> None:
    """Where no type is said, the keywords tell which one is meant; null is then meant only where ``nullable`` says so."""
    if shape.enum is not None:
        listed = frozenset(type_of(value) for value in shape.enum.values())
        shape.enum = {key: value for key, value in shape.enum.items() if common_types(frozenset({type_of(value)}), shape.types)}
        shape.types = joined_types(common_types(shape.types, listed))
        if shape.types == {"boolean"} and len(shape.enum) == 2:
            shape.enum = None
        return
    if "type" in shape.at or shape.types != TYPES:
        return
    keywords = {keyword for _, schema in flat.facets for keyword in schema}
    meant = {name for name, words in (("object", _OBJECT), ("array", _ARRAY), ("string", _TEXT)) if keywords & set(words)}
    if len(meant) == 1:
        shape.types = frozenset(meant)
        shape.null = any(schema.get("nullable") is True for _, schema in flat.facets)


def without_effect(shape: Shape) -> None:
    """Keywords that say nothing of the types that are left are dropped, and limits of integers are said in one way."""
    types = shape.types
    _numbers(shape)
    for held, keywords in ((shape.least, _LEAST), (shape.most, _MOST)):
        for keyword in [keyword for keyword in held if keyword in keywords and keywords[keyword] not in types]:
            del held[keyword]
    if "string" not in types:
        shape.patterns, shape.contents = frozenset(), frozenset()
    if "object" not in types:
        shape.properties, shape.required, shape.named = {}, {}, {}
        shape.additional = shape.names = ANYTHING
        shape.dependent = frozenset()
    if "array" not in types:
        shape.items, shape.prefix, shape.contains, shape.unique = ANYTHING, (), None, False
        for held, keyword in ((shape.least, "minContains"), (shape.most, "maxContains")):
            held.pop(keyword, None)
    if shape.enum and types <= {"string"}:  # the values say it all
        shape.least.pop("minLength", None)
        shape.most.pop("maxLength", None)
        shape.patterns = shape.formats = frozenset()


def _numbers(shape: Shape) -> None:
    if not shape.types & {"number", "integer"}:
        shape.lower = shape.upper = None
        shape.multiples = frozenset()
    if "number" in shape.types and any(step and step == int(step) for step in shape.multiples):
        shape.types = shape.types - {"number"} | {"integer"}
        shape.at.setdefault("type", shape.place("multipleOf"))
    if shape.integral:
        shape.lower = _whole(shape.lower, 1)
        shape.upper = _whole(shape.upper, -1)
        shape.multiples -= {1}


def _whole(bound: Bound | None, step: int) -> Bound | None:
    if bound is None or not math.isfinite(bound[0]):
        return bound
    value, excluded, pointer = bound
    nearest = math.ceil(value) if step > 0 else math.floor(value)
    return (nearest + step if excluded and nearest == value else nearest), False, pointer

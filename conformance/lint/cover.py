"""Whether one schema takes all that another does. The answer is careful: yes only when it surely does."""

from __future__ import annotations

from conformance.lint.parts import described, listed, meant, numbers, takes_all, types_of, whole
from conformance.lint.subject import texts_of
from conformance.spec.schema import SchemaNode

_DEEPEST = 4


def covers(wide: SchemaNode, narrow: SchemaNode, depth: int = 0) -> bool:
    """Whether every value that ``narrow`` allows satisfies ``wide`` too; false when that cannot be told."""
    if wide.pointer == narrow.pointer:
        return True
    if depth > _DEEPEST:
        return False
    parts = whole(narrow)
    return all(covered(part, parts, depth) for part in whole(wide))


def covered(wide: SchemaNode, parts: list[SchemaNode], depth: int) -> bool:
    """Whether every value that satisfies all parts satisfies one more schema; false when that cannot be told."""
    said = meant(wide) - {"allOf", "$ref"}
    if wide.value is False or said - _KNOWN:
        return any(wide.value == part.value for part in parts)
    if takes_all(wide):
        return True
    values = listed(parts)
    if values is not None:
        return all(wide.is_valid(value) for value in values)
    left = types_of(parts)
    allowed = types_of([wide])
    if not left <= allowed:
        return False
    return all(_implied(wide, keyword, parts, left, depth) for keyword in said if keyword != "type")


_SCALAR = {
    "minimum": ("number", 1),
    "exclusiveMinimum": ("number", 1),
    "maximum": ("number", -1),
    "exclusiveMaximum": ("number", -1),
    "minLength": ("string", 1),
    "maxLength": ("string", -1),
    "minItems": ("array", 1),
    "maxItems": ("array", -1),
    "minProperties": ("object", 1),
    "maxProperties": ("object", -1),
}
_SAME = {"pattern": "string", "multipleOf": "number", "uniqueItems": "array"}
_KNOWN = frozenset(
    {"type", "enum", "const", "required", "properties", "additionalProperties", "items", "format", *_SCALAR, *_SAME}
)


def _implied(wide: SchemaNode, keyword: str, parts: list[SchemaNode], left: frozenset[str], depth: int) -> bool:
    value = wide.get(keyword)
    if keyword in _SCALAR:
        kind, sign = _SCALAR[keyword]
        return not _concerns(kind, left) or any(sign * own >= sign * value for own in numbers(parts, keyword))
    if keyword in _SAME:
        return not _concerns(_SAME[keyword], left) or any(part.get(keyword) == value for part in parts)
    if keyword == "format":
        return any(part.get("format") == value for part in parts)
    if keyword == "items":
        inner, own = wide.child("items"), [node for part in parts if (node := part.child("items")) is not None]
        if "array" not in left or takes_all(inner):
            return True
        return inner is not None and len(own) == 1 and covers(inner, own[0], depth + 1)
    if keyword in {"required", "properties", "additionalProperties"}:
        return "object" not in left or _object_implied(wide, keyword, parts, depth)
    return False


def _concerns(kind: str, left: frozenset[str]) -> bool:
    return bool(left & ({"number", "integer"} if kind == "number" else {kind}))


def _object_implied(wide: SchemaNode, keyword: str, parts: list[SchemaNode], depth: int) -> bool:
    required = {name for part in parts for name in part.required()}
    if keyword == "required":
        return set(texts_of(wide.get("required"))) <= required
    closed = [part for part in parts if part.get("additionalProperties") is False and not part.get("patternProperties")]
    if keyword == "additionalProperties":
        value = wide.get("additionalProperties")
        if value is False:
            return any(part.properties().keys() <= wide.properties().keys() for part in closed)
        return takes_all(wide.child("additionalProperties"))
    return all(_property_implied(inner, name, parts, closed, depth) for name, inner in wide.properties().items())


def _property_implied(inner: SchemaNode, name: str, parts: list[SchemaNode], closed: list[SchemaNode], depth: int) -> bool:
    if takes_all(inner) or any(name not in part.properties() for part in closed):
        return True
    return any(covers(inner, own, depth + 1) for own in described(parts, name))

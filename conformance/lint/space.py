"""Whether any value satisfies several schemas at once. The answer is careful: no only when surely none does."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, lcm
from typing import Any

from conformance.lint.cover import covered
from conformance.lint.parts import key, listed, meant, numbers, takes_all, type_of, types_of, whole
from conformance.spec.patterns.automaton import disjoint, text_lengths
from conformance.spec.schema import SchemaNode

_DEEPEST = 4


def impossible(parts: Sequence[SchemaNode], depth: int = 0) -> str | None:
    """Why no value satisfies all parts at once, or ``None`` when one may."""
    if any(part.value is False for part in parts):
        return "one part is `false`, which nothing satisfies"
    # Alone, `not: {}` is how some write `false`.
    if any(takes_all(part.child("not")) and meant(part) != {"not"} for part in parts):
        return "`not` refuses everything"
    left = types_of(parts)
    if not left:
        return "the parts want different types"
    if depth < _DEEPEST and any(_refuses_all(part.child("not"), parts, depth) for part in parts):
        return "`not` refuses everything that the rest allows"
    values = listed(parts)
    if values is not None:
        if not any(_fits(value, parts, left) for value in values):
            return "none of the listed values satisfies the rest"
        return None
    reasons = {kind: _WAYS[kind](parts, depth) for kind in sorted(left) if kind in _WAYS}
    if len(reasons) == len(left) and all(reasons.values()):
        return next(reason for reason in reasons.values() if reason)
    return _union_impossible(parts, depth)


def _refuses_all(refused: SchemaNode | None, parts: Sequence[SchemaNode], depth: int) -> bool:
    """Whether what is refused is all that the parts allow."""
    if refused is None or not any(meant(part) - {"not"} for part in parts):
        return False
    return all(covered(inner, list(parts), depth + 1) for inner in whole(refused))


def _fits(value: Any, parts: Sequence[SchemaNode], left: frozenset[str]) -> bool:
    kind = type_of(value)
    if kind not in left and not (kind == "integer" and "number" in left):
        return False
    return kind in {"null", "boolean"} or all(part.is_valid(value) for part in parts if _says_more(part))


def _says_more(part: SchemaNode) -> bool:
    plain = {"type", "enum", "const", "title", "description", "default", "example", "examples"}
    # What a schema says but for its unions cannot be asked of its validator; it may allow the value.
    return not isinstance(part, _Rest) and isinstance(part.value, dict) and not part.value.keys() <= plain


def _number(parts: Sequence[SchemaNode], depth: int, *, is_whole: bool = False) -> str | None:  # noqa: ARG001
    low = max(((value, False) for value in numbers(parts, "minimum")), default=None)
    above = max(((value, True) for value in numbers(parts, "exclusiveMinimum")), default=None)
    high = min(((value, False) for value in numbers(parts, "maximum")), default=None)
    below = min(((value, True) for value in numbers(parts, "exclusiveMaximum")), default=None)
    bottom = max((bound for bound in (low, above) if bound is not None), default=None)
    top = min((bound for bound in (high, below) if bound is not None), key=lambda bound: (bound[0], not bound[1]), default=None)
    if bottom is None or top is None:
        return None
    if bottom[0] > top[0] or (bottom[0] == top[0] and (bottom[1] or top[1])):
        return f"the bounds {bottom[0]} and {top[0]} leave no number"
    steps = [int(value) for value in numbers(parts, "multipleOf") if value == int(value) and value > 0]
    step = lcm(*steps) if steps else 1
    if steps or is_whole:
        first = ceil(bottom[0] / step) + (bottom[1] and bottom[0] % step == 0)
        last = floor(top[0] / step) - (top[1] and top[0] % step == 0)
        if first > last:
            return f"no {'multiple of ' + str(step) if steps else 'whole number'} lies between {bottom[0]} and {top[0]}"
    return None


def _integer(parts: Sequence[SchemaNode], depth: int) -> str | None:
    return _number(parts, depth, is_whole=True)


def _string(parts: Sequence[SchemaNode], depth: int) -> str | None:  # noqa: ARG001
    least, most = max(numbers(parts, "minLength"), default=0), min(numbers(parts, "maxLength"), default=None)
    if most is not None and least > most:
        return f"the lengths {least} and {most} leave no text"
    patterns = [part.get("pattern") for part in parts if isinstance(part.get("pattern"), str)]
    for index, pattern in enumerate(patterns):
        shortest, longest = text_lengths(pattern)
        if (most is not None and shortest > most) or (longest is not None and longest < least):
            return f"no text of the wanted length has the pattern {pattern!r:.60}"
        for other in patterns[:index]:
            if disjoint(pattern, other):
                return f"no text has both the patterns {other!r:.60} and {pattern!r:.60}"
    return None


def _array(parts: Sequence[SchemaNode], depth: int) -> str | None:
    least, most = max(numbers(parts, "minItems"), default=0), min(numbers(parts, "maxItems"), default=None)
    contains = [part for part in parts if part.child("contains") is not None and part.get("minContains") != 0]
    wanted = max(
        [least, *(max(1, *numbers([part], "minContains")) if numbers([part], "minContains") else 1 for part in contains)]
    )
    if most is not None and wanted > most:
        return f"at least {wanted} items are wanted, and no more than {most} may be"
    for part in parts:
        items, first = part.child("items"), part.get("prefixItems")
        count = len(first) if isinstance(first, list) else 0
        if items is not None and items.value is False and wanted > count:
            return f"at least {wanted} items are wanted, and no more than {count} are allowed"
        different = _different(items) if count == 0 else None
        if different is not None and any(other.get("uniqueItems") is True for other in parts) and least > different:
            return f"{least} different items are wanted, and there are only {different}"
        if items is not None and count == 0 and depth < _DEEPEST:
            for holder in contains:
                inner = holder.child("contains")
                if inner is not None and impossible([*whole(items), *whole(inner)], depth + 1):
                    return "an item that `contains` wants is one that `items` refuses"
    return None


def _different(items: SchemaNode | None) -> int | None:
    """How many different items there are, when they are listed."""
    if items is None:
        return None
    values = items.get("enum")
    if isinstance(values, list):
        return len({key(value) for value in values})
    counts = {"boolean": 2, "null": 1}
    kinds = items.types()
    return sum(counts[kind] for kind in kinds) if kinds and kinds <= counts.keys() else None


def _object(parts: Sequence[SchemaNode], depth: int) -> str | None:
    required = {name for part in parts for name in part.required()}
    most = min(numbers(parts, "maxProperties"), default=None)
    least = max(numbers(parts, "minProperties"), default=0)
    if most is not None and max(least, len(required)) > most:
        return f"{max(least, len(required))} properties are wanted, and no more than {most} may be"
    for part in parts:
        own, patterns = part.properties(), part.get("patternProperties")
        if part.get("additionalProperties") is False and not patterns:
            refused = sorted(required - own.keys())
            if refused:
                return f"{refused[0]!r} is required, and a part allows only {_told(own)}"
            if least > len(own):
                return f"{least} properties are wanted, and only {len(own)} are allowed"
        names = part.child("propertyNames")
        refused = [name for name in sorted(required) if names is not None and not names.is_valid(name)]
        if refused:
            return f"{refused[0]!r} is required, and `propertyNames` refuses the name"
    for name in sorted(required):
        reason = conflict(parts, name, depth)
        if reason is not None:
            return f"{name!r} is required, and it can have no value: {reason}"
    return None


def _told(own: Any) -> str:
    names = [repr(name) for name in own]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") if names else "no properties"


def conflict(parts: Sequence[SchemaNode], name: str, depth: int = 0) -> str | None:
    """Why what the parts say of one property cannot all be, or ``None``; a property that one part describes counts too."""
    held = [part.properties()[name] for part in parts if name in part.properties()]
    if any(node.value is False for node in held):
        return "it is forbidden"
    if len({node.pointer for node in held}) < 2 or depth >= _DEEPEST:
        return None
    return impossible([inner for node in held for inner in whole(node)], depth + 1)


def _union_impossible(parts: Sequence[SchemaNode], depth: int) -> str | None:
    if depth >= _DEEPEST:
        return None
    for part in parts:
        for keyword in ("oneOf", "anyOf"):
            branches = part.branches(keyword)
            if branches and len(branches) == len(part.get(keyword) or ()) and all(
                impossible([*(other for other in parts if other is not part), _Rest(part), *whole(branch)], depth + 2)
                for branch in branches
            ):  # fmt: skip
                return f"no branch of `{keyword}` agrees with the rest"
    return None


def branch_impossible(node: SchemaNode, branch: SchemaNode) -> str | None:
    """Why a branch of a union never agrees with what stands beside the union, or ``None``."""
    parts = [_Rest(part) if part is node else part for part in whole(node)]
    return impossible([*parts, *whole(branch)], 1)


class _Rest(SchemaNode):
    """A schema without its unions."""

    __slots__ = ()

    def __init__(self, node: SchemaNode) -> None:
        super().__init__(node._set, node.pointer, node.value)  # noqa: SLF001 - it is the same schema, seen in part

    def branches(self, keyword: str) -> tuple[SchemaNode, ...]:
        return super().branches(keyword) if keyword == "allOf" else ()


_WAYS = {"integer": _integer, "number": _number, "string": _string, "array": _array, "object": _object}

"""What else could stand at a place: values beyond what its schema allows, and the less usual ones within.

Nobody has to know which a value is: requests are judged for what they say. The kind is what the value is meant to try.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from conformance.cases.places import UNKNOWN, Place, keyword, types, united
from conformance.cases.plain import plain
from conformance.model.ports import Schema
from conformance.spec.body import ABSENT

DROP: Final = object()
"""In place of a value: leave out what stands there."""

Other = tuple[str, Any, str]
"""A kind, a value (or ``DROP``, or one to be worked out ``Later``), and what it is in words."""


@dataclass(frozen=True, slots=True)
class Later:
    """The so manieth plain value of a schema: to find it costs, so that is left until it is wanted."""

    schema: Schema
    index: int

    def value(self) -> Any:
        """The value, ``ABSENT`` when there is none."""
        found = plain(self.schema)
        return found[self.index] if self.index < len(found) else ABSENT


@dataclass(frozen=True, slots=True)
class Several:
    """A list of so many items for a place, of what stands there or a plain value; they differ unless ``is_alike``."""

    place: Place
    count: int
    is_alike: bool = False

    def value(self) -> Any:
        """The list, ``ABSENT`` when no item is known."""
        held = self.place.value if isinstance(self.place.value, list) else []
        items = next((found for node in united(self.place.schema) if (found := node.child("items")) is not None), None)
        known = held[:1] or (list(plain(items)[:1]) if items is not None and self.count else [])
        if not known:
            return ABSENT if self.count else []
        made = [known[0]] * self.count if self.is_alike else [*held, *([known[0]] * (self.count - len(held)))]
        several = [_numbered(item, index) for index, item in enumerate(made[: self.count])]
        is_good = items is None or all(items.is_valid(item, direction="request") for item in several)
        return several if is_good and not self.is_alike else made[: self.count]


def _numbered(item: Any, index: int) -> Any:
    if isinstance(item, str) and index:
        return item[: -len(str(index))] + str(index)
    return item + index if isinstance(item, (int, float)) and not isinstance(item, bool) else item


_LISTED = 12
_LONGEST = 20_000
_WIRE_ONLY = frozenset({"integer", "number", "boolean"})
_WRONG: dict[str, tuple[Any, ...]] = {
    "string": (12345, True), "integer": ("text", True), "number": ("text", True), "boolean": ("maybe", 7),
    "array": ("text", 1), "object": ("text", 1),
}  # fmt: skip
_ALIKE: dict[str, tuple[Any, ...]] = {"integer": ("17",), "number": ("17",)}
_TRUTH: dict[str, tuple[Any, ...]] = {"boolean": ("true", 1)}
"""What lax readers take for a value of the type."""
_CONTAINED: dict[str, tuple[Any, ...]] = {
    "string": (["text"], {"a": "text"}), "integer": ([1], {"a": 1}), "number": ([1], {"a": 1}), "boolean": ([True], {"a": True}),
    "array": ({"a": 1},), "object": ([1],),
}  # fmt: skip
_OF = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object", type(None): "null"}


def others(place: Place) -> Iterator[Other]:
    """Everything that is worth trying at a place."""
    if place.schema.value is False:
        yield "unknown-field", "text", "though nothing may be there"
        return
    for find in _FOUND:
        yield from find(place)


def _missing(place: Place) -> Iterator[Other]:
    if place.value is not ABSENT and place.path and place.location != "path" and not isinstance(place.path[-1], int):
        yield ("missing" if place.required else "optional-absent"), DROP, "left out"


def _wrong_types(place: Place) -> Iterator[Other]:
    kinds = types(place.schema)
    if place.location != "body":
        if kinds and kinds <= _WIRE_ONLY:
            yield "wrong-type", "not-a-value", "a text"
            if kinds == {"integer"}:
                yield "wrong-type", "1.5", "a fraction"
        return
    if kinds and "null" not in kinds:
        yield "null", None, "null"
    if not place.path and kinds:
        bodies: tuple[Any, ...] = ([], "text", 1, True)
        yield from (("wrong-type", body, f"a body of type {_OF[type(body)]}") for body in bodies if _OF[type(body)] not in kinds)
        return
    yield from _of_other_types(place, kinds)


def _of_other_types(place: Place, kinds: frozenset[str]) -> Iterator[Other]:
    for tried, values in (("wrong-type", _WRONG), ("lax-type", _ALIKE), ("lax-truth", _TRUTH), ("container", _CONTAINED)):
        for kind in sorted(kinds & values.keys()):
            for value in values[kind]:
                if _OF[type(value)] not in kinds and not (_OF[type(value)] == "integer" and "number" in kinds):
                    yield tried, value, f"{json.dumps(value)}, of type {_OF[type(value)]}"
    if "integer" in kinds and "number" not in kinds:
        yield "fraction", place.value + 0.5 if _is_small(place.value) else 1.5, "a fraction"


def _is_small(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LISTED**6


def _enums(place: Place) -> Iterator[Other]:
    listed = [value for node in united(place.schema) for value in node.get("enum") or ()]
    listed += [node.get("const") for node in united(place.schema) if node.get("const") is not None]
    if not listed:
        if "boolean" in types(place.schema):
            yield from (("enum-value", value, f"{value}") for value in (True, False) if value is not place.value)
        return
    first = next((value for value in listed if value is not None), None)
    unlisted: list[Other] = []
    if isinstance(first, str):
        unlisted = [("bad-enum", f"{first}-other", "a value that is not listed"),
                    ("bad-case", first.swapcase(), "a listed value in the other case")]  # fmt: skip
    elif isinstance(first, (int, float)) and not isinstance(first, bool):
        most = max(value for value in listed if isinstance(value, (int, float)))
        unlisted = [("bad-enum", 1 + most, "a value that is not listed")]
    # What one branch of a union does not list, another may take.
    yield from ((kind, value, words) for kind, value, words in unlisted
                if value not in listed and not place.schema.is_valid(value, direction="request"))  # fmt: skip
    yield from (("enum-value", value, f"the listed value {value!r}"[:80]) for value in listed[:_LISTED] if value != place.value)


def _texts(place: Place) -> Iterator[Other]:
    schema, value = place.schema, place.value if isinstance(place.value, str) else "text"
    if "string" not in types(schema) or keyword(schema, "enum"):
        return
    most, least = keyword(schema, "maxLength"), keyword(schema, "minLength")
    if isinstance(most, int) and 0 <= most < _LONGEST:
        yield "too-long", (value or "x") + "x" * (most + 1 - len(value or "x")), f"{most + 1} characters"
        yield "boundary", (value or "x")[:most] + "x" * (most - len(value or "x")), f"{most} characters"
    if isinstance(least, int) and 0 < least < _LONGEST:
        yield "too-short", value[: least - 1] if len(value) >= least else "x" * (least - 1), f"{least - 1} characters"
        yield "boundary", value[:least] + "x" * (least - len(value)), f"{least} characters"
    elif place.location in {"body", "query"}:
        yield "empty", "", "an empty text"
    form = keyword(schema, "format")
    if isinstance(form, str) and form not in {"binary", "password"}:
        yield "bad-format", f"not a {form}!", f"not in the format {form}"
    pattern = keyword(schema, "pattern")
    if isinstance(pattern, str):
        wrong = _unmatched(pattern, value)
        if wrong is not None:
            yield "bad-pattern", wrong, "not of the pattern"


def _unmatched(pattern: str, value: str) -> str | None:
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    tries = (f"{value}!", f"!{value}", "~ not of the pattern ~", "0", "a", "")
    return next((text for text in tries if not compiled.search(text)), None)


def _numbers(place: Place) -> Iterator[Other]:
    schema, kinds = place.schema, types(place.schema)
    if not kinds & {"integer", "number"} or keyword(schema, "enum"):
        return
    for name, way, inside in (("minimum", -1, 0), ("maximum", 1, 0), ("exclusiveMinimum", 0, 1), ("exclusiveMaximum", 0, -1)):
        bound = _whole(keyword(schema, name))
        if isinstance(bound, (int, float)) and not isinstance(bound, bool) and math.isfinite(bound):
            yield "out-of-range", bound + way, f"beyond its {name}"
            yield "boundary", bound + inside, f"at its {name}"
    multiple = keyword(schema, "multipleOf")
    if isinstance(multiple, (int, float)) and multiple:
        yield "out-of-range", multiple * 1.5, f"no multiple of {multiple}"
    for number in (0, 1, -1, 2**31, 2**53):
        yield "boundary", number, f"the number {number}"


def _whole(bound: Any) -> Any:
    """A bound as one would write it: 5 for 5.0."""
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def _lists(place: Place) -> Iterator[Other]:
    schema = place.schema
    if "array" not in types(schema) or place.location != "body":
        return
    most, least = keyword(schema, "maxItems"), keyword(schema, "minItems")
    if isinstance(most, int) and 0 <= most < _LONGEST:
        yield "too-long", Several(place, most + 1), f"{most + 1} items"
    if isinstance(least, int) and 0 < least < _LONGEST:
        yield "too-short", Several(place, least - 1), f"{least - 1} items"
    else:
        yield "empty", [], "an empty list"
    if keyword(schema, "uniqueItems") is True:
        yield "repeated", Several(place, 2, is_alike=True), "the same item twice"
    if not (isinstance(most, int) and most < 3):
        yield "boundary", Several(place, 3), "three items"


def _objects(place: Place) -> Iterator[Other]:
    schema, value = place.schema, place.value
    if not isinstance(value, dict) or place.location != "body":
        return
    is_closed = any(
        node.get(name) is False for node in united(schema) for name in ("additionalProperties", "unevaluatedProperties")
    )
    if UNKNOWN not in schema.all_properties():
        yield ("unknown-field" if is_closed else "additional"), {**value, UNKNOWN: "text"}, "with a field that is not declared"
    if value:
        yield "empty", {}, "an empty object"
    most = keyword(schema, "maxProperties")
    if isinstance(most, int) and most < _LISTED:
        yield "too-long", {**value, **{f"{UNKNOWN}{index}": "text" for index in range(most + 1)}}, "more fields than allowed"


def _optional(place: Place) -> Iterator[Other]:
    if place.value is ABSENT:
        yield "optional", Later(place.schema, 0), "there"


def _unions(place: Place) -> Iterator[Other]:
    count = len(place.schema.branches("anyOf")) + len(place.schema.branches("oneOf"))
    if place.value is not ABSENT and count > 1:
        yield from (("union", Later(place.schema, index), f"of branch {index + 1}") for index in range(min(count, _LISTED)))


def _ids(place: Place) -> Iterator[Other]:
    """What a path can name; that something is unknown keeps the contract."""
    if place.location != "path" or not isinstance(place.path[0], str):
        return
    text = str(place.value) if place.value is not ABSENT else ""
    yield "unknown-id", unknown(text), "a thing that is not there"
    yield from (("odd-id", odd, words) for odd, words in (
        ("0", "zero"), ("-1", "a negative number"), (str(2**63), "a huge number"), ("%00", "the text %00"),
    ))  # fmt: skip


def unknown(text: str) -> str:
    """An id of the same form as another that most likely names nothing."""
    digits = {digit: str((int(digit) * 7 + 3) % 10) for digit in "0123456789"}
    if re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        return text[:-6] + "".join(digits.get(letter, "0") for letter in text[-6:])
    changed = "".join(digits.get(letter, letter) for letter in text)
    return changed if changed != text else f"{text[:-1]}{'q' if text[-1:] != 'q' else 'z'}"


_FOUND: tuple[Callable[[Place], Iterator[Other]], ...] = (
    _missing, _wrong_types, _enums, _texts, _numbers, _lists, _objects, _optional, _unions, _ids,
)  # fmt: skip

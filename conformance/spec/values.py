"""Strings from the wire as typed values, by every reading that a schema allows.

A parameter on the wire is text. What it means depends on the schema; where two readings are possible,
the one that the schema accepts is taken, so that nobody is accused for an ambiguity.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from conformance.model.ports import Schema

_INTEGER = re.compile(r"-?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_ALL_TYPES = frozenset({"string", "integer", "number", "boolean", "null", "array", "object"})
_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object", type(None): "null"}


def wire_types(schema: Schema | None) -> frozenset[str]:
    """Every type that the schema or one of its branches allows; all of them when it does not say."""
    if schema is None:
        return _ALL_TYPES
    found: frozenset[str] | None = schema.notes.get("wire types")
    if found is None:
        found = schema.notes["wire types"] = _types(schema, frozenset()) or _ALL_TYPES
    return found


def _types(schema: Schema, seen: frozenset[str]) -> frozenset[str]:
    if schema.pointer in seen:
        return frozenset()
    seen |= {schema.pointer}
    declared = schema.types()
    if declared:
        return declared
    if isinstance(schema.get("enum"), list):
        return frozenset(_NAMES.get(type(value), "string") for value in schema.get("enum"))
    if isinstance(schema.value, Mapping) and "const" in schema.value:
        return frozenset({_NAMES.get(type(schema.get("const")), "string")})
    for keyword in ("allOf", "anyOf", "oneOf"):
        found: frozenset[str] = frozenset()
        for branch in schema.branches(keyword):
            found |= _types(branch, seen)
        if found:
            return found
    if schema.get("properties"):
        return frozenset({"object"})
    return frozenset({"array"}) if schema.get("items") is not None else frozenset()


def scalar(text: str, schema: Schema | None) -> Any:
    """A string as the value that the schema means; the string itself when no reading fits.

    A whole number that is written with a fraction or exponent stays a ``float`` (see ``leeway.settled``).
    """
    types = wire_types(schema)
    candidates: list[Any] = []
    if "integer" in types and _INTEGER.fullmatch(text) and len(text) < 400:
        candidates.append(int(text))
    if types & {"number", "integer"} and _NUMBER.fullmatch(text) and len(text) < 400:
        candidates.append(float(text))
    if "boolean" in types and text in {"true", "false"}:
        candidates.append(text == "true")
    if "null" in types and text in {"", "null"}:
        candidates.append(None)
    if "string" in types:
        candidates.append(text)
    if types & {"object", "array"} and text[:1] in {"{", "["}:
        with suppress(ValueError, RecursionError):
            candidates.append(json.loads(text))
    for candidate in candidates:
        if schema is None or schema.is_valid(candidate, direction="request"):
            return candidate
    # Prefer the typed reading: its error says what is really wrong (a bound rather than a type).
    return candidates[0] if candidates else text


def is_loose(text: str, schema: Schema | None) -> bool:
    """Whether servers differ on the text: an empty value for a number, or another way to write a boolean."""
    types = wire_types(schema)
    if "string" in types:
        return False
    if text == "":
        return True
    if "boolean" in types and text.lower() in {"true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n"}:
        return True
    stripped = text.strip().removeprefix("+").replace("_", "")
    return bool(types & {"integer", "number"}) and stripped != text and _NUMBER.fullmatch(stripped) is not None


def array(texts: Sequence[str], schema: Schema | None) -> list[Any]:
    """Texts as the items of an array schema."""
    items = schema.child("items") if schema is not None else None
    return [scalar(text, items) for text in texts]


def structure(value: Any, schema: Schema | None) -> Any:
    """A tree of strings, lists and dicts (as deepObject and forms give) with its leaves read by the schema."""
    if isinstance(value, str):
        types = wire_types(schema)
        return _listed(value, schema) if types == {"array"} else scalar(value, schema)
    if isinstance(value, list):
        items = schema.child("items") if schema is not None else None
        return [structure(item, items) for item in value]
    properties = schema.all_properties() if schema is not None else {}
    other = schema.child("additionalProperties") if schema is not None else None
    return {name: structure(item, properties.get(name) or other) for name, item in value.items()}


def _listed(text: str, schema: Schema | None) -> list[Any]:
    """One text where a list is meant: one item, or several with commas between, whichever the schema accepts."""
    one = array([text], schema)
    many = array(text.split(","), schema)
    return many if schema is not None and not schema.is_valid(one) and schema.is_valid(many) else one


def tree(pairs: Sequence[tuple[Sequence[str], str]]) -> dict[str, Any]:
    """Bracketed names such as ``(("status", "eq"), "sent")`` as a tree; an empty key is a list, as is a repeated one."""
    found: dict[str, Any] = {}
    for keys, text in pairs:
        keys = list(keys)
        is_list = len(keys) > 1 and keys[-1] == ""
        if is_list:
            keys.pop()
        place = found
        for key in keys[:-1]:
            below = place.setdefault(key, {})
            if not isinstance(below, dict):
                below = place[key] = {}
            place = below
        last = keys[-1] if keys else ""
        if last in place:
            held = place[last]
            place[last] = [*(held if isinstance(held, list) else [held]), text]
        else:
            place[last] = [text] if is_list else text
    return found

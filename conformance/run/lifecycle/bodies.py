"""Bodies to write, tame ones that a service has no reason to refuse, and other values for their fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import Any
from uuid import UUID

from conformance.checks.meaning import is_birthmark, is_secret
from conformance.model.operation import MediaType, Operation
from conformance.model.ports import Schema
from conformance.run.lifecycle.rare import enumerated, is_free, rare_values, word
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.spec.body import is_json
from conformance.spec.ids import ENDS_IN_ID, ENDS_IN_IDS
from conformance.spec.values import wire_types

_REFERENCE = re.compile(rf"{ENDS_IN_IDS.pattern}|_key$|^(id|type|kind|object)$")
_DIGIT = re.compile(r"\d(?=\D*$)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PLAIN = {"string", "boolean", "integer", "number"}
_LETTER = re.compile(r"[a-z](?=[^a-z]*$)")


def json_media(operation: Operation) -> MediaType | None:
    """The JSON body that an operation takes, if it takes one with a schema."""
    content = operation.request_body.content if operation.request_body is not None else {}
    return next((media for media in content.values() if media.schema is not None and is_json(media.name)), None)


def bodies(operation: Operation, sampler: Sampler, *, salt: str) -> Iterator[dict[str, Any]]:
    """Objects to send, the fullest first: with every field, then with those that are required alone."""
    media = json_media(operation)
    if media is None or media.schema is None:
        return
    seen: list[Any] = []
    for example in (*[held for held in media.examples if isinstance(held, dict)][:1], None):
        for rich in (True, False) if example is None else (True,):
            try:
                made = sampler.complete(media.schema, example, salt=salt, rich=rich) if example is not None else (
                    sampler.sample(media.schema, salt=salt, rich=rich))  # fmt: skip
            except Unsatisfiable:
                continue
            if isinstance(made, dict) and made not in seen:
                seen.append(made)
    yield from sorted(seen, key=len, reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field that a client writes and that the answer shows: its name, what may be written, and how it is shown."""

    name: str
    written: Schema
    shown: Schema

    def takes(self, value: Any) -> bool:
        """Whether a value may be written and shown there."""
        return self.written.is_valid(value, direction="request") and self.shown.is_valid(value, direction="response")


def is_own(name: str) -> bool:
    """Whether a field means itself: it is no reference to something else, no secret and no word for what the thing is."""
    return not is_secret(name) and not _REFERENCE.search(name)


def fields(
    operation: Operation, shown: Mapping[str, Schema], *, hidden: bool = False, at: str | None = None
) -> tuple[Field, ...]:
    """The fields of an operation's body that mean themselves: plain values, no references, secrets or constants.

    Only those that are shown again, unless ``hidden`` asks for all. ``at`` is the property that holds a list of things, if the
    body is about several.
    """
    schema = written_schema(operation, at=at)
    return tuple(plain_fields(schema, shown, hidden=hidden)) if schema is not None else ()


def written_schema(operation: Operation, *, at: str | None = None) -> Schema | None:
    """What an operation's body says of a thing; ``at`` is the property that holds a list of things, if it is about several."""
    media = json_media(operation)
    schema = media.schema if media is not None else None
    if schema is None or at is None:
        return schema
    held = schema.all_properties().get(at)
    return held.child("items") if held is not None else None


def references(operation: Operation, shown: Mapping[str, Schema]) -> tuple[Field, ...]:
    """The texts of an operation's body that name something else, and are shown again; never whose a thing is."""
    schema = written_schema(operation)
    left = schema.flagged("readOnly") | schema.flagged("writeOnly") if schema is not None else frozenset()
    held = schema.all_properties() if schema is not None else {}
    return tuple(
        Field(name=name, written=written, shown=shown[name])
        for name, written in held.items()
        if name in shown and name not in left and ENDS_IN_ID.search(name) and not is_secret(name) and not is_birthmark(name)
        and wire_types(written) - {"null"} == wire_types(shown[name]) - {"null"} == {"string"}
    )  # fmt: skip


def plain_fields(schema: Schema, shown: Mapping[str, Schema], *, hidden: bool = False) -> Iterator[Field]:
    """The plain fields of a schema of objects; see ``fields``."""
    left = schema.flagged("readOnly") | schema.flagged("writeOnly")
    for name, written in schema.all_properties().items():
        other = shown.get(name, written if hidden else None)
        if other is None or name in left or not is_own(name):
            continue
        types, shown_types = wire_types(written) - {"null"}, wire_types(other) - {"null"}
        if len(types) == 1 and types == shown_types and types <= _PLAIN:
            yield Field(name=name, written=written, shown=other)


def seat(operation: Operation) -> str | None:
    """The property of an operation's body that holds a list of things, where that is what the body is about."""
    media = json_media(operation)
    properties = media.schema.all_properties() if media is not None and media.schema is not None else {}
    held = {name: schema.child("items") for name, schema in properties.items() if wire_types(schema) == {"array"}}
    lists = [name for name, items in held.items() if items is not None and items.all_properties()]
    plain = [name for name in properties if name not in lists and wire_types(properties[name]) <= _PLAIN | {"null"}]
    return lists[0] if len(lists) == 1 and len(plain) + 1 == len(properties) else None


def moved(text: str, turn: int) -> str:
    """Another name of the same form, a different one every turn."""
    if _UUID.fullmatch(text):
        return str(UUID(bytes=sha256(f"{text} {turn}".encode()).digest()[:16], version=4))
    for pattern, alphabet in ((_DIGIT, "0123456789"), (_LETTER, "abcdefghijklmnopqrstuvwxyz")):
        found = pattern.search(text)
        if found:
            letter = alphabet[(alphabet.index(found.group()) + turn) % len(alphabet)]
            return text[: found.start()] + letter + text[found.end() :]
    return text


def other_value(value: Any, field: Field, *, turn: int = 0, rare: bool = False) -> Any:
    """Another value that may be written and shown there, a different one every turn; ``None`` when there is none.

    ``rare`` asks for one of those first that services handle less often: at the end of a range or a list, with other letters.
    """
    usual = _candidates(value, field.written, turn, field.name)
    for candidate in chain(rare_values(value, field.written, turn, field.name), usual) if rare else usual:
        if (
            type(candidate) is not type(value) and value is not None and not isinstance(value, (int, float))
        ) or candidate == value:
            continue
        if field.takes(candidate):
            return candidate
    return None


def _candidates(value: Any, schema: Schema, turn: int, name: str) -> Iterator[Any]:
    types = wire_types(schema)
    listed = enumerated(schema)
    if listed:
        yield from (listed[(index + turn) % len(listed)] for index in range(len(listed)))
    elif "boolean" in types:
        yield from (not value, True, False)
    elif types & {"integer", "number"}:
        start = value if isinstance(value, (int, float)) and not isinstance(value, bool) else 1
        step = schema.get("multipleOf")
        step = step if isinstance(step, (int, float)) and step > 0 else 1
        yield from (start + sign * step * (turn + 1) for sign in (1, -1))
        yield from (start + step, start - step)
    elif "string" in types:
        yield from _texts(value if isinstance(value, str) and value else "", schema, turn, name)


def _texts(text: str, schema: Schema, turn: int, name: str) -> Iterator[str]:
    """The text with a word more where that is allowed, else with its last digit or letter moved on."""
    if is_free(schema, text):
        longest = schema.get("maxLength")
        # Each field has a word of its own, so that one cannot be taken for the other either.
        own = f"conformance {word(name)} {turn + 1}"
        # Nothing of the old text is in the new one, so that neither can be taken for the other.
        yield own if not isinstance(longest, int) else own[-longest:] if longest > 0 else ""
        yield f"c{turn + 1}"
    if schema.get("format") == "date-time" or schema.get("format") == "date":
        yield from (re.sub(r"^\d{4}", str(2030 + turn + extra), text) for extra in (0, 1))
        return
    for pattern, alphabet in ((_DIGIT, "0123456789"), (_LETTER, "abcdefghijklmnopqrstuvwxyz")):
        found = pattern.search(text)
        for move in (turn + 1, turn + 2, 1) if found else ():
            moved = alphabet[(alphabet.index(found.group()) + move) % len(alphabet)] if found else ""
            yield text[: found.start()] + moved + text[found.end() :] if found else text

"""What a service adds to a new thing by itself: ids that fit their schemas and look like their examples, and timestamps."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.envelope import folded
from conformance.sandbox.patterns import matching
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.sandbox.scalars import FORMATS, any_uuid, uuid_of
from conformance.sandbox.shapes import NOTHING
from conformance.spec.values import wire_types

_CREATED = frozenset(
    {"createdat", "created", "createdate", "creationdate", "datecreated", "createdon", "createtime", "insertedat"}
)
_UPDATED = frozenset(
    {"updatedat", "updated", "updatedate", "dateupdated", "updatedon", "modifiedat", "lastmodified", "lastupdated", "updatetime"}
)
_TIMES = _CREATED | _UPDATED
_TOKEN = re.compile(r"[A-Za-z0-9]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ATTEMPTS = 24
_GROWN = 16
_NOT_UUID = FORMATS.keys() - {"uuid", "binary", "password"}


def minted(schemas: Sequence[Schema], sampler: Sampler, *, salt: str, taken: Callable[[str], bool], number: int) -> Any:
    """An id that every schema accepts and that is not taken; ``number`` is how many there have been.

    The first schema is the one that matters most when they contradict each other.

    Raises:
        Unsatisfiable: when there is none.
    """
    if _is_uuid(schemas[0]):
        # As most ids are: to begin a row of chances costs more than the rest of it.
        value: Any = uuid_of(f"{sampler.seed}/{salt}")
        if _fits(value, schemas) and not taken(value):
            return value
    random = Random(f"{sampler.seed}/{salt}")  # noqa: S311
    spare: Any = None
    for attempt in range(_ATTEMPTS):
        value = _proposal(schemas[0], sampler, random, salt=f"{salt}/{attempt}", number=number + attempt, attempt=attempt)
        if not schemas[0].is_valid(value, direction="response"):
            continue
        if _fits(value, schemas) and not taken(str(value)):
            return value
        spare = value if spare is None else spare
    if spare is None:
        return sampler.complete(schemas[0], NOTHING, salt=salt, fresh=True)
    return spare


def _fits(value: Any, schemas: Sequence[Schema]) -> bool:
    first, *others = schemas
    return first.is_valid(value, direction="response") and all(schema.is_valid(value, direction="request") for schema in others)


def _is_uuid(schema: Schema) -> bool:
    """Whether the first proposal for a schema is a UUID."""
    if "uuid" not in schema.notes:
        example = next((text for text in _examples(schema) if isinstance(text, str)), None)
        schema.notes["uuid"] = "string" in wire_types(schema) and (
            _UUID.fullmatch(example) is not None if example is not None else _takes_any(schema)
        )
    return bool(schema.notes["uuid"])


def _takes_any(schema: Schema) -> bool:
    return schema.get("pattern") is None and schema.get("enum") is None and str(schema.get("format")) not in _NOT_UUID


def _proposal(schema: Schema, sampler: Sampler, random: Random, *, salt: str, number: int, attempt: int) -> Any:
    types = wire_types(schema)
    if "string" in types and attempt < 8:
        example = next((text for text in _examples(schema) if isinstance(text, str)), None)
        if example is not None and attempt < 4:
            return like(example, random)
        if _takes_any(schema):
            return any_uuid(random)
        pattern = schema.get("pattern")
        grown = matching(pattern, random, shortest=_GROWN) if isinstance(pattern, str) and attempt < 6 else iter(())
        # The shortest that a pattern allows is soon used up.
        long = next((text for text in grown if len(text) >= _GROWN and schema.is_valid(text, direction="response")), None)
        if long is not None:
            return long
    if types <= {"integer", "number", "null"} and attempt < 4:
        return 1000 + number
    try:
        return sampler.complete(schema, NOTHING, salt=salt, fresh=True)
    except Unsatisfiable:
        return None


def _examples(schema: Schema) -> list[Any]:
    found = [schema.get("example")]
    listed = schema.get("examples")
    return found + (listed if isinstance(listed, list) else [])


def like(example: str, random: Random) -> str:
    """A string that looks like the example: the same length, punctuation and kinds of characters."""
    words = _TOKEN.findall(example)
    if not words:
        return example
    if _UUID.fullmatch(example):
        return any_uuid(random)
    longest = max(words, key=len)
    start = example.rfind(longest)
    return example[:start] + _alike(longest, random) + example[start + len(longest) :]


def _alike(word: str, random: Random) -> str:
    is_hex = re.fullmatch(r"[0-9a-f]+", word) is not None
    letters = "abcdef" if is_hex else "abcdefghijklmnopqrstuvwxyz"
    found: list[str] = [word[0] if not is_hex or word.isdigit() else random.choice("123456789abcdef")]
    for character in word[1:]:
        if character.isdigit():
            found.append(random.choice("0123456789"))
        else:
            letter = random.choice(letters)
            found.append(letter.upper() if character.isupper() else letter)
    return "".join(found)


@lru_cache(maxsize=64)
def _second(now: int) -> str:
    return f"{datetime.fromtimestamp(now, UTC).isoformat()[:19]}Z"


def is_birth(name: str) -> bool:
    """Whether a property says when a thing was made."""
    return folded(name) in _CREATED


def timestamps(properties: dict[str, Schema] | Any, now: float, *, new: bool) -> dict[str, Any]:
    """The time fields that a service sets when it makes (``new``) or changes a thing. ``now`` is in seconds since 1970."""
    named = ((name, schema) for name, schema in properties.items() if folded(name) in (_TIMES if new else _UPDATED))
    found = ((name, timestamp(schema, now)) for name, schema in named)
    return {name: moment for name, moment in found if moment is not None}


def birth(schema: Schema, now: float) -> dict[str, Any]:
    """``timestamps`` of a new thing that a schema shows."""
    if "times" not in schema.notes:
        schema.notes["times"] = {name: child for name, child in schema.all_properties().items() if folded(name) in _TIMES}
    return timestamps(schema.notes["times"], now, new=True)


def timestamp(schema: Schema, now: float) -> str | int | None:
    """A moment (seconds since 1970) as a schema writes it: RFC 3339, a day, or seconds; ``None`` when it takes none."""
    types = wire_types(schema)
    if "string" in types:
        text = _second(int(now))
        return text[:10] if schema.get("format") == "date" else text
    return int(now) if types & {"integer", "number"} else None

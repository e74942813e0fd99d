"""Candidate strings and numbers for a schema without structure; the caller keeps the first that the schema accepts."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from random import Random
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.patterns import matching

Candidates = Callable[[Random], Iterator[Any]]
"""Gives values to try, from chance."""

_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _moment(random: Random) -> datetime:
    return _EPOCH + timedelta(seconds=random.randrange(365 * 86400))


def _word(random: Random, length: int = 8) -> str:
    return "".join(random.choice(_LETTERS) for _ in range(length))


# The bits that say version 4 and variant 1 in a UUID.
_MARKS, _NOT_MARKS = 4 << 76 | 0x8000 << 48, ~(0xF000 << 64 | 0xC000 << 48)


def any_uuid(random: Random) -> str:
    """A UUID of version 4 (RFC 9562 section 5.4)."""
    return _uuid(random.getrandbits(128))


def uuid_of(text: str) -> str:
    """A UUID that a text stands for: another text gives another one."""
    return _uuid(int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()))


def _uuid(bits: int) -> str:
    text = f"{bits & _NOT_MARKS | _MARKS:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


FORMATS: dict[str, Callable[[Random], str]] = {
    "date-time": lambda random: f"{_moment(random).replace(tzinfo=None).isoformat()}Z",
    "date": lambda random: _moment(random).strftime("%Y-%m-%d"),
    "time": lambda random: _moment(random).strftime("%H:%M:%SZ"),
    "duration": lambda random: f"PT{random.randrange(1, 60)}M",
    "uuid": any_uuid,
    "email": lambda random: f"{_word(random)}@example.com",
    "idn-email": lambda random: f"{_word(random)}@example.com",
    "uri": lambda random: f"https://example.com/{_word(random)}",
    "url": lambda random: f"https://example.com/{_word(random)}",
    "iri": lambda random: f"https://example.com/{_word(random)}",
    "uri-reference": lambda random: f"/{_word(random)}",
    "iri-reference": lambda random: f"/{_word(random)}",
    "uri-template": lambda random: f"https://example.com/{_word(random)}/{{id}}",
    "hostname": lambda random: f"{_word(random)}.example.com",
    "idn-hostname": lambda random: f"{_word(random)}.example.com",
    "ipv4": lambda random: f"192.0.2.{random.randrange(1, 255)}",
    "ipv6": lambda random: f"2001:db8::{random.randrange(1, 0xFFFF):x}",
    "byte": lambda random: base64.b64encode(_word(random, 9).encode()).decode(),
    "binary": _word,
    "password": lambda random: _word(random, 12),
    "json-pointer": lambda random: f"/{_word(random)}",
    "relative-json-pointer": lambda random: f"0/{_word(random)}",
    "regex": lambda random: f"^{_word(random)}$",
}

# The least that a format takes, for where there is little room.
_SHORTEST = {"email": ("a@b.co",), "idn-email": ("a@b.co",), "uri": ("http://a.b", "a:b"), "url": ("http://a.b", "a:b"),
             "iri": ("http://a.b", "a:b"), "uri-reference": ("a",), "iri-reference": ("a",), "uri-template": ("a",),
             "hostname": ("a.b",), "idn-hostname": ("a.b",), "byte": ("YQ==",), "duration": ("P1D",), "json-pointer": ("/a", ""),
             "relative-json-pointer": ("0",), "regex": ("a", "")}  # fmt: skip
_WORD = re.compile(r"[a-z]+")


# What a property's name says of an unbounded text.
_NAMES: tuple[tuple[re.Pattern[str], Callable[[Random], str]], ...] = (
    (re.compile(r"(^|_)(id|uuid|guid)$|[a-z](Id|Uuid|ID|UUID)$"), FORMATS["uuid"]),
    (re.compile(r"(^|_|-)e?-?mail(_?address)?$", re.IGNORECASE), FORMATS["email"]),
    (re.compile(r"(phone|mobile|fax)(_?number)?$", re.IGNORECASE), lambda random: f"+1312555{random.randrange(10000):04}"),
    (re.compile(r"(^|_|[a-z])(url|uri|website|href)$", re.IGNORECASE), FORMATS["uri"]),
    (re.compile(r"(_at|[a-z]At)$"), FORMATS["date-time"]),
    (re.compile(r"country(_?code)?$", re.IGNORECASE), lambda _: "US"),
    (re.compile(r"currency(_?code)?$", re.IGNORECASE), lambda _: "USD"),
    (
        re.compile(r"(amount|price|cost|balance|credit|rate|limit)$", re.IGNORECASE),
        lambda random: f"{random.randrange(1, 100)}.00",
    ),
    (re.compile(r"(^|_)ip(_?address)?$|[a-z]Ip(Address)?$"), FORMATS["ipv4"]),
)


def strings(nodes: Sequence[Schema], name: str) -> Candidates:
    """Strings to try, the most fitting first. ``name`` is that of the property, for a telling text."""
    shortest = max((_whole(node, "minLength", 0) for node in nodes), default=0)
    longest = min((_whole(node, "maxLength", 2**31) for node in nodes), default=2**31)
    formats = [form for node in nodes if (form := str(node.get("format"))) in FORMATS]
    patterns = [node.get("pattern") for node in nodes if isinstance(node.get("pattern"), str)]
    telling = next((make for pattern, make in _NAMES if pattern.search(name)), None)

    def candidates(random: Random) -> Iterator[str]:
        for known in formats:
            for _ in range(3):
                text = FORMATS[known](random)
                yield text if len(text) >= shortest else _stretched(text, shortest)
            if shortest <= longest < 30:
                yield from _SHORTEST.get(known, ())
        for pattern in patterns:
            for _ in range(8):
                yield from (text[:longest] if len(text) > longest else text
                            for text in matching(pattern, random, shortest=shortest))  # fmt: skip
        if telling is not None:
            yield telling(random)
        text = f"{name or 'text'}-{random.getrandbits(16):04x}"
        text += _word(random, shortest - len(text)) if len(text) < shortest else ""
        yield text if len(text) <= longest else _word(random, longest)
        yield str(random.randrange(10 ** max(shortest - 1, 0), 10 ** max(min(shortest, 4000), 6))) if shortest < 4000 else ""
        yield ""

    return candidates


def _stretched(text: str, shortest: int) -> str:
    """A longer text of the same make: its last word repeated, in fours for what is encoded in them."""
    *_, word = _WORD.finditer(text) if _WORD.search(text) else [None]
    if word is None:
        return text
    missing = -(-(shortest - len(text)) // 4) * 4
    return text[: word.end()] + (word.group() * (missing // len(word.group()) + 1))[:missing] + text[word.end() :]


def numbers(nodes: Sequence[Schema], *, whole: bool) -> Candidates:
    """Numbers to try: near the lower bound first, then near the upper one."""
    return partial(_numbers, *_bounds(nodes, whole=whole), whole=whole)


def _numbers(low: float, high: float, step: float, random: Random, *, whole: bool) -> Iterator[Any]:
    if step:
        first = math.ceil(low / step) if math.isfinite(low) else (min(0, math.floor(high / step)) if math.isfinite(high) else 1)
        found = [
            _tidy(count * step, whole=whole)
            for count in (first, first + 1, first + random.randrange(1, 50), first + 2, first - 1)
        ]
        # Readers that divide floats must find a whole number too: 0.3 / 0.1 gives them none.
        yield from sorted(found, key=lambda value: not (value / step).is_integer() if isinstance(value, float) else False)
    bottom = low if math.isfinite(low) else (min(1.0, high) if math.isfinite(high) else 1.0)
    top = high if math.isfinite(high) else bottom + 100
    if whole:
        start, end = math.ceil(bottom), math.floor(top)
        yield random.randint(start, min(end, start + 100)) if end >= start else start
        yield from (start, start + 1, end, end - 1, 0, 1)
        return
    yield _tidy(round(bottom + (min(top, bottom + 100) - bottom) * random.random(), 2), whole=False)
    yield from (_tidy(value, whole=False) for value in (bottom, top, (bottom + top) / 2, bottom + 1, 0, 1))


def _bounds(nodes: Sequence[Schema], *, whole: bool) -> tuple[float, float, float]:
    low, high, step = -math.inf, math.inf, 0.0
    for node in nodes:
        low = max(low, _number(node, "minimum", -math.inf), _number(node, "exclusiveMinimum", -math.inf))
        high = min(high, _number(node, "maximum", math.inf), _number(node, "exclusiveMaximum", math.inf))
        step = step or abs(_number(node, "multipleOf", 0.0))
        if whole and node.get("format") == "int32":
            low, high = max(low, -(2**31) if low > -math.inf else low), min(high, 2**31 - 1)
    return low, high, step


def _tidy(value: float, *, whole: bool) -> Any:
    if whole or (float(value).is_integer() and abs(value) < 2**53):
        return int(value)
    return float(f"{value:.10g}")


def _number(node: Schema, keyword: str, otherwise: float) -> float:
    value = node.get(keyword)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else otherwise


def _whole(node: Schema, keyword: str, otherwise: int) -> int:
    value = node.get(keyword)
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 else otherwise

"""Whether two values mean the same: what a client wrote, and what a service shows of it.

Services may write a value their own way (trim it, change its case, group the digits of a phone number), leave fields
out, and add some. None of that is a difference. What counts is a value that is there and is clearly another one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_SECRET = re.compile(r"pass(word|wd|phrase)?|secret|token|credential|private|signature|api_?key|\bpin\b", re.IGNORECASE)
_MOVING = re.compile(
    r"(^|_)(updated|modified|changed|accessed|seen|used|last|expires?|expir\w+|etag|revision|version|age|uptime|ttl|count|counts|"
    r"total|usage|balance|status|state|progress|now|time|timestamp|date|since|until)(_|$)|(^|_)(at|on)$",
    re.IGNORECASE,
)
_BORN = re.compile(
    r"^(created|creation|inserted|date_created|date_creation)(_(at|on|by|date|time|timestamp))?$|"
    r"^(organi[sz]ation|account|owner|tenant|customer|company|team|workspace|user)_(id|uuid|sid)$",
    re.IGNORECASE,
)
# Larger whole numbers may be moments, of which services keep the seconds, or lose their ends on the way (RFC 8259 section 6).
_EXACT = 10**9
# What stands between words and means nothing by itself.
_BESIDE = str.maketrans("", "", " \"'&")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_secret(name: str) -> bool:
    """Whether a field is one that services do not show as it was given."""
    snake = _snake(name)
    return _SECRET.search(snake) is not None and not snake.lower().endswith(("_id", "_ids", "_ref", "_refs"))


_KINDS = frozenset({"type", "kind", "object", "recordtype", "resourcetype", "objecttype", "entitytype"})


def are_of_two_kinds(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two things say that they are of different kinds, so that they are two although their ids are the same."""
    return any(
        name.lower().replace("_", "") in _KINDS
        and isinstance(value, str)
        and isinstance(other.get(name), str)
        and value != other[name]
        for name, value in one.items()
    )


def is_moving(name: str) -> bool:
    """Whether a field may change without anybody writing it: times, counters, states."""
    return _MOVING.search(_snake(name)) is not None


def is_birthmark(name: str) -> bool:
    """Whether a field says when or for whom a thing was made: nothing that happens to it later changes that."""
    return _BORN.search(_snake(name)) is not None


def _snake(name: str) -> str:
    return _CAMEL.sub("_", name).replace("-", "_").replace(".", "_")


def agree(written: Any, shown: Any) -> bool:
    """Whether ``shown`` may stand for ``written``."""
    if written is None or shown is None:
        return written is None
    if isinstance(written, Mapping):
        return isinstance(shown, Mapping) and next(differences(written, shown), None) is None
    if isinstance(written, list):
        return isinstance(shown, list) and _agree_in_any_order(written, shown)
    if isinstance(shown, (Mapping, list)):
        # A service may show more than an id where one was written.
        return _folded(written) in _folded(json.dumps(shown, ensure_ascii=False))
    if isinstance(written, bool) or isinstance(shown, bool):
        return _folded(written) == _folded(shown)
    if isinstance(written, int) and isinstance(shown, int) and abs(written) <= _EXACT:
        return written == shown
    if isinstance(written, (int, float)) and isinstance(shown, (int, float)):
        return abs(written - shown) <= 1e-6 * max(1.0, abs(written))
    one, other = _folded(written), _folded(shown)
    if one != other and _is_cut(written, shown):
        return False
    return one == other or (len(one) > 2 and len(other) > 2 and (one in other or other in one)) or _is_masked(str(shown))


def _is_cut(written: Any, shown: Any) -> bool:
    """Whether the end of several plain words is missing. Of a URL or a date, a part may be all that counts."""
    if not isinstance(written, str) or not isinstance(shown, str):
        return False
    text, rest = written.strip(), shown.strip()
    return " " in text and text.translate(_BESIDE).isalnum() and len(rest) > 2 and text.startswith(rest)


def _agree_in_any_order(written: list[Any], shown: list[Any]) -> bool:
    left = list(shown)
    for value in written:
        match = next((index for index, other in enumerate(left) if agree(value, other)), None)
        if match is None:
            return False
        del left[match]
    return True


def _folded(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(character for character in text.casefold() if character.isalnum()) or text.strip()


def _is_masked(text: str) -> bool:
    return "***" in text or "•••" in text or "xxxx" in text.lower() or "redacted" in text.lower()


def differences(written: Mapping[str, Any], shown: Mapping[str, Any], *, above: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Fields of ``written`` that ``shown`` has with another meaning: a pointer, and both values.

    Fields that are not shown, secrets and nulls are no differences.
    """
    for name, value in written.items():
        if not isinstance(name, str) or name not in shown or value is None or is_secret(name):
            continue
        other, at = shown[name], f"{above}/{name.replace('~', '~0').replace('/', '~1')}"
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            yield from differences(value, other, above=at)
        elif not agree(value, other):
            yield at, value, other


def missing(written: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], *, above: str = "") -> Iterator[str]:
    """Pointers to what was written in objects that are still shown, was there before, and is there no more."""
    for name, value in written.items():
        if not isinstance(name, str) or value is None or value in ([], {}, "") or is_secret(name) or is_moving(name):
            continue
        old, new, at = before.get(name), after.get(name), f"{above}/{name.replace('~', '~0').replace('/', '~1')}"
        if isinstance(value, Mapping) and isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from missing(value, old, new, above=at)
        elif above and old is not None and new is None:
            yield at


def still(value: Any) -> Any:
    """A value without what may change in it by itself, however deep that stands."""
    if isinstance(value, Mapping):
        return {name: still(held) for name, held in value.items() if not (isinstance(name, str) and is_moving(name))}
    return [still(held) for held in value] if isinstance(value, list) else value


def same(one: Any, other: Any) -> bool:
    """Whether two values that the same service showed are equal; lists in any order."""
    return bool(_sorted(one) == _sorted(other))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(held) for name, held in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(held) for held in value), key=lambda held: json.dumps(held, sort_keys=True, ensure_ascii=False))
    return value

"""Which values identify something: by their shape, by the key they stand under, and by whose identity it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from conformance.model.message import Request, Response
from conformance.spec.body import is_json
from conformance.spec.pointer import join

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_STRONG = re.compile(r"(?=.*[0-9])[^\s]{12,}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?|\d{2}:\d{2}(:\d{2})?.*")
_IDENTITY = re.compile(
    r"(.*[_\-.])?(id|ids|uuid|guid|sid|urn|arn|token|cursor|after|before|next|etag|slug|handle)|.*[a-z](Id|Ids|Uuid|Sid|Token|Cursor)",
)
_SMALL_DIGITS = 3


def json_body(message: Request | Response) -> Any:
    """The body as JSON, or ``None`` when it is none."""
    content_type = message.header("content-type")
    if not message.body or (content_type is not None and not is_json(content_type)):
        return None
    try:
        return json.loads(message.body)
    except (ValueError, RecursionError):
        return None


def leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """The scalars of a JSON value with their pointers."""
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        pointer, here = stack.pop()
        if isinstance(here, dict):
            stack.extend((join(pointer, name), item) for name, item in reversed(here.items()))
        elif isinstance(here, list):
            stack.extend((join(pointer, index), item) for index, item in reversed(list(enumerate(here))))
        else:
            yield pointer, here


def value_text(value: Any) -> str | None:
    """A string or whole number as text; ``None`` for what never links."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def is_strong(text: str) -> bool:
    """Whether a text is unlikely to occur twice by chance."""
    return _UUID.fullmatch(text) is not None or (_STRONG.fullmatch(text) is not None and _TIME.fullmatch(text) is None)


def is_identity(key: str) -> bool:
    """Whether a value under the key says which thing is meant, and not how it is."""
    return _IDENTITY.fullmatch(key) is not None


def is_time(text: str) -> bool:
    """Whether a text is a date, a time or both (RFC 3339, loosely)."""
    return _TIME.fullmatch(text) is not None


def is_small(text: str) -> bool:
    """Whether a text is a whole number that many things share."""
    return text.isdecimal() and len(text) <= _SMALL_DIGITS


def collection(path: str) -> str:
    """What a path gives: the noun of its last literal segment."""
    literals = [segment for segment in path.split("/") if segment and "{" not in segment]
    return noun(literals[-1]) if literals else ""


def noun(name: str) -> str:
    """``Pets`` and ``pet`` as one word."""
    return re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("s")


def stem(key: str) -> str:
    """What an identity key is the identity of: ``pet`` for ``pet_id`` and ``petId``, nothing for ``id``."""
    return noun(re.sub(r"[_\-.]?(ids?|uuid|guid|sid|urn|arn|token|cursor|slug|handle)$", "", key, flags=re.IGNORECASE))

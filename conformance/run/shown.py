"""What requests and answers show of things: their paths, their ids, and when they were made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from conformance.model.message import Response
from conformance.run.effects import tokens
from conformance.spec.body import is_json, read_json
from conformance.spec.ids import KINDS

_TEMPLATE = re.compile(r"\{[^{}]*\}")
ITEM = re.compile(r"(.*)/([^/{}]*)\{([^{}]*)\}([^/{}]*)")
_ODD = re.compile("[/\\\\;?#%*\ufffd\\x00-\\x1f\\x7f]")
_IDS = ("id", *(kind for kind in KINDS if kind != "id"))
_MADE_AT = frozenset({
    "createdat", "created", "datecreated", "creationtime", "createdtime", "creationdate", "createtime", "insertedat",
})  # fmt: skip
_ENVELOPE = frozenset({"data", "result", "results", "items", "records"})
_MOST = 1000
_LONGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Item:
    """How the document names a thing of a collection: what its segment has before and after the parameter."""

    before: str
    name: str
    after: str


@lru_cache(maxsize=512)
def plain_path(url: str) -> str | None:
    """The path of a URL, decoded, when everybody reads it the same way; ``None`` when they may not.

    Dot segments, empty segments, encoded slashes and the like lead elsewhere on one service and not on another.
    """
    path = urlsplit(url).path
    decoded = [unquote(segment) for segment in path.split("/")[1:]]
    if not decoded or any(is_odd(segment) for segment in decoded):
        return None
    return "/" + "/".join(decoded)


def is_odd(segment: str) -> bool:
    """Whether services may read a decoded segment in more than one way."""
    if not segment or segment.strip(". \t") == "" or segment != segment.strip():
        return True
    return _ODD.search(segment) is not None


def shape(path: str) -> str:
    """A path template without the names of its parameters."""
    return _TEMPLATE.sub("{}", path)


def quoted(path: str) -> str:
    """A path as it goes on the wire."""
    return "/".join(quote(segment, safe="!$&'()*+,=:@~-._") for segment in path.split("/"))


def place_of(collection: str, item: Item, identity: str) -> str:
    """The path of a thing in its collection."""
    return f"{collection.removesuffix(item.after) if item.after else collection}/{item.before}{identity}{item.after}"


def json_of(response: Response) -> Any:
    """The JSON of an answer, ``None`` without any."""
    if not response.body or len(response.body) > _LONGEST or not is_json(response.media_type or ""):
        return None
    return read_json(response.body).value


def identified(
    answer: Any, item: Item, collection: str, *, names_only: bool = False, lists: bool = True
) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects that an answer is about, with their ids: the outermost that have one."""
    noun = collection.rpartition("/")[2].partition(".")[0]
    own = [_folded(item.name), *(() if names_only else (*_IDS, _folded("".join(tokens(noun)[-1:])) + "id"))]
    for thing in _things(answer, lists=lists):
        by_name = {_folded(name): value for name, value in reversed(thing.items())}
        identity = next((by_name[name] for name in own if _is_id(by_name.get(name))), None)
        if identity is not None and not is_odd(str(identity)):
            yield thing, str(identity)


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_id(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and str(value) != ""


def _things(answer: Any, *, lists: bool) -> Iterator[dict[str, Any]]:
    """An object, or what is in it when it is an envelope: another, or the items of a list."""
    if isinstance(answer, list):
        yield from (item for item in answer[:_MOST] if lists and isinstance(item, dict))
    if not isinstance(answer, dict):
        return
    if any(_folded(name) in _IDS for name in answer):
        yield answer
        return
    inner = [value for name, value in answer.items() if name in _ENVELOPE]
    if not inner and len(answer) <= 3:
        inner = [value for value in answer.values() if isinstance(value, (dict, list))]
    for value in inner:
        held = [value] if isinstance(value, dict) else value if isinstance(value, list) and lists else []
        yield from (item for item in held[:_MOST] if isinstance(item, dict))
    if not inner:
        yield answer


def identified_below(answer: Any, collection: str, segment: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The things in the answer to a read of a collection, by their paths; ``segment`` is how the document names one."""
    found = ITEM.fullmatch("/" + segment)
    item = Item(found[2], found[3], found[4]) if found is not None else Item("", "id", "")
    for thing, identity in identified(answer, item, collection):
        yield place_of(collection, item, identity), thing


def made_at(thing: Mapping[str, Any]) -> float | None:
    """When a thing says that it was made, in seconds since the epoch."""
    return next((moment for name, value in thing.items() if _folded(name) in _MADE_AT and (moment := _moment(value))), None)


def age_of(thing: Mapping[str, Any], response: Response) -> float:
    """By how many seconds a thing says that it is older than the answer that shows it."""
    made, now = made_at(thing), _served(response)
    return now - made if made is not None and now is not None else 0.0


def _served(response: Response) -> float | None:
    try:
        return parsedate_to_datetime(response.header("date") or "").timestamp()
    except (ValueError, OverflowError):
        return None


def _moment(value: Any) -> float | None:
    """Seconds since the epoch, of a date with its time."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = value / 1000 if value > 1e11 else value
        return float(seconds) if 5e8 < seconds < 1e11 else None
    if not isinstance(value, str) or len(value) < 16:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None

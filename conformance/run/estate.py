"""What a run has created, by path, learnt from the answers that pass: all that it may change or delete.

A thing is the run's own when the answer to a request of the run shows that it was made then: a POST to its collection
was answered with its id, or anything with 201 and its place. It is not when its id was seen before, when its own date
says that it is older, or when the request was a search. (Where two things that were made one after the other are both
older by the same time, it is the service's clock that is wrong.) What lies below a thing of the run's own is its own too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from conformance.model.message import Request, Response
from conformance.model.operation import Operation
from conformance.run.effects import tokens
from conformance.spec.body import is_json, read_json
from conformance.spec.router import Router

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_ITEM = re.compile(r"(.*)/([^/{}]*)\{([^{}]*)\}([^/{}]*)")
_IDS = ("id", "uuid", "guid", "sid")
_SEARCHES = frozenset({
    "search", "query", "find", "lookup", "filter", "list", "check", "validate", "verify", "preview", "count", "match", "resolve",
    "introspect", "test",
})  # fmt: skip
_MADE_AT = frozenset({
    "createdat", "created", "datecreated", "creationtime", "createdtime", "creationdate", "createtime", "insertedat",
})  # fmt: skip
_ENVELOPE = frozenset({"data", "result", "results", "items", "records"})
_OLD = 600.0
UNKNOWN = "/*"
_MOST = 1000
_LONGEST = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Something that an answer says was made. ``path`` ends with ``UNKNOWN`` when its place is not known.

    ``doubt`` says why it may be older than the run, or cannot be reached; then it is nobody's to delete.
    """

    path: str
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class _Item:
    before: str  # what a segment has before the id, and after it
    name: str
    after: str


class Estate:
    """The paths of what the run created. ``operations`` are the document's, ``router`` leads to them."""

    def __init__(self, operations: Iterable[Operation], router: Router) -> None:
        self._router = router
        # Collections by path shape, with how their items are named below them; both with and without a suffix (.json).
        self._items: dict[str, _Item] = {}
        self._by_noun: dict[str, str] = {}
        for path in sorted({operation.path for operation in operations}):
            found = _ITEM.fullmatch(path)
            if found is not None:
                item = _Item(found[2], found[3], found[4])
                for collection in {found[1], found[1] + found[4]}:
                    self._items.setdefault(_shape(collection), item)
                if "{" not in found[1]:
                    self._by_noun.setdefault(found[1].rpartition("/")[2], found[1])
        self._own: set[str] = set()
        self._seen: set[str] = set()
        self._absent: set[str] = set()
        # Things that say that they are older than the run, and by how many seconds.
        self._doubtful: dict[str, float] = {}
        self._behind: list[float] = []

    def add(self, path: str) -> None:
        """Something is the run's own."""
        self._own.add(path)

    def owns(self, url: str) -> bool:
        """Whether a URL leads to something of the run's own, or below it."""
        path = plain_path(url)
        if path is None:
            return False
        parts = path.split("/")
        return any("/".join(parts[:depth]) in self._own for depth in range(2, len(parts) + 1))

    def segment(self, operation: Operation) -> str | None:
        """How the document names one of the things that a POST adds to its collection, such as ``{id}``; ``None`` for no such."""
        item = self._items.get(_shape(operation.path)) if operation.method == "post" and not _is_search(operation) else None
        return f"{item.before}{{{item.name}}}{item.after}" if item is not None else None

    def is_absent(self, url: str) -> bool:
        """Whether the last word on a URL was that nothing is there: then a PUT makes something."""
        return plain_path(url) in self._absent

    def see(self, operation: Operation, request: Request, response: Response) -> tuple[Made, ...]:
        """Take in an answered request; returns what it made, which is the run's own from now on where there is no doubt."""
        path = plain_path(request.url)
        if path is None:
            return ()
        if operation.method in {"get", "head"}:
            self._read(operation, path, response)
            return ()
        if not 200 <= response.status < 300 or operation.method not in {"post", "put"}:
            return ()
        made = tuple(self._made(operation, path, request, response))
        self._own.update(one.path for one in made if not one.doubt)
        return made

    def _read(self, operation: Operation, path: str, response: Response) -> None:
        if response.status in {404, 410}:
            self._absent.add(path)
        elif 200 <= response.status < 300:
            self._absent.discard(path)
            self._seen.add(path)
            item = self._items.get(_shape(operation.path))
            if item is not None and operation.method == "get":
                self._seen.update(_place(path, item, identity) for _, identity in _identified(_json(response), item, path))

    def _made(self, operation: Operation, path: str, request: Request, response: Response) -> Iterator[Made]:
        if operation.method == "put":
            if response.status == 201 or path in self._absent:
                self._absent.discard(path)
                yield Made(path=path)
            return
        found = list(self._created(operation, path, request, response))
        is_new = response.status == 201
        for place, thing in found:
            if place not in self._seen and place not in self._own:
                yield from self._settled(Made(path=place), 0.0 if is_new else _age(thing, response))
        if not found and is_new:
            yield Made(path=path + UNKNOWN, doubt="its answer did not say where it is")

    def _settled(self, made: Made, age: float) -> Iterator[Made]:
        """A thing with what is to be said against it; and those that were in doubt before, when there is none any more."""
        if age <= _OLD or any(abs(age - known) < _OLD for known in self._behind):
            yield made
            return
        twins = [path for path, other in self._doubtful.items() if abs(other - age) < _OLD]
        if not twins:
            self._doubtful[made.path] = age
            yield Made(path=made.path, doubt=f"it says that it was made {age:,.0f} seconds before it was asked for")
            return
        self._behind.append(age)
        yield made
        for path in twins:
            del self._doubtful[path]
            yield Made(path=path)

    def _created(
        self, operation: Operation, path: str, request: Request, response: Response
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The places of what a POST made, each with what its answer shows of it."""
        is_new = response.status == 201
        answer = _json(response)
        location = self._location(request, response) if is_new else None
        if location is not None:
            yield location, answer if isinstance(answer, dict) else {}
            return
        collection, at = self._collection(operation, path, is_new=is_new)
        item = self._items.get(_shape(collection)) if collection is not None else None
        if item is None or (not is_new and _is_search(operation)):
            return
        # A list without 201 is what was found, not what was made.
        things = list(_identified(answer, item, at, lists=is_new))
        if not things and is_new:
            things = list(_identified(read_json(request.body).value if request.body else None, item, at, names_only=True))
        for thing, identity in things:
            yield _place(at, item, identity), thing

    def _location(self, request: Request, response: Response) -> str | None:
        """Where a 201 says that the new thing is (RFC 9110 section 10.2.2), when that is a thing and not a collection."""
        url = urljoin(request.url, response.header("location") or request.url)
        path = plain_path(url)
        match = self._router.match("GET", url)
        found = (match.operation or match.first) if match is not None else None
        is_item = found is not None and _ITEM.fullmatch(found.path) is not None
        return path if is_item and urlsplit(url).netloc == urlsplit(request.url).netloc and url != request.url else None

    def _collection(self, operation: Operation, path: str, *, is_new: bool) -> tuple[str | None, str]:
        """The collection that a POST adds to, as a template and as it stands in this request."""
        if _shape(operation.path) in self._items:
            return operation.path, path
        if not is_new:
            return None, path
        # ``POST /things/bulk`` and ``POST /people/{id}/things`` add to ``/things``, when 201 says that something is new.
        parent, _, last = operation.path.rpartition("/")
        if "{" not in last and _shape(parent) in self._items and not parent.endswith("}"):
            return parent, path.rpartition("/")[0]
        flat = self._by_noun.get(last)
        if flat is None:
            return None, path
        depth = operation.path.count("/")
        return flat, "/".join(path.split("/")[:-depth]) + flat


def plain_path(url: str) -> str | None:
    """The path of a URL, decoded, when everybody reads it the same way; ``None`` when they may not.

    Dot segments, empty segments, encoded slashes and the like lead elsewhere on one service and not on another.
    """
    path = urlsplit(url).path
    decoded = [unquote(segment) for segment in path.split("/")[1:]]
    if not decoded or any(_is_odd(segment) for segment in decoded):
        return None
    return "/" + "/".join(decoded)


def _is_odd(segment: str) -> bool:
    if not segment or segment.strip(". \t") == "" or segment != segment.strip():
        return True
    return any(character in "/\\;?#%*\ufffd" or ord(character) < 32 or ord(character) == 127 for character in segment)


def _shape(path: str) -> str:
    return _TEMPLATE.sub("{}", path)


def _place(collection: str, item: _Item, identity: str) -> str:
    return f"{collection.removesuffix(item.after) if item.after else collection}/{item.before}{identity}{item.after}"


def quoted(path: str) -> str:
    """A path as it goes on the wire."""
    return "/".join(quote(segment, safe="!$&'()*+,=:@~-._") for segment in path.split("/"))


def _json(response: Response) -> Any:
    if not response.body or len(response.body) > _LONGEST or not is_json(response.media_type or ""):
        return None
    return read_json(response.body).value


def _is_search(operation: Operation) -> bool:
    named = [operation.path.rpartition("/")[2], operation.operation_id or "", operation.summary.partition(" ")[0]]
    return any(set(tokens(name)[:2]) & _SEARCHES for name in named)


def _identified(
    answer: Any, item: _Item, collection: str, *, names_only: bool = False, lists: bool = True
) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects that an answer is about, with their ids: the outermost that have one."""
    noun = collection.rpartition("/")[2].partition(".")[0]
    own = [_folded(item.name), *(() if names_only else (*_IDS, _folded("".join(tokens(noun)[-1:])) + "id"))]
    for thing in _things(answer, lists=lists):
        by_name = {_folded(name): value for name, value in reversed(thing.items())}
        identity = next((by_name[name] for name in own if _is_id(by_name.get(name))), None)
        if identity is not None and not _is_odd(str(identity)):
            yield thing, str(identity)


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
    found = _ITEM.fullmatch("/" + segment)
    item = _Item(found[2], found[3], found[4]) if found is not None else _Item("", "id", "")
    for thing, identity in _identified(answer, item, collection):
        yield _place(collection, item, identity), thing


def made_at(thing: Mapping[str, Any]) -> float | None:
    """When a thing says that it was made, in seconds since the epoch."""
    return next((moment for name, value in thing.items() if _folded(name) in _MADE_AT and (moment := _moment(value))), None)


def _age(thing: Mapping[str, Any], response: Response) -> float:
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

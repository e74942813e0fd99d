"""What a run has created, by path, learnt from the answers that pass: all that it may change or delete.

A thing is the run's own when the answer to a request of the run shows that it was made then: a POST to its collection
was answered with its id, or anything with 201 and its place. It is not when its id was seen before, when its own date
says that it is older, or when the request was a search. (Where two things that were made one after the other are both
older by the same time, it is the service's clock that is wrong.) What lies below a thing of the run's own is its own too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from conformance.model.message import Request, Response
from conformance.model.operation import Operation
from conformance.run.effects import tokens
from conformance.run.shown import ITEM, Item, age_of, identified, json_of, place_of, plain_path, shape
from conformance.spec.body import read_json
from conformance.spec.router import Router

_SEARCHES = frozenset({
    "search", "query", "find", "lookup", "filter", "list", "check", "validate", "verify", "preview", "count", "match", "resolve",
    "introspect", "test",
})  # fmt: skip
_OLD = 600.0
UNKNOWN = "/*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Something that an answer says was made. ``path`` ends with ``UNKNOWN`` when its place is not known.

    ``doubt`` says why it may be older than the run, or cannot be reached; then it is nobody's to delete.
    """

    path: str
    doubt: str = ""


class Estate:
    """The paths of what the run created. ``operations`` are the document's, ``router`` leads to them."""

    def __init__(self, operations: Iterable[Operation], router: Router) -> None:
        self._router = router
        # Collections by path shape, with how their items are named below them; both with and without a suffix (.json).
        self._items: dict[str, Item] = {}
        self._by_noun: dict[str, str] = {}
        for path in sorted({operation.path for operation in operations}):
            found = ITEM.fullmatch(path)
            if found is not None:
                item = Item(found[2], found[3], found[4])
                for collection in {found[1], found[1] + found[4]}:
                    self._items.setdefault(shape(collection), item)
                if "{" not in found[1]:
                    self._by_noun.setdefault(found[1].rpartition("/")[2], found[1])
        self.forget()

    def forget(self) -> None:
        """Know of nothing that was created."""
        self._own: set[str] = set()
        self._seen: set[str] = set()
        self._absent: set[str] = set()
        # Things that say that they are older than the run, and by how many seconds.
        self._doubtful: dict[str, float] = {}
        self._behind: list[float] = []

    def empty(self) -> Estate:
        """An estate of the same document that knows of nothing."""
        other = copy(self)
        other.forget()
        return other

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
        item = self._items.get(shape(operation.path)) if operation.method == "post" and not _is_search(operation) else None
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
            item = self._items.get(shape(operation.path))
            if item is not None and operation.method == "get":
                self._seen.update(place_of(path, item, identity) for _, identity in identified(json_of(response), item, path))

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
                yield from self._settled(Made(path=place), 0.0 if is_new else age_of(thing, response))
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
        answer = json_of(response)
        location = self._location(request, response) if is_new else None
        if location is not None:
            yield location, answer if isinstance(answer, dict) else {}
            return
        collection, at = self._collection(operation, path, is_new=is_new)
        item = self._items.get(shape(collection)) if collection is not None else None
        if item is None or (not is_new and _is_search(operation)):
            return
        # A list without 201 is what was found, not what was made.
        things = list(identified(answer, item, at, lists=is_new))
        if not things and is_new:
            things = list(identified(read_json(request.body).value if request.body else None, item, at, names_only=True))
        for thing, identity in things:
            yield place_of(at, item, identity), thing

    def _location(self, request: Request, response: Response) -> str | None:
        """Where a 201 says that the new thing is (RFC 9110 section 10.2.2), when that is a thing and not a collection."""
        url = urljoin(request.url, response.header("location") or request.url)
        path = plain_path(url)
        match = self._router.match("GET", url)
        found = (match.operation or match.first) if match is not None else None
        is_item = found is not None and ITEM.fullmatch(found.path) is not None
        return path if is_item and urlsplit(url).netloc == urlsplit(request.url).netloc and url != request.url else None

    def _collection(self, operation: Operation, path: str, *, is_new: bool) -> tuple[str | None, str]:
        """The collection that a POST adds to, as a template and as it stands in this request."""
        if shape(operation.path) in self._items:
            return operation.path, path
        if not is_new:
            return None, path
        # ``POST /things/bulk`` and ``POST /people/{id}/things`` add to ``/things``, when 201 says that something is new.
        parent, _, last = operation.path.rpartition("/")
        if "{" not in last and shape(parent) in self._items and not parent.endswith("}"):
            return parent, path.rpartition("/")[0]
        flat = self._by_noun.get(last)
        if flat is None:
            return None, path
        depth = operation.path.count("/")
        return flat, "/".join(path.split("/")[:-depth]) + flat


def _is_search(operation: Operation) -> bool:
    named = [operation.path.rpartition("/")[2], operation.operation_id or "", operation.summary.partition(" ")[0]]
    return any(set(tokens(name)[:2]) & _SEARCHES for name in named)

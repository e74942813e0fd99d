"""Promises over time: what was created can be read, and what was deleted is gone.

A ledger follows exchanges in the order they happened and speaks only where nothing else can explain an answer:
the same path was created (or deleted) with success, and nothing has touched it, or anything above it, since.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.checks.subject import Fault
from conformance.model.message import Headers, Request, Response
from conformance.model.operation import Operation
from conformance.spec.body import is_json, read_json
from conformance.spec.document import template_names
from conformance.spec.parameters import query_pairs
from conformance.spec.reading import RequestReading

_MOST_NAMES = 20_000
_MOST_FORM = 100_000
_BEGINNINGS = frozenset({b"{", b"[", b" ", b"\n", b"\t"})
_BETWEEN = re.compile(r"[\[\].]+")
_GONE_WORDS = ("delet", "archiv", "cancel", "inactiv", "remov", "terminat", "releas", "purg", "expir")


class Ledger:
    """What is known to exist and what is known to be gone, by path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        by_path: dict[str, set[str]] = {}
        for operation in operations:
            by_path.setdefault(operation.path, set()).add(operation.method)
        # Collections whose items can be read, with the name of the item's parameter.
        self._items = {
            path.rpartition("/{")[0]: template_names(path)[-1]
            for path, methods in by_path.items()
            if path.endswith("}") and path.count("{") and path.rpartition("/")[2].startswith("{") and "get" in methods
        }
        # By path: the operation that did it, and whose credentials it had.
        self._alive: dict[str, tuple[str, Headers]] = {}
        self._gone: dict[str, tuple[str, Headers]] = {}
        self._met: set[str] = set()
        self.told: set[str] = set()
        """Names of fields that requests have sent, wherever they stood."""

    def hear(self, request: Request) -> None:
        """Take in the names that a request says."""
        if len(self.told) < _MOST_NAMES:
            self.told |= names_in(request)

    def knows(self, operation: Operation, request: Request) -> bool:
        """Whether what a path names was created, or answered for with success, and is not known to be gone."""
        named = next(iter(_named(operation, unquote(urlsplit(request.url).path))), "")
        return (named in self._met or named in self._alive) and named not in self._gone

    def forget(self) -> None:
        """Know nothing any more, as after writes whose order is not known."""
        self._alive.clear()
        self._gone.clear()

    def see(
        self, operation: Operation | None, request: Request, response: Response, reading: RequestReading | None
    ) -> Iterator[tuple[str, Fault]]:
        """Take in one answered exchange; yields the id of a check and what breaks it."""
        if operation is None:
            return
        path = unquote(urlsplit(request.url).path)
        succeeded = 200 <= response.status < 300
        if succeeded and len(self._met) < _MOST_NAMES:
            self._met.update(_named(operation, path))
        if operation.method == "get":
            yield from self._read(operation, path, _who(operation, request), response, reading)
        elif succeeded or response.status >= 500:
            created = self._created(operation, path, response) if succeeded else None
            # A failure on the way may have done half of the work: nothing is sure any more.
            self._touch(created or path)
            if created is not None:
                self._alive[created] = operation.label, _who(operation, request)
            elif succeeded and self._deletes(operation, response):
                self._gone[path] = operation.label, _who(operation, request)

    def lost(self, operation: Operation | None, request: Request) -> None:
        """Take in a request that was not answered: a write may have been carried out all the same."""
        if operation is not None and operation.method != "get":
            self._touch(unquote(urlsplit(request.url).path))

    def _read(
        self, operation: Operation, path: str, who: Headers, response: Response, reading: RequestReading | None
    ) -> Iterator[tuple[str, Fault]]:
        clean = reading is not None and not reading.errors and not reading.oddities
        created, creator = self._alive.get(path, ("", ()))
        deleted, deleter = self._gone.get(path, ("", ()))
        # What one user creates another need not see.
        if created and creator == who and response.status in {404, 410} and clean:
            yield "resource-unavailable-after-create", Fault(
                message=f"{response.status} for what {created} created, and nothing has changed it since",
                detail=created, pointer=operation.pointer)  # fmt: skip
        # At one path every user may have a thing of their own.
        if deleted and deleter == who and 200 <= response.status < 300 and not says_gone(_thing(response)):
            yield "use-after-delete", Fault(
                message=f"{response.status} for what {deleted} deleted, and nothing has created it since",
                detail=deleted, pointer=operation.pointer)  # fmt: skip

    def _touch(self, path: str) -> None:
        """Forget what a write to ``path`` may have changed: the thing itself, those below, and those it is part of."""
        known: dict[str, tuple[str, Headers]]
        for known in (self._alive, self._gone):
            for other in [
                other for other in known if other == path or other.startswith(path + "/") or path.startswith(other + "/")
            ]:
                del known[other]

    def _deletes(self, operation: Operation, response: Response) -> bool:
        return operation.method == "delete" and self._is_item(operation) and response.status != 202

    def _is_item(self, operation: Operation) -> bool:
        return operation.path.endswith("}") and operation.path.rpartition("/{")[0] in self._items

    def _created(self, operation: Operation, path: str, response: Response) -> str | None:
        """The path of what a POST to a collection created, when its answer tells, or of what a PUT put there."""
        if operation.method == "put" and response.status in {200, 201, 204} and self._is_item(operation):
            return path
        if operation.method != "post" or operation.path not in self._items or response.status not in {200, 201}:
            return None
        thing = _thing(response)
        name = self._items[operation.path]
        identity = thing.get(name, thing.get("id"))
        # By two names, it may be changed under the one and asked for by the other.
        if "id" in thing and thing["id"] != identity:
            return None
        is_id = isinstance(identity, (str, int)) and not isinstance(identity, bool) and str(identity)
        return f"{path}/{identity}" if is_id else None


def _named(operation: Operation, path: str) -> Iterator[str]:
    """What a path names, the whole of it first, then what that is in: its beginnings that end with a parameter."""
    templates, segments = operation.path.split("/"), path.split("/")
    for after, template in enumerate(reversed(templates)):
        if "{" in template and len(segments) > after:
            yield "/".join(segments[: len(segments) - after])


def names_in(request: Request) -> set[str]:
    """The names of fields that a request says: in a body that is JSON or a form, and in the query."""
    parts = request.url.partition("?")[2]
    found = set().union(*[_pieces(name) for name, _ in query_pairs(parts)]) if parts else set()
    stack: list[Any] = []
    if request.body[:1] in _BEGINNINGS:
        stack.append(read_json(request.body).value)
    elif b"=" in request.body and len(request.body) < _MOST_FORM:
        found = found.union(*[_pieces(name) for name, _ in query_pairs(request.body.decode("utf-8", "replace"))])
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            found.update(value)
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return found


@lru_cache(maxsize=4096)
def _pieces(name: str) -> frozenset[str]:
    """What a name is made of: ``filter[status]`` of two names."""
    return frozenset(_BETWEEN.split(name))


def _who(operation: Operation, request: Request) -> Headers:
    """The headers that say whose request it is."""
    keys = {scheme.parameter.lower() for any_of in operation.security for scheme in any_of if scheme.kind == "apiKey"}
    return tuple((name.lower(), value) for name, value in request.headers if name.lower() in keys | {"authorization", "cookie"})


def _thing(response: Response) -> Mapping[str, Any]:
    """The object that an answer is about: the body, or what its only object property holds."""
    if not response.body or not is_json(response.media_type or ""):
        return {}
    value = read_json(response.body).value
    if not isinstance(value, dict):
        return {}
    if isinstance(value.get("data"), dict):
        return value["data"]  # type: ignore[no-any-return]
    inside = [held for held in value.values() if isinstance(held, dict)]
    return inside[0] if len(value) == 1 and inside else value


def says_gone(thing: Mapping[str, Any]) -> bool:
    """Whether an object says itself that it is deleted: a tombstone is a fair answer."""
    for name, value in thing.items():
        if "delet" in name.lower() and value not in (None, False, ""):
            return True
        if name.lower() in {"status", "state", "active", "is_active"} and (
            value is False or any(word in str(value).lower() for word in _GONE_WORDS)
        ):
            return True
    return False

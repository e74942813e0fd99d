"""The same thing asked for in other words of HTTP: by HEAD, and on a condition (RFC 9110 sections 9.3.2 and 13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.checks.meaning import agree
from conformance.model.message import NoResponse, Response
from conformance.model.operation import Operation
from conformance.model.record import Intent
from conformance.run.lifecycle.collection import Way
from conformance.run.lifecycle.reader import Reader
from conformance.run.lifecycle.teller import Told
from conformance.sandbox.envelope import folded
from conformance.sandbox.roles import Role

_WRONG_TAG = '"conformance-no-such-tag"'


class Asking:
    """The stories of one collection's reads, asked in other words."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def again(self, path: tuple[str, ...]) -> None:
        """HEAD and GET agree, and what has not changed need not be sent."""
        reader = self._reader
        operation = reader.operation(Role.READ)
        if operation is None:
            return
        told = reader.found(path, "Read what is to be asked for in other words")
        if told is None:
            return
        self._head(operation, path, told)
        if told.header("etag") is not None:
            self._unchanged(operation, path, told)
            for way in reader.collection.ways:
                if _is_conditional(way.operation):
                    self._guarded(way, path, told)
                    return

    def listed(self, scope: tuple[str, ...]) -> None:
        """HEAD and GET agree on a list too."""
        operation, place = self._reader.operation(Role.LIST), self._reader.collection.places.get(Role.LIST)
        told = (
            self._reader.teller.send(operation, scope, why="List what is to be asked for in other words", place=place)
            if operation is not None
            else None
        )
        if operation is not None and told is not None and told.succeeded:
            self._head(operation, scope, told)

    def _head(self, operation: Operation, path: tuple[str, ...], read: Told) -> None:
        """HEAD answers as GET does, without the body."""
        teller = self._reader.teller
        told = teller.send(operation, path, why="Ask for its head", method="HEAD", intent=Intent.PROBE)
        # Not every server has HEAD, and one that has not says so in its own way.
        if told is None or not told.succeeded:
            return
        answer, full = told.exchange.response, read.exchange.response
        if isinstance(answer, NoResponse) or isinstance(full, NoResponse):
            return
        found = _unlike(answer, full)
        if not found and _apart(answer, full):
            # What GET answers may have changed in between.
            again = teller.send(operation, path, why="Ask for it once more")
            body = again.exchange.response if again is not None else None
            found = _apart(answer, full) if isinstance(body, Response) and not _apart(body, full) else []
        for said in found[:1]:
            teller.report("head-differs", told, said, detail=said.partition(" ")[0], after=(read,))

    def _unchanged(self, operation: Operation, path: tuple[str, ...], read: Told) -> None:
        """If-None-Match with the tag that was given is answered with 304, or with the thing."""
        tag = read.header("etag") or ""
        told = self._reader.teller.send(operation, path, why="Ask for it if it has changed", headers=(("If-None-Match", tag),),
                                        intent=Intent.PROBE)  # fmt: skip
        if told is None:
            return
        answer = told.exchange.response
        if told.status in {400, 409, 412} or told.status >= 500:
            said = f"{told.status} for If-None-Match with the tag that was given"
            self._reader.teller.report("condition-wrong", told, said, detail="if-none-match")
        elif told.status == 304 and isinstance(answer, Response) and answer.body:
            self._reader.teller.report("condition-wrong", told, "304 comes with a body", detail="304 body")

    def _guarded(self, way: Way, path: tuple[str, ...], read: Told) -> None:
        """If-Match with a tag that the thing does not have keeps a write from being done."""
        reader = self._reader
        change = reader.change(way.operation, read.thing, turn=9)
        if change is None:
            return
        name, body = change[0].name, change[1]
        told = reader.teller.send(way.operation, path, why="Change it on a condition that does not hold", body=body,
                                  headers=(("If-Match", _WRONG_TAG),), intent=Intent.PROBE)  # fmt: skip
        after = reader.found(path, "Read what was not to be changed") if told is not None and told.succeeded else None
        if after is not None and self._took(name, body, read, after):
            reader.teller.report("condition-wrong", after, f"{way.operation.label} changed {name} although If-Match "
                                 "named a tag that it does not have", detail="if-match")  # fmt: skip

    @staticmethod
    def _took(name: str, body: Mapping[str, Any], before: Told, after: Told) -> bool:
        old, new = before.thing.get(name), after.thing.get(name)
        return not agree(old, new) and agree(body[name], new)

    def tagged(self, before: Told, after: Told) -> None:
        """A strong tag is another one when the thing is (RFC 9110 section 8.8.1)."""
        tag = before.header("etag")
        one, other = before.exchange, after.exchange
        if tag is None or tag.startswith("W/") or after.header("etag") != tag or one.request.url != other.request.url:
            return
        if (
            isinstance(one.response, Response)
            and isinstance(other.response, Response)
            and one.response.body != other.response.body
        ):
            self._reader.teller.report("condition-wrong", after, f"ETag is {tag} before and after a change", detail="etag")


def _unlike(head: Response, full: Response) -> list[str]:
    found = []
    if head.body:
        found.append("body of an answer to HEAD, which has none")
    if head.status != full.status:
        found.append(f"status is {head.status} for HEAD, and {full.status} for GET")
    if head.media_type is not None and full.media_type is not None and head.media_type != full.media_type:
        found.append(f"content-type is {head.media_type} for HEAD, and {full.media_type} for GET")
    return found


def _apart(one: Response, full: Response) -> list[str]:
    """What says that two answers are about different contents: a tag, or a length (RFC 9110 sections 8.6 and 8.8.3)."""
    found = []
    for name in ("etag", "content-length") if one.header("content-encoding") == full.header("content-encoding") else ():
        said = one.header(name)
        # What GET sends in chunks has a length nevertheless.
        known = full.header(name) or (str(len(full.body)) if name == "content-length" else None)
        if said is not None and known is not None and said != known:
            found.append(f"{name} is {said} for HEAD, and {known} for GET")
    return found


def _is_conditional(operation: Operation) -> bool:
    """Whether the document says that the operation heeds If-Match."""
    named = any(folded(parameter.name) == "ifmatch" for parameter in operation.parameters_in("header"))
    return named or "412" in operation.responses or "428" in operation.responses

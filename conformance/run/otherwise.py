"""What an operation reads, asked for in other words of HTTP: by HEAD, and on a condition (RFC 9110 sections 9.3.2 and 13.1.2).

Whether answers agree, only several of them show, and what others do in between must not count. So what is read is read once more
before anything is said of a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.checks.subject import Fault
from conformance.model.message import NoResponse, Request, Response
from conformance.model.record import Exchange

Send = Callable[[Request, str], Exchange]
Found = tuple[str, Fault, Exchange]
"""The id of a check, what breaks it, and the exchange that shows it."""

NO_TAG = '"conformance-no-such-tag"'
_NO_HEAD = frozenset({401, 403, 405, 408, 429})
"""Statuses by which a server, or what stands before it, says that it has no HEAD here, or not now."""


def otherwise(request: Request, send: Send, *, has_head: bool = True) -> Iterator[Found]:
    """Ask by HEAD, and by If-None-Match where there is an ETag, for what a GET reads.

    Args:
        request: a GET that was answered with success.
        send: sends a request, for the reason given, and hands back the exchange.
        has_head: whether HEAD may be answered at all, as far as is known.
    """
    read = send(request, "Read what is to be asked for in other words")
    answer = read.response
    if not isinstance(answer, Response) or answer.status != 200:
        return
    if has_head:
        head = send(replace(request, method="HEAD"), "Ask for its head")
        found = _of_head(head.response, answer) if isinstance(head.response, Response) else None
        if found is not None and _is_still(answer, send(request, "Read it again").response):
            yield *found, head
    tag = answer.header("etag")
    if tag is not None and not any(name.lower().startswith("if-") for name, _ in request.headers):
        yield from _conditional(request, tag, send)


def _of_head(head: Response, full: Response) -> tuple[str, Fault] | None:
    """The first thing in which HEAD is answered otherwise than GET; nothing where the server has no HEAD."""
    if head.status != full.status:
        if head.status >= 500 or head.status in _NO_HEAD:
            return None
        return "head-refused", Fault(message=f"{head.status} for HEAD, and {full.status} for GET", detail=str(head.status))
    if head.body:
        return "head-differs", Fault(message="body of an answer to HEAD, which has none", detail="body")
    if head.media_type is not None and full.media_type is not None and head.media_type != full.media_type:
        said = f"content-type is {head.media_type} for HEAD, and {full.media_type} for GET"
        return "head-differs", Fault(message=said, detail="content-type")
    length = (head.header("content-length") or "").strip()
    is_comparable = head.header("content-encoding") == full.header("content-encoding") and length.isdecimal()
    if is_comparable and int(length) != len(full.body):
        said = f"content-length is {length} for HEAD, and GET has {len(full.body)} bytes"
        return "head-differs", Fault(message=said, detail="content-length")
    return None


def _is_still(one: Response, other: Response | NoResponse) -> bool:
    """Whether an answer is still the same; its bytes may be others, such as those of a time, and as many."""
    return isinstance(other, Response) and (one.status, one.media_type, len(one.body)) == (
        other.status, other.media_type, len(other.body),
    )  # fmt: skip


def _conditional(request: Request, tag: str, send: Send) -> Iterator[Found]:
    """304 for the tag that a thing has, and for no other."""
    other = send(request.with_header("If-None-Match", NO_TAG), "Ask for it unless it has a tag that nothing has")
    if isinstance(other.response, Response) and other.response.status == 304:
        said = f"304 for If-None-Match with {NO_TAG}, and the tag is {tag}"
        yield "condition-wrong", Fault(message=said, detail="if-none-match another"), other
    same = send(request.with_header("If-None-Match", tag), "Ask for it if it has changed")
    answer = same.response
    if isinstance(answer, Response) and answer.status == 200 and answer.header("etag") == tag:
        said = f"200 for If-None-Match with {tag}, and that is still its tag"
        yield "condition-ignored", Fault(message=said, detail="if-none-match"), same

"""What a request rests on: the exchanges that created what it names, and those that changed it since.

With them a finding can be shown where nothing of it is left: on a fresh sandbox, or after what was created is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.cases.recorded import RecordedExchange
from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import Operation
from conformance.model.record import Exchange
from conformance.run.carrying import Given, MissingValue, carried
from conformance.run.identity import is_identity, is_strong, json_body, leaves, value_text
from conformance.run.links import links_of
from conformance.spec.pointer import split

MOST = 6
"""Exchanges that go before a request, at most."""

_KEPT = 2000
_LARGEST = 200_000
_IN_LISTS = 3
_LAST = 2
_READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class Traces:
    """The writes of a unit, by what they created and by what they touched."""

    def __init__(self) -> None:
        self._writes: list[Exchange] = []
        self._needs: list[tuple[int, ...]] = []
        self._creators: dict[str, int] = {}
        self._touched: dict[str, list[int]] = {}

    def see(self, exchange: Exchange) -> None:
        """Take in an exchange; only a write that succeeded leaves a trace."""
        request, answer = exchange.request, exchange.response
        if (
            isinstance(answer, NoResponse)
            or not 200 <= answer.status < 300
            or request.method in {"GET", "HEAD", "OPTIONS", "TRACE"}
        ):
            return
        if len(self._writes) >= _KEPT or len(request.body) + len(answer.body) > _LARGEST:
            return
        index = len(self._writes)
        self._writes.append(exchange)
        self._needs.append(self._creators_of(request))
        self._touched.setdefault(_path(request), []).append(index)
        chosen = set(_names(request))
        for pointer, value in leaves(_told(answer)):
            text, tokens = value_text(value), split(pointer)
            named = text is not None and tokens and (is_identity(tokens[-1]) or is_strong(text))
            if text is not None and named and text not in chosen:
                self._creators.setdefault(text, index)

    def lead(self, request: Request, after: Sequence[Exchange] = ()) -> tuple[Exchange, ...]:
        """The exchanges that go before a request, in order; nothing when it names nothing that was created.

        ``after`` are those that are known to go right before it, whatever they rest on themselves included.
        """
        queue = [index for one in (*(exchange.request for exchange in after), request) for index in self._rests_on(one)]
        found: dict[int, None] = {}
        while queue and len(found) < MOST:
            index = queue.pop(0)
            if index not in found:
                found[index] = None
                queue[:0] = self._needs[index]
        return (*(self._writes[index] for index in sorted(found)), *after)

    def _rests_on(self, request: Request) -> tuple[int, ...]:
        needed = self._needed(request)
        # What a list shows is what was put into it.
        return needed or (tuple(self._touched.get(_path(request), ())[-_IN_LISTS:]) if request.method == "GET" else ())

    def _creators_of(self, request: Request) -> tuple[int, ...]:
        """What created the things that a request names, those of its path first."""
        return tuple(dict.fromkeys(self._creators[text] for text in _names(request) if text in self._creators))

    def _needed(self, request: Request) -> tuple[int, ...]:
        """What created the things that a request names, and what changed them last."""
        creators = self._creators_of(request)
        if not creators:
            return ()
        path, first = _path(request), min(creators)
        above = [path[:end] for end in range(1, len(path) + 1) if end == len(path) or path[end] == "/"]
        changes = sorted(index for place in above for index in self._touched.get(place, ())
                         if index > first and self._writes[index].request.method != "POST")  # fmt: skip
        return tuple(dict.fromkeys((*creators, *changes[-_LAST:])))


def _told(answer: Response) -> object:
    """What an answer says, also where it does not say that it is JSON."""
    return json_body(replace(answer, headers=()))


def _path(request: Request) -> str:
    return unquote(urlsplit(request.url).path)


def _names(request: Request) -> Iterator[str]:
    parts = urlsplit(request.url)
    yield from (unquote(segment) for segment in parts.path.split("/") if segment)
    yield from (value for _, value in parse_qsl(parts.query))
    for _, value in leaves(json_body(request)):
        text = value_text(value)
        if text is not None:
            yield text


def sent_again(
    request: Request,
    lead: Sequence[Exchange],
    send: Callable[[Request], Response | NoResponse],
    *,
    operation_of: Callable[[Request], Operation | None],
) -> Request:
    """Send what goes before a request; returns the request with what the fresh answers gave in place of what they gave then.

    Args:
        request: the last of the chain; it is not sent.
        lead: goes before it, in order.
        send: sends a request.
        operation_of: whose request one is.

    Raises:
        MissingValue: when an answer does not hold what is needed.
    """
    then = [RecordedExchange(request=one.request, response=replace(one.response, headers=()), index=index)
            for index, one in enumerate(lead) if isinstance(one.response, Response)]  # fmt: skip
    chain = [*then, RecordedExchange(request=request, response=Response(status=200), index=len(then))]
    links = links_of(chain, [operation_of(one.request) for one in chain])
    live: dict[int, Given] = {}
    for index, one in enumerate(chain):
        own = [link for link in links if link.target == index]
        fresh = carried(one.request, own, live)
        if index == len(then):
            return fresh
        answer = send(fresh)
        if isinstance(answer, Response):
            live[index] = Given(answer=answer, body=_told(answer), recorded=_told(one.response))
    return request


__all__ = ["MOST", "MissingValue", "Traces", "sent_again"]

"""Which values of an answer will be others next time: by their names, by their form, and by two takes of the same call."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from conformance.cases.recorded import RecordedExchange, Recording
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.run.identity import is_identity, is_strong, is_time, json_body
from conformance.spec.pointer import join

_NAME = re.compile(
    # Identities and what proves them; times; counters and sums; what moves while nobody asks.
    r"(.*_)?(ids?|uuid|guid|sid|urn|arn|token|secret|key|signature|hash|digest|checksum|etag|cursor|nonce|slug|handle|ref|reference|"
    r"url|uri|href|link|"
    r"at|on|time|date|timestamp|datetime|created|updated|modified|expires|expiry|expiration|ttl|age|elapsed|duration|latency|uptime|"
    r"count|counter|total|totals|results|pages|size|length|number_of|sequence|seq|index|offset|remaining|position|rank|version|"
    r"revision|balance|amount|cost|usage|used|available|quota|"
    r"status|state|phase|stage|progress|percent|result|health|ready|active|online|"
    r"ip|ip_address|host|hostname|server|region|node|trace|request)(_.*(count|total|time|at|id))?",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"(total|num|number_of|count|last|latest|next|prev|previous|current|recent|is_last|has_more|has_next)(_.*)?")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-.\s]+")
_HEX = re.compile(r"[0-9a-f]{6,}|.*[-_][0-9a-f]{4,}", re.IGNORECASE)
EPOCH = 10**8
_LONG = 200


def is_volatile(name: str, value: Any) -> bool:
    """Whether a scalar under a name may be another next time though nothing has changed."""
    plain = _HUMP.sub("_", name).lower()
    if is_identity(name) or _NAME.fullmatch(plain) or _BEGINS.fullmatch(plain):
        return True
    if isinstance(value, str):
        is_coded = any(mark.isdigit() for mark in value) and _HEX.fullmatch(value) is not None
        return is_strong(value) or is_time(value) or is_coded or len(value) > _LONG or "://" in value
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and (abs(value) >= EPOCH or not float(value).is_integer())
    )


def apart(one: Any, other: Any) -> set[str]:
    """The places, ``*`` for an index, whose values are not the same in two bodies; of a list of another length, the list.

    Of what is nested beyond measure, all of it.
    """
    try:
        return _apart(one, other, "")
    except RecursionError:
        return {""}


def _apart(one: Any, other: Any, pointer: str) -> set[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        found: set[str] = set()
        for name in one.keys() | other.keys():
            place = join(pointer, name)
            found |= _apart(one[name], other[name], place) if name in one and name in other else {place}
        return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return {place for left, right in zip(one, other, strict=True) for place in _apart(left, right, f"{pointer}/*")}
    is_same = type(one) is type(other) and one == other
    return set() if is_same else {pointer}


def with_takes(recordings: Sequence[Recording], operations: Iterable[Sequence[Operation | None]]) -> list[Recording]:
    """The recordings, knowing of each call that was made more than once what was not the same in all of its answers.

    A call is the same when its operation, query, body and status are, but for values that look generated. What a file says
    itself of other takes is added to.
    """
    takes: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, (recording, matched) in enumerate(zip(recordings, operations, strict=True)):
        for index, (exchange, operation) in enumerate(zip(recording.exchanges, matched, strict=True)):
            if operation is not None and not recording.illustrative:
                takes[_call(exchange, operation)].append((at, index))
    changed: dict[tuple[int, int], tuple[frozenset[str], int]] = {}
    for places in takes.values():
        # Of one file alone it is a chain that asks again, for it has changed something in between.
        if len({at for at, _ in places}) < 2:
            continue
        exchanges = [recordings[at].exchanges[index] for at, index in places]
        bodies = [json_body(one.response) for one in exchanges]
        found = frozenset(place for body in bodies[1:] for place in apart(bodies[0], body))
        for place, exchange in zip(places, exchanges, strict=True):
            changed[place] = found | (exchange.volatile or frozenset()), max(len(places), exchange.takes)
    return [
        replace(recording, exchanges=tuple(
            replace(exchange, volatile=changed[at, index][0], takes=changed[at, index][1]) if (at, index) in changed else exchange
            for index, exchange in enumerate(recording.exchanges)
        ))
        for at, recording in enumerate(recordings)
    ]  # fmt: skip


def _call(exchange: RecordedExchange, operation: Operation) -> str:
    request = exchange.request
    said = (operation.label, exchange.response.status, _blank(request.parts().query), _body(request))
    return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()


def _body(request: Request) -> str:
    body = json_body(request)
    return _blank(json.dumps(body, sort_keys=True) if body is not None else request.body.decode("utf-8", "replace"))


def _blank(text: str) -> str:
    return re.sub(r"[^\s/?&=,;:\"'<>()\[\]{}|]+", lambda found: "*" if is_strong(found[0]) else found[0], text)

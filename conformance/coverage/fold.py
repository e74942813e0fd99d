"""Coverage as a fold over exchanges that merges: shards in any order equal the whole.

What counts, and when. Everything that a request sent counts as soon as an answer came, whatever the answer and
also where the value breaks the contract: a probe that was refused did exercise the parameter. ``success`` counts
an answer of class 2xx, or a documented 3xx where the document promises no 2xx. ``statuses`` counts the documented
entry that the answer falls under (``404``, ``4XX`` or ``default``), ``response_media`` the documented media
type, ``response_fields`` the documented fields that were there. A request that got no answer, or whose
method is not the operation's, counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from conformance.coverage.dimensions import CALLED, DIMENSIONS, SUCCEEDED
from conformance.coverage.fields import Place, reach
from conformance.coverage.universe import Universe, universe
from conformance.model.message import Response
from conformance.model.operation import Operation, ResponseSpec
from conformance.model.record import Exchange
from conformance.spec.body import BodyReading, is_json, media_type_for, read_json
from conformance.spec.reading import RequestReading, read_request

Keys = dict[str, set[str]]
_ASKED = ("parameters", "values", "request_media", "request_fields")


class Coverage:
    """The keys that were covered, by operation label, source and dimension. Picklable."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Keys]] = {}

    @classmethod
    def of(cls, parts: Iterable[Coverage]) -> Coverage:
        """The union of shards, in any order."""
        whole = cls()
        for part in parts:
            whole.merge(part)
        return whole

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Coverage) and self._found == other._found

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(
        self,
        operation: Operation,
        exchange: Exchange,
        *,
        source: str = "fuzz",
        reading: RequestReading | None = None,
        answer: BodyReading | None = None,
    ) -> None:
        """Count one exchange.

        Args:
            operation: the operation that the request was meant for.
            exchange: the request with its answer.
            source: ``fuzz`` or ``replay``.
            reading: what ``read_request`` made of the request, when the caller has it already.
            answer: what ``read_json`` made of the answer's body, when the caller has it already.
        """
        response = exchange.response
        if not isinstance(response, Response) or exchange.request.method.lower() != operation.method.lower():
            return
        known = universe(operation)
        found = self._found.setdefault(operation.label, {}).setdefault(source, {name: set() for name in DIMENSIONS})
        found["operations"].add(CALLED)
        if _succeeded(operation, response):
            found["success"].add(SUCCEEDED)
        # What is whole already is not read again: most exchanges of a long run tell nothing new.
        if any(len(found[name]) < len(known[name]) for name in _ASKED):
            request = exchange.request
            reading = reading or read_request(operation, request, path_values(operation, request.url))
            _asked(known, found, exchange, reading)
        spec = operation.response_for(response.status)
        if spec is not None:
            found["statuses"].add(spec.status)
            _answered(known, found, spec, response, answer)

    def merge(self, other: Coverage) -> None:
        """Take in what another coverage has: commutative, associative and idempotent."""
        for label, by_source in other._found.items():
            for source, by_dimension in by_source.items():
                mine = self._found.setdefault(label, {}).setdefault(source, {name: set() for name in DIMENSIONS})
                for dimension, keys in by_dimension.items():
                    mine[dimension] |= keys

    def sources(self, label: str) -> tuple[str, ...]:
        """The sources that reached an operation, sorted."""
        return tuple(sorted(self._found.get(label, ())))

    def keys(self, label: str, dimension: str, *, source: str | None = None) -> frozenset[str]:
        """The covered keys of an operation in one dimension, by one source or by any."""
        by_source = self._found.get(label, {})
        chosen = by_source.values() if source is None else [by_source[source]] if source in by_source else []
        return frozenset().union(*(keys[dimension] for keys in chosen))

    def size(self, label: str) -> int:
        """How many keys of an operation were covered, each counted once for every source."""
        return sum(len(keys) for by_dimension in self._found.get(label, {}).values() for keys in by_dimension.values())

    def to_json(self) -> dict[str, Any]:
        """A JSON value that ``from_json`` reads; the same for equal coverages."""
        return {
            "version": 1,
            "operations": {
                label: {
                    source: {dimension: sorted(keys[dimension]) for dimension in DIMENSIONS if keys[dimension]}
                    for source, keys in sorted(by_source.items())
                }
                for label, by_source in sorted(self._found.items())
            },
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Coverage:
        """What ``to_json`` wrote.

        Raises:
            ValueError: when the value was written by something else.
        """
        if value.get("version") != 1:
            raise ValueError("not a coverage of version 1")
        whole = cls()
        for label, by_source in value["operations"].items():
            for source, keys in by_source.items():
                whole._found.setdefault(label, {})[source] = {name: set(keys.get(name, ())) for name in DIMENSIONS}
        return whole


def _succeeded(operation: Operation, response: Response) -> bool:
    if 200 <= response.status < 300:
        return True
    promised = any(status[:1] in {"2", "d"} for status in operation.responses)
    return 300 <= response.status < 400 and not promised and operation.response_for(response.status) is not None


def _asked(known: Universe, found: Keys, exchange: Exchange, reading: RequestReading) -> None:
    for place, value in reading.values.items():
        tree = known.parameters.get(place)
        if tree is not None:
            reach(tree, value, keys=found["parameters"], listed=found["values"])
    if reading.media is None or not (exchange.request.body or reading.has_body):
        return
    found["request_media"].add(reading.media.name)
    tree = known.bodies.get(reading.media.name)
    if tree is not None and reading.has_body:
        reach(tree, reading.body, keys=found["request_fields"], listed=found["values"])


def _answered(known: Universe, found: Keys, spec: ResponseSpec, response: Response, answer: BodyReading | None) -> None:
    content_type = response.header("content-type")
    media = media_type_for(spec.content, content_type)
    if media is None or content_type is None:
        return
    found["response_media"].add(f"{spec.status}:{media.name}")
    tree = known.answers.get((spec.status, media.name))
    if tree is None or not is_json(content_type) or tree.keys() <= found["response_fields"]:
        return
    read = answer or read_json(response.body)
    if read.error is None:
        found["response_fields"] |= read.note(("reached", tree), lambda: _reached(tree, read.value))


def _reached(tree: Place, value: Any) -> set[str]:
    keys: set[str] = set()
    reach(tree, value, keys=keys, listed=set())
    return keys


def path_values(operation: Operation, url: str) -> dict[str, str]:
    """The raw path segments by parameter name, counted from the end so that any base path may stand before."""
    template = operation.path.split("/")[1:]
    sent = urlsplit(url).path.split("/")[-len(template) :]
    found: dict[str, str] = {}
    for wanted, segment in zip(template, sent, strict=False):
        if "{" in wanted:
            names, pattern = _segment(wanted)
            match = pattern.fullmatch(segment)
            found.update(zip(names, match.groups(), strict=True) if match else ())
    return found


@lru_cache(maxsize=4096)
def _segment(template: str) -> tuple[tuple[str, ...], re.Pattern[str]]:
    parts = re.split(r"\{([^}]*)\}", template)
    pattern = "".join("(.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
    return tuple(parts[1::2]), re.compile(pattern, re.DOTALL)

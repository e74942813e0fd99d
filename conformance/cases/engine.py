"""Schemathesis' generators for one document: its coverage cases, examples and draws, as requests that can be sent.

Its executor is left out: what it makes is asked for one by one, from any operation at any time, and costs nothing until it
is wanted. The document is read once a process.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from hashlib import sha256
from random import Random
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisException, StopTest
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.case import Case as GenericCase
from schemathesis.generation.case import adjust_urlencoded_payload
from schemathesis.generation.coverage import GenerationSession
from schemathesis.generation.drivers import without_unserializable_payload
from schemathesis.generation.modes import GenerationMode
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from conformance.cases.drawing import by_chance, simplest
from conformance.cases.repeatable import make_repeatable
from conformance.model.message import Request
from conformance.spec.document import Document

EngineCase = GenericCase[Any]

_KEPT = 4
_OF_ALL = ("draw_outcomes", "format_validators", "pattern_strategies", "ready_bundles", "static_bundles", "removed_examples")
"""What a session remembers that depends on what it was asked for alone, and not on what it was asked for before."""

_DATABASE_KEY = "_hypothesis_internal_database_key"
_NOWHERE = "http://127.0.0.1/"
# What the engine's client would add: compression hides the wire, a case id is nobody's business, and a length is for
# whoever sends the body, which a probe may have changed by then.
_UNWANTED = frozenset({"accept-encoding", "connection", "content-length", "user-agent", "x-schemathesis-testcaseid"})


class Unmakeable(Exception):
    """The engine cannot make what it was asked for; the words are its own."""


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as raised:
        raise Unmakeable(f"{type(raised).__name__}: {str(raised).partition(chr(10))[0]}") from raised


def _searched(strategy: Any, count: int, salt: str) -> list[EngineCase]:
    """Values of a strategy, found with all that a test does to find some."""
    found: list[EngineCase] = []

    @seed(int.from_bytes(sha256(salt.encode()).digest()[:8]))
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate], derandomize=False,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def draw(case: EngineCase) -> None:
        found.append(case)

    # Else it would read the source of what calls it, to know it again.
    setattr(draw, _DATABASE_KEY, b"")
    try:
        draw()
    except HypothesisException:
        # Most often that no value was found; what there is will do.
        if not found:
            raise
    return found


class Engine:
    """The generators for a document. It may be used from several threads: one of them generates at a time.

    Every iterator may raise ``Unmakeable``, and ends with that.
    """

    def __init__(self, document: Document) -> None:
        make_repeatable()
        config = SchemathesisConfig.from_dict({"base-url": _NOWHERE, "generation": {"database": "none", "no-shrink": True}})
        self._lock = threading.RLock()
        self._schema = schemathesis.openapi.from_dict(document.plain, config=config)
        # What it would find out by asking: NUL in a header cannot be sent, and control characters in a path seldom arrive.
        self._schema.adapt_to_null_byte_in_header_failure()
        self._schema.adapt_to_path_decoder_rejection()
        self._operations: dict[str, Any] = {}
        self._session = GenerationSession()

    def of_unit(self) -> Engine:
        """The same generators with a memory of their own, so that what they make hangs on no other unit."""
        session, other = GenerationSession(), copy(self)
        for name in _OF_ALL:
            setattr(session, name, getattr(self._session, name))
        other.__dict__["_session"] = session
        return other

    def _operation(self, label: str) -> Any:
        if label not in self._operations:
            method, _, path = label.partition(" ")
            self._operations[label] = self._schema[path][method]
        return self._operations[label]

    def covering(self, label: str, *, breaking: bool) -> Iterator[EngineCase]:
        """The coverage cases of an operation: those that keep its contract, or those that break it."""
        mode = GenerationMode.NEGATIVE if breaking else GenerationMode.POSITIVE
        with self._lock, _translated():
            operation = self._operation(label)
            config = operation.schema.config.generation_for(operation=operation, phase="coverage")
            cases = operation.schema.iter_coverage_cases(
                operation, generation_modes=[mode], generation_config=config, session=self._session
            )
        yield from self._sendable(cases)

    def examples(self, label: str) -> Iterator[EngineCase]:
        """A case for each example of an operation."""
        with self._lock, _translated():
            strategies = list(self._operation(label).get_strategies_from_examples())
        for strategy in strategies:
            yield from self._sendable(self._drawn(strategy, 1, label))

    def draws(self, label: str, count: int, *, salt: str) -> Iterator[EngineCase]:
        """Cases that keep the contract of an operation, the simplest and random ones; the same for the same ``salt``."""
        with self._lock, _translated():
            strategy = self._operation(label).as_strategy(generation_mode=GenerationMode.POSITIVE)
        yield from self._sendable(self._drawn(strategy, count, salt))

    @staticmethod
    def _drawn(strategy: Any, count: int, salt: str) -> Iterator[EngineCase]:
        """Values of a strategy, each drawn when it is asked for; where few stand its filters, as many as a test would find."""
        for number in range(count):
            try:
                random = Random(f"{salt} {number}")  # noqa: S311
                yield by_chance(strategy, random) if number else simplest(strategy)
            except StopTest:
                yield from _searched(strategy, count, salt)[number:]
                return

    def _sendable(self, cases: Iterable[EngineCase]) -> Iterator[EngineCase]:
        """The cases, one at a time; those without whose body nobody can write."""
        iterator, left = iter(cases), set[str]()
        while True:
            with self._lock:
                with warnings.catch_warnings(), _translated():
                    warnings.simplefilter("ignore")
                    case = next(iterator, None)
                if case is None:
                    return
                if without_unserializable_payload(case, REQUESTS_TRANSPORT, left) is None:
                    continue
                adjust_urlencoded_payload(case)
            yield case


_engines: dict[int, tuple[Document, Engine]] = {}
_making = threading.Lock()


def engine(document: Document) -> Engine:
    """The engine of a document, the same one in all of this process."""
    with _making:
        known = _engines.get(id(document))
        if known is None:
            while len(_engines) >= _KEPT:
                del _engines[next(iter(_engines))]
            known = _engines[id(document)] = document, Engine(document)
        return known[1]


def request_of(case: EngineCase, base_url: str, headers: Mapping[str, str]) -> Request:
    """The request that a case is, with some headers on top."""
    return written(REQUESTS_TRANSPORT.serialize_case(case, base_url=base_url, headers=dict(headers)))


def written(data: Mapping[str, Any]) -> Request:
    """The request that the engine's client would send for such arguments."""
    prepared = prepare(data)
    body = prepared.body or b""
    raw = body.encode() if isinstance(body, str) else bytes(body)
    headers = tuple((_text(name), _text(value)) for name, value in prepared.headers.items() if name.lower() not in _UNWANTED)
    return Request(method=str(prepared.method), url=str(prepared.url), headers=headers, body=raw)


def prepare(data: Mapping[str, Any]) -> requests.PreparedRequest:
    """The arguments of the engine's client, made into its request."""
    kept = ("method", "url", "headers", "files", "data", "json", "params", "auth", "cookies")
    prepared = requests.Request(**{key: value for key, value in data.items() if key in kept}).prepare()
    given, made = (data.get("headers") or {}).get("Cookie"), data.get("cookies")
    if given and made:
        # A Cookie header of the user's goes with every request, and would keep the generated cookies out. What it names holds.
        held = {crumb.partition("=")[0].strip() for crumb in _text(given).split(";")}
        crumbs = (f"{name}={value}" for name, value in made.items() if name not in held)
        prepared.headers["Cookie"] = "; ".join([_text(given), *crumbs])
    return prepared


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)

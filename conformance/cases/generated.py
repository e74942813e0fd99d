"""Cases from Schemathesis' engine: the one room that imports it.

The engine generates, learns from answers, keeps a pool of the ids that it saw and walks resource
chains. What it sends goes through our ``Responder`` and comes back as an ``Exchange``, so that
everything is judged by the same checks as recorded or proxied traffic. Its own checks judge what it meant to send; ours
judge what went over the wire, which is what a service can be held to, so its own are off here and serve as a second
opinion in the tests.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response as EngineResponse
from schemathesis.engine import events, from_schema
from schemathesis.generation.case import Case as GenericCase
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario, coverage_scenario
from schemathesis.transport.requests import REQUESTS_TRANSPORT, RequestsTransport

from conformance.cases.giving import give
from conformance.cases.narrowed import narrowed
from conformance.cases.pool import Pool
from conformance.cases.repeatable import make_repeatable
from conformance.cases.values import Values
from conformance.model.message import NoResponse, Request, Response
from conformance.model.ports import Responder
from conformance.model.record import Case, Exchange, Intent

EngineCase = GenericCase[Any]

PHASES = ("examples", "coverage", "fuzzing", "stateful")

_ENGINE_CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance", "positive_data_acceptance", "negative_data_rejection", "use_after_free",
    "ensure_resource_availability", "missing_required_header", "ignored_auth", "object_level_authorization",
    "unsupported_method", "allow_header_conformance",
)  # fmt: skip


SAFE_METHODS = ["GET", "OPTIONS", "QUERY", "TRACE"]
PROBE_METHODS = [*SAFE_METHODS, "PUT", "POST", "PATCH", "DELETE"]
LISTED_VALUES = 12
_LISTED_WORDS = ("Enum value", "Example value", "Const value")
_LISTED = frozenset({CoverageScenario.ENUM_VALUE, CoverageScenario.EXAMPLE_VALUE, CoverageScenario.CONST_VALUE})
# What the engine's client would add: compression hides the wire, a case id is nobody's business, and a length is for
# whoever sends the body, which a probe may have changed by then.
_UNWANTED = frozenset({"accept-encoding", "connection", "content-length", "user-agent", "x-schemathesis-testcaseid"})
_ERRORS = {"timeout": requests.Timeout}
# What the engine is told of a request that was not sent: an error would end its phase, and a success would teach it something.
_UNSENT = Response(status=403)
_ALWAYS = frozenset({CoverageScenario.MISSING_PARAMETER, CoverageScenario.UNSPECIFIED_HTTP_METHOD,
                     CoverageScenario.DEFAULT_POSITIVE_TEST})  # fmt: skip


ACCIDENT = "accident"
"""The status of a scenario in which our own code failed; its reason is the traceback."""


class BudgetSpent(KeyboardInterrupt):
    """No request may be sent any more: the budget is used up, the time is over, or the run was stopped.

    The engine ends in order on a ``KeyboardInterrupt``, and on nothing else that a transport can raise.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What the engine did with one operation in one phase. ``reason`` explains a skip or an error."""

    operation: str | None
    phase: str
    status: str
    reason: str


class _Transport(RequestsTransport):
    """Sends what the engine generated through a ``Responder``, and hands every exchange on."""

    def __init__(
        self, responder: Responder, bases: Mapping[str, str], seen: Callable[[Exchange], None], pool: Pool, values: Values
    ) -> None:
        super().__init__()
        self._copy_serializers_from(REQUESTS_TRANSPORT)
        self._responder, self._bases, self._seen, self._pool, self._values = responder, bases, seen, pool, values
        self._turns: dict[str, int] = {}
        self.accidents: list[str] = []

    def send(self, case: EngineCase, *, session: Any = None, **kwargs: Any) -> EngineResponse:
        del session
        base = self._bases.get(case.operation.label)
        if base is not None:
            kwargs["base_url"] = base
        self._reach(case)
        prepared = _prepare(self._build_request_data(case, kwargs))
        request = _request(prepared)
        try:
            answer = self._responder.respond(request)
            self._seen(Exchange(request=request, response=answer, case=_case(case), operation=case.operation.label))
            self._learn(case, answer)
        except Exception:
            # Our own fault: the engine would call it an error of the operation.
            self.accidents.append(traceback.format_exc())
            raise
        if isinstance(answer, NoResponse):
            if answer.kind == "unsent":
                return _engine_response(_UNSENT, prepared)
            raise _ERRORS.get(answer.kind, requests.ConnectionError)(answer.reason, request=prepared)
        return _engine_response(answer, prepared)

    def _reach(self, case: EngineCase) -> None:
        """Give a valid case what exists, mostly: the engine guesses, and most guesses lead nowhere.

        Ids that answers have shown come two times out of three, what the user knows the third time and where nothing was
        shown.
        """
        meta, label = case.meta, case.operation.label
        if meta is None or meta.generation.mode.is_negative:
            return
        turn = self._turns[label] = self._turns.get(label, -1) + 1
        if case.path_parameters and meta.phase.name.value != "stateful":
            shown = self._pool.fill(case.operation.path, turn) if turn % 3 < 2 else {}
            case.path_parameters.update({**self._values.path(label, turn), **shown})
        if self._values:
            data = meta.phase.data
            is_about = isinstance(data, CoveragePhaseData)
            tested = {data.parameter or "", (data.location or "").rpartition("/")[2]} if is_about else set()
            give(case, self._values, turn, tested=frozenset(tested) - {""})

    def _learn(self, case: EngineCase, answer: Response | NoResponse) -> None:
        if isinstance(answer, Response) and 200 <= answer.status < 300:
            values = case.path_parameters or {}
            if case.method.upper() == "DELETE":
                self._pool.forget(case.operation.path, values)
            elif answer.body:
                self._pool.learn(case.operation.path, values, answer.body)


def _prepare(data: dict[str, Any]) -> requests.PreparedRequest:
    kept = ("method", "url", "headers", "files", "data", "json", "params", "auth", "cookies")
    prepared = requests.Request(**{key: value for key, value in data.items() if key in kept}).prepare()
    given, made = (data.get("headers") or {}).get("Cookie"), data.get("cookies")
    if given and made:
        # A Cookie header of the user's goes with every request, and would keep the generated cookies out.
        prepared.headers["Cookie"] = "; ".join([_text(given), *(f"{name}={value}" for name, value in made.items())])
    return prepared


def _request(prepared: requests.PreparedRequest) -> Request:
    body = prepared.body or b""
    raw = body.encode() if isinstance(body, str) else bytes(body)
    headers = tuple((_text(name), _text(value)) for name, value in prepared.headers.items() if name.lower() not in _UNWANTED)
    return Request(method=str(prepared.method), url=str(prepared.url), headers=headers, body=raw)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _engine_response(answer: Response, prepared: requests.PreparedRequest) -> EngineResponse:
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name, []).append(value)
    return EngineResponse(
        status_code=answer.status, headers=headers, content=answer.body, request=prepared, elapsed=answer.elapsed, verify=True
    )


def _case(case: EngineCase) -> Case:
    meta = case.meta
    if meta is None:
        return Case(id=case.id, operation=case.operation.label, stage="fuzz", phase="stateful", intent=Intent.POSITIVE)
    data = meta.phase.data
    if coverage_scenario(case) is CoverageScenario.UNSPECIFIED_HTTP_METHOD:
        intent = Intent.PROBE
    else:
        intent = Intent.NEGATIVE if meta.generation.mode.is_negative else Intent.POSITIVE
    return Case(
        id=case.id,
        operation=case.operation.label,
        stage="fuzz",
        phase=meta.phase.name.value,
        intent=intent,
        description=str(data.description or ""),
    )


def _kind(case: EngineCase, data: CoveragePhaseData) -> str | None:
    """What tells two values of a wrong type in a body apart: services forget null, or take digits for a number.

    Of a whole body that has the wrong type, every type is news.
    """
    if data.scenario is not CoverageScenario.INCORRECT_TYPE or str(data.parameter_location) != str(ParameterLocation.BODY):
        return None
    value = case.body
    for step in (data.location or "").split("/")[1:-1]:
        if step == "items" and isinstance(value, list) and value:
            value = value[0]
        elif step != "properties" and isinstance(value, dict) and step in value:
            value = value[step]
    if value is case.body:
        return type(value).__name__
    kinds = {type(None): "null", str: "text"}
    return kinds.get(type(value))


class _Novelty:
    """Keeps the coverage cases that bring news: one a place and kind of value, a few where values are listed.

    The engine's coverage phase repeats each kind of value in every branch of every union, which is thousands of
    requests for one operation with a deep body; what they say is the same.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: dict[str, dict[tuple[str | None, ...], int]] = {}

    def __call__(self, _: Any, case: EngineCase) -> bool:
        data = case.meta.phase.data if case.meta is not None else None
        if not isinstance(data, CoveragePhaseData):
            return True
        counts = self._seen.setdefault(case.operation.label, {})
        kind = _kind(case, data)
        key = (data.scenario.value, str(data.parameter_location), data.parameter, data.description, kind)
        counts[key] = counts.get(key, 0) + 1
        is_listed = data.scenario in _LISTED or (data.description or "").endswith(_LISTED_WORDS)
        allowed = LISTED_VALUES if is_listed else 1
        return counts[key] <= allowed and (len(counts) <= self._limit or data.scenario in _ALWAYS)


def _config(
    base_url: str, *, phases: Sequence[str], max_examples: int, seed: int, headers: Mapping[str, str], safe_probes: bool
) -> SchemathesisConfig:
    checks = {name: {"enabled": False} for name in _ENGINE_CHECKS}
    return SchemathesisConfig.from_dict({
        "base-url": base_url,
        "seed": seed,
        "workers": 1,
        "headers": dict(headers),
        "continue-on-failure": True,
        "checks": checks,
        "generation": {"max-examples": max_examples, "database": "none", "no-shrink": True},
        "phases": {
            **{name: {"enabled": name in phases} for name in PHASES},
            "coverage": {"enabled": "coverage" in phases, "unexpected-methods": SAFE_METHODS if safe_probes else PROBE_METHODS},
        },
        "cache": {"enabled": False},
    })  # fmt: skip


def run(
    raw: dict[str, Any],
    labels: Sequence[str],
    *,
    responder: Responder,
    base_url: str,
    bases: Mapping[str, str],
    seen: Callable[[Exchange], None],
    phases: Sequence[str] = PHASES,
    max_examples: int = 5,
    seed: int = 1,
    max_coverage: int = 150,
    headers: Mapping[str, str] | None = None,
    safe_probes: bool = False,
    values: Values | None = None,
) -> Iterator[Scenario]:
    """Run the engine over some operations of a document.

    Args:
        raw: the whole document, as parsed.
        labels: the operations to test, as ``GET /path``.
        responder: what answers.
        base_url: where paths start, for operations that ``bases`` does not name.
        bases: base URLs by operation label, for operations with servers of their own.
        seen: called with every exchange, in order. It may raise ``BudgetSpent`` to end the run.
        phases: which phases, in the engine's order.
        max_examples: cases per operation in the fuzzing phase, and chains in the stateful one.
        max_coverage: kinds of cases per operation in the coverage phase.
        seed: makes the run repeatable.
        headers: sent with every request.
        safe_probes: never try an undeclared method that could change something.
        values: what the user knows of parameters and fields.

    Yields:
        A scenario for each operation and phase, as the engine finishes it.
    """
    make_repeatable()
    config = _config(
        base_url, phases=phases, max_examples=max_examples, seed=seed, headers=headers or {}, safe_probes=safe_probes
    )
    schema = schemathesis.openapi.from_dict(narrowed(raw, labels), config=config).include(name=list(labels))
    # What the engine would find out by asking: NUL in a header cannot be sent, and control characters in a path seldom arrive.
    schema.adapt_to_null_byte_in_header_failure()
    schema.adapt_to_path_decoder_rejection()
    transport = _Transport(responder, bases, seen, Pool(label.partition(" ")[2] for label in labels), values or Values())
    schema.__class__ = type("Schema", (type(schema),), {"transport": transport})
    schema.hook("filter_case")(_Novelty(max_coverage))
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            yield Scenario(
                operation=event.label, phase=event.phase.value, status=event.status.value, reason=event.skip_reason or ""
            )
        elif isinstance(event, events.NonFatalError):
            yield Scenario(operation=event.label, phase=event.phase.value if event.phase else "", status="error",
                           reason=f"{event.info.title}: {event.info.message}")  # fmt: skip
    for text in dict.fromkeys(transport.accidents):
        yield Scenario(operation=None, phase="", status=ACCIDENT, reason=text)

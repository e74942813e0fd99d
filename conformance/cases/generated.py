"""Walks along chains of resources by Schemathesis' engine, which keeps a pool of what answers showed and learns from them.

What it sends goes through our ``Responder`` and comes back as an ``Exchange``, so that everything is judged by the same
checks as recorded or proxied traffic. Its own checks judge what it meant to send; ours judge what went over the wire, which
is what a service can be held to, so its own are off here and serve as a second opinion in the tests. The other phases ask
its generators for one case at a time (``cases.course``).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response as EngineResponse
from schemathesis.engine import events, from_schema
from schemathesis.transport.requests import REQUESTS_TRANSPORT, RequestsTransport

from conformance.cases.course import OWN_PHASES
from conformance.cases.engine import EngineCase, prepare, written
from conformance.cases.giving import give
from conformance.cases.narrowed import narrowed
from conformance.cases.repeatable import make_repeatable
from conformance.cases.values import Values
from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import Operation
from conformance.model.ports import Responder
from conformance.model.record import Case, Exchange, Intent

STATEFUL = "stateful"
PHASES = (*OWN_PHASES, STATEFUL)
"""The phases of generated cases, in the order they run."""

_ENGINE_CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance", "positive_data_acceptance", "negative_data_rejection", "use_after_free",
    "ensure_resource_availability", "missing_required_header", "ignored_auth", "object_level_authorization",
    "unsupported_method", "allow_header_conformance",
)  # fmt: skip


_REFUSED = frozenset({400, 404, 405, 410, 415, 422})
_ERRORS = {"timeout": requests.Timeout}
# What the engine is told of a request that was not sent: an error would end its phase, and a success would teach it something.
_UNSENT = Response(status=403)

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
        self, responder: Responder, operations: Mapping[str, Operation], base: Callable[[Operation], str],
        seen: Callable[[Exchange], object], values: Values,
    ) -> None:  # fmt: skip
        super().__init__()
        self._copy_serializers_from(REQUESTS_TRANSPORT)
        self._responder, self._operations, self._base, self._seen, self._values = responder, operations, base, seen, values
        self._turn = -1
        self._refused: dict[tuple[str, str, bytes], Response] = {}
        self.accidents: list[str] = []

    def send(self, case: EngineCase, *, session: Any = None, **kwargs: Any) -> EngineResponse:
        del session
        operation = self._operations.get(case.operation.label)
        if operation is not None:
            kwargs["base_url"] = self._base(operation)
        data = self._build_request_data(case, kwargs)
        request = written(data)
        if operation is not None and not (case.meta is not None and case.meta.generation.mode.is_negative):
            self._turn += 1
            request = give(operation, request, self._values, self._turn, tested=frozenset())
        try:
            answer = self._answer(request, case)
        except Exception:
            # Our own fault: the engine would call it an error of the operation.
            self.accidents.append(traceback.format_exc())
            raise
        prepared = prepare(data)
        if isinstance(answer, NoResponse):
            if answer.kind == "unsent":
                return _engine_response(_UNSENT, prepared)
            raise _ERRORS.get(answer.kind, requests.ConnectionError)(answer.reason, request=prepared)
        return _engine_response(answer, prepared)

    def _answer(self, request: Request, case: EngineCase) -> Response | NoResponse:
        """The answer; what was refused before is not asked again, as the engine does at the start of every walk."""
        key = (request.method, request.url, request.body)
        if key in self._refused:
            return self._refused[key]
        answer = self._responder.respond(request)
        self._seen(Exchange(request=request, response=answer, case=_case(case), operation=case.operation.label))
        if isinstance(answer, Response) and answer.status in _REFUSED:
            self._refused[key] = answer
        return answer


def _engine_response(answer: Response, prepared: requests.PreparedRequest) -> EngineResponse:
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name, []).append(value)
    return EngineResponse(
        status_code=answer.status, headers=headers, content=answer.body, request=prepared, elapsed=answer.elapsed, verify=True
    )


def _case(case: EngineCase) -> Case:
    meta = case.meta
    is_negative = meta is not None and meta.generation.mode.is_negative
    return Case(
        id=case.id, operation=case.operation.label, stage="fuzz", phase=STATEFUL,
        intent=Intent.NEGATIVE if is_negative else Intent.POSITIVE,
        description=str(meta.phase.data.description or "") if meta is not None else "",
    )  # fmt: skip


def _config(base_url: str, *, max_examples: int, seed: int, headers: Mapping[str, str]) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict({
        "base-url": base_url,
        "seed": seed,
        "workers": 1,
        "headers": dict(headers),
        "continue-on-failure": True,
        "checks": {name: {"enabled": False} for name in _ENGINE_CHECKS},
        "generation": {"mode": "positive", "max-examples": max_examples, "database": "none", "no-shrink": True},
        "phases": {name: {"enabled": name == STATEFUL} for name in PHASES},
        "cache": {"enabled": False},
    })  # fmt: skip


def walk(
    raw: dict[str, Any],
    operations: Sequence[Operation],
    *,
    responder: Responder,
    base_url: str,
    base: Callable[[Operation], str],
    seen: Callable[[Exchange], object],
    max_examples: int = 5,
    seed: int = 1,
    headers: Mapping[str, str] | None = None,
    values: Values | None = None,
) -> Iterator[Scenario]:
    """Have the engine walk along the chains of some operations of a document.

    Args:
        raw: the whole document, as parsed.
        operations: those to test.
        responder: what answers.
        base_url: where paths start.
        base: where the paths of an operation start.
        seen: called with every exchange, in order. It may raise ``BudgetSpent`` to end the walk.
        max_examples: chains.
        seed: makes the walk repeatable.
        headers: sent with every request.
        values: what the user knows of parameters and fields.

    Yields:
        A scenario for each chain, as the engine finishes it.
    """
    make_repeatable()
    labels = [operation.label for operation in operations]
    config = _config(base_url, max_examples=max_examples, seed=seed, headers=headers or {})
    schema = schemathesis.openapi.from_dict(narrowed(raw, labels), config=config).include(name=labels)
    # What the engine would find out by asking: NUL in a header cannot be sent, and control characters in a path seldom arrive.
    schema.adapt_to_null_byte_in_header_failure()
    schema.adapt_to_path_decoder_rejection()
    by_label = {operation.label: operation for operation in operations}
    transport = _Transport(responder, by_label, base, seen, values or Values())
    schema.__class__ = type("Schema", (type(schema),), {"transport": transport})
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

"""Recorded chains sent again: moved to the target, links carried, each fresh answer judged and compared.

A request whose link cannot be filled is not sent: with a recorded id it would reach for something that is not
ours, and its failure would only repeat that of the answer that should have given the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.cases.recorded import RecordedExchange, Recording
from conformance.model.message import Headers, Request, Response
from conformance.model.operation import Operation
from conformance.model.ports import Responder
from conformance.model.record import Case, Exchange, Finding, Intent
from conformance.redaction.standins import REDACTED
from conformance.run.carrying import Given, MissingValue, carried
from conformance.run.compare import differences, finding
from conformance.run.identity import is_strong
from conformance.run.judge import Judged
from conformance.run.links import Link, links_of
from conformance.run.matchers import Matchers
from conformance.run.memory import Memory
from conformance.run.shapes import Difference
from conformance.spec.document import Document
from conformance.spec.router import Match, Router
from conformance.transport.target import Target, origin_of

_PAGE = re.compile(r"(image|font|audio|video)/|text/(html|css|javascript)$|application/(x-)?javascript$|application/wasm$")
_NONE = Matchers()
_OF_THE_CONNECTION = frozenset({
    "host", "content-length", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect",
    "proxy-authorization", "proxy-connection", "accept-encoding", "http2-settings",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedEntry:
    """One entry of a recording, and what became of it.

    ``exchange`` and ``judged`` are ``None`` when it was not sent; ``skipped`` says why. ``findings`` are those of the
    checks, then those of the comparison. ``links`` are the values it took from earlier answers.
    ``is_alone`` says that it was skipped because it tells nothing of the service. ``left_out`` says that
    a body could not be redacted and is not here.
    """

    recorded: RecordedExchange
    label: str
    operation: Operation | None
    exchange: Exchange | None = None
    judged: Judged | None = None
    findings: tuple[Finding, ...] = ()
    links: tuple[Link, ...] = ()
    skipped: str = ""
    is_alone: bool = False
    left_out: bool = False

    @property
    def recorded_status(self) -> int:
        """The status in the recording."""
        return self.recorded.response.status

    @property
    def live_status(self) -> int | None:
        """The status of the fresh answer, ``None`` without one."""
        answer = self.exchange.response if self.exchange is not None else None
        return answer.status if isinstance(answer, Response) else None


class Replay:
    """What recordings need to be sent again: the document, the target, and the credentials of this run.

    Args:
        document: whose operations the recorded requests are.
        target: where to send them.
        responder: what answers.
        judge: judges one exchange with the contract.
        matchers: what the project says of single fields.
        headers: of the run; they take the place of recorded ones and are added where missing, except to a request
            that was recorded without credentials and refused for it (401).
        is_sandbox: whether the target is the sandbox, so that what it made up itself can be held against it.
    """

    def __init__(
        self,
        document: Document,
        *,
        target: Target,
        responder: Responder,
        judge: Callable[[Exchange], Judged],
        headers: Headers = (),
        matchers: Matchers = _NONE,
        is_sandbox: bool = False,
    ) -> None:
        self._document, self._target, self._responder, self._judge, self._headers = document, target, responder, judge, headers
        self._matchers, self._is_sandbox = matchers, is_sandbox
        self._router = Router(document.operations)

    def operations(self, recording: Recording) -> tuple[Operation | None, ...]:
        """The operation of each exchange; ``None`` where the document has none."""
        return tuple(match.operation if match is not None else None for match in self._matches(recording))

    def links(self, recording: Recording) -> tuple[Link, ...]:
        """The values that exchanges take from earlier answers."""
        return links_of(recording.exchanges, self.operations(recording))

    def _matches(self, recording: Recording) -> list[Match | None]:
        return [self._router.match(recorded.request.method, recorded.request.url) for recorded in recording.exchanges]

    def run(self, recording: Recording, *, max_requests: int | None = None) -> Iterator[ReplayedEntry]:
        """Send a recording, one entry at a time; whoever stops reading stops the sending.

        Args:
            recording: one chain.
            max_requests: how many may be sent; what is left is skipped.
        """
        matches = self._matches(recording)
        operations = self.operations(recording)
        links = links_of(recording.exchanges, operations)
        ours = self._origins(recording, operations)
        live: dict[int, Given] = {}
        memory = Memory(recording, target=self._target.origin, is_sandbox=self._is_sandbox, matchers=self._matchers)
        sent = 0
        for position, (recorded, match) in enumerate(zip(recording.exchanges, matches, strict=True)):
            operation = match.operation if match is not None else None
            own = tuple(link for link in links if link.target == position)
            entry = ReplayedEntry(recorded=recorded, label=_label(recorded.request, operation), operation=operation, links=own)
            alone = _left_alone(recorded, operation, ours)
            request = alone or self._request(recorded, operation, own, live)
            if recording.illustrative and not isinstance(request, str) and _is_open(operation, own):
                request = "the examples do not show what makes the thing that it names"
            if isinstance(request, str):
                yield replace(entry, skipped=request, is_alone=bool(alone))
            elif max_requests is not None and sent >= max_requests:
                yield replace(entry, skipped="the request budget is spent")
            else:
                sent += 1
                done = self._sent(entry, request, recording, match, memory)
                answer = done.exchange.response if done.exchange is not None else None
                if isinstance(answer, Response):
                    live[position] = Given.of(answer, recorded.response)
                    memory.learn(live[position])
                yield done

    def _origins(self, recording: Recording, operations: Sequence[Operation | None]) -> frozenset[str]:
        """The origins that were the service when the recording was made; a browser talks to others too."""
        all_origins = [origin_of(recorded.request.url) for recorded in recording.exchanges]
        known = {origin for origin, operation in zip(all_origins, operations, strict=True) if operation is not None}
        known |= {origin_of(server) for server in self._document.servers} & set(all_origins)
        return frozenset(known or all_origins)

    def _request(
        self,
        recorded: RecordedExchange,
        operation: Operation | None,
        links: Sequence[Link],
        live: Mapping[int, Given],
    ) -> Request | str:
        """The request to send, or why none is."""
        try:
            request = carried(recorded.request, links, live)
        except MissingValue as missing:
            return str(missing)
        request = replace(request, url=self._target.rebased(request.url, operation))
        return self._with_headers(request, recorded, {link.place for link in links})

    def _with_headers(self, request: Request, recorded: RecordedExchange, places: set[str]) -> Request:
        had = {name.lower() for name, _ in request.headers}
        kept = tuple(
            (name, value) for name, value in request.headers if name.lower() not in _OF_THE_CONNECTION and REDACTED not in value
        )  # fmt: skip
        request = replace(request, headers=kept)
        for name, value in self._headers:
            refused = recorded.response.status == 401 and name.lower() not in had
            if not refused and f"/header/{name.lower()}" not in places:
                request = request.with_header(name, value)
        return request

    def _sent(
        self, entry: ReplayedEntry, request: Request, recording: Recording, match: Match | None, memory: Memory
    ) -> ReplayedEntry:
        name = f"{recording.name}-{entry.recorded.index}"
        parent = f"{recording.name}-{recording.exchanges[entry.links[0].source.index].index}" if entry.links else None
        case = Case(id=name, operation=entry.label, stage="replay", phase="recorded", intent=Intent.RECORDED,
                    description=f"{recording.name}, entry {entry.recorded.index}", parent=parent)  # fmt: skip
        answer = self._responder.respond(request)
        exchange = Exchange(
            request=request, response=answer, case=case, operation=entry.operation.label if entry.operation else None
        )
        judged = self._judge(exchange)
        found = list(judged.observation.findings)
        if entry.operation is None and min(entry.recorded_status, getattr(answer, "status", 599)) < 400:
            found.append(finding(_undocumented(entry.label, match), exchange, None))
        if isinstance(answer, Response):
            beside = memory.beside(entry.recorded, request, answer, entry.operation)
            found += [
                finding(one, exchange, entry.operation)
                for one in differences(entry.recorded.response, answer, entry.operation, beside)
            ]
        return replace(entry, exchange=exchange, judged=judged, findings=tuple(found))


def _left_alone(recorded: RecordedExchange, operation: Operation | None, ours: frozenset[str]) -> str:
    """Why a request is none of the service's that is replayed, empty when it may be."""
    request, origin = recorded.request, origin_of(recorded.request.url)
    if origin not in ours:
        return f"it was sent to another service, {origin}"
    if operation is None and request.method.upper() == "OPTIONS" and request.header("access-control-request-method") is not None:
        return "a browser asked it before another call (CORS)"
    if operation is None and request.method.upper() == "GET" and _PAGE.match(recorded.response.media_type or ""):
        return f"it fetched a part of a page ({recorded.response.media_type})"
    return ""


def _is_open(operation: Operation | None, links: Sequence[Link]) -> bool:
    """Whether a path parameter has no value that an answer of this run gave."""
    filled = {link.place for link in links if link.place.startswith("/path/")}
    return operation is not None and operation.path.count("{") > len(filled)


def _undocumented(label: str, match: Match | None) -> Difference:
    if match is None:
        return Difference(id="path-undocumented", message=f"{label}: the path is not in the document", detail=label)
    allowed = ", ".join(match.allowed)
    return Difference(
        id="path-undocumented", message=f"{label}: the document has the path, but only with {allowed}", detail=label
    )


def _label(request: Request, operation: Operation | None) -> str:
    """The operation's label; else the method and path, with what looks generated left out."""
    if operation is not None:
        return operation.label
    segments = request.parts().path.split("/")
    shown = ("{}" if is_strong(segment) or re.search(r"[0-9]{4,}|^[0-9]+$", segment) else segment for segment in segments)
    return f"{request.method.upper()} {'/'.join(shown)}"

"""The guard: looks at each request right before it leaves, holds back what ``permit`` says, and keeps the ledger.

It stands in front of the network, so that it sees what is really sent, whoever made it.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import Operation
from conformance.model.ports import Responder
from conformance.run.estate import Made
from conformance.run.ledger import Ledger, Thing
from conformance.run.permit import Judgement
from conformance.run.shown import plain_path
from conformance.spec.body import read_json

_NEVER_ARRIVED = frozenset({"unsent", "refused", "dns", "tls"})
_HELD = "held back by the guard: "
_LOOK = 0.02


class _UnderWay:
    """Counts the requests of this process that are on their way, or answered and not yet written down."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.count += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.count -= 1


_under_way = _UnderWay()


def settle_what_is_sent(patience: float) -> None:
    """Wait until what is on its way is answered and written down, for so many seconds at most."""
    end = time.monotonic() + patience
    while _under_way.count and time.monotonic() < end:
        time.sleep(_LOOK)


class Guarded:
    """A responder that holds back what must not leave, and writes down what was made.

    Args:
        inner: what answers.
        judgement: decides.
        ledger: where what is made is written down, ``None`` for nowhere.
    """

    def __init__(self, inner: Responder, judgement: Judgement, *, ledger: Ledger | None = None) -> None:
        self._inner, self._judgement, self._ledger = inner, judgement, ledger
        self._alive: set[str] = set()

    @property
    def owed(self) -> int | None:
        """How many requests it takes to delete what was made; ``None`` where nobody insists on that."""
        return len(self._alive) if self._judgement.guards and self._ledger is not None else None

    def respond(self, request: Request) -> Response | NoResponse:
        """The answer, or that the request was held back and why."""
        judgement = self._judgement
        reason = judgement.held(request)
        if reason:
            return NoResponse(kind="unsent", reason=_HELD + reason)
        match = judgement.router.match(request.method, request.url)
        operation = match.operation if match is not None else None
        if operation is None:
            return self._inner.respond(request)
        try:
            key = self._begin(operation, request)
        except OSError as raised:
            reason = f"the ledger of what is created cannot be written: {raised.strerror or raised}"
            return NoResponse(kind="unsent", reason=_HELD + reason)
        with _under_way:
            return self._sent(key, operation, request)

    def _sent(self, key: str | None, operation: Operation, request: Request) -> Response | NoResponse:
        answer = self._inner.respond(request)
        made = self._judgement.estate.see(operation, request, answer) if isinstance(answer, Response) else ()
        # The next creation finds out when the disk is full.
        with suppress(OSError):
            self._end(key, operation, request, made, answer)
        return answer

    def _begin(self, operation: Operation, request: Request) -> str | None:
        """Write down that a request may make something, before it leaves; returns the key to end with."""
        judgement, path = self._judgement, plain_path(request.url)
        if self._ledger is None or path is None:
            return None
        segment = judgement.estate.segment(operation)
        if segment is not None:
            query = judgement.deletion(f"{path}/{segment}")
            content = read_json(request.body).value if request.body and query is not None else None
            readable = segment if judgement.router.match("GET", request.url) is not None else None
            return self._ledger.begin(operation.label, path, content=content, query=query, segment=readable)
        if operation.method == "put" and judgement.estate.is_absent(request.url):
            return self._ledger.begin(operation.label, path, content=None, query=judgement.deletion(path), segment=None)
        return None

    def _end(
        self, key: str | None, operation: Operation, request: Request, made: tuple[Made, ...], answer: Response | NoResponse
    ) -> None:
        ledger, judgement = self._ledger, self._judgement
        if ledger is None:
            return
        things = [
            Thing(operation=operation.label, path=one.path, doubt=one.doubt,
                  delete=judgement.deletion(one.path))
            for one in made
        ]  # fmt: skip
        self._alive.update(str(thing.path) for thing in things if thing.delete is not None and not thing.doubt)
        if (key is not None or things) and not _is_uncertain(answer):
            ledger.end(key or "", things)
        path = plain_path(request.url)
        # 404 may mean that it is hidden from whoever asked; the end will tell.
        if operation.method == "delete" and path in self._alive and isinstance(answer, Response) and 200 <= answer.status < 300:
            self._alive.discard(path)
            ledger.gone(path)

    def abort(self) -> None:
        """Break off what is under way, if the responder can."""
        abort = getattr(self._inner, "abort", None)
        if abort is not None:
            abort()


def _is_gone(answer: Response) -> bool:
    return 200 <= answer.status < 300 or answer.status in {404, 410}


def _is_uncertain(answer: Response | NoResponse) -> bool:
    """Whether a request may have done its work although its answer does not say so."""
    if isinstance(answer, NoResponse):
        return answer.kind not in _NEVER_ARRIVED
    return answer.status in {502, 504}


def is_held(answer: Response | NoResponse) -> bool:
    """Whether an answer is the guard's."""
    return isinstance(answer, NoResponse) and answer.kind == "unsent" and answer.reason.startswith(_HELD)


def is_remote(base_url: str | None) -> bool:
    """Whether a base URL leads to another machine, by its name: what a name resolves to may be a way to another."""
    if base_url is None:
        return False
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True

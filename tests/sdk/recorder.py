"""Records what the published SDK says to a responder, through the transport of its own HTTP client: no socket, no clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import telnyx

from conformance.cases.recorded import RecordedExchange
from conformance.model.message import NoResponse, Request, Response
from conformance.model.ports import Responder
from conformance.redaction.exchanges import Redactor
from conformance.spec.router import Router

BASE_URL = "https://api.telnyx.com/v2"
START = datetime(2026, 1, 1, tzinfo=UTC)
BOUNDARY = b"recorded-form-boundary"
# They differ from one machine, or one release of the SDK, to the next, and say nothing of the call.
DROPPED = re.compile(r"x-stainless-.*|host|connection|accept-encoding|content-length|user-agent", re.IGNORECASE)


class Unexpected(AssertionError):
    """The service answered otherwise than the chain means it to."""


class Recorder(httpx.BaseTransport):
    """Keeps the exchanges that the document knows, redacted. ``expected`` is the status class or status that must come."""

    def __init__(self, responder: Responder, router: Router, public: Iterable[str] = ()) -> None:
        self._responder, self._router, self._redact = responder, router, Redactor(public=public)
        self.expected = 2
        self.exchanges: list[RecordedExchange] = []
        self.undocumented: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the SDK."""
        sent = _sent(request)
        match = self._router.match(sent.method, sent.url)
        answer = self._responder.respond(sent)
        assert not isinstance(answer, NoResponse)
        if self.expected not in {answer.status, answer.status // 100}:
            raise Unexpected(f"{sent.method} {sent.url} -> {answer.status}\n{sent.body!r}\n{answer.body!r}")
        if match is None or match.operation is None:
            self.undocumented.append(f"{sent.method} {sent.url}")
        else:
            started = START + timedelta(seconds=len(self.exchanges))
            clean = self._redact(sent, replace(answer, elapsed=0.0))
            assert isinstance(clean.answer, Response)
            self.exchanges.append(RecordedExchange(
                request=clean.request, response=clean.answer, started=started.isoformat().replace("+00:00", ".000Z")
            ))  # fmt: skip
        return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body, request=request)


def _sent(request: httpx.Request) -> Request:
    body = request.read()
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    boundary = re.search(rb"boundary=(\S+)", request.headers.get("content-type", "").encode())
    if boundary is not None:
        body = body.replace(boundary[1], BOUNDARY)
        headers = [(name, value.replace(boundary[1].decode(), BOUNDARY.decode())) for name, value in headers]
    kept = tuple((name, value) for name, value in headers if not DROPPED.fullmatch(name))
    return Request(method=request.method, url=str(request.url), headers=kept, body=body)


class Client(telnyx.Telnyx):
    """The SDK's client over a recorder, with a way to say that a call is meant to fail."""

    def __init__(self, recorder: Recorder, base_url: str = BASE_URL) -> None:
        super().__init__(api_key="KEY0", base_url=base_url, max_retries=0, http_client=httpx.Client(transport=recorder))
        self.recorder = recorder

    def at(self, base_url: str) -> Client:
        """A client of another server of the same service."""
        return Client(self.recorder, base_url)

    def refused(self, status: int, call: Callable[[], object]) -> None:
        """A call that the service must refuse with a status."""
        self.recorder.expected = status
        answered = None
        try:
            call()
        except telnyx.APIStatusError as raised:
            answered = raised.status_code
        finally:
            self.recorder.expected = 2
        if answered != status:
            raise Unexpected(f"the call was not refused with {status}")

"""The process that sees what goes through a proxy: it records at once, and judges when there is time.

It is a process of its own so that no judgement delays the traffic, and so that it outlives a proxy that is killed: it reads
what there is and ends in order. What it cannot judge in time is recorded all the same, and counted.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.context import ForkContext, SpawnContext
from pathlib import Path

from conformance.cases.recorded import RecordedExchange
from conformance.cases.recorder import Recorder
from conformance.cases.redaction import Redactor
from conformance.errors import ConformanceError
from conformance.model.message import Headers, NoResponse, Request, Response
from conformance.model.record import Case, Exchange, Finding, Intent
from conformance.run.baseline import Baseline
from conformance.run.watch import SOURCE, Watch, Watched
from conformance.serve.proxy.tap import Passed, Tap, received, unpacked
from conformance.spec.document import Document

_MOST_WAITING = 10_000
_MOST_BYTES = 64 << 20
_SWITCH = 0.001
_NICE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a witness is to do.

    ``origin`` and ``base_url`` are the target's. ``record`` is the folder for recordings, ``None`` for none. ``began`` is in
    seconds since the epoch, ``limits`` in seconds by latency category.
    """

    document: Document
    origin: str
    base_url: str
    began: float
    record: Path | None = None
    baseline: Baseline = field(default_factory=Baseline.empty)
    limits: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """What a witness saw. ``dropped`` were not judged for want of time, ``too_long`` for want of a body, ``lost`` not recorded."""

    watched: Watched
    recording: Path | None = None
    recorded: int = 0
    dropped: int = 0
    too_long: int = 0
    lost: str = ""
    accidents: tuple[str, ...] = ()


class Witness:
    """A witness at work, from the parent's side. Start it before any thread: it may be a fork."""

    def __init__(self, orders: Orders, *, say: Callable[[str], None]) -> None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, option, 1 << 21)
        # Nothing of the document has to be read again where a process can be copied.
        context: SpawnContext | ForkContext = (
            multiprocessing.get_context("fork") if sys.platform.startswith("linux") else multiprocessing.get_context("spawn")
        )
        self._process = context.Process(target=_testify, args=(theirs, ours, orders, say), name="conformance-witness")
        self._process.start()
        theirs.close()
        self._socket = ours
        self.tap = Tap(ours)

    def testimony(self) -> Testimony:
        """What it saw; call it when the tap is closed. Waits until everything is judged.

        Raises:
            ConformanceError: when the witness was killed.
        """
        self._socket.setblocking(True)
        parts = []
        while data := self._socket.recv(1 << 20):
            parts.append(data)
        self._process.join()
        if not parts:
            raise ConformanceError("the process that records and judges was killed; what it recorded until then is on disk")
        found: Testimony = pickle.loads(b"".join(parts))  # noqa: S301 - from our own child
        return found


def _testify(end: socket.socket, other: socket.socket, orders: Orders, say: Callable[[str], None]) -> None:
    """The whole life of a witness."""
    if sys.platform.startswith("linux"):
        other.close()  # a copy of the parent's end would keep the socket open for ever
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent decides when it is over
    with suppress(OSError, AttributeError):
        os.nice(_NICE)
    sys.setswitchinterval(_SWITCH)
    sight = Sight(orders, say)
    for data in received(end):
        sight.take(data)
    told = sight.end()
    with suppress(OSError):
        end.sendall(pickle.dumps(told))
    end.close()


class Sight:
    """What a witness knows. ``take`` records in the order of arrival; a thread judges in the same order."""

    def __init__(self, orders: Orders, say: Callable[[str], None]) -> None:
        self._orders, self._say = orders, say
        self._redact = Redactor()
        self._recorder = None
        info = orders.document.raw.get("info")
        title = str(info.get("title") or "") if isinstance(info, dict) else ""
        if orders.record is not None:
            self._recorder = Recorder(orders.record, began=orders.began, target=orders.base_url, document=title,
                                      digest=orders.document.digest)  # fmt: skip
        self._watch = Watch(orders.document, base_url=orders.base_url, baseline=orders.baseline)
        self._waiting: deque[tuple[Exchange, Passed]] = deque()
        self._bytes = 0
        self._numbers = count(1)
        self._state = threading.Condition()
        self._is_over = False
        self._dropped = self._too_long = 0
        self._lost = ""
        self._accidents: list[str] = []
        self._thread = threading.Thread(target=self._judge_all, name="conformance-judge", daemon=True)
        self._thread.start()

    def take(self, data: bytes) -> None:
        """One exchange as the tap packed it."""
        passed = unpacked(data)
        request, answer = _messages(passed, self._orders.origin)
        self._record(passed, request, answer)
        if passed.request_body is None or passed.response_body is None:
            self._too_long += 1
            return
        case = Case(id=f"{SOURCE}-{next(self._numbers)}", operation="", stage=SOURCE, phase="", intent=Intent.RECORDED)
        exchange = Exchange(request=request, response=answer, case=case, operation=None)
        with self._state:
            if len(self._waiting) >= _MOST_WAITING or self._bytes > _MOST_BYTES:
                self._dropped += 1
                return
            self._waiting.append((exchange, passed))
            self._bytes += passed.request_size + passed.response_size
            self._state.notify()

    def _record(self, passed: Passed, request: Request, answer: Response | NoResponse) -> None:
        if self._recorder is None or self._lost:
            return
        left_out = (
            passed.request_size if passed.request_body is None else 0,
            passed.response_size if passed.response_body is None else 0,
        )
        clean = self._redact(
            RecordedExchange(request=request, response=answer if isinstance(answer, Response) else Response(status=0))
        )
        written = clean.response if isinstance(answer, Response) else answer
        try:
            self._recorder.add(clean.request, written, started=passed.started, connection=passed.connection, left_out=left_out)
        except OSError as raised:
            self._lost = f"recording ended after {self._recorder.count} exchanges: {raised.strerror or raised}"
            self._say(f"warning: {self._lost}")

    def _judge_all(self) -> None:
        while True:
            with self._state:
                self._state.wait_for(lambda: self._waiting or self._is_over)
                if not self._waiting:
                    return
                exchange, passed = self._waiting.popleft()
                self._bytes -= passed.request_size + passed.response_size
            try:
                for found in self._watch.see(exchange, alone=passed.alone, at=passed.started):
                    self._tell(found)
            except Exception as raised:  # noqa: BLE001 - a fault of ours must not end the watch
                self._accidents.append(f"{type(raised).__name__}: {raised}")

    def _tell(self, found: Finding) -> None:
        self._say(f"{found.severity.value:<7} {found.id}  {found.operation or ''}  {found.message}")

    def end(self) -> Testimony:
        """Judge what waits, and say what there was."""
        with self._state:
            self._is_over = True
            self._state.notify()
        self._thread.join()
        for found in self._watch.end(dict(self._orders.limits)):
            self._tell(found)
        recorder = self._recorder
        if recorder is not None:
            recorder.close()
        return Testimony(
            watched=self._watch.watched, recording=recorder.path if recorder is not None else None,
            recorded=recorder.count if recorder is not None else 0, dropped=self._dropped, too_long=self._too_long,
            lost=self._lost, accidents=tuple(self._accidents),
        )  # fmt: skip


def _messages(passed: Passed, origin: str) -> tuple[Request, Response | NoResponse]:
    request = Request(
        method=passed.method.decode("latin-1"), url=origin + passed.target.decode("latin-1"),
        headers=_headers(passed.request_headers), body=passed.request_body or b"",
    )  # fmt: skip
    answer = Response(
        status=passed.status, headers=_headers(passed.response_headers), body=passed.response_body or b"", elapsed=passed.elapsed
    )
    if passed.kind:
        begun = answer if passed.status else None
        return request, NoResponse(kind=passed.kind, reason=passed.reason, elapsed=passed.elapsed, begun=begun)
    return request, answer


def _headers(headers: list[tuple[bytes, bytes]]) -> Headers:
    return tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers])

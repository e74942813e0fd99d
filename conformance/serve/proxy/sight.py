"""What a witness does with each exchange: records it, redacted, at once, and judges it when nothing new has arrived."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from conformance.cases.recorder import Recorder
from conformance.errors import OutputError
from conformance.model.message import Headers, NoResponse, Request, Response
from conformance.model.record import Case, Exchange, Finding, Intent
from conformance.redaction.exchanges import Redacted, Redactor
from conformance.redaction.scan import expunged
from conformance.redaction.words import listed_words
from conformance.report.plain import plain
from conformance.run.baseline import Baseline
from conformance.run.watch import Watch, Watched
from conformance.serve.proxy.tap import Passed, unpacked
from conformance.spec.codings import Uncoded, codings, decoded
from conformance.spec.document import Document

_MOST_WAITING = 10_000
_MOST_BYTES = 64 << 20
_PATIENTLY = 20
_MOST_DECODED = 16 << 20
_MOST_ACCIDENTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a witness is to do.

    ``origin`` and ``base_url`` are the target's. ``record`` is the folder for recordings, ``None`` for none. ``began`` is in
    seconds since the epoch, ``limits`` in seconds by latency category. Without ``redact`` everything is written as it is.
    ``watch`` makes who judges: a ``Watch``, or one that looks at more. ``patient`` lets much more wait to be judged, for
    traffic that has an end. ``called`` is what recordings call the target where its URL says nothing: ``sandbox``.
    """

    document: Document
    origin: str
    base_url: str
    began: float
    record: Path | None = None
    redact: bool = True
    baseline: Baseline = field(default_factory=Baseline.empty)
    limits: tuple[tuple[str, float], ...] = ()
    watch: Callable[..., Watch] = Watch
    patient: bool = False
    called: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """What a witness saw; picklable.

    ``recorded`` exchanges are in ``recording``, which is ``None`` when there is none, or when it had to be deleted: then
    ``leak`` says why. ``dropped`` were not judged for want of time, ``too_long`` for want of a body, ``coded`` because
    their coding is not known here. ``lost`` says why recording ended early. ``credentials`` were seen, and must be in no file.
    """

    watched: Watched
    recording: Path | None = None
    recorded: int = 0
    dropped: int = 0
    too_long: int = 0
    coded: int = 0
    lost: str = ""
    leak: str = ""
    accidents: tuple[str, ...] = ()
    credentials: tuple[str, ...] = field(default=(), repr=False)

    @property
    def not_judged(self) -> int:
        """How many exchanges were not judged."""
        return self.dropped + self.too_long + self.coded


class Sight:
    """What a witness knows.

    Args:
        orders: what it is to do.
        say: writes a line for a person. Where nobody hears it any more, the work goes on.
        leave: is told at once where the recording is, and then each credential, for the case that the witness is killed.
    """

    def __init__(self, orders: Orders, say: Callable[[str], None], leave: Callable[[str], None] = lambda _: None) -> None:
        document = orders.document
        self._orders, self._aloud = orders, say
        self._redact = Redactor(schemes=document.security_schemes.values(), public=listed_words(document.raw), learnt=leave)
        self._recorder = _recorder(orders)
        if self._recorder is not None:
            leave(str(self._recorder.path))
        self._watch = orders.watch(document, base_url=orders.base_url, baseline=orders.baseline, shown=self._shown)
        self._waiting: deque[tuple[Exchange, Passed]] = deque()
        self._bytes = 0
        self._numbers = count(1)
        self._dropped = self._too_long = self._coded = 0
        self._lost = self._leak = ""
        self._accidents: list[str] = []

    def take(self, data: bytes) -> None:
        """One exchange as the tap packed it: it is recorded, and waits to be judged."""
        passed = unpacked(data)
        request, answer = _messages(passed, self._orders.origin)
        if self._recorder is not None and not self._lost:
            self._record(self._recorder, passed, request, answer)
        if passed.request_body is None or passed.response_body is None:
            self._too_long += 1
            return
        source = self._watch.source
        case = Case(id=f"{source}-{next(self._numbers)}", operation="", stage=source, phase="", intent=Intent.RECORDED)
        exchange = Exchange(request=request, response=answer, case=case, operation=None)
        more = _PATIENTLY if self._orders.patient else 1
        if len(self._waiting) >= _MOST_WAITING * more or self._bytes > _MOST_BYTES * more:
            self._dropped += 1
            return
        self._waiting.append((exchange, passed))
        self._bytes += passed.request_size + passed.response_size

    @property
    def has_work(self) -> bool:
        """Whether an exchange waits to be judged."""
        return bool(self._waiting)

    def _say(self, text: str) -> None:
        with suppress(Exception):  # a terminal that was closed, a pipe that nobody reads
            self._aloud(text)

    # Recording

    def _record(self, recorder: Recorder, passed: Passed, request: Request, answer: Response | NoResponse) -> None:
        sizes = (_left_out(passed.request_body, passed.request_size), _left_out(passed.response_body, passed.response_size))
        try:
            clean = self._clean(request, answer)
            left_out = (sizes[0] or clean.left_out[0], sizes[1] or clean.left_out[1])
            recorder.add(clean.request, clean.answer, started=passed.started, connection=passed.connection, left_out=left_out)
        except OSError as raised:
            self._lost = f"recording ended after {recorder.count:,} exchanges: {raised.strerror or raised}"
            self._say(f"warning: {self._lost}")
        except Exception as raised:
            # What cannot be redacted is not written; the traffic and the rest of the recording go on.
            self._accident("an exchange was not recorded", raised)

    def _clean(self, request: Request, answer: Response | NoResponse) -> Redacted:
        if not self._orders.redact:
            return Redacted(request=request, answer=answer)
        return self._redact(request, answer)

    def _shown(self, found: Finding) -> Finding:
        """A finding that can be written: with stand-ins where the recording has them."""
        if not self._orders.redact or found.request is None:
            return found
        clean = self._redact(found.request, found.response or NoResponse(kind="", reason=""))
        response = clean.answer if isinstance(clean.answer, Response) else None
        message, test = self._redact.text(found.message), self._redact.text(found.test)
        return replace(found, request=clean.request, response=response, message=message, test=test)

    # Judging

    def judge_one(self) -> None:
        """Judge the exchange that has waited the longest."""
        exchange, passed = self._waiting.popleft()
        self._bytes -= passed.request_size + passed.response_size
        try:
            self._judge(exchange, passed)
        except Exception as raised:
            self._accident("an exchange was not judged", raised)

    def _judge(self, exchange: Exchange, passed: Passed) -> None:
        answer = exchange.response
        names = codings(answer.header("content-encoding")) if isinstance(answer, Response) and answer.body else ()
        if names and isinstance(answer, Response):
            try:
                plain = decoded(answer.body, names, most=_MOST_DECODED)
            except Uncoded as raised:
                if raised.reason != "broken":
                    self._coded += 1
                    return
            else:
                kept = tuple(pair for pair in answer.headers if pair[0].lower() != "content-encoding")
                exchange = replace(exchange, response=replace(answer, headers=kept, body=plain))
        for found in self._watch.see(exchange, alone=passed.alone, at=passed.started):
            self._tell(found)

    def _tell(self, found: Finding) -> None:
        known = " (known)" if found.known is not None else ""
        text = f"{found.severity.value:<7} {found.id}{known}  {found.operation or ''}  {found.message}"
        self._say(plain(text))

    def _accident(self, what: str, raised: Exception) -> None:
        # Not its text: that may hold what was being redacted.
        if len(self._accidents) < _MOST_ACCIDENTS:
            trace, at = raised.__traceback__, ""
            while trace is not None:
                at = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
                trace = trace.tb_next
            self._accidents.append(f"{what}: {type(raised).__name__} at {at}")

    # The end

    def end(self) -> Testimony:
        """Judge what waits, look through what was written, and say what there was."""
        try:
            while self.has_work:
                self.judge_one()
            for found in self._watch.end(dict(self._orders.limits)):
                self._tell(found)
        except Exception as raised:
            # Whatever became of the judging, what was written is looked through.
            self._accident("the end was not judged", raised)
        recorder, path = self._recorder, None
        credentials = self._redact.credentials if self._orders.redact else ()
        if recorder is not None:
            try:
                recorder.close()
            except OSError as raised:
                self._lost = self._lost or f"the recording may not last: {raised.strerror or raised}"
            self._leak = expunged([recorder.path], credentials).get(recorder.path, "")
            path = None if self._leak else recorder.path
        return Testimony(
            watched=self._watch.watched, recording=path, recorded=recorder.count if recorder is not None else 0,
            dropped=self._dropped, too_long=self._too_long, coded=self._coded, lost=self._lost, leak=self._leak,
            accidents=tuple(self._accidents), credentials=credentials,
        )  # fmt: skip


def _recorder(orders: Orders) -> Recorder | None:
    if orders.record is None:
        return None
    info = orders.document.raw.get("info")
    title = str(info.get("title") or "") if isinstance(info, dict) else ""
    return Recorder(orders.record, began=orders.began, target=orders.called or orders.base_url, document=title,
                    digest=orders.document.digest, redacted=orders.redact)  # fmt: skip


def prepare(folder: Path) -> None:
    """Make sure that a recording can be made in a folder.

    Raises:
        OutputError: when it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        trial = folder / ".conformance-trial"
        trial.touch(mode=0o600)
        trial.unlink()
    except OSError as raised:
        raise OutputError(path=str(folder), reason=raised.strerror or str(raised), option="--record") from None


def _left_out(body: bytes | None, size: int) -> int:
    return size if body is None else 0


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

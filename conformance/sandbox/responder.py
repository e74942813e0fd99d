"""The sandbox: a stateful service made from a document alone, as a responder without any I/O."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from conformance.model.message import UNABLE, Headers, NoResponse, Request, Response
from conformance.model.operation import MediaType, Operation
from conformance.sandbox.answers import Answers, Broken, Success
from conformance.sandbox.auth import given, refusal
from conformance.sandbox.content import concrete, written
from conformance.sandbox.envelope import Envelope
from conformance.sandbox.events import Events, Listener
from conformance.sandbox.intake import MAX_BODY, Refused, taken
from conformance.sandbox.layout import Layout
from conformance.sandbox.lenience import judged
from conformance.sandbox.list_headers import list_headers
from conformance.sandbox.listing import Page
from conformance.sandbox.overlay import NO_OVERLAY, Overlay
from conformance.sandbox.problems import Complaint, phrase, status_for
from conformance.sandbox.records import Records
from conformance.sandbox.roles import Role
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.sandbox.service import Call, Missing, Outcome, Service
from conformance.sandbox.sessions import HEADER, Sessions
from conformance.sandbox.state import Record
from conformance.sandbox.ticking import Ticking
from conformance.sandbox.totals import Address, told
from conformance.sandbox.turn import FAULTLESS, Conduct, Turn
from conformance.spec.body import is_json
from conformance.spec.document import Document
from conformance.spec.parameters import path_text
from conformance.spec.reading import RequestError, read_request


class Sandbox:
    """Answers like the service that the document describes, and remembers.

    Args:
        document: the document.
        seed: the same seed and the same requests give the same answers.
        state: ``strict``, where what was not created or is deleted is not there, or ``lenient``, where whatever is asked
            for is brought to life and what a client makes up or leaves out is excused (see ``lenience``).
        token: the only credential that passes; any passes when neither it nor ``users`` is given.
        users: user names by credential; each sees only what is its own.
        clock: seconds since 1970; one of its own that moves on when something is written, when it is not given.
        overlay: exceptions to what is inferred from the document.
        layout: what was inferred from both, if it was before; its overlay counts.
        conduct: how the service behaves; without fault when it is not given.
        listener: is told of the events that follow an answer (see ``events``); nobody is when it is not given.
        max_body: bytes of a request's body, decoded, beyond which it is refused.
    """

    def __init__(
        self,
        document: Document,
        *,
        seed: int = 0,
        state: str = "strict",
        token: str | None = None,
        users: Mapping[str, str] | None = None,
        clock: Callable[[], float] | None = None,
        overlay: Overlay = NO_OVERLAY,
        layout: Layout | None = None,
        conduct: Conduct = FAULTLESS,
        listener: Listener | None = None,
        max_body: int = MAX_BODY,
    ) -> None:
        self.document, self.state, self.conduct, self.max_body = document, state, conduct, max_body
        self._users = dict(users or {})
        self._accepted = frozenset({*self._users, *([token] if token is not None else [])}) or None
        self.layout = layout = layout or Layout(document, overlay)
        self._sampler = Sampler(direction="response", seed=seed)
        self._answers = Answers(
            document.operations,
            self._sampler,
            {label: note.status for label, note in layout.overlay.operations.items() if note.status is not None},
        )
        self._events = (
            Events(document, layout.resources, listener, seed=seed, overlay=layout.overlay) if listener is not None else None
        )
        self._clock = clock
        self._sessions = Sessions(self._records)
        self._lock = threading.RLock()
        self._count = 0

    def _records(self, user: str) -> Records:
        owner = f"{user}@" if user else ""
        return Records(self._sampler, self._clock or Ticking(), lenient=self.state == "lenient", owner=owner)

    def reset(self, session: str | None = None) -> None:
        """Forget everything that requests have done, in one session or in all."""
        with self._lock:
            self._sessions.reset(session)

    @property
    def sessions(self) -> tuple[str, ...]:
        """The names of the sessions that there are; empty is the one of requests that name none."""
        return self._sessions.names

    def snapshot(self, session: str = "") -> dict[str, Any]:
        """Everything that a session remembers, as a JSON value."""
        with self._lock:
            return self._sessions.snapshot(session)

    def restore(self, snapshot: Any, session: str = "") -> None:
        """Put a session back to where it was when ``snapshot`` was taken.

        Raises:
            ValueError: when ``snapshot`` is none; nothing has changed then.
        """
        with self._lock:
            self._sessions.restore(session, snapshot)

    @property
    def broken(self) -> Mapping[str, str]:
        """The operations that can only be answered with 501, by label, with the reason. Looks at every operation."""
        found = {}
        for operation in self.document.operations:
            with self._lock:
                try:
                    self._answers.success(operation)
                except Broken as raised:
                    found[operation.label] = str(raised)
        return found

    def respond(self, request: Request) -> Response | NoResponse:
        """The answer: one that the document allows or HTTP itself asks for, unless ``conduct`` spoils it.

        ``elapsed`` is how long the service would have taken.
        """
        with self._lock:
            answer = self._respond(request)
        if request.method.upper() == "HEAD" and isinstance(answer, Response):
            size = (("content-length", str(len(answer.body))),) if answer.body else ()
            return replace(answer, headers=(*answer.headers, *size), body=b"")
        return answer

    def _respond(self, request: Request) -> Response | NoResponse:
        match = self.layout.router.match(request.method, request.url)
        if match is not None and match.operation is None and request.method == "HEAD":
            match = self.layout.router.match("GET", request.url) or match  # who has GET has HEAD (RFC 9110 section 9.1)
        operation = match.operation if match is not None else None
        session = self._sessions.of(request.header(HEADER) or "", self._user(operation, request))
        turn = Turn(request=request, number=self._count, session=session, operation=operation,
                    peers=lambda: self._sessions.beside(session))  # fmt: skip
        self._count += 1
        arrived = self.conduct.arrival(turn)
        if not isinstance(arrived, Request):
            return arrived
        if match is None:
            answer = self._refuse(None, 404, "the document has no such path")
        elif operation is None:
            allowed = ", ".join(match.allowed)
            answer = self._refuse(None, 405, f"the path takes {allowed}", (("allow", allowed),))
        else:
            turn.request = arrived
            try:
                answer = self._allowed(operation, match.values, turn)
            except Broken as raised:
                answer = self._refuse(None, 501, f"the document does not say how to answer: {raised}", ((UNABLE, "yes"),))
        left = self.conduct.departure(turn, answer)
        if self._events is not None:
            self._events.after(turn, left)
        return left

    def _user(self, operation: Operation | None, request: Request) -> str:
        if not self._users or operation is None:
            return ""
        return next((self._users[credential] for credential in given(operation, request) if credential in self._users), "")

    def _allowed(self, operation: Operation, values: Mapping[str, str], turn: Turn) -> Response:
        request, success = turn.request, self._answers.success(operation)
        challenges = self.conduct.challenge(turn, refusal(operation, request, accepted=self._accepted))
        if challenges is not None:
            headers = tuple(("www-authenticate", challenge) for challenge in challenges)
            return self._refuse(operation, 401, "credentials are missing or not accepted", headers)
        try:
            request = taken(request, most=self.max_body)
        except Refused as raised:
            status = status_for(operation, (400, 422)) if raised.status == 400 else raised.status
            return self._refuse(operation, status, raised.detail, raised.headers)
        reading = read_request(operation, request, values)
        judgement = judged(operation, request, values, reading, lenient=self.state == "lenient")
        errors = self.conduct.breaches(turn, judgement.errors)
        if errors:
            return self._invalid(operation, errors)
        media = success.media_for(request.header("accept"))
        if success.medias and media is None:
            return self._refuse(operation, 406, f"the answer is {', '.join(media.name for media in success.medias)}")
        turn.call = Call(
            plan=self.layout.plan(operation), reading=judgement.reading, place=self.layout.place(operation, media),
            url=request.url.partition("?")[0], query=request.url.partition("?")[2].partition("#")[0],
            texts=_texts(operation, values),
        )  # fmt: skip
        answer = turn.session.retries.find(operation, request)
        if answer is None:
            answer = self._perform(turn, turn.call, success, media)
            turn.session.retries.keep(operation, request, answer)
        return replace(answer, headers=(*answer.headers, *judgement.headers)) if judgement.excused else answer

    def _perform(self, turn: Turn, call: Call, success: Success, media: MediaType | None) -> Response:
        service = turn.session.service
        try:
            outcome = turn.outcome = self.conduct.effect(turn, service.perform)
        except Missing as raised:
            status = status_for(call.plan.operation, (404, 410))
            complaint = Complaint(title=phrase(status), detail=f"there is no {raised.name!r}", pointer=raised.pointer)
            return self._answers.refusal(call.plan.operation, status, [complaint])
        body = b"" if media is None else self._body(service, call, media, outcome)
        made = outcome.record if call.plan.role is Role.CREATE else None
        said = {"location": f"{call.url}/{quote(made.key, safe='')}"} if made is not None and success.spec.headers else {}
        if outcome.page is not None and success.spec.headers:
            said = list_headers(success.spec, outcome.page, Address(url=call.url, query=call.query))
        return self._answers.answer(success, media, body, said=said)

    def _body(self, service: Service, call: Call, media: MediaType, outcome: Outcome) -> bytes:
        name, place, record = concrete(media.name), call.place, outcome.record
        if place is None or not is_json(name):
            return written(self._answers.sampled(media), name)
        if outcome.page is not None:
            return self._list_text(service, call, media, outcome.page)
        if record is None:
            return written(self._answers.filled(media, outcome.partial, salt=call.plan.operation.label), name)
        key = f"{call.plan.operation.pointer}#{media.name}"
        if call.plan.role is Role.READ and key in record.views:
            return bytes(record.views[key])
        frame = self._answers.frame(media, place)
        if frame is not None:
            is_read = call.plan.role is Role.READ
            with suppress(Unsatisfiable):
                if not (is_read and service.records.has_text(record, place.item)):
                    service.settle(call, record, service.records.view(record, place.item))
                return frame.around(service.records.text(record, place.item, keep=is_read))
        body = self._record_body(service, media, place, record)
        shown = place.find(body)
        service.settle(call, record, shown[0] if place.many and isinstance(shown, list) and shown else shown)
        text = written(body, name)
        if call.plan.role is Role.READ:
            record.views[key] = text
        return text

    def _record_body(self, service: Service, media: MediaType, place: Envelope, record: Record) -> Any:
        try:
            shown = service.records.view(record, place.item)
        except Unsatisfiable:
            return self._answers.filled(media, place.wrap([record.value] if place.many else record.value), salt=record.salt)
        return self._answers.framed(media, place, [shown] if place.many else shown, salt=record.salt)

    def _list_text(self, service: Service, call: Call, media: MediaType, page: Page) -> bytes:
        place, texts, address = call.place, [], Address(url=call.url, query=call.query)
        assert place is not None
        for record in page.items:
            with suppress(Unsatisfiable):
                texts.append(service.records.text(record, place.item))

        def tell(body: Any) -> Any:
            if not isinstance(body, dict):
                return body
            return told(body, media.schema, page, address, beside=place.path, usual=self.layout.resources.usual)

        text = self._answers.listed(media, place, texts, tell)
        return text if text is not None else written(self._list_body(service, call, media, page), concrete(media.name))

    def _list_body(self, service: Service, call: Call, media: MediaType, page: Page) -> Any:
        place, shown = call.place, []
        assert place is not None
        for record in page.items:
            try:
                shown.append(service.records.view(record, place.item))
            except Unsatisfiable:
                continue
        body = self._answers.framed(media, place, shown, salt="list")
        if not isinstance(body, dict):
            return body
        held = place.find(body)
        # Where a schema asks for more things than there are, those that stand in for them count too.
        least = page.start + len(held) if isinstance(held, list) else 0
        true: Any = body
        # A schema may leave no room for the true total: then what is shown is all there is.
        for total in dict.fromkeys((max(page.total, least), least)):
            address, counted = Address(url=call.url, query=call.query), replace(page, total=total)
            true = told(body, media.schema, counted, address, beside=place.path, usual=self.layout.resources.usual)
            if self._answers.valid(media, true):
                return true
        return self._told_partly(media, place, body, true)

    def _told_partly(self, media: MediaType, place: Envelope, body: Any, true: Any) -> Any:
        """The true words where the schema lets them in, the sampled ones elsewhere."""
        filled = self._answers.filled(media, true, salt="list")
        return filled if self._answers.valid(media, filled) and place.find(filled) == place.find(body) else body

    def _refuse(self, operation: Operation | None, status: int, detail: str, headers: Headers = ()) -> Response:
        return self._answers.refusal(operation, status, [Complaint(title=phrase(status), detail=detail)], headers)

    def _invalid(self, operation: Operation, errors: tuple[RequestError, ...]) -> Response:
        kinds = {error.kind for error in errors}
        if "media-type" in kinds:
            status = 415
        elif "syntax" in kinds:
            status = status_for(operation, (400, 422))
        elif all(error.pointer.startswith("/path/") for error in errors):
            status = status_for(operation, (422, 400, 404))
        else:
            status = status_for(operation, (422, 400))
        complaints = [Complaint(title=_title(error), detail=error.message, pointer=error.pointer) for error in errors]
        return self._answers.refusal(operation, status, complaints)


def _texts(operation: Operation, values: Mapping[str, str]) -> tuple[str, ...]:
    declared = {parameter.name: parameter for parameter in operation.parameters_in("path")}
    return tuple(path_text(declared.get(name), raw) for name, raw in values.items())


def _title(error: RequestError) -> str:
    if error.kind == "media-type":
        return phrase(415)
    return "Malformed body" if error.kind == "syntax" else f"Invalid {error.kind}"

"""Answers that keep the document's promises: status, media type, body and headers, checked before they are sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.model.message import Headers, Response
from conformance.model.operation import MediaType, Operation, Parameter, ResponseSpec
from conformance.sandbox import fields, problems
from conformance.sandbox.content import acceptable, concrete, written
from conformance.sandbox.envelope import Envelope, merged
from conformance.sandbox.frames import Frame, frame, is_open
from conformance.sandbox.problems import Complaint
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.sandbox.shapes import NOTHING
from conformance.spec.body import is_json

# The server writes these itself.
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding", "date", "content-type", "upgrade"})
_MOST_AGREED = 100
_BODILESS = frozenset({204, 205, 304})
_UNABLE = 501


class Broken(Exception):
    """Nothing that the document says of the operation can be kept; an answer to the client, not a mistake of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """How an operation answers when all is well. ``medias`` are those that can be satisfied; none when there is no body."""

    status: int
    spec: ResponseSpec
    medias: tuple[MediaType, ...]
    _agreed: dict[str | None, MediaType | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def media_for(self, accept: str | None) -> MediaType | None:
        """The media type to answer in, or ``None`` when the client takes none of them."""
        if accept not in self._agreed:
            if len(self._agreed) >= _MOST_AGREED:
                self._agreed.clear()
            usable = {media.pointer for media in self.medias}
            self._agreed[accept] = next((media for media in acceptable(self.spec, accept) if media.pointer in usable), None)
        return self._agreed[accept]


class Answers:
    """Writes answers for the operations of one document."""

    def __init__(self, operations: Sequence[Operation], sampler: Sampler, statuses: Mapping[str, int] | None = None) -> None:
        """``statuses`` are those to answer with when all is well, by label, where it is not for the document to choose."""
        self.sampler = sampler
        self._statuses = statuses or {}
        self._operations = operations
        self._successes: dict[str, Success | str] = {}
        self._frames: dict[str, Any] = {}
        self._texts: dict[str, Frame | None] = {}
        self._proved: set[str] = set()
        self._headers: dict[str, Headers] = {}
        self._common: list[MediaType | None] = []

    def success(self, operation: Operation) -> Success:
        """How the operation answers when all is well.

        Raises:
            Broken: when it cannot.
        """
        found = self._successes.get(operation.label)
        if found is None:
            found = self._successes[operation.label] = self._success(operation)
        if isinstance(found, str):
            raise Broken(found)
        return found

    def _success(self, operation: Operation) -> Success | str:
        if operation.broken is not None:
            return operation.broken
        reason = "it documents no answer"
        for status, spec in self._preferred(operation):
            if not spec.content or status in _BODILESS or operation.method == "head":
                return Success(status=status, spec=spec, medias=())
            usable = []
            for media in spec.content.values():
                try:
                    self.sampled(media)
                    usable.append(media)
                except Unsatisfiable as raised:
                    reason = f"its answer {status} cannot be made: {raised}"
            if usable:
                return Success(status=status, spec=spec, medias=tuple(usable))
        return reason

    def _preferred(self, operation: Operation) -> list[tuple[int, ResponseSpec]]:
        wanted = self._statuses.get(operation.label)
        spec = operation.response_for(wanted) if wanted is not None else None
        found = _by_preference(operation)
        return [(wanted, spec), *found] if wanted is not None and spec is not None else found

    def sampled(self, media: MediaType) -> Any:
        """A body without any wish, remembered."""
        if media.pointer not in self._frames:
            if media.schema is None:
                value: Any = media.examples[0] if media.examples else {} if is_json(concrete(media.name)) else "text"
            else:
                value = self.sampler.complete(media.schema, media.examples[0] if media.examples else NOTHING)
            self._frames[media.pointer] = value
        return self._frames[media.pointer]

    def filled(self, media: MediaType, partial: Any, *, salt: str) -> Any:
        """A body that keeps as much of ``partial`` as the schema lets it."""
        if media.schema is None:
            return partial if partial is not NOTHING and is_json(concrete(media.name)) else self.sampled(media)
        example = media.examples[0] if media.examples else None
        if isinstance(example, dict) and isinstance(partial, dict):
            partial = merged(example, partial)
        if partial is NOTHING:
            return self.sampled(media)
        try:
            return self.sampler.complete(media.schema, partial, salt=salt)
        except Unsatisfiable:
            return self.sampled(media)

    def framed(self, media: MediaType, place: Envelope, inner: Any, *, salt: str) -> Any:
        """A body around an item or a list of items that are ready; what stands beside them is made once."""
        body = self._around(media, place, inner)
        if not self.valid(media, body):
            return self.filled(media, body, salt=salt)
        if place.many and place.find(body):
            self._proved.add(media.pointer)
        elif media.pointer not in self._texts and not place.many:
            self._texts[media.pointer] = frame(body, place.path, many=False) if is_open(media, place) else None
        return body

    def _around(self, media: MediaType, place: Envelope, inner: Any) -> Any:
        if not place.path or media.schema is None:
            return inner
        key = f"{media.pointer}#frame"
        if key not in self._frames:
            self._frames[key] = self.filled(media, place.wrap([] if place.many else inner), salt="frame")
        around = self._frames[key]
        return {**around, **place.wrap(inner)} if isinstance(around, dict) else place.wrap(inner)

    def frame(self, media: MediaType, place: Envelope) -> Frame | None:
        """What is written around one thing, once a body with one has been checked; ``None`` where that is not enough."""
        return self._texts.get(media.pointer) if not place.many else None

    def listed(self, media: MediaType, place: Envelope, texts: Sequence[bytes], tell: Callable[[Any], Any]) -> bytes | None:
        """A list of things that were checked and written; ``tell`` makes true what is said about it.

        ``None`` where the whole must be checked.
        """
        # What was found by looking at the schemas is held against a whole body once.
        if not place.many or not is_open(media, place) or (texts and media.pointer not in self._proved):
            return None
        body = tell(self._around(media, place, []))
        around = frame(body, place.path, many=True) if self.valid(media, body) else None
        return around.around(b",".join(texts)) if around is not None else None

    @staticmethod
    def valid(media: MediaType, body: Any) -> bool:
        """Whether a body may be sent."""
        return media.schema is None or media.schema.is_valid(body, direction="response")

    def answer(self, success: Success, media: MediaType | None, body: bytes, *, said: Mapping[str, str]) -> Response:
        """A response with everything that its entry in the document asks for; ``said`` are headers that are known, by name."""
        if not success.spec.headers:
            kind = (("content-type", concrete(media.name)),) if media is not None else ()
            return Response(status=success.status, headers=kind, body=body)
        known = {**said, "content-length": str(len(body))}
        declared = {name.lower(): header for name, header in success.spec.headers.items()}
        true = {name: text for name, value in known.items() if name in declared
                and (text := fields.said(declared[name], value)) is not None}  # fmt: skip
        headers = [(name, true.get(name.lower(), value)) for name, value in self.headers(success.spec)]
        headers += [(name, text) for name, text in true.items() if name in _FRAMING]
        if media is not None:
            headers.insert(0, ("content-type", concrete(media.name)))
        return Response(status=success.status, headers=tuple(headers), body=body)

    def headers(self, spec: ResponseSpec) -> Headers:
        """The declared headers of an answer, with values that fit."""
        if spec.pointer not in self._headers:
            found = (
                (name, fields.sampled(header, self.sampler))
                for name, header in spec.headers.items()
                if name.lower() not in _FRAMING
            )
            self._headers[spec.pointer] = tuple(
                (name, _tagged(name, value, spec.headers[name])) for name, value in found if value is not None
            )
        return self._headers[spec.pointer]

    def refusal(self, operation: Operation | None, status: int, complaints: Sequence[Complaint], extra: Headers = ()) -> Response:
        """An error answer, in the operation's own shape for the status, else in the document's dominant one."""
        spec = operation.response_for(status) if operation is not None else None
        if spec is None:
            media = self._dominant()
            return self._error(status, complaints, (media,) if media is not None else (), extra)
        declared = {name.lower(): header for name, header in spec.headers.items()}
        extra = tuple((name, value) for name, value in extra if name not in declared or fields.fits(declared[name], value))
        given = {name.lower() for name, _ in extra}
        headers = tuple((name, value) for name, value in self.headers(spec) if name.lower() not in given)
        if not spec.content:
            return Response(status=status, headers=(*headers, *extra))
        ranked = sorted(spec.content.values(), key=lambda media: (not is_json(media.name), "problem" not in media.name))
        return self._error(status, complaints, ranked, (*headers, *extra))

    def _error(self, status: int, complaints: Sequence[Complaint], medias: Sequence[MediaType], headers: Headers) -> Response:
        for media in medias:
            name = concrete(media.name)
            try:
                body = written(self._problem(media, status, complaints), name)
            except Unsatisfiable:
                continue
            return Response(status=status, headers=(("content-type", name), *headers), body=body)
        if status != _UNABLE and medias and all(media.schema is not None and media.schema.problem() is None for media in medias):
            raise Broken(f"no answer {status} can be made")
        name = concrete(medias[0].name) if medias else "application/problem+json"
        plain = {"title": complaints[0].title, "status": status, "detail": complaints[0].detail}
        return Response(status=status, headers=(("content-type", name), *headers), body=json.dumps(plain).encode())

    def _problem(self, media: MediaType, status: int, complaints: Sequence[Complaint]) -> Any:
        if not is_json(concrete(media.name)):
            return "\n".join(complaint.detail for complaint in complaints) if media.schema is None else self.sampled(media)
        if media.schema is None:
            return {"title": complaints[0].title, "status": status, "detail": complaints[0].detail}
        return self.sampler.complete(media.schema, problems.problem(media.schema, status, complaints), salt="error", rich=False)

    def _dominant(self) -> MediaType | None:
        if not self._common:
            self._common.append(problems.dominant(self._operations))
        return self._common[0]


def _tagged(name: str, value: str, header: Parameter) -> str:
    """An entity tag has quotation marks (RFC 9110 section 8.8.3), which documents seldom say."""
    quoted = f'"{value}"'
    return quoted if name.lower() == "etag" and '"' not in value and fields.fits(header, quoted) else value


def _by_preference(operation: Operation) -> list[tuple[int, ResponseSpec]]:
    """The statuses to answer with: success first, as the document orders it, then redirection; else errors."""
    listed = list(operation.responses.items())
    found = [(int(status), spec) for status, spec in listed if status.isdigit() and len(status) == 3 and status[0] == "2"]
    found += [(200, spec) for status, spec in listed if status.upper() == "2XX"]
    found += [(200, spec) for status, spec in listed if status == "default"]
    found += [(int(status), spec) for status, spec in listed if status.isdigit() and len(status) == 3 and status[0] == "3"]
    others = [(int(status[0]) * 100, spec) for status, spec in listed if status.upper() in {"3XX", "4XX", "5XX"}]
    others += [(int(status), spec) for status, spec in listed if status.isdigit() and len(status) == 3 and status[0] in "45"]
    # A refusal in place of a success that cannot be made would accuse a request that is right.
    return found or sorted(others, key=lambda pair: pair[0])

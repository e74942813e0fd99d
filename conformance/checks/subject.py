"""What a check looks at: one exchange, read once, with what the document says of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.model.message import Request, Response
from conformance.model.operation import MediaType, Operation, ResponseSpec
from conformance.model.record import Intent
from conformance.spec.body import ABSENT, OPAQUE, BodyReading, is_json, media_type_for, read_json
from conformance.spec.codings import Uncoded, codings, decoded
from conformance.spec.reading import RequestReading

# Statuses that say the same of a request; a service owes only one that the document lists for the situation.
UNAUTHENTICATED = frozenset({401, 403})
UNKNOWN = frozenset({404, 410})
INVALID = frozenset({400, 422})
MOST_DECODED = 64_000_000
"""Bytes that a body may grow to when its content coding is taken off."""

_INFRASTRUCTURE = frozenset({408, 413, 414, 429, 431})
_ASTRAY = frozenset({301, 302, 307, 308, 400, 404, 405})
UNSUPPORTED = frozenset({415, 400, 422})
_PLAIN_NAME = re.compile(r"(?!.*[0-9]{4})(?![0-9a-fA-F-]{8,}$)[A-Za-z_$@][A-Za-z0-9_$@.-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a check found, before it is a finding.

    ``detail`` tells two defects of one check apart and never holds generated values; ``pointer`` is in the document,
    the operation's own when empty. ``place`` is in the message.
    """

    message: str
    detail: str = ""
    pointer: str = ""
    place: str = ""


class Named(Protocol):
    """An error about properties."""

    @property
    def names(self) -> tuple[str, ...]:
        """The properties."""
        ...


def said(keyword: str, errors: Iterable[Named], pointer: str) -> str:
    """The ``detail`` of a broken schema: which keyword where, and the properties that are missing or without leave.

    Names that look made up are left out, for the next run makes up others.
    """
    names = sorted({name for error in errors for name in error.names if _PLAIN_NAME.fullmatch(name)})
    return " ".join((keyword, *names, pointer))


@dataclass(slots=True, kw_only=True)
class Subject:
    """One exchange that was answered, with its operation.

    ``operation`` is ``None`` when the URL's path is in the document but its method is not; ``allowed`` are
    the methods that the document has for the path. ``routed`` is false when the path is not in the document either
    (a generated value can lead astray). ``envelope`` is the names every documented error has. ``told`` are names that
    clients have sent so far: a service may keep what they belong to, and show it again. ``is_there`` is whether what the path
    names is known to exist.
    """

    request: Request
    response: Response
    operation: Operation | None
    reading: RequestReading | None
    allowed: tuple[str, ...] = ()
    intent: Intent = Intent.POSITIVE
    envelope: frozenset[str] = frozenset()
    routed: bool = True
    told: Collection[str] = ()
    is_there: bool = False
    _body: BodyReading | None = field(default=None, repr=False)
    _spec: tuple[ResponseSpec | None] | None = field(default=None, init=False, repr=False)
    _media: tuple[MediaType | None] | None = field(default=None, init=False, repr=False)

    @property
    def status(self) -> int:
        """The status code."""
        return self.response.status

    @property
    def succeeded(self) -> bool:
        """Whether the service says it did what was asked."""
        return 200 <= self.response.status < 300

    @property
    def spec(self) -> ResponseSpec | None:
        """What the document says of the status; nothing where something in front of the operation may have answered."""
        if self._spec is None:
            is_silent = self.operation is None or self.is_intercepted
            self._spec = (None if is_silent or self.operation is None else self.operation.response_for(self.response.status),)
        return self._spec[0]

    @property
    def is_intercepted(self) -> bool:
        """Whether a server or proxy may have answered before the operation could.

        Limits of size and rate are theirs, unless the document lists the very status; and a request that
        not every server takes as it is may never have come further.
        """
        status = self.response.status
        if self.operation is None or str(status) in self.operation.responses:
            return self.reading is not None and self.reading.is_fragile and status in _ASTRAY
        return status in _INFRASTRUCTURE or (self.reading is not None and self.reading.is_fragile and status in _ASTRAY)

    @property
    def media(self) -> MediaType | None:
        """What the document says of the body that came."""
        if self._media is None:
            spec = self.spec
            self._media = (media_type_for(spec.content, self.response.header("content-type")) if spec is not None else None,)
        return self._media[0]

    @property
    def may_have_body(self) -> bool:
        """Whether HTTP lets this answer have a body (RFC 9110 sections 6.4.1 and 9.3.2)."""
        return self.request.method.upper() != "HEAD" and self.status not in {204, 205, 304} and self.status >= 200

    def json(self) -> BodyReading:
        """The body as JSON, parsed once; ``ABSENT`` when it is none, ``OPAQUE`` when it does not claim to be JSON."""
        if self._body is None:
            media_type = self.response.media_type
            if not self.response.body:
                self._body = BodyReading(value=ABSENT)
            elif media_type is None or not is_json(media_type):
                self._body = BodyReading(value=OPAQUE)
            else:
                self._body = self._read()
        return self._body

    def _read(self) -> BodyReading:
        names = codings(self.response.header("content-encoding"))
        try:
            return read_json(decoded(self.response.body, names, most=MOST_DECODED))
        except Uncoded:
            # What is not in its coding has a finding of its own; of what stands in it nothing can be said.
            return BodyReading(value=OPAQUE)

    def carries_credentials(self) -> bool:
        """Whether the request carries something for every scheme of one of the operation's alternatives."""
        return self.operation is not None and any(
            all(_present(self.request, scheme) for scheme in alternative) for alternative in self.operation.security
        )

    def documented(self, statuses: frozenset[int]) -> bool:
        """Whether the operation lists one of the statuses, by code, range or default."""
        return self.operation is not None and any(self.operation.response_for(status) is not None for status in statuses)


def _present(request: Request, scheme: Any) -> bool:
    if scheme.kind == "apiKey":
        if scheme.location == "header":
            return bool(request.header(scheme.parameter))
        if scheme.location == "cookie":
            return f"{scheme.parameter}=" in (request.header("cookie") or "")
        return f"{scheme.parameter}=" in request.parts().query
    if scheme.kind == "mutualTLS":
        return True
    _, _, credentials = (request.header("authorization") or "").partition(" ")
    return bool(credentials.strip())


def error_envelope(operations: Mapping[str, Operation]) -> frozenset[str]:
    """The top-level names that nearly all documented JSON errors of a document share; empty when they differ."""
    counts: dict[str, int] = {}
    total = 0
    for operation in operations.values():
        for status, spec in operation.responses.items():
            if status[:1] in {"4", "5"} or status == "default":
                for media in spec.content.values():
                    if is_json(media.name) and media.schema is not None and media.schema.all_properties():
                        total += 1
                        for name in media.schema.all_properties():
                            counts[name] = counts.get(name, 0) + 1
    return frozenset(name for name, count in counts.items() if total >= 3 and count >= 0.9 * total)

"""Exchanges with stand-ins for all that a recording must not hold: in URLs, headers and bodies.

What must go: credentials by name, by shape and by what the document declares; cookies; telephone numbers and e-mail
addresses; what people write to one another; user information and signatures in URLs. The answer is gone through before its
request, for it may name secrets that the request holds; then both are searched for every credential that was ever seen, and
for what was replaced in them under another name.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from conformance.model.message import Headers, NoResponse, Request, Response
from conformance.model.operation import SecurityScheme
from conformance.redaction.bodies import Unreadable, clean_body
from conformance.redaction.names import Kind, is_secret_header, kind_of
from conformance.redaction.standins import REDACTED, Replaced, StandIns
from conformance.redaction.written import swapped
from conformance.spec.lately import Lately

_SCHEME = re.compile(r"(?i)(basic|bearer|digest|negotiate|token|apikey)\s+")
Message = TypeVar("Message", Request, Response, NoResponse, Response | NoResponse)

_EACH = 512
_COOKIES = frozenset({"cookie", "set-cookie"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """What can be written. ``left_out`` is the size of the two bodies that could not be read, 0 for those that are here."""

    request: Request
    answer: Response | NoResponse
    left_out: tuple[int, int] = (0, 0)


class Redactor:
    """Redacts the exchanges of one recording, in order. Not for several threads at once.

    Args:
        schemes: the document's security schemes; those of kind ``apiKey`` name headers, parameters and cookies.
        public: words that are left where texts go, such as the values that a document lists.
        learnt: is told of each credential before anything of its exchange is written.
    """

    def __init__(
        self,
        *,
        schemes: Iterable[SecurityScheme] = (),
        public: Iterable[str] = (),
        learnt: Callable[[str], None] = lambda _: None,
    ) -> None:
        keys = [scheme for scheme in schemes if scheme.kind == "apiKey"]
        self._headers = frozenset(scheme.parameter.lower() for scheme in keys if scheme.location == "header")
        named = (key.parameter for key in keys if key.location == "query")
        self._stand_ins = StandIns(public=public, credentials=named, learnt=learnt)
        # What requests brought with them is of no use to who replays them; what answers gave is.
        self._brought: set[str] = set()
        # By body; when, what it became (nothing when it stayed as it was), and what was replaced in it.
        self._bodies: Lately[tuple[int, bytes | None, Replaced]] = Lately(most=16 << 20, largest=1 << 20)

    def __call__(self, request: Request, answer: Response | NoResponse) -> Redacted:
        """Copies that can be written."""
        stand_ins = self._stand_ins
        stand_ins.begin()
        self._learn(request.headers)
        here: Response | NoResponse
        left = right = 0
        if isinstance(answer, Response):
            here, right = self._answer(answer)
        else:
            here = self._silence(answer)
        there, left = self._request(request)
        again = stand_ins.present(*_texts(there), *_texts(here))
        if again:
            there, here = _without(there, again), _without(here, again)
        return Redacted(request=there, answer=here, left_out=(left, right))

    def text(self, text: str) -> str:
        """A text about the last exchange, such as the message of a finding."""
        return self._stand_ins.text(swapped(text, self._stand_ins.present(text)))

    @property
    def credentials(self) -> tuple[str, ...]:
        """Every credential that was seen and is long enough to be searched for."""
        return self._stand_ins.credentials

    # Messages

    def _request(self, request: Request) -> tuple[Request, int]:
        body, headers, left_out = self._body(request, is_error=False)
        url = self._stand_ins.url(request.url)
        return Request(method=request.method, url=url, headers=self._clean(headers), body=body), left_out

    def _answer(self, answer: Response) -> tuple[Response, int]:
        body, headers, left_out = self._body(answer, is_error=answer.status >= 400)
        return replace(answer, headers=self._clean(headers), body=body), left_out

    def _silence(self, answer: NoResponse) -> NoResponse:
        return replace(answer, reason=self._stand_ins.text(answer.reason), begun=None)

    def _body(self, message: Request | Response, *, is_error: bool) -> tuple[bytes, Headers, int]:
        if not message.body:
            return b"", message.headers, 0
        try:
            body = self._cleaned(message, is_error=is_error)
        except Unreadable:
            return b"", message.headers, len(message.body)
        if body is message.body:
            return body, message.headers, 0
        # What is written has no coding any more, and another length.
        headers = tuple(
            (name, str(len(body)) if name.lower() == "content-length" else value)
            for name, value in message.headers
            if name.lower() != "content-encoding"
        )
        return body, headers, 0

    def _cleaned(self, message: Request | Response, *, is_error: bool) -> bytes:
        # What a body becomes follows from these, until something is learnt.
        stand_ins = self._stand_ins
        key = message.body, message.header("content-type"), message.header("content-encoding"), is_error
        found = self._bodies.get(key)
        if found is not None and found[0] == stand_ins.learnings:
            stand_ins.again(found[2])
            return message.body if found[1] is None else found[1]
        body, replaced = stand_ins.apart(lambda: clean_body(message, stand_ins, is_error=is_error))
        is_same = body is message.body
        size = len(message.body) + (0 if is_same else len(body))
        self._bodies.put(key, (stand_ins.learnings, None if is_same else body, replaced), size=size + _EACH)
        return body

    # Headers

    def _learn(self, headers: Headers) -> None:
        for name, value in headers:
            if not self._is_secret(name) or name.lower() in _COOKIES or REDACTED in value:
                continue
            for secret in _inside(value):
                if not self._stand_ins.is_known(secret):
                    self._brought.add(secret)
                    self._stand_ins.credential(secret)

    def _is_secret(self, name: str) -> bool:
        return is_secret_header(name) or name.lower() in self._headers

    def _clean(self, headers: Headers) -> Headers:
        return tuple([(name, self._header(name, value)) for name, value in headers])

    def _header(self, name: str, value: str) -> str:
        if self._is_secret(name):
            return self._secret(name.lower(), value)
        if "?" in value and "=" in value and "://" not in value:
            return self._stand_ins.url(value)  # a location may be relative
        if " " in value and kind_of(name) is Kind.TEXT:
            return self._stand_ins.under(Kind.TEXT, value)
        return self._stand_ins.text(value)

    def _secret(self, name: str, value: str) -> str:
        stand_ins = self._stand_ins
        if not value or REDACTED in value:
            return value
        if name == "set-cookie":
            pair, semicolon, rest = value.partition(";")
            key, _, cookie = pair.partition("=")
            return f"{key}={stand_ins.credential(cookie.strip()) if cookie.strip() else ''}{semicolon}{rest}"
        if name == "cookie":
            pairs = [pair.strip().partition("=") for pair in value.split(";") if pair.strip()]
            if all(stand_ins.is_stand_in(cookie) for _, _, cookie in pairs):
                return value
            if all(stand_ins.is_known(cookie) for _, _, cookie in pairs):
                return "; ".join(f"{key}={stand_ins.credential(cookie)}" for key, _, cookie in pairs)
            for _, _, cookie in pairs:
                stand_ins.credential(cookie)
            return REDACTED
        scheme = _SCHEME.match(value)
        bare = value[scheme.end() :] if scheme else value
        if stand_ins.is_stand_in(bare):
            return value
        if stand_ins.is_known(bare) and bare not in self._brought:
            return value[: len(value) - len(bare)] + stand_ins.credential(bare)
        return value[: len(value) - len(bare)] + REDACTED  # the scheme is no secret, and part of many a finding


def _inside(value: str) -> Iterable[str]:
    """The credentials in a header: what follows the scheme, and both parts of basic ones (RFC 7617)."""
    scheme = _SCHEME.match(value)
    bare = (value[scheme.end() :] if scheme else value).strip()
    if not bare:
        return
    yield bare
    if scheme and scheme[1].lower() == "basic":
        try:
            pair = base64.b64decode(bare, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return
        if pair.partition(":")[2]:
            yield pair.partition(":")[2]


def _without(message: Message, known: dict[str, str]) -> Message:
    """A message without what is known, wherever it stands in it."""
    if isinstance(message, NoResponse):
        return replace(message, reason=swapped(message.reason, known))
    headers = tuple([(name, swapped(value, known)) for name, value in message.headers])
    try:
        body = swapped(message.body.decode("utf-8"), known).encode()
    except UnicodeDecodeError:
        body = swapped(message.body.decode("latin-1"), known).encode("latin-1", "replace")
    if isinstance(message, Request):
        return Request(method=message.method, url=swapped(message.url, known), headers=headers, body=body)
    return replace(message, headers=headers, body=body)


def _texts(message: Request | Response | NoResponse) -> tuple[str, ...]:
    """Everything that will be written of a message."""
    if isinstance(message, NoResponse):
        return (message.reason,)
    head = "\n".join([value for _, value in message.headers])
    body = message.body.decode("utf-8", "replace")
    return (message.url, head, body) if isinstance(message, Request) else (head, body)

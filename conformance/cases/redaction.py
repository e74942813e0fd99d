"""What a recording must not hold, taken out before it is written.

Credentials are replaced by ``REDACTED``. In bodies a secret is replaced by a stand-in that is the same wherever the
secret occurs in one recording, so that a token that an answer gave and a later request used is still the same.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from conformance.cases.recorded import RecordedExchange
from conformance.model.message import Headers, Request, Response
from conformance.spec.body import is_json

REDACTED = "[redacted]"
_HEADERS = re.compile(
    r"authorization|proxy-authorization|cookie|set-cookie|.*(token|secret|api-?key|password|signature).*", re.IGNORECASE
)
_FIELDS = re.compile(
    r"(.*_)?(password|passwd|passphrase|secret|(api|private|secret|access)_?key|(access|refresh|id|bearer|auth|session)_?token)|token",
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-. ]")


class Redactor:
    """Redacts the exchanges of one recording, in order."""

    def __init__(self) -> None:
        self._stand_ins: dict[str, str] = {}

    def __call__(self, exchange: RecordedExchange) -> RecordedExchange:
        """A copy that can be written."""
        answer = self._response(exchange.response)  # first: it may name secrets that its own request holds
        return replace(exchange, request=self._request(exchange.request), response=answer)

    def _request(self, request: Request) -> Request:
        return replace(request, url=self._url(request.url), headers=self._headers(request.headers), body=self._body(request))

    def _response(self, response: Response) -> Response:
        return replace(response, headers=self._headers(response.headers), body=self._body(response))

    def _headers(self, headers: Headers) -> Headers:
        return tuple((name, REDACTED if _HEADERS.fullmatch(name) else self._known(value)) for name, value in headers)

    def _url(self, url: str) -> str:
        address, mark, query = url.partition("?")
        pairs = [pair.partition("=") for pair in query.split("&")]
        kept = [
            "".join((name, sign, REDACTED if value and is_secret(unquote_plus(name)) else value)) for name, sign, value in pairs
        ]
        return self._known(address + mark + "&".join(kept))

    def _body(self, message: Request | Response) -> bytes:
        content_type = message.header("content-type")
        if not message.body or content_type is None or not is_json(content_type):
            return message.body
        try:
            value = json.loads(message.body)
        except (ValueError, RecursionError):
            return message.body
        changed = self._value(value, "")
        if changed == value:
            return message.body
        return json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")

    def _value(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {name: self._value(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self._value(item, key) for item in value]
        if not isinstance(value, str) or not value:
            return value
        if is_secret(key):
            return self._stand_ins.setdefault(value, f"redacted{len(self._stand_ins) + 1:04d}")
        return self._known(value)

    def _known(self, text: str) -> str:
        """A text with the secrets of this recording replaced; short ones only where they stand alone."""
        for secret, stand_in in self._stand_ins.items():
            if secret == text or (len(secret) >= 8 and secret in text):
                text = text.replace(secret, stand_in)
        return text


def is_secret(key: str) -> bool:
    """Whether what stands under a name (``apiKey``, ``client-secret``) is a credential."""
    return _FIELDS.fullmatch(_HUMP.sub("_", key).lower()) is not None

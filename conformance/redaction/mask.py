"""Secrets out of everything that is written: headers, URLs, bodies and messages.

Three things are taken out. The values of headers and query parameters that carry credentials by their name, or
because the document declares them as an API key. Every occurrence of a known secret, as it is, percent-encoded,
escaped for JSON or HTML, or inside base64 at any alignment. In answers, string fields with the name of a
credential, because a service may hand out new secrets. What a request sends in such a field was
generated, and stays, so that the request can be repeated.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from conformance.model.message import Headers, Request, Response
from conformance.model.operation import SecurityScheme
from conformance.redaction.names import Kind, is_secret, is_secret_header, parameter_kind

MASK = "REDACTED"
SHORTEST = 4
"""Shorter secrets are not searched for in text: they would take every word apart."""

_SCHEMES = re.compile(r"(?i)(basic|bearer|digest|negotiate|token|apikey)(\s+)")
_FIELD = re.compile(rb'("([^"\\\n]{1,80})"\s*:\s*)"(?:[^"\\]|\\.)*"')


class Redactor:
    """Takes secrets out. Immutable once made; the same secret always becomes the same mask.

    Args:
        secrets: strings that must appear in no output.
        schemes: the document's security schemes; those of kind ``apiKey`` name headers and parameters.
        public: credentials that are no secret, such as the deliberately wrong token of a probe.
    """

    def __init__(
        self, secrets: Iterable[str] = (), *, schemes: Iterable[SecurityScheme] = (), public: Iterable[str] = ()
    ) -> None:
        keys = [scheme for scheme in schemes if scheme.kind == "apiKey"]
        self._headers = frozenset(scheme.parameter.lower() for scheme in keys if scheme.location == "header")
        self._parameters = frozenset(scheme.parameter.lower() for scheme in keys if scheme.location == "query")
        self._public = frozenset(public)
        forms = sorted({form for secret in secrets for form in _forms(secret)}, key=lambda form: (-len(form), form))
        self._text = re.compile("|".join(re.escape(form) for form in forms)) if forms else None
        self._bytes = re.compile(b"|".join(re.escape(form.encode()) for form in forms)) if forms else None

    def text(self, text: str) -> str:
        """Text without known secrets."""
        return self._text.sub(MASK, text) if self._text is not None else text

    def data(self, data: bytes) -> bytes:
        """Bytes without known secrets."""
        return self._bytes.sub(MASK.encode(), data) if self._bytes is not None else data

    def value(self, value: Any) -> Any:
        """A JSON value whose strings, names included, are without known secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(name)): self.value(inner) for name, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(inner) for inner in value]
        return value

    def headers(self, headers: Headers) -> Headers:
        """Headers without credentials; the scheme before one stays, for it is part of many a finding."""
        return tuple((name, self._header(name, value)) for name, value in headers)

    def is_secret_header(self, name: str, value: str) -> bool:
        """Whether a header carries a credential that must not be shown."""
        is_secret = is_secret_header(name) or name.strip().lower() in self._headers
        return is_secret and bool(value.strip()) and not self._is_public(value)

    def url(self, url: str) -> str:
        """A URL without user information, credential parameters and known secrets."""
        # Known secrets first: one that was put in raw may hold delimiters of its own.
        head, hash_mark, fragment = self.text(url).partition("#")
        path, question, query = head.partition("?")
        path = re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/@]*@", rf"\1{MASK}@", path)
        pairs = "&".join(self._pair(part) for part in query.split("&"))
        return f"{path}{question}{pairs}{hash_mark}{fragment}"

    def request(self, request: Request) -> Request:
        """A request that can be shown."""
        return replace(request, url=self.url(request.url), headers=self.headers(request.headers), body=self.data(request.body))

    def response(self, response: Response) -> Response:
        """An answer that can be shown."""
        body = _FIELD.sub(_masked, self.data(response.body))
        return replace(response, headers=self.headers(response.headers), body=body)

    def _header(self, name: str, value: str) -> str:
        if not self.is_secret_header(name, value):
            # A location or a referrer may hold a token in its query.
            return self.url(value) if "?" in value and "=" in value else self.text(value)
        scheme = _SCHEMES.match(value)
        return f"{scheme.group(1)} {MASK}" if scheme else MASK

    def _pair(self, part: str) -> str:
        name, _, value = part.partition("=")
        plain = unquote_plus(name)
        is_secret = plain.lower() in self._parameters or parameter_kind(plain) is Kind.CREDENTIAL
        return f"{name}={MASK}" if is_secret and value and not self._is_public(unquote_plus(value)) else part

    def _is_public(self, value: str) -> bool:
        scheme = _SCHEMES.match(value)
        return (value[scheme.end() :] if scheme else value).strip() in self._public


def _masked(found: re.Match[bytes]) -> bytes:
    return found[1] + b'"' + MASK.encode() + b'"' if is_secret(found[2].decode("utf-8", "replace")) else found[0]


def _forms(secret: str) -> set[str]:
    """Every way a secret may be written."""
    secret = secret.strip()
    if len(secret) < SHORTEST:
        return set()
    percent = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    forms = {secret, *percent, *(re.sub(r"%[0-9A-F]{2}", lambda found: found.group().lower(), form) for form in percent)}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)}
    raw = secret.encode("utf-8", "surrogatepass")
    for shift in range(3):
        forms |= _inside_base64(raw, shift)
    return {form for form in forms if len(form) >= SHORTEST}


def _inside_base64(raw: bytes, shift: int) -> set[str]:
    """The characters that depend on ``raw`` alone when ``shift`` bytes stand before it in base64."""
    first = -(-shift * 8 // 6)
    last = (shift + len(raw)) * 8 // 6
    found = set()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        core = encode(b"\0" * shift + raw).decode().rstrip("=")[first:last]
        # Little of a short secret is left in there, and would be found by chance.
        if len(core) >= 8:
            found.add(core)
    return found

"""A token as the headers that the document's security schemes ask for, and what of the headers is secret."""

from __future__ import annotations

import base64
import binascii
import re

from conformance.model.message import Headers, header
from conformance.spec.document import Document

_BEARER = frozenset({"oauth2", "openIdConnect"})
_SCHEME = re.compile(r"(?i)(basic|bearer|digest|negotiate|token|apikey)\s+")
# Everything else that the user adds may be a secret, for a name need not say so.
_OPEN = frozenset({
    "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "content-type", "date",
    "from", "host", "origin", "pragma", "prefer", "referer", "user-agent", "x-forwarded-for", "x-request-id", "traceparent",
})  # fmt: skip


def credential_headers(document: Document, token: str, given: Headers = (), *, always: bool = False) -> Headers:
    """Headers that carry ``token`` for every scheme that is used, leaving out those that are given already.

    HTTP allows one ``Authorization``: bearer wins over basic where a document uses both. With ``always``, a document
    without a scheme that a header can carry gets a bearer, for its service may know more than it says.
    """
    schemes = {scheme.name: scheme for operation in document.operations for any_of in operation.security for scheme in any_of}
    found: dict[str, str] = {}
    for scheme in schemes.values():
        if scheme.kind in _BEARER or (scheme.kind == "http" and scheme.scheme != "basic"):
            found["Authorization"] = f"Bearer {token}"
        elif scheme.kind == "http":
            found.setdefault("Authorization", f"Basic {token}")
        elif scheme.kind == "apiKey" and scheme.location == "header" and scheme.parameter:
            found[scheme.parameter] = token
    if always and not found:
        found["Authorization"] = f"Bearer {token}"
    return tuple((name, value) for name, value in found.items() if header(given, name) is None)


def only_headers(document: Document) -> bool:
    """Whether every credential that the document's operations ask for stands in a header."""
    return not any(
        scheme.kind == "mutualTLS" or scheme.location in {"query", "cookie"}
        for operation in document.operations
        for any_of in operation.security
        for scheme in any_of
    )


def secrets_in(headers: Headers) -> tuple[str, ...]:
    """The strings in some headers that must appear in no output: credentials, whole and in their parts."""
    found: dict[str, None] = {}
    for name, value in headers:
        if name.lower() in _OPEN or not value:
            continue
        scheme = _SCHEME.match(value)
        bare = value[scheme.end() :] if scheme else value
        found[bare] = None
        if scheme and scheme.group(1).lower() == "basic":
            found.update(dict.fromkeys(_basic(bare)))
        if name.lower() == "cookie":
            found.update(dict.fromkeys(pair.partition("=")[2].strip() for pair in value.split(";")))
    return tuple(secret for secret in found if secret)


def _basic(encoded: str) -> tuple[str, ...]:
    """The user name with password, and the password, of basic credentials (RFC 7617)."""
    try:
        pair = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ()
    return pair, pair.partition(":")[2]

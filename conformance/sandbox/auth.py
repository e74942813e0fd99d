"""Credentials by the declared security schemes: which are there, and what to ask for when they are not."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterator
from urllib.parse import parse_qsl, urlsplit

from conformance.model.message import Request
from conformance.model.operation import Operation, SecurityScheme


def refusal(operation: Operation, request: Request, *, accepted: Collection[str] | None = None) -> tuple[str, ...] | None:
    """The challenges of a 401 answer (RFC 9110 section 11.6.1), or ``None`` when the request may pass.

    Any credential passes when it is not said which are ``accepted``.
    """
    if not operation.needs_auth:
        return None
    for alternative in operation.security:
        if all(_satisfied(scheme, request, accepted) for scheme in alternative):
            return None
    return tuple(dict.fromkeys(_challenge(scheme) for alternative in operation.security for scheme in alternative))


def given(operation: Operation, request: Request) -> Iterator[str]:
    """The credentials that the request brings for the operation's schemes."""
    for alternative in operation.security:
        for scheme in alternative:
            credential = _credential(scheme, request)
            if credential:
                yield credential


def _satisfied(scheme: SecurityScheme, request: Request, accepted: Collection[str] | None) -> bool:
    if scheme.kind == "mutualTLS":
        return True
    credential = _credential(scheme, request)
    return bool(credential) and (accepted is None or credential in accepted)


def _credential(scheme: SecurityScheme, request: Request) -> str:
    if scheme.kind == "apiKey":
        return _api_key(scheme, request)
    kind, _, value = (request.header("authorization") or "").strip().partition(" ")
    wanted = scheme.scheme if scheme.kind == "http" and scheme.scheme else "bearer"
    if kind.lower() != wanted:
        return ""
    return _password(value.strip()) if wanted == "basic" else value.strip()


def _password(value: str) -> str:
    """What a basic credential holds: the password, or the user where there is none."""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")
    except (binascii.Error, ValueError):
        return ""
    return password or user


def _api_key(scheme: SecurityScheme, request: Request) -> str:
    if scheme.location == "query":
        pairs = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
        return next((value for name, value in pairs if name == scheme.parameter), "")
    if scheme.location == "cookie":
        parts = (request.header("cookie") or "").split(";")
        return next(
            (value.strip() for name, _, value in (part.partition("=") for part in parts) if name.strip() == scheme.parameter), ""
        )
    value = (request.header(scheme.parameter) or "").strip()
    if scheme.parameter.lower() != "authorization":
        return value
    # There a word for the scheme stands first (RFC 9110 section 11.4), which a document that calls it a key does not tell.
    word, _, credential = value.partition(" ")
    return credential.strip() or word


def _challenge(scheme: SecurityScheme) -> str:
    if scheme.kind == "apiKey":
        return f'ApiKey realm="api", in="{scheme.location}", name="{scheme.parameter}"'
    name = scheme.scheme if scheme.kind == "http" and scheme.scheme else "bearer"
    return f'{name.capitalize()} realm="api"'

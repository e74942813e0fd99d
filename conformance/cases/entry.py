"""Requests that are not to be let in: without credentials, with such that nobody was given, by a method that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote_plus, urlsplit

from conformance.cases.probe import Probe
from conformance.model.message import Request
from conformance.model.operation import Operation, SecurityScheme
from conformance.model.record import Intent

# Reads as a token, and as "nobody:never given out" in base64.
_NOBODYS = "bm9ib2R5Om5ldmVyIGdpdmVuIG91dA=="
SAFE = ("GET", "TRACE")
"""Methods that change nothing (RFC 9110 section 9.2.1); HEAD and OPTIONS are every resource's."""

ANY = ("PUT", "DELETE", "PATCH", "POST", *SAFE)


def anonymous(operation: Operation, request: Request) -> Iterator[Probe]:
    """Without anything that one of the operation's security schemes looks at."""
    if operation.needs_auth:
        yield Probe(operation=operation.label, intent=Intent.NEGATIVE, request=without_credentials(operation, request),
                    description="Without any credentials")  # fmt: skip


def mistaken(operation: Operation, request: Request) -> Iterator[Probe]:
    """With credentials of the right form that nobody has, then with such of another scheme."""
    if not operation.needs_auth or not all(_in_header(scheme) for any_of in operation.security for scheme in any_of):
        return
    bare = without_credentials(operation, request)
    yield Probe(operation=operation.label, intent=Intent.PROBE, request=_with_nobodys(operation, request, bare),
                description="With credentials that were never given out", refused_by="auth-unverified")  # fmt: skip
    known = {scheme.scheme.lower() for any_of in operation.security for scheme in any_of if scheme.kind == "http"}
    other = next((name for name in ("Basic", "Bearer", "Digest") if name.lower() not in known), None)
    if known and other is not None and all(scheme.kind == "http" for any_of in operation.security for scheme in any_of):
        yield Probe(operation=operation.label, intent=Intent.PROBE, refused_by="auth-unverified",
                    request=bare.with_header("Authorization", f"{other} {_NOBODYS}"),
                    description="With credentials of a scheme that the operation does not name")  # fmt: skip
    empty = _without_secret(operation, request)
    if known and empty is not None:
        yield Probe(operation=operation.label, intent=Intent.NEGATIVE, request=empty,
                    description="With the name of a scheme and nothing after it")  # fmt: skip


def _without_secret(operation: Operation, request: Request) -> Request | None:
    """The name of the scheme, and nothing after it; ``None`` where credentials have no such name."""
    held = request.header("Authorization") or ""
    kind, space, _ = held.partition(" ")
    return without_credentials(operation, request).with_header("Authorization", kind) if space and kind else None


def undeclared(operation: Operation, request: Request, declared: frozenset[str], *, safely: bool) -> Iterator[Probe]:
    """By a method that the path does not have: one that would write, or a safe one.

    Args:
        operation: any of the path's.
        request: one to the path.
        declared: the methods that the document has for the path, upper case.
        safely: use no method that could change something.
    """
    plain = replace(request, body=b"", headers=tuple(pair for pair in request.headers if not _is_of_body(pair[0])))
    method = next((method for method in (SAFE if safely else ANY) if method not in declared), None)
    if method is not None:
        yield Probe(operation=operation.label, intent=Intent.PROBE, request=replace(plain, method=method),
                    description=f"{method}, which the path does not have")  # fmt: skip
    if "OPTIONS" not in declared:
        yield Probe(operation=operation.label, intent=Intent.PROBE, request=replace(plain, method="OPTIONS"),
                    description="Ask which methods there are")  # fmt: skip


def _is_of_body(name: str) -> bool:
    return name.lower().startswith("content-")


def without_credentials(operation: Operation, request: Request) -> Request:
    """The request without anything that could let it in."""
    schemes = [scheme for alternative in operation.security for scheme in alternative]
    names: dict[str, set[str]] = {"header": set(), "query": set(), "cookie": set()}
    for scheme in schemes:
        names.setdefault(scheme.location, set()).add(scheme.parameter)
    headers = {name.lower() for name in names["header"]} | {"authorization"}
    parts = urlsplit(request.url)
    pairs = [pair for pair in parts.query.split("&") if unquote_plus(pair.partition("=")[0]) not in names["query"]]
    kept = tuple(pair for pair in request.headers if pair[0].lower() not in headers)
    crumbs = [crumb.strip() for crumb in (request.header("cookie") or "").split(";")]
    cookie = "; ".join(crumb for crumb in crumbs if crumb and crumb.partition("=")[0] not in names["cookie"]) or None
    return replace(request, url=parts._replace(query="&".join(pairs)).geturl(), headers=kept).with_header("Cookie", cookie)


def _in_header(scheme: SecurityScheme) -> bool:
    return scheme.kind != "mutualTLS" and scheme.location not in {"query", "cookie"}


def _with_nobodys(operation: Operation, request: Request, bare: Request) -> Request:
    """Nothing of what is put in comes from the real credentials."""
    found = bare
    for scheme in (scheme for any_of in operation.security for scheme in any_of):
        name = scheme.parameter if scheme.kind == "apiKey" else "Authorization"
        held = request.header(name)
        if held is not None:
            kind, space, _ = held.partition(" ")
            found = found.with_header(name, f"{kind} {_NOBODYS}" if space and scheme.kind != "apiKey" else _NOBODYS)
    return found

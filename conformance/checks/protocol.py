"""Promises of HTTP itself: declared headers, authentication, methods."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.checks.subject import Fault, Subject
from conformance.spec.parameters import MISSING, from_headers

_SCHEME = re.compile(r"\s*[!#$%&'*+.^_`|~0-9A-Za-z-]+(?=\s|,|$)")


def headers_are_as_declared(subject: Subject) -> Iterator[Fault]:
    """Required response headers are there, and those that came fit their schemas."""
    spec = subject.spec
    for name, header in (spec.headers if spec is not None else {}).items():
        value = from_headers(header, subject.response.headers)
        if value is MISSING:
            if header.required:
                yield Fault(message=f"the required header {name} is missing", detail=f"missing {name}", pointer=header.pointer,
                            place=f"/header/{name.lower()}")  # fmt: skip
        elif header.schema is not None:
            for error in header.schema.errors(value, direction="response"):
                yield Fault(message=f"the header {name}: {error.message}", detail=f"{error.keyword} {error.schema_pointer}",
                            pointer=error.schema_pointer, place=f"/header/{name.lower()}")  # fmt: skip


def headers_apply(subject: Subject) -> str | None:
    """Where the document declares headers for the status."""
    return None if subject.spec is not None and subject.spec.headers else "the document declares no header for the status"


def credentials_are_required(subject: Subject) -> Iterator[Fault]:
    """Without credentials, an operation that needs them does nothing."""
    if subject.succeeded:
        yield Fault(message=f"{subject.status} without credentials, and the document requires them", detail="no credentials")


def credentials_apply(subject: Subject) -> str | None:
    """Anonymous requests to operations that need authentication."""
    if subject.operation is None or not subject.operation.needs_auth:
        return "the operation is open"
    return "the request carries credentials" if subject.carries_credentials() else None


def challenge_is_given(subject: Subject) -> Iterator[Fault]:
    """401 names a way to authenticate in WWW-Authenticate (RFC 9110 sections 11.6.1 and 15.5.2)."""
    value = subject.response.header("www-authenticate")
    if value is None:
        yield Fault(message="401 without WWW-Authenticate")
    elif _SCHEME.match(value) is None:
        yield Fault(message=f"401, and WWW-Authenticate is {value!r}, which names no scheme", detail="no scheme")


def challenge_applies(subject: Subject) -> str | None:
    """401 where HTTP has a name for the way in; it has none for an API key."""
    if subject.operation is None or subject.status != 401:
        return "it is not a 401 of an operation"
    kinds = {scheme.kind for alternative in subject.operation.security for scheme in alternative}
    return "HTTP has no scheme for it" if kinds and kinds <= {"apiKey", "mutualTLS"} else None


def undeclared_method_is_refused(subject: Subject) -> Iterator[Fault]:
    """A method that the document does not have for a path does nothing."""
    if subject.succeeded:
        yield Fault(message=f"{subject.status} for {subject.request.method}, which the document does not have here; "
                            f"it has {', '.join(subject.allowed)}", detail=subject.request.method)  # fmt: skip


def allow_lists_methods(subject: Subject) -> Iterator[Fault]:
    """405 lists the methods that there are in Allow (RFC 9110 section 15.5.6)."""
    if subject.status != 405:
        return
    allow = subject.response.header("allow")
    if allow is None:
        yield Fault(message="405 without Allow", detail="missing")
        return
    listed = {name.strip().upper() for name in allow.split(",")}
    # HEAD comes with GET, and a server may keep OPTIONS and TRACE to itself: nobody misses them in the list.
    absent = [name for name in subject.allowed if name not in listed | {"HEAD", "OPTIONS", "TRACE"}]
    if absent:
        yield Fault(message=f"Allow is {allow!r} and lacks {', '.join(absent)}", detail=f"lacks {' '.join(absent)}")
    elif subject.request.method.upper() in listed:
        yield Fault(message=f"405 for {subject.request.method}, and Allow lists it", detail="lists the refused method")


def options_names_methods(subject: Subject) -> Iterator[Fault]:
    """Allow in a successful answer to OPTIONS lacks no method that the document has (RFC 9110 sections 9.3.7 and 10.2.1)."""
    allow = subject.response.header("allow") or ""
    listed = {name.strip().upper() for name in allow.split(",")}
    absent = [name for name in subject.allowed if name not in listed | {"HEAD", "OPTIONS", "TRACE"}]
    if absent:
        yield Fault(message=f"Allow is {allow!r} for OPTIONS, and lacks {', '.join(absent)}", detail=f"lacks {' '.join(absent)}")


def options_applies(subject: Subject) -> str | None:
    """OPTIONS that is answered, where the document leaves it to HTTP."""
    if subject.request.method.upper() != "OPTIONS" or subject.operation is not None or not subject.routed:
        return "it is no OPTIONS of a path"
    if not subject.succeeded:
        return "OPTIONS is not answered"
    # What answers a browser's question for another site need not know the methods of the path.
    if subject.request.header("access-control-request-method") is not None:
        return "it is a question about another site"
    return None if subject.response.header("allow") is not None else "there is no Allow"


def method_applies(subject: Subject) -> str | None:
    """Requests with a method that the document does not have for the path."""
    if subject.operation is not None:
        return "the method is declared"
    if not subject.routed:
        return "the path is not in the document"
    # HTTP gives every resource OPTIONS, and HEAD where there is GET (RFC 9110 sections 9.3.2 and 9.3.7).
    return "HTTP defines it for every resource" if subject.request.method.upper() in {"OPTIONS", "HEAD"} else None


def retry_applies(subject: Subject) -> str | None:
    """The reason why nothing has to be said of when to come again."""
    return None if subject.status == 429 else "it is no 429"


def retry_is_told(subject: Subject) -> Iterator[Fault]:
    """429 says when to come again: by Retry-After, or by the headers that say when a limit ends."""
    names = {name.lower() for name, _ in subject.response.headers}
    if (
        "retry-after" not in names
        and not any("ratelimit" in name and "reset" in name for name in names)
        and "ratelimit" not in names
    ):
        yield Fault(message="429 without Retry-After")

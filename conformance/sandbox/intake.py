"""What the sandbox takes in before it reads: how large a body may be, and in which codings it may come."""

from __future__ import annotations

from dataclasses import replace

from conformance.model.message import Headers, Request
from conformance.spec.codings import CODINGS, Uncoded, codings, decoded

MAX_BODY = 10_000_000
"""Bytes of a body, decoded, that are taken when nobody says otherwise: more than any form has, less than a memory."""

_STATUSES = {"unknown": 415, "broken": 400, "large": 413}


class Refused(Exception):
    """A body that is not taken. ``headers`` tell the client what would be."""

    def __init__(self, status: int, detail: str, headers: Headers = ()) -> None:
        self.status, self.detail, self.headers = status, detail, headers
        super().__init__(status, detail)


def taken(request: Request, *, most: int) -> Request:
    """The request with its body decoded.

    Args:
        request: as it came.
        most: bytes that its body may have, decoded.

    Raises:
        Refused: with 413 when the body is larger (RFC 9110 section 15.5.14), 415 when its coding is unknown (section
            15.5.16), 400 when it has not the coding that it claims.
    """
    if len(request.body) > most:
        raise Refused(413, f"the body is longer than {most} bytes")
    names = codings(request.header("content-encoding"))
    if not names:
        return request
    try:
        body = decoded(request.body, names, most=most)
    except Uncoded as raised:
        headers = (("accept-encoding", ", ".join(CODINGS)),) if raised.reason == "unknown" else ()
        raise Refused(_STATUSES[raised.reason], raised.detail, headers) from raised
    return replace(request, body=body).with_header("content-encoding", None)

"""Requests with a key of their own are carried out once, however often they come.

Such a key is a header that the operation declares, ``Idempotency-Key`` by whatever way of writing it. A request that brings the
same key and the same body again gets the answer of the first; another body is another request.
"""

from __future__ import annotations

from hashlib import sha256

from conformance.model.message import Request, Response
from conformance.model.operation import Operation
from conformance.spec.keys import retry_header

_MOST = 1000


class Retries:
    """The answers to requests with keys. The oldest is forgotten when there are too many."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, ...], Response] = {}

    def find(self, operation: Operation, request: Request) -> Response | None:
        """The answer that the same request has had."""
        key = _key(operation, request)
        return self._answers.get(key) if key is not None else None

    def keep(self, operation: Operation, request: Request, answer: Response) -> None:
        """Remember an answer, if the request has a key and was carried out."""
        key = _key(operation, request)
        if key is None or not 200 <= answer.status < 300:
            return
        if len(self._answers) >= _MOST:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = answer


def _key(operation: Operation, request: Request) -> tuple[str, ...] | None:
    name = retry_header(operation)
    value = request.header(name) if name is not None else None
    return (operation.label, request.url, value, sha256(request.body).hexdigest()) if value else None

"""A run without its target: a sandbox made from the document answers in its place, so that it can be counted."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from conformance.model.message import NoResponse, Request, Response
from conformance.model.ports import Responder
from conformance.spec.document import base_path


class Rehearsal:
    """Answers requests for a target by something that serves the same document elsewhere; nothing leaves this process.

    Args:
        inner: what answers.
        base_url: of the target; its path is taken off.
    """

    def __init__(self, inner: Responder, base_url: str) -> None:
        self._inner, self._base = inner, base_path(base_url)

    def respond(self, request: Request) -> Response | NoResponse:
        """The answer."""
        parts = urlsplit(request.url)
        if self._base and parts.path.startswith(self._base + "/"):
            request = replace(request, url=parts._replace(path=parts.path.removeprefix(self._base)).geturl())
        return self._inner.respond(request)

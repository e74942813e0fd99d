"""Is anything there? Asked once, before a run begins."""

from __future__ import annotations

from conformance.errors import TargetError
from conformance.model.message import Headers, NoResponse, Request, Response
from conformance.model.ports import Responder

_SENTENCES = {
    "refused": "nothing listens at {url} ({reason}); start the service or correct --base-url",
    "dns": "the host of {url} is not known ({reason}); correct --base-url or the network",
    "tls": "no secure connection to {url}: {reason}; check the scheme and the certificate",
    "timeout": "{url} did not answer in time ({reason}); check that it is up and can be reached from here",
    "reset": "{url} closed the connection without an answer ({reason}); check the scheme and port",
    "protocol": "what answers at {url} does not speak HTTP ({reason}); check the scheme and port",
}


def probe(responder: Responder, url: str, *, headers: Headers = (), name: str = "") -> Response:
    """The answer to ``GET url``; any HTTP answer shows that the target is there. ``name`` is what to call it in an error.

    Raises:
        TargetError: when there is none, with what to do about it.
    """
    answer = responder.respond(Request(method="GET", url=url, headers=(*headers, ("Accept", "*/*"))))
    if isinstance(answer, NoResponse):
        sentence = _SENTENCES.get(answer.kind, "{url} cannot be reached ({reason})")
        raise TargetError(sentence.format(url=name or url, reason=answer.reason))
    return answer

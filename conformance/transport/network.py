"""The network as a responder: one target, every request as it is, every failure a ``NoResponse``."""

from __future__ import annotations

import os
import socket
import ssl
import weakref
from functools import lru_cache, partial
from time import perf_counter
from typing import Protocol

import httptools

from conformance.model.message import Headers, NoResponse, Request, Response
from conformance.transport.framing import Framed, Unsendable, frame
from conformance.transport.target import Target, origin_of
from conformance.transport.wire import Wire

_BUNDLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (Unsendable, "unsent"),
    (httptools.HttpParserError, "protocol"),
    (socket.gaierror, "dns"),
    (UnicodeError, "dns"),  # a host that IDNA cannot encode
    (ssl.SSLError, "tls"),
    (TimeoutError, "timeout"),
    (ConnectionRefusedError, "refused"),
    (ConnectionError, "reset"),
    (OSError, "refused"),  # no route, network down
)


class _Engine(Protocol):
    def send(self, framed: Framed) -> Response: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


class Network:
    """A live target. Sends each request byte for byte; follows no redirect and keeps no cookie.

    Only the origin of ``base_url`` is ever spoken to: a request for another one is not sent. Picklable, and safe
    to use from several threads.

    Args:
        base_url: the target; its scheme, host and port count here.
        headers: sent with every request that does not carry a header of that name.
        timeout: seconds that one exchange may take as a whole.
        verify: whether to check the certificate of an https target; a path names the CA file to check it with.
        trust_env: whether proxies and CA files that the environment names are used.

    Raises:
        UsageError: when the base URL cannot be right.
    """

    def __init__(
        self, base_url: str, *, headers: Headers = (), timeout: float = 30, verify: bool | str = True, trust_env: bool = True
    ) -> None:
        self._again = partial(Network, base_url, headers=headers, timeout=timeout, verify=verify, trust_env=trust_env)
        target = Target(base_url)
        self._origin, self._headers = target.origin, headers
        self._engine = _engine(target, timeout=timeout, verify=verify, trust_env=trust_env)
        # A responder has no end of its own: what is idle is closed when nobody holds the network any more.
        weakref.finalize(self, self._engine.close)
        self._kinds = _KINDS if isinstance(self._engine, Wire) else (*_proxied_kinds(), *_KINDS)

    def __reduce__(self) -> tuple[partial[Network], tuple[()]]:
        return self._again, ()

    def respond(self, request: Request) -> Response | NoResponse:
        """The answer, or why there is none."""
        if origin_of(request.url) != self._origin:
            reason = f"the request is for {origin_of(request.url) or 'no host'}, which is not the target; it was not sent"
            return NoResponse(kind="unsent", reason=reason)
        started = perf_counter()
        try:
            return self._engine.send(frame(request, defaults=self._headers))
        except tuple(kind for kind, _ in self._kinds) as raised:
            return self._silence(raised, perf_counter() - started)

    def _silence(self, raised: BaseException, elapsed: float) -> NoResponse:
        kind = next(kind for exception, kind in self._kinds if isinstance(raised, exception))
        return NoResponse(kind=kind, reason=_reason(raised), elapsed=elapsed)

    def abort(self) -> None:
        """Break off what is under way in other threads; nothing is sent any more."""
        self._engine.abort()

    def close(self) -> None:
        """Close idle connections; the next request opens new ones."""
        self._engine.close()


def _engine(target: Target, *, timeout: float, verify: bool | str, trust_env: bool) -> _Engine:
    context = tls(verify=verify, trust_env=trust_env) if target.scheme == "https" else None
    if trust_env:
        from urllib.request import getproxies  # noqa: PLC0415 - and httpx below: half the start-up time of a run

        if getproxies():
            from conformance.transport.proxied import Proxied, proxy_for  # noqa: PLC0415

            proxy = proxy_for(target.scheme, target.host)
            if proxy is not None:
                return Proxied(origin=target.origin, proxy=proxy, timeout=timeout, context=context)
    return Wire(host=target.host, port=target.port, timeout=timeout, context=context)


def tls(*, verify: bool | str = True, trust_env: bool = True) -> ssl.SSLContext:
    """What an https target is spoken to with, in HTTP/1.1; for the arguments see ``Network``."""
    named = tuple(os.environ.get(name) for name in _BUNDLES) if trust_env else ()
    return _context(verify, trust_env, named)


@lru_cache(maxsize=8)
def _context(verify: bool | str, trust_env: bool, _named: tuple[str | None, ...]) -> ssl.SSLContext:
    """A context is shared: to read all certificates takes as long as many requests do."""
    import httpx  # noqa: PLC0415 - only https needs it, for the certificates it brings

    if isinstance(verify, str):
        context = ssl.create_default_context(cafile=verify)
    else:
        context = httpx.create_ssl_context(verify=verify, trust_env=trust_env)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _proxied_kinds() -> tuple[tuple[type[BaseException], str], ...]:
    import httpx  # noqa: PLC0415 - only who sits behind a proxy needs it

    return (
        (httpx.TimeoutException, "timeout"),
        (httpx.ConnectError, "refused"),
        (httpx.NetworkError, "reset"),
        (httpx.ProxyError, "refused"),
        (httpx.HTTPError, "protocol"),
        (httpx.InvalidURL, "protocol"),
        (httpx.StreamError, "protocol"),
    )


def _reason(raised: BaseException) -> str:
    """A sentence for a person: what the system says, without its error number."""
    if isinstance(raised, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {raised.verify_message or raised.reason}"
    if isinstance(raised, OSError) and raised.strerror:
        return raised.strerror
    return str(raised) or type(raised).__name__

"""HTTP through a forward proxy, by httpx: for targets that the environment says are behind one."""

from __future__ import annotations

import ssl
from time import perf_counter
from urllib.request import getproxies, proxy_bypass

import httpx

from conformance.model.message import Response
from conformance.transport.framing import Framed

_LOOPBACK = frozenset({"localhost", "::1"})


def proxy_for(scheme: str, host: str) -> str | None:
    """The proxy that ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` name for a host, or ``None``.

    Loopback is never proxied: no proxy can reach this machine's.
    """
    if host in _LOOPBACK or host.startswith("127."):
        return None
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    return proxy if proxy and not proxy_bypass(host) else None


class Proxied:
    """Sends framed requests to one origin through a proxy; safe to use from several threads."""

    def __init__(self, *, origin: str, proxy: str, timeout: float, context: ssl.SSLContext | None) -> None:
        self._origin = origin
        self._timeout = httpx.Timeout(timeout).as_dict()
        self._transport = httpx.HTTPTransport(proxy=proxy, verify=context if context is not None else True, trust_env=False)

    def send(self, framed: Framed) -> Response:
        """The answer to a request.

        Raises:
            httpx.HTTPError: what went wrong on the way.
        """
        target = framed.target if self._origin.startswith("https:") else self._origin.encode() + framed.target
        request = httpx.Request(
            framed.method.decode("latin-1"),
            self._origin,
            headers=list(framed.headers),
            content=framed.body,
            # The target as it stands: httpx would normalise the encoding of a URL.
            extensions={"timeout": self._timeout, "target": target},
        )
        response = self._transport.handle_request(request)
        sent = perf_counter()
        try:
            body = b"".join(response.iter_raw())
        finally:
            response.close()
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw)
        return Response(status=response.status_code, headers=headers, body=body, elapsed=perf_counter() - sent)

    def abort(self) -> None:
        """Send nothing any more. What is under way ends by its timeout: httpx cannot break it off."""
        self._transport.close()

    def close(self) -> None:
        """Close what is idle."""
        self._transport.close()

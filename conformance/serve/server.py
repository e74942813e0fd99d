"""A server around any responder: in the background of a process, or in front until it is interrupted."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from conformance.errors import UsageError
from conformance.model.ports import Responder
from conformance.serve.app import RESET, asgi

_START_SECONDS = 20.0


@contextmanager
def serve_in_background(
    responder: Responder, host: str = "127.0.0.1", port: int = 0, *, inline: bool = False, origin: bool = False
) -> Iterator[str]:
    """Serve in a thread while the block runs; yields the base URL. Port 0 is any free one; for the rest see ``asgi``.

    Raises:
        UsageError: when the address cannot be listened on.
    """
    listener = listen(host, port)
    server = uvicorn.Server(configuration(responder, inline=inline, origin=origin))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="conformance-serve", daemon=True)
    thread.start()
    try:
        _wait(server, thread)
        yield base_url(listener)
    finally:
        server.should_exit = True
        thread.join(timeout=_START_SECONDS)
        listener.close()


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    for _ in range(int(_START_SECONDS / 0.005)):
        if server.started or not thread.is_alive():
            break
        pause.wait(0.005)
    if not server.started:
        raise UsageError("the server did not start; try another port")


class _Protocol(HttpToolsProtocol):
    """uvicorn's, with a way for the application to end a connection without another word."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {**(self.scope.get("extensions") or {}), RESET: self._reset}  # type: ignore[dict-item]

    def _reset(self) -> None:
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            # Closed with nothing left to send and no time to linger, a connection is reset (RFC 9293 section 3.10.7.4).
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def configuration(responder: Responder, *, inline: bool = False, origin: bool = False) -> uvicorn.Config:
    """How uvicorn serves a responder: quietly, one process, no protocol upgrades."""
    return uvicorn.Config(
        asgi(responder, inline=inline, origin=origin),
        http=_Protocol,
        log_config=None,
        # What a fuzzer sends on purpose is not worth a line.
        log_level="critical",
        access_log=False,
        ws="none",
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        UsageError: when the address is taken, or is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sends at once what it is given; without, a small answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as raised:
        listener.close()
        reason = raised.strerror if isinstance(raised, OSError) and raised.strerror else str(raised)
        raise UsageError(f"cannot listen on {host}:{port}: {reason}; choose another --port, or 0 for any free one") from raised
    return listener


def base_url(listener: socket.socket) -> str:
    """The URL that a listener is reached by."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

"""A server around any responder: in the background of a process, or in front until it is interrupted."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.errors import UsageError
from conformance.model.ports import Responder
from conformance.serve.connection import Connection, Service

_START_SECONDS = 20.0
_GRACE_SECONDS = 1.0
_IDLE_SECONDS = 75.0


@contextmanager
def serve_in_background(
    responder: Responder, host: str = "127.0.0.1", port: int = 0, *, inline: bool = False, origin: bool = False,
    listener: socket.socket | None = None, name: str = "",
) -> Iterator[str]:  # fmt: skip
    """Serve in a thread while the block runs; yields the base URL. Port 0 is any free one; for the rest see ``Service``.

    A ``listener`` that is there already takes the place of host and port.

    Raises:
        UsageError: when the address cannot be listened on.
    """
    listener = listener if listener is not None else listen(host, port)
    server = _Server(Service(responder=responder, inline=inline, origin=origin, name=name), listener)
    thread = threading.Thread(target=server.run, name="conformance-serve", daemon=True)
    thread.start()
    try:
        if not server.started.wait(_START_SECONDS):
            raise UsageError("the server did not start; try another port")
        yield base_url(listener)
    finally:
        server.stop()
        thread.join(timeout=_START_SECONDS)
        listener.close()


class _Server:
    """Connections on an event loop of its own, from ``run`` until ``stop``."""

    def __init__(self, service: Service, listener: socket.socket) -> None:
        self._service, self._listener = service, listener
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self.started = threading.Event()

    def run(self) -> None:
        """Serve until it is stopped."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def stop(self) -> None:
        """Accept nothing more, and end when what is owed has been sent, or soon."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopped.set)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self._service), sock=self._listener)
        sweeper = loop.create_task(self._sweep())
        self.started.set()
        await self._stopped.wait()
        sweeper.cancel()
        server.close()
        end = time.monotonic() + _GRACE_SECONDS
        # An event for each connection would cost every answer.
        while any(connection.is_busy for connection in self._service.connections) and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        for connection in tuple(self._service.connections):
            connection.close()
        await asyncio.sleep(0)

    async def _sweep(self) -> None:
        """End the connections that nobody has used for long."""
        while True:
            await asyncio.sleep(_IDLE_SECONDS / 4)
            before = time.monotonic() - _IDLE_SECONDS
            for connection in tuple(self._service.connections):
                if connection.last_used < before and not connection.is_busy:
                    connection.close()


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

"""Listens, and keeps the gateway's event loop going in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from conformance.errors import UsageError
from conformance.serve.proxy.client import Client
from conformance.serve.proxy.gateway import Counts, Gateway
from conformance.serve.proxy.tap import Tap
from conformance.serve.server import base_url

_START_SECONDS = 20.0
_GRACE_SECONDS = 5.0
_CLOSE_SECONDS = 0.5
_SWEEP_SECONDS = 0.25
_IDLE_SECONDS = 75.0


@contextmanager
def passing_on(listener: socket.socket, tap: Tap, gateway: Gateway) -> Iterator[Proxy]:
    """Pass requests on while the block runs; at its end, what is under way gets a few seconds.

    Args:
        listener: a listening socket (see ``serve.server.listen``).
        tap: what ``gateway`` hands exchanges to; it is closed at the end.
        gateway: where they go.

    Raises:
        UsageError: when the event loop does not start.
    """
    proxy = Proxy(listener, gateway)
    thread = threading.Thread(target=proxy.run, name="conformance-proxy", daemon=True)
    thread.start()
    try:
        if not proxy.started.wait(_START_SECONDS):
            raise UsageError("the proxy did not start; try another port")
        yield proxy
    finally:
        proxy.stop()
        thread.join(timeout=_START_SECONDS)
        listener.close()
        tap.close()


class Proxy:
    """Connections on an event loop of its own, from ``run`` until ``stop``."""

    def __init__(self, listener: socket.socket, gateway: Gateway) -> None:
        self._listener, self._gateway = listener, gateway
        self._loop = _new_loop()
        self._stopped = asyncio.Event()
        self.started = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return base_url(self._listener)

    @property
    def counts(self) -> Counts:
        """What went through so far."""
        return self._gateway.counts

    def run(self) -> None:
        """Serve until it is stopped."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def stop(self) -> None:
        """Accept nothing more, and end when what is under way has ended, or soon."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopped.set)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Client(self._gateway), sock=self._listener)
        sweeper = loop.create_task(self._sweep())
        self.started.set()
        await self._stopped.wait()
        server.close()
        await _wait(lambda: not any(client.is_busy for client in self._gateway.clients), _GRACE_SECONDS)
        sweeper.cancel()
        self._gateway.close()
        await _wait(lambda: self._gateway.is_closed, _CLOSE_SECONDS)
        self._gateway.abort()
        await _wait(lambda: self._gateway.is_closed, _CLOSE_SECONDS)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            self._gateway.sweep()
            before = time.monotonic() - _IDLE_SECONDS
            for client in tuple(self._gateway.clients):
                if client.last_used < before and not client.is_busy:
                    client.close()


async def _wait(done: Callable[[], bool], seconds: float) -> None:
    """Look again and again: an event for each connection would cost every exchange."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def _new_loop() -> asyncio.AbstractEventLoop:
    """The fastest event loop that there is."""
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()

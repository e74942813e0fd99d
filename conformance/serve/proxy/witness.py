"""The process that sees what goes through a proxy: it records at once, and judges when there is time.

It is a process of its own so that no judgement delays the traffic, and so that it outlives a proxy that is killed: it reads
what there is and ends in order. What it cannot judge in time is recorded all the same, and counted.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.context import ForkContext, SpawnContext

from conformance.errors import ConformanceError
from conformance.serve.proxy.sight import Orders, Sight, Testimony
from conformance.serve.proxy.tap import Inbox, Tap

_ROOM = 1 << 21
_NICE = 5


class Witness:
    """A witness at work, from the parent's side. Make it before any thread is started: it may be a fork.

    Args:
        orders: what it is to do.
        say: writes a line for a person, in the witness' own process.
    """

    def __init__(self, orders: Orders, *, say: Callable[[str], None]) -> None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, option, _ROOM)
        # Nothing of the document has to be read again where a process can be copied.
        context: ForkContext | SpawnContext = (
            multiprocessing.get_context("fork") if sys.platform.startswith("linux") else multiprocessing.get_context("spawn")
        )
        self._process = context.Process(target=_testify, args=(theirs, ours, orders, say), name="conformance-witness")
        self._process.start()
        theirs.close()
        self._socket = ours
        self.tap = Tap(ours)

    @property
    def is_alive(self) -> bool:
        """Whether it still sees what goes by."""
        return self._process.is_alive()

    def testimony(self) -> Testimony:
        """What it saw; call it when the tap is closed. Waits until everything is judged.

        Raises:
            ConformanceError: when the witness was killed.
        """
        self._socket.setblocking(True)
        parts = []
        with suppress(ConnectionError):
            while data := self._socket.recv(1 << 20):
                parts.append(data)
        self._process.join()
        self._socket.close()
        try:
            found: Testimony = pickle.loads(b"".join(parts))  # noqa: S301 - from our own child
        except (EOFError, pickle.UnpicklingError):
            raise ConformanceError(
                "the process that records and judges was killed; what it recorded until then can be read"
            ) from None
        return found


def _testify(end: socket.socket, other: socket.socket, orders: Orders, say: Callable[[str], None]) -> None:
    """The whole life of a witness."""
    if sys.platform.startswith("linux"):
        other.close()  # a copy of the parent's end would keep the socket open for ever
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent decides when it is over
    with suppress(OSError, AttributeError):
        os.nice(_NICE)
    sight, inbox = Sight(orders, say), Inbox(end)
    # What arrives is recorded before anything is judged.
    while (arrived := inbox.read(wait=not sight.has_work)) is not None:
        for data in arrived:
            sight.take(data)
        if not arrived:
            sight.judge_one()
    told = sight.end()
    with suppress(OSError):
        end.sendall(pickle.dumps(told))
    end.close()

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
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.context import ForkContext, SpawnContext
from pathlib import Path

from conformance.errors import ConformanceError
from conformance.redaction.scan import expunged
from conformance.serve.proxy.keepsake import Keepsake
from conformance.serve.proxy.sight import Orders, Sight, Testimony
from conformance.serve.proxy.tap import Inbox, Tap

_ROOM = 1 << 21
_NICE = 5


class Killed(ConformanceError):
    """The witness was killed. ``leak`` says what became of a recording that holds a secret; empty when it may stay."""

    def __init__(self, text: str, *, leak: str = "") -> None:
        self.leak = leak
        super().__init__(text)


class Witness:
    """A witness at work, from the parent's side. Make it before any thread is started: it may be a fork.

    Args:
        orders: what it is to do.
        say: writes a line for a person, in the witness' own process.
        listeners: sockets that are open already. The witness lets go of them: it may outlive who listens, and nobody would
            answer there.
    """

    def __init__(self, orders: Orders, *, say: Callable[[str], None], listeners: Sequence[socket.socket] = ()) -> None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, option, _ROOM)
        # Nothing of the document has to be read again where a process can be copied.
        context: ForkContext | SpawnContext = (
            multiprocessing.get_context("fork") if sys.platform.startswith("linux") else multiprocessing.get_context("spawn")
        )
        self._records, self._redacts = orders.record is not None, orders.redact
        # Memory is shared with a copy alone, and a copy alone has what is open here.
        is_copy = isinstance(context, ForkContext)
        self._left = Keepsake() if orders.record is not None and is_copy else None
        arguments = (theirs, (ours, *listeners) if is_copy else (), orders, say, self._left)
        self._process = context.Process(target=_testify, args=arguments, name="conformance-witness")
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
            Killed: when the witness was killed. What it wrote has been searched then for what it knew.
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
        except Exception:  # a torn pickle raises many things
            raise self._killed() from None
        return found

    def _killed(self) -> Killed:
        said = "the process that records and judges was killed"
        if self._records and self._left is None:
            return Killed(f"{said}; what it recorded until then can be read, and was not searched for secrets: do not pass it on")
        path, *credentials = self._left.texts if self._left is not None and self._left.texts else ("",)
        if not path or not Path(path).exists():
            return Killed(said)
        leak = expunged([Path(path)], credentials).get(Path(path), "")
        if leak:
            return Killed(f"{said}; {leak}", leak=leak)
        if not self._redacts:
            return Killed(f"{said}; what it recorded until then can be read: {path}")
        if self._left is not None and not self._left.is_whole:
            rest = f"was searched for {len(credentials):,} secrets, and not for those that came later: do not pass it on"
        else:
            rest = "none of the secrets that it had seen is in it"
        return Killed(f"{said}; what it recorded until then can be read, and {rest}: {path}")


def _testify(
    end: socket.socket, others: Sequence[socket.socket], orders: Orders, say: Callable[[str], None], left: Keepsake | None
) -> None:
    """The whole life of a witness."""
    for other in others:
        other.close()  # a copy of the parent's end would keep the socket open for ever
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):  # also of a terminal that is closed
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)  # it is over when the parent says so, or is gone
    with suppress(OSError, AttributeError):
        os.nice(_NICE)
    sight, inbox = Sight(orders, say, left.add if left is not None else _nowhere), Inbox(end)
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


def _nowhere(_: str) -> None:
    """There is nobody to leave it to."""

"""Runs a client's command in a process group of its own, with its output passed through, and ends all of it in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from conformance.errors import UsageError

_LOOK = 0.1
_PATIENCE = 5.0
_SHORT = 2.0
_MOST_KEPT = 32 << 20
_EXECUTABLES = {FileNotFoundError: "there is no such program", PermissionError: "it cannot be executed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended.

    ``code`` is its exit code, negative for a signal. ``why`` is ``max-time`` or ``interrupted`` when it was ended for it, else
    empty. ``output`` is what it wrote, where that was asked for.
    """

    code: int
    seconds: float
    why: str = ""
    output: str = ""

    @property
    def told(self) -> str:
        """How it ended, in a few words."""
        if self.why == "max-time":
            return f"the command was ended after {self.seconds:.0f} s (--max-time)"
        if self.why == "interrupted":
            return "the command was interrupted"
        if self.code < 0:
            name = signal.Signals(-self.code).name if -self.code in set(signal.Signals) else str(-self.code)
            return f"the command died of {name}"
        return f"the command ended with exit code {self.code}"


def run_command(command: Sequence[str], environment: Mapping[str, str], *, limit: float | None, keep: bool = False) -> Ended:
    """Run a command until it ends, or until the time is over or Ctrl-C; what it leaves behind in its group is ended too.

    Args:
        command: the program and its arguments.
        environment: all of its environment.
        limit: seconds it may take.
        keep: whether to keep what it writes; then it does not write to a terminal.

    Raises:
        UsageError: when it cannot be started.
    """
    pipe = subprocess.PIPE if keep else None
    began = time.monotonic()
    try:
        process = subprocess.Popen(  # noqa: S603 - it is the user's own command
            list(command), env=dict(environment), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, process_group=0
        )
    except OSError as raised:
        reason = _EXECUTABLES.get(type(raised), raised.strerror or str(raised))
        raise UsageError(f"cannot run {command[0]!r}: {reason}; give the command after --") from None
    kept: list[bytes] = []
    readers = [
        _reader(source, sink, kept) for source, sink in ((process.stdout, sys.stdout), (process.stderr, sys.stderr)) if source
    ]
    why = _waited(process, began + limit if limit is not None else None)
    _sweep(process.pid)
    for reader in readers:
        reader.join(timeout=_SHORT)
    output = b"".join(kept).decode("utf-8", "replace")
    return Ended(code=process.returncode, seconds=time.monotonic() - began, why=why, output=output)


def _waited(process: subprocess.Popen[bytes], until: float | None) -> str:
    """Wait for the end, and say what brought it about."""
    try:
        while True:
            try:
                process.wait(_LOOK)
            except subprocess.TimeoutExpired:
                if until is not None and time.monotonic() > until:
                    _end(process, signal.SIGTERM)
                    return "max-time"
            else:
                return ""
    except KeyboardInterrupt:
        # What a test runner has to say when it is interrupted, it says now.
        _end(process, signal.SIGINT)
        return "interrupted"


def _end(process: subprocess.Popen[bytes], first: signal.Signals) -> None:
    """End a group: asked for first, then told to, then without being asked; another Ctrl-C shortens it."""
    for number in dict.fromkeys((first, signal.SIGTERM, signal.SIGKILL)):
        _signal(process.pid, number)
        try:
            process.wait(_PATIENCE)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            continue
        return
    process.wait()


def _sweep(group: int) -> None:
    """End what a command has left running in its group."""
    _signal(group, signal.SIGTERM)
    until = time.monotonic() + _SHORT
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(_LOOK / 5)
    _signal(group, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _reader(source: IO[bytes], sink: IO[str], kept: list[bytes]) -> threading.Thread:
    thread = threading.Thread(target=_pass_on, args=(source, sink, kept), name="conformance-output", daemon=True)
    thread.start()
    return thread


def _pass_on(source: IO[bytes], sink: IO[str], kept: list[bytes]) -> None:
    size, to = 0, getattr(sink, "buffer", None)
    with source:
        while data := source.read1(65_536):  # type: ignore[attr-defined]
            with suppress(OSError, ValueError):
                if to is not None:
                    to.write(data)
                    to.flush()
                else:
                    sink.write(data.decode("utf-8", "replace"))
            if size < _MOST_KEPT:
                kept.append(data)
                size += len(data)

"""Servers as processes: pinned to one core, with the CPU and the memory of all that they start (Linux)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE_SECONDS = 0.4
_MOST_SECONDS = 30.0


def tree(root: int) -> list[int]:
    """A process and everything below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, stack = [], [root]
    while stack:
        process = stack.pop()
        found.append(process)
        stack.extend(children.get(process, []))
    return found


def cpu_of(root: int) -> float:
    """CPU seconds that a process tree has used, those of children that have ended included."""
    total = 0
    for process in tree(root):
        with suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / _TICKS


def memory_of(root: int) -> dict[str, float]:
    """Memory of a process tree in MB: resident, proportional, and the peaks of its processes added up."""
    found = {"RSS": 0.0, "PSS": 0.0, "peak RSS": 0.0}
    for process in tree(root):
        for file, names in (("status", {"VmRSS": "RSS", "VmHWM": "peak RSS"}), ("smaps_rollup", {"Pss": "PSS"})):
            with suppress(OSError):
                for line in Path(f"/proc/{process}/{file}").read_text().splitlines():
                    key, _, rest = line.partition(":")
                    if key in names:
                        found[names[key]] += int(rest.split()[0]) / 1000
    return found


@contextmanager
def started(command: Sequence[str], core: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server while the block runs, pinned to one core with all that it starts.

    Raises:
        OSError: with the last thing that it said, when the block could not do with it what it wanted.
    """
    with tempfile.TemporaryFile() as output:
        own = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {core})  # a process that is started inherits it
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                       start_new_session=True)  # fmt: skip
        finally:
            os.sched_setaffinity(0, own)
        try:
            yield process
        except OSError as raised:
            output.seek(0)
            said = output.read().decode("utf-8", "replace").strip().splitlines()
            raise OSError(f"{raised}; it said: {said[-1] if said else 'nothing'}") from raised
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def settle(process: int) -> None:
    """Wait until a process tree rests: what it does once, after its first answer, is no part of what a request costs."""
    end, used = time.monotonic() + _MOST_SECONDS, cpu_of(process)
    while time.monotonic() < end:
        time.sleep(_IDLE_SECONDS)
        before, used = used, cpu_of(process)
        if used - before < 0.1 * _IDLE_SECONDS:
            return


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])

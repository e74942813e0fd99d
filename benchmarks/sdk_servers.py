"""Servers for a document, each in a process of its own, with the CPU time that it used."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PRISM = "@stoplight/prism-cli@5.14.2"
STEADY = "@stdy/cli@0.22.2"
_START_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A way to serve a document. ``based`` says that it is reached below the base path of the document's ``servers``."""

    name: str
    command: Callable[[str, int], list[str]]
    based: bool = False


@dataclass(slots=True, kw_only=True)
class Served:
    """A server that runs. ``cpu`` is in seconds, known when it has stopped."""

    url: str
    process: subprocess.Popen[bytes]
    cpu: float = 0.0
    start: float = 0.0

    @property
    def is_up(self) -> bool:
        """Whether the server's process has not ended."""
        return self.process.poll() is None


def servers(tools: Mapping[str, str]) -> dict[str, Server]:
    """The servers that can be compared, by name. ``tools`` are paths of programs that npx need not fetch."""

    def program(name: str, package: str) -> list[str]:
        return [tools[name]] if tools.get(name) else ["npx", "--yes", package]

    conformance = str(Path(sys.executable).with_name("conformance"))
    return {
        server.name: server
        for server in (
            Server(
                name="ours",
                command=lambda spec, port: [conformance, "sandbox", "--state", "lenient", "--spec", spec, "--port", str(port)],
                based=True,
            ),
            Server(
                name="prism",
                command=lambda spec, port: [*program("prism", PRISM), "mock", "-h", "127.0.0.1", "-p", str(port), spec],
            ),
            Server(
                name="steady",
                command=lambda spec, port: [*program("steady", STEADY), "-q", "--host", "127.0.0.1", "--port", str(port), spec],
            ),
            Server(name="empty", command=lambda spec, port: [sys.executable, __file__, spec, str(port)]),
        )
    }


@contextmanager
def running(server: Server, spec: str, log: Path, base: str = "") -> Iterator[Served]:
    """Run a server while the block runs; what it prints goes to ``log``.

    Raises:
        RuntimeError: when it does not come up.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    begun = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(server.command(spec, port), stdout=output, stderr=output, start_new_session=True)
    served = Served(url=f"http://127.0.0.1:{port}{base if server.based else ''}", process=process)
    try:
        _wait(process, port, log)
        served.start = time.monotonic() - begun
        yield served
        served.cpu = cpu_of(process.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")


def cpu_of(root: int) -> float:
    """Seconds of CPU that a process and everything below it have used."""
    parents: dict[int, list[int]] = {}
    used: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
            used[int(entry.name)] = sum(map(int, fields[11:15]))
    stack, total = [root], 0
    while stack:
        process = stack.pop()
        total += used.get(process, 0)
        stack.extend(parents.get(process, []))
    return total / os.sysconf("SC_CLK_TCK")


class _Empty(BaseHTTPRequestHandler):
    """Answers ``{}`` to everything."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
    setattr(_Empty, f"do_{_method}", _Empty.answer)

if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), _Empty).serve_forever()

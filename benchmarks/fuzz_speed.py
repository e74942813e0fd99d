"""Fuzzing beside ``st run``: what an exchange costs in each phase, and what concurrency gives against a slow service.

    python benchmarks/fuzz_speed.py [--spec F] [--tag T]... [--all] [--max-examples N] [--rounds N]
                                    [--requests N] [--only cost|workers]

Both tools get the same document, the same number of examples and one worker, and speak to the same sandbox, which is served by
a process of its own and started anew each time. They take turns, and the table shows medians.

CPU is that of the tool's whole process tree, generation, checks and reports included, the server's not; once with the Allure
page, which Node makes, and once without it, for ``st run`` makes none. Requests are those that arrived at the server. What a run
costs before its first request and after its last is measured with one operation and one example; the figures stand with it ("all
in") and without it ("beyond the start"). Each tool has run once before, and Python keeps the modules that it compiled then, as it
does those of anything that is installed.

The second table is of this tool alone with all of its phases, against a service that takes 50 ms for an answer: requests per
second from the first to the last, by number of workers, and the peak memory of all of its processes added up, Node included,
which makes the Allure page.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from processes import memory_of

from conformance import shipped
from conformance.model.message import NoResponse, Request, Response
from conformance.model.ports import Responder
from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document, base_path

_COUNT = "/-/count"
_TOKEN = "benchmark"
_PHASES = ("coverage", "fuzzing")
_LATENCY = 0.05
_NO_MODULES_KEPT = "PYTHONDONTWRITEBYTECODE"
_LOOK = 0.2
_TAGS = (
    "Addresses",
    "Billing Groups",
    "Brands",
    "Call Control Applications",
    "Conference Commands",
    "Conversations",
    "Credential Connections",
    "IP Addresses",
)
"""Small things and large, with and without bodies: 85 of the shipped document's 334 operations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run of a tool used. Times in seconds, memory in MB; ``busy`` is from its first request to its last."""

    cpu: float
    wall: float
    busy: float
    requests: int
    rss: float
    pss: float


class Counting:
    """A responder that says how many requests it has answered, and over how long a time; each takes ``latency`` seconds."""

    def __init__(self, inner: Responder, *, latency: float) -> None:
        self._inner, self._latency = inner, latency
        self._lock = threading.Lock()
        self._count, self._first, self._last = 0, 0.0, 0.0

    def respond(self, request: Request) -> Response | NoResponse:
        if request.parts().path == _COUNT:
            told = {"count": self._count, "seconds": self._last - self._first}
            return Response(status=200, headers=(("Content-Type", "application/json"),), body=json.dumps(told).encode())
        with self._lock:
            self._count += 1
            self._last = time.monotonic()
            self._first = self._first or self._last
        answer = self._inner.respond(request)
        return replace(answer, elapsed=self._latency) if self._latency else answer


def serve(spec: str, latency: float) -> None:
    counting = Counting(Sandbox(Document.load(spec), seed=1, token=_TOKEN), latency=latency)
    with serve_in_background(counting, inline=True, origin=True) as url:
        print(url, flush=True)
        sys.stdin.read()


@contextmanager
def served(spec: str, latency: float) -> Iterator[str]:
    """The URL of a fresh sandbox, while the block runs."""
    command = [sys.executable, __file__, "--serve", spec, "--latency", str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


def measure(spec: str, command: Sequence[str], *, latency: float = 0.0) -> Measured:
    """Run a tool against a fresh server. ``{url}`` in the command is where the document's service is."""
    path = base_path(Document.load(spec).servers[0])
    environment = {name: value for name, value in os.environ.items() if name != _NO_MODULES_KEPT}
    with served(spec, latency) as origin, tempfile.TemporaryFile() as output:
        started = time.monotonic()
        process = subprocess.Popen([word.replace("{url}", origin + path) for word in command], stdout=output, stderr=output,
                                   env={**environment, "TELNYX_API_KEY": _TOKEN})  # fmt: skip
        rss = pss = 0.0
        ended = threading.Event()

        def watch() -> None:
            nonlocal rss, pss
            while not ended.wait(_LOOK):
                found = memory_of(process.pid)
                rss, pss = max(rss, found["RSS"]), max(pss, found["PSS"])

        watcher = threading.Thread(target=watch)
        watcher.start()
        # What is waited for here brings the usage of all that it has waited for.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - started
        ended.set()
        watcher.join()
        with urllib.request.urlopen(origin + _COUNT) as answer:
            told = json.load(answer)
        if process.returncode not in {0, 1}:
            output.seek(0)
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {output.read().decode()[-2000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(cpu=cpu, wall=wall, busy=told["seconds"], requests=told["count"], rss=rss, pss=pss)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is measured."""

    spec: str
    tags: tuple[str, ...]
    examples: int
    rounds: int
    requests: int | None

    def ours(self, out: str, *, phases: Sequence[str], workers: int = 1, one: str = "", limit: int | None = None,
             page: bool = True) -> list[str]:  # fmt: skip
        """The command of this tool; ``one`` is an operation to be tested alone, with one example."""
        command = [
            str(Path(sys.executable).parent / "conformance"), "run", "--only", "fuzz", "--base-url", "{url}", "--seed", "1",
            "--max-examples", "1" if one else str(self.examples), "--workers", str(workers), "--out", out,
            *(word for phase in phases for word in ("--phase", phase)),
            *(("--operation-id", one) if one else (word for tag in self.tags for word in ("--tag", tag))),
        ]  # fmt: skip
        command += [] if page else ["--no-page"]
        command += ["--max-requests", str(limit)] if limit is not None else []
        return command if self.spec == str(shipped.document()) else [*command, "--spec", self.spec]

    def peer(self, *, phases: Sequence[str], workers: int = 1, one: str = "") -> list[str]:
        """The command of Schemathesis."""
        return [
            str(Path(sys.executable).parent / "st"), "run", self.spec, "--url", "{url}", "--phases", ",".join(phases),
            "--max-examples", "1" if one else str(self.examples), "--workers", str(workers), "--seed", "1",
            "--continue-on-failure", "--no-color", "--header", f"Authorization: Bearer {_TOKEN}",
            *(("--include-operation-id", one) if one
              else (word for tag in self.tags for word in ("--include-tag", tag))),
        ]  # fmt: skip


def _small(document: Document) -> str:
    """The operation with the least to say: a GET without parameters, if there is one."""
    operations = [operation for operation in document.operations if operation.operation_id and operation.broken is None]
    least = min(operations, key=lambda one: (one.method != "get", len(one.parameters), one.request_body is not None))
    return least.operation_id or ""


def cost(asked: Asked) -> Iterator[str]:
    """The lines of the first table."""
    one = _small(Document.load(asked.spec))
    with tempfile.TemporaryDirectory() as out:
        for command in (asked.ours(out, phases=_PHASES, one=one), asked.peer(phases=_PHASES, one=one)):
            measure(asked.spec, command)
    yield "| phase | tool | requests | CPU s | of it start | CPU ms per exchange, all in | beyond the start | peak RSS MB |"
    yield "| --- | --- | --: | --: | --: | --: | --: | --: |"
    for phase in _PHASES:
        figures: dict[str, list[tuple[Measured, Measured]]] = {
            "conformance run": [],
            "conformance run --no-page": [],
            "st run": [],
        }
        for _ in range(asked.rounds):
            with tempfile.TemporaryDirectory() as out:
                for tool, least, whole in (
                    ("conformance run", asked.ours(out, phases=[phase], one=one), asked.ours(out, phases=[phase])),
                    ("conformance run --no-page", asked.ours(out, phases=[phase], one=one, page=False),
                     asked.ours(out, phases=[phase], page=False)),
                    ("st run", asked.peer(phases=[phase], one=one), asked.peer(phases=[phase])),
                ):  # fmt: skip
                    figures[tool].append((measure(asked.spec, least), measure(asked.spec, whole)))
        ratios = []
        for tool, pairs in figures.items():
            start, cpu = median(least.cpu for least, _ in pairs), median(whole.cpu for _, whole in pairs)
            all_in = median(1000 * whole.cpu / whole.requests for _, whole in pairs)
            beyond = median(
                1000 * (whole.cpu - least.cpu) / max(1, whole.requests - least.requests) for least, whole in pairs
            )  # fmt: skip
            ratios.append((all_in, beyond))
            requests, memory = median(whole.requests for _, whole in pairs), median(whole.rss for _, whole in pairs)
            yield f"| {phase} | {tool} | {requests:,.0f} | {cpu:.1f} | {start:.1f} | {all_in:.1f} | {beyond:.1f} | {memory:.0f} |"
        peers, peers_beyond = ratios[-1]
        for name, (ours, ours_beyond) in zip(("ratio", "ratio without the page"), ratios, strict=False):
            yield f"| {phase} | **{name}** | | | | **{ours / peers:.2f}** | **{ours_beyond / peers_beyond:.2f}** | |"


def workers(asked: Asked) -> Iterator[str]:
    """The lines of the second table."""
    yield "| workers | requests | wall s | requests per second | to one worker | CPU s | peak RSS MB | peak PSS MB |"
    yield "| --: | --: | --: | --: | --: | --: | --: | --: |"
    first = 0.0
    for count in (1, 8):
        with tempfile.TemporaryDirectory() as out:
            command = asked.ours(out, phases=(), workers=count, limit=asked.requests)
            found = [measure(asked.spec, command, latency=_LATENCY) for _ in range(asked.rounds)]
        rate = median(one.requests / one.busy for one in found)
        first = first or rate
        requests, wall = median(one.requests for one in found), median(one.wall for one in found)
        used = [f"{median(values):.0f}" for values in zip(*((one.cpu, one.rss, one.pss) for one in found), strict=True)]
        yield f"| {count} | {requests:,.0f} | {wall:.0f} | {rate:.1f} | {rate / first:.1f}x | {' | '.join(used)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spec", default=str(shipped.document()))
    parser.add_argument("--tag", action="append", default=[], help="instead of the usual tags; repeatable")
    parser.add_argument("--all", action="store_true", help="the whole document")
    parser.add_argument("--max-examples", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--requests", type=int, help="the most that a run of the second table may send")
    parser.add_argument("--only", choices=("cost", "workers"))
    parser.add_argument("--serve", metavar="SPEC", help=argparse.SUPPRESS)
    parser.add_argument("--latency", type=float, default=0.0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.latency)
        return
    chosen = tuple(arguments.tag) or (_TAGS if arguments.spec == str(shipped.document()) else ())
    asked = Asked(spec=arguments.spec, tags=() if arguments.all else chosen, examples=arguments.max_examples,
                  rounds=arguments.rounds, requests=arguments.requests)  # fmt: skip
    for name, table in (("cost", cost), ("workers", workers)):
        if arguments.only in {None, name}:
            for line in table(asked):
                print(line, flush=True)
            print()


if __name__ == "__main__":
    main()

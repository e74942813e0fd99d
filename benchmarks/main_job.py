"""The main job beside ``st run``: the same document, the same served sandbox, the same examples, in one run.

    python benchmarks/main_job.py [--spec F] [--max-examples N] [--tag T]... [--ours-only]

Prints a Markdown table: wall and CPU seconds, peak memory over all processes of the tool, requests as the server counted
them, and requests per CPU second. The server runs in a process of its own, started anew for each tool, and is not counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from conformance import shipped
from conformance.model.message import NoResponse, Request, Response
from conformance.model.ports import Responder
from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document, base_path

_COUNT = "/-/count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one tool used. Times in seconds, memory in MB."""

    tool: str
    wall: float
    cpu: float
    memory: float
    requests: int
    code: int


class Counting:
    """A responder that says how many requests it has answered."""

    def __init__(self, inner: Responder) -> None:
        self._inner = inner
        self._count = 0

    def respond(self, request: Request) -> Response | NoResponse:
        if request.parts().path == _COUNT:
            return Response(status=200, headers=(("Content-Type", "text/plain"),), body=str(self._count).encode())
        self._count += 1
        return self._inner.respond(request)


def serve(spec: str) -> None:
    with serve_in_background(Counting(Sandbox(Document.load(spec), seed=1))) as url:
        print(url, flush=True)
        sys.stdin.read()


def memory_of(root: int) -> float:
    """Resident memory of a process and everything below it, in MB."""
    parents: dict[int, list[int]] = {}
    resident: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
            resident[int(entry.name)] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    stack, total = [root], 0
    while stack:
        process = stack.pop()
        total += resident.get(process, 0)
        stack.extend(parents.get(process, []))
    return total / 1e6


def measure(tool: str, spec: str, command: list[str]) -> Measured:
    """Run one tool against a fresh server. ``{url}`` in the command is where the document's service is."""
    with subprocess.Popen(
        [sys.executable, __file__, "--serve", spec], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        origin = server.stdout.readline().strip()
        base = origin + base_path_of(spec)
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        peak = 0.0
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen([word.replace("{url}", base) for word in command], stdout=output, stderr=output,
                                       env={**os.environ, "TELNYX_API_KEY": "benchmark"})  # fmt: skip
            watched = threading.Event()

            def watch() -> None:
                nonlocal peak
                while not watched.wait(0.25):
                    peak = max(peak, memory_of(process.pid))

            thread = threading.Thread(target=watch)
            thread.start()
            code = process.wait()
            watched.set()
            thread.join()
        wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        with urllib.request.urlopen(origin + _COUNT) as answer:
            requests = int(answer.read())
        server.stdin.close()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(tool=tool, wall=wall, cpu=cpu, memory=peak, requests=requests, code=code)


def base_path_of(spec: str) -> str:
    return base_path(Document.load(spec).servers[0])


def table(rows: list[Measured]) -> str:
    """The figures as Markdown, with the ratio of the first to the second."""
    lines = ["| tool | exit | wall s | CPU s | peak MB | requests | requests / CPU s |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        numbers = f"{row.wall:.0f} | {row.cpu:.0f} | {row.memory:.0f} | {row.requests:,} | {row.requests / row.cpu:.0f}"
        lines.append(f"| {row.tool} | {row.code} | {numbers} |")
    if len(rows) == 2:
        pairs = [
            (row.wall, row.cpu, row.memory, float(row.requests), row.requests / row.cpu)
            for row in rows
        ]  # fmt: skip
        lines.append("| **ratio** | | " + " | ".join(f"{ours / peer:.2f}" for ours, peer in zip(*pairs, strict=True)) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spec", default=str(shipped.document()))
    parser.add_argument("--max-examples", type=int, default=5)
    parser.add_argument("--tag", action="append", default=[])
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--serve", metavar="SPEC", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    folder = Path(sys.executable).parent
    examples = str(arguments.max_examples)
    tags = [word for tag in arguments.tag for word in ("--tag", tag)]
    peer_tags = [word for tag in arguments.tag for word in ("--include-tag", tag)]
    with tempfile.TemporaryDirectory() as out:
        ours = [
            str(folder / "conformance"),
            "run",
            "--base-url",
            "{url}",
            "--seed",
            "1",
            "--max-examples",
            examples,
            "--out",
            out,
            *tags,
        ]
        if arguments.spec != str(shipped.document()):
            ours += ["--spec", arguments.spec]
        rows = [measure("conformance run", arguments.spec, ours)]
        if not arguments.ours_only:
            peer = [str(folder / "st"), "run", arguments.spec, "--url", "{url}", "--phases", "examples,coverage,fuzzing,stateful",
                    "--max-examples", examples, "--seed", "1", "--continue-on-failure",
                    "--header", "Authorization: Bearer benchmark",
                    "--workers", str(os.cpu_count() or 1), "--no-color", *peer_tags]  # fmt: skip
            rows.append(measure("st run", arguments.spec, peer))
    print(table(rows))


if __name__ == "__main__":
    main()

"""The proxy beside ``redocly proxy`` and ``prism proxy``: the same document, requests and target, each on one core, in one run.

    python benchmarks/proxy.py [--spec F] [--redocly PATH] [--prism PATH] [--count N] [--rounds N] [--core N]

Two kinds of traffic: one that comes again and again, as the suites of SDKs and load tools make it, and one in which no
exchange is like another: each thing has an id, times and texts of its own. Ours keeps what it worked out of a body for when
that comes again, so the second kind is the one without that help.

Every round starts each proxy anew, pinned to one core, and loads it from another core, where the target is too: one that
gives answers that were made before, so that the proxy is what holds things up. Ours records and validates, with redaction;
Redocly records a HAR and validates; Prism validates. The table shows medians. ``CPU`` is that of a proxy's whole process
tree until it rests, so what is judged after the traffic is counted as well; the rate of one core is its inverse, and the
figure to trust on a machine that does other work. Added latency is the median over a connection with one request at a
time, less that of the target itself, asked in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from uuid import UUID

from load import ask, load, message
from processes import cpu_of, free_port, settle, started
from sandbox import asked, collections, identity

from conformance import shipped
from conformance.model.message import Response
from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document, base_path

_REDOCLY, _PRISM = "2.77.0", "5.14.2"
_START_SECONDS = 90.0
_WARM = 0.05
_DISTINCT = " distinct"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T)[0-9]{2}:[0-9]{2}:")
_NUMBER = re.compile(r'("\+1[0-9]{3})[0-9]{7}(?=")')


@dataclass(slots=True)
class Measured:
    """A proxy: how it is started, what is cut off the front of a path for it, and its figures by name."""

    name: str
    command: Sequence[str]
    without: str = ""
    share: float = 1.0
    figures: dict[str, list[float]] = field(default_factory=dict)
    answers: int = 0
    good: int = 0
    trouble: str = ""

    def note(self, name: str, value: float) -> None:
        self.figures.setdefault(name, []).append(value)

    def figure(self, name: str) -> float | None:
        return median(self.figures[name]) if name in self.figures else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Requests, and the answers to each request line, to be given in turn. ``suffix`` is of the names of its figures."""

    suffix: str
    requests: Sequence[tuple[str, str, bytes | None]]
    answers: Mapping[str, Sequence[tuple[int, str]]]

    @property
    def sizes(self) -> list[int]:
        """Of the answers' bodies, in bytes, the smallest first."""
        return sorted(len(body) for made in self.answers.values() for _, body in made)


def traffic(document: Document, most: int, *, turns: int = 1, suffix: str = "") -> Traffic:
    """Requests to some collections, with the answers that a sandbox gives them; another sandbox and other bodies each turn."""
    base, chosen, random = base_path(document.servers[0]), collections(document, most), Random(0)
    answers: dict[str, list[tuple[int, str]]] = {}
    requests: list[tuple[str, str, bytes | None]] = []
    for turn in range(turns):
        sandbox = Sandbox(document, seed=turn)
        for one in chosen:
            sent = _unlike(one.body.decode(), random).encode() if turns > 1 else one.body
            made = sandbox.respond(asked("POST", base + one.path, sent))
            assert isinstance(made, Response)
            name = identity(made.body, one.read) or one.name
            for method, path, body in (("POST", one.path, sent), ("GET", f"{one.path}/{name}", None), ("GET", one.path, None)):
                got = sandbox.respond(asked(method, base + path, body or b""))
                assert isinstance(got, Response)
                answer = got.body.decode()
                line = f"{method} {base}{path}"
                answers.setdefault(line, []).append((got.status, _unlike(answer, random) if turns > 1 else answer))
                requests.append((method, base + path, body))
    return Traffic(suffix=suffix, requests=requests, answers=answers)


def _unlike(text: str, random: Random) -> str:
    """JSON with other ids, times and telephone numbers, each as valid as it was."""
    hexadecimal = _UUID.sub(lambda _: str(UUID(int=random.getrandbits(128), version=4)), text)
    clock = _TIME.sub(lambda found: f"{found[1]}{random.randrange(24):02}:{random.randrange(60):02}:", hexadecimal)
    return _NUMBER.sub(lambda found: f"{found[1]}{random.randrange(2_000_000, 9_999_999)}", clock)


def spoken(server: Measured, requests: Sequence[tuple[str, str, bytes | None]]) -> list[bytes]:
    return [message(method, path.removeprefix(server.without), body) for method, path, body in requests]


def latencies(port: int, requests: Sequence[bytes], count: int) -> list[float]:
    """Seconds for each of some requests, one at a time on one connection."""
    found = []
    with socket.create_connection(("127.0.0.1", port), timeout=15) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(count):
            begun, data = time.perf_counter(), b""
            client.sendall(requests[at % len(requests)])
            while not _is_whole(data):
                data += client.recv(1 << 18)
            found.append(time.perf_counter() - begun)
    return found


def _is_whole(data: bytes) -> bool:
    head, blank, body = data.partition(b"\r\n\r\n")
    at = head.lower().find(b"\r\ncontent-length:")
    if at < 0:
        return data.endswith(b"0\r\n\r\n")
    return bool(blank) and len(body) >= int(head[at + 17 :].partition(b"\r\n")[0])


def measure(server: Measured, target: int, traffic: Traffic, options: argparse.Namespace) -> None:
    """One round of one proxy with one kind of traffic."""
    port, own = free_port(), spoken(server, traffic.requests)
    direct = spoken(Measured(name="", command=()), traffic.requests)
    count = int(options.count * server.share)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        words = {"port": str(port), "target": f"http://127.0.0.1:{target}", "folder": folder}
        with started([word.format(**words) for word in server.command], options.core) as process:
            _wait(port, own[0])
            load(port, own, count=max(50, int(count * _WARM)))
            settle(process.pid)
            before = cpu_of(process.pid)
            result = load(port, own, count=count)
            settle(process.pid)
            server.note("rate" + traffic.suffix, result.count / result.seconds)
            server.note("cpu" + traffic.suffix, (cpu_of(process.pid) - before) / result.count * 1000)
            server.answers += result.count
            server.good += sum(number for status, number in result.statuses.items() if status // 100 == 2)
            if traffic.suffix:
                return
            through, straight = [], []
            for _ in range(5):
                through += latencies(port, own, options.serial // 5)
                straight += latencies(target, direct, options.serial // 5)
            server.note("latency", (median(through) - median(straight)) * 1000)


def _wait(port: int, request: bytes) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            ask(port, request)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def _target(stack: ExitStack, traffic: Traffic, folder: str, core: int) -> int:
    """The port of a target that gives the answers of some traffic."""
    held, port = Path(folder) / f"answers{traffic.suffix.strip()}.json", free_port()
    held.write_text(json.dumps(traffic.answers))
    stack.enter_context(started([sys.executable, str(Path(__file__).with_name("canned.py")), str(port), str(held)], core))
    _wait(port, message(*traffic.requests[0]))
    return port


def table(servers: Sequence[Measured]) -> str:
    """The figures as Markdown; the last columns say by how much ours is better."""
    peers = servers[1:]
    for server in servers:
        for suffix in ("", _DISTINCT):
            server.figures["core" + suffix] = [1000 / value for value in server.figures.get("cpu" + suffix, ()) if value]
    rows = [(f"{title}; {kind}", name + suffix, form, better)
            for kind, suffix in (("traffic that comes again", ""), ("no two answers alike", _DISTINCT))
            for title, name, form, better in (
                ("exchanges per second, 8 connections", "rate", ",.0f", 1),
                ("CPU seconds per 1,000, all judged", "cpu", ".3f", -1),
                ("exchanges per second of one core, all judged", "core", ",.0f", 1))]  # fmt: skip
    rows.append(("added latency, median, ms", "latency", ".2f", 0))
    lines = [" | ".join(["", *(server.name for server in servers), *(f"to {peer.name.split()[0]}" for peer in peers)]),
             "|".join(["---", *("--:" for _ in (*servers, *peers))])]  # fmt: skip
    for title, name, form, better in rows:
        values = [server.figure(name) if server.figures.get(name) else None for server in servers]
        own = values[0]
        ratios = ["" if not better or not own or not value else f"{(own / value) ** better:.1f}x" for value in values[1:]]
        lines.append(" | ".join([title, *("-" if value is None else format(value, form) for value in values), *ratios]))
    shares = [f"{one.good / one.answers:.0%} of {one.answers:,}" if one.answers else "-" for one in servers]
    lines.append(" | ".join(["answers that are 2xx", *shares, *("" for _ in peers)]))
    return "\n".join(f"| {line} |" for line in lines)


def servers_of(options: argparse.Namespace, base: str) -> list[Measured]:
    """The proxies, by the programs that there are, or by what npx fetches."""
    spec = str(Path(options.spec).resolve())
    ours = [str(Path(sys.executable).parent / "conformance")]
    redocly = [options.redocly] if options.redocly else ["npx", "--yes", "--package", f"@redocly/cli@{_REDOCLY}", "redocly"]
    prism = [options.prism] if options.prism else ["npx", "--yes", "--package", f"@stoplight/prism-cli@{_PRISM}", "prism"]
    known = [
        Measured(name=versioned("ours", ours), command=[
            *ours, "proxy", "--spec", spec, "--target", "{target}", "--port", "{port}", "--record", "{folder}/rec"]),
        Measured(name=versioned("Redocly", redocly), command=[
            *redocly, "proxy", "--target", "{target}", "--port", "{port}", "--har", "{folder}/out.har", "--api", spec,
            "--match-mode", "basepath"]),
        Measured(name=versioned("Prism", prism), without=base, share=0.1, command=[
            *prism, "proxy", spec, "{target}" + base, "--host", "127.0.0.1", "--port", "{port}", "--verboseLevel", "fatal"]),
    ]  # fmt: skip
    return [one for one in known if not options.only or one.name.split()[0].lower() in options.only]


def versioned(name: str, program: Sequence[str]) -> str:
    """A program's name with the version that it says it has."""
    if shutil.which(program[0]) is None:
        return name
    said = subprocess.run([*program, "--version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    words = said.stdout.split()
    return f"{name} {words[-1]}" if words else name


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--spec", default=str(shipped.document()))
    parser.add_argument("--redocly", help="the program; npx fetches a pinned version when it is not given")
    parser.add_argument("--prism", help="likewise")
    parser.add_argument("--only", action="append", default=[], choices=("ours", "redocly", "prism"))
    parser.add_argument("--collections", type=int, default=4)
    parser.add_argument("--count", type=int, default=6000, help="exchanges in a round; a tenth of them for Prism")
    parser.add_argument("--serial", type=int, default=500, help="exchanges that are timed one at a time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the proxy's core")
    options = parser.parse_args()
    document = Document.load(options.spec)
    servers = servers_of(options, base_path(document.servers[0]))
    again = traffic(document, options.collections)
    # With room for what is sent before and after: none of it comes twice.
    turns = options.count * 5 // 4 // len(again.requests) + 1
    kinds = (again, traffic(document, options.collections, turns=turns, suffix=_DISTINCT))
    others = os.sched_getaffinity(0) - {options.core}
    if others:
        os.sched_setaffinity(0, others)
    with ExitStack() as stack:
        options.folder = stack.enter_context(tempfile.TemporaryDirectory())
        targets = {kind.suffix: _target(stack, kind, options.folder, min(others or {options.core})) for kind in kinds}
        for turn in range(options.rounds):
            for kind in kinds:
                for server in servers:
                    if not server.trouble:
                        print(f"round {turn + 1} of {options.rounds}{kind.suffix}: {server.name}", file=sys.stderr)
                        try:
                            measure(server, targets[kind.suffix], kind, options)
                        except OSError as raised:
                            server.trouble = str(raised)
    sizes = again.sizes
    middle = sizes[len(sizes) // 2]
    print(f"{len(again.requests)} requests in turn; answers of {sizes[0]:,} to {sizes[-1]:,} bytes, median {middle:,}\n")
    print(table(servers))
    for server in servers:
        if server.trouble:
            print(f"\n{server.name}: {server.trouble}")


if __name__ == "__main__":
    main()

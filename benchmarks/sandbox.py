"""The sandbox beside Prism and Steady: the same document, the same requests, each server on one core, in one run.

    python benchmarks/sandbox.py [--spec F] [--prism PATH] [--steady PATH] [--seconds S] [--rounds N] [--things N]

Every round starts each server anew, pinned to one core, asks it from another core, and stops it: ours, Prism, Steady,
ours, ... The table shows medians. The requests are those of a few collections of the document (create, list, get), from the
one with the smallest objects to the one with the largest, over connections that are kept alive. CPU seconds are those of
the server's whole process tree: they are the figures to trust on a machine that does other work. A list is asked
when the collections hold 20 things each, where the server remembers any. Answers are held against the document.
``--in-process`` times our sandbox alone, without a server.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from load import Load, ask, load, message

from conformance import shipped
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.sandbox.responder import Sandbox
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.spec.document import Document, base_path

_PRISM, _STEADY = "5.14.2", "0.22.2"
_KINDS = ("get", "list", "create")
_LISTED = 20
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A collection that the document lets a client create in, list and read. ``body`` is a valid request body."""

    create: Operation
    listing: Operation
    read: Operation
    body: bytes
    size: int

    @property
    def path(self) -> str:
        """The path of the collection."""
        return self.create.path


@dataclass(slots=True)
class Measured:
    """What the rounds said of one server: figures by name, answers by status, and how many bodies were held against the document."""

    name: str
    command: str
    figures: dict[str, list[float]] = field(default_factory=dict)
    answers: int = 0
    good: int = 0
    judged: int = 0
    valid: int = 0
    trouble: str = ""

    def note(self, name: str, value: float) -> None:
        self.figures.setdefault(name, []).append(value)

    def figure(self, name: str) -> float | None:
        return median(self.figures[name]) if name in self.figures else None


# Requests


def collections(document: Document, most: int) -> list[Collection]:
    """Collections of the document, evenly from small objects to large ones."""
    operations = {(operation.method, operation.path): operation for operation in document.operations}
    sandbox, sampler = Sandbox(document), Sampler(direction="request")
    found = []
    for (method, path), create in operations.items():
        listing = operations.get(("get", path))
        read = next((operations[key] for key in operations if key[0] == "get" and key[1].rpartition("/")[0] == path
                     and key[1].endswith("}")), None)  # fmt: skip
        media = create.request_body.content.get("application/json") if create.request_body is not None else None
        if method != "post" or "{" in path or listing is None or read is None or media is None or media.schema is None:
            continue
        try:
            body = json.dumps(sampler.sample(media.schema, rich=False)).encode()
        except Unsatisfiable:
            continue
        sent = asked("POST", path, body), asked("GET", path)
        made, listed = (sandbox.respond(request) for request in sent)
        named = identity(made.body, read)
        if made.status // 100 == listed.status // 100 == 2 and named is not None:
            got = sandbox.respond(asked("GET", f"{path}/{named}"))
            if got.status == 200:
                found.append(Collection(create=create, listing=listing, read=read, body=body, size=len(got.body)))
    found.sort(key=lambda collection: (collection.size, collection.path))
    if len(found) <= most:
        return found
    return [found[round(index * (len(found) - 1) / (most - 1))] for index in range(most)]


def asked(method: str, path: str, body: bytes = b"") -> Request:
    headers = (("authorization", "Bearer t"), *((("content-type", "application/json"),) if body else ()))
    return Request(method=method, url=f"http://sandbox{path}", headers=headers, body=body)


def identity(body: bytes, read: Operation) -> str | None:
    """The id in a created thing: under the path parameter's name or ``id``, however deep, the outermost first."""
    name = read.path.rpartition("{")[2].rstrip("}")
    with suppress(ValueError):
        level: list[Any] = [json.loads(body)]
        while level:
            for value in level:
                for key in (name, "id") if isinstance(value, dict) else ():
                    if isinstance(value.get(key), (str, int)):
                        return str(value[key])
            level = [child for value in level if isinstance(value, dict) for child in value.values()]
    return None


# Processes


def tree(root: int) -> list[int]:
    """A process and everything below it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parents.setdefault(int((entry / "stat").read_text().rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found, stack = [], [root]
    while stack:
        process = stack.pop()
        found.append(process)
        stack.extend(parents.get(process, []))
    return found


def cpu_of(root: int) -> float:
    """CPU seconds of a process tree until now, those of its children that have ended included."""
    total = 0
    for process in tree(root):
        with suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15] if process == root else fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


def memory_of(root: int) -> dict[str, float]:
    """Memory of a process tree in MB: resident now, proportional now, and the peak of each process added up."""
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
    """A server while the block runs, pinned to one core with all that it starts."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   start_new_session=True, preexec_fn=lambda: os.sched_setaffinity(0, {core}))  # fmt: skip
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


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def first_answer(process: subprocess.Popen[bytes], port: int, request: bytes) -> None:
    """Wait until the server gives a 2xx answer.

    Raises:
        OSError: when it ends, or takes too long.
    """
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        with suppress(OSError):
            if ask(port, request).status // 100 == 2:
                return
        if process.poll() is not None:
            raise OSError(f"the process ended with {process.returncode}")
        time.sleep(0.01)
    raise OSError(f"no 2xx answer within {_START_SECONDS:.0f} s")


# One round


def round_of(server: Measured, command: Sequence[str], wanted: Sequence[Collection], options: argparse.Namespace) -> None:
    """Start a server, ask it, and stop it.

    Raises:
        OSError: when it does not start or answer.
    """
    port = free_port()
    begun = time.perf_counter()
    with started([word.replace("{port}", str(port)) for word in command], options.core) as process:
        first_answer(process, port, message("GET", wanted[0].path))
        server.note("start", time.perf_counter() - begun)
        for name, value in memory_of(process.pid).items():
            server.note(f"{name} at start", value)
        requests = prepared(server, port, wanted)
        for kind in _KINDS:
            load(port, requests[kind], count=20 * len(wanted))  # what a server makes on first use is not what it is measured by
            measured(server, kind, process.pid, lambda: load(port, requests[kind], seconds=options.seconds))
        for name, value in memory_of(process.pid).items():
            server.note(f"{name} after load", value)
        if options.things:
            load(port, requests["create"], count=options.things)
            for name, value in memory_of(process.pid).items():
                server.note(f"{name} after things", value)


def prepared(server: Measured, port: int, wanted: Sequence[Collection]) -> dict[str, list[bytes]]:
    """The requests of every kind, after each collection has got some things; the first answers are held against the document."""
    found: dict[str, list[bytes]] = {kind: [] for kind in _KINDS}
    for collection in wanted:
        create = message("POST", collection.path, collection.body)
        made = ask(port, create)
        for _ in range(_LISTED - 1):
            ask(port, create)
        named = identity(made.body, collection.read) or "1"
        get, listing = message("GET", f"{collection.path}/{named}"), message("GET", collection.path)
        judged(server, collection.create, made.status, made.body)
        for operation, request in ((collection.read, get), (collection.listing, listing)):
            answer = ask(port, request)
            judged(server, operation, answer.status, answer.body)
        for kind, request in (("get", get), ("list", listing), ("create", create)):
            found[kind].append(request)
    return found


def judged(server: Measured, operation: Operation, status: int, body: bytes) -> None:
    """Hold an answer against the document: a 2xx status that it lists, and a body that says something and fits."""
    spec = operation.response_for(status)
    media = next(iter(spec.content.values()), None) if spec is not None else None
    server.judged += 1
    with suppress(ValueError):
        value = json.loads(body)
        fits = media is not None and (media.schema is None or media.schema.is_valid(value, direction="response"))
        server.valid += status // 100 == 2 and fits and bool(value)


def measured(server: Measured, kind: str, process: int, run: Callable[[], Load]) -> None:
    before = cpu_of(process)
    result = run()
    used = cpu_of(process) - before
    server.answers += result.count
    server.good += sum(count for status, count in result.statuses.items() if status // 100 == 2)
    server.note(f"{kind} rate", result.count / result.seconds)
    server.note(f"{kind} cpu", used / result.count * 1000)
    server.note(f"{kind} size", result.size / result.count)
    server.note(f"{kind} client", result.client / result.seconds)


# The table


def table(servers: Sequence[Measured], options: argparse.Namespace) -> str:
    """The figures as Markdown, with ours in relation to Prism's."""
    ours, peers = servers[0], servers[1:]
    rows: list[tuple[str, str, str, bool]] = [("start to first answer, s", "start", ".2f", False)]
    for kind in _KINDS:
        rows.append((f"{kind}: requests per second", f"{kind} rate", ",.0f", True))
        rows.append((f"{kind}: CPU seconds per 1,000", f"{kind} cpu", ".3f", False))
        rows.append((f"{kind}: bytes per answer", f"{kind} size", ",.0f", False))
    moments = ["at start", "after load", *(["after things"] if options.things else [])]
    rows += [(f"{name} {moment}, MB".replace("things", f"{options.things:,} more creates"), f"{name} {moment}", ",.0f", False)
             for moment in moments for name in ("peak RSS", "RSS", "PSS")]  # fmt: skip
    lines = [f"| | {' | '.join(server.name for server in servers)} | {' | '.join('ours to ' + peer.name.split()[0] for peer in peers)} |",
             "|---|" + "--:|" * (len(servers) + len(peers))]  # fmt: skip
    for title, name, form, _ in rows:
        own = ours.figure(name)
        values = [server.figure(name) for server in servers]
        ratios = [f"{own / value:.2f}" if own is not None and value else "-" for value in values[1:]]
        lines.append(
            f"| {title} | {' | '.join('-' if value is None else format(value, form) for value in values)} | {' | '.join(ratios)} |"
        )
    blank = " | ".join("" for _ in peers)
    lines.append(f"| answers that are 2xx | {' | '.join(share(server.good, server.answers) for server in servers)} | {blank} |")
    lines.append(
        f"| bodies that say something and fit the document | {' | '.join(share(server.valid, server.judged) for server in servers)} | {blank} |"
    )
    lines += [f"\n{server.name} could not be measured: {server.trouble}" for server in servers if server.trouble]
    return "\n".join(lines)


def share(part: int, whole: int) -> str:
    return f"{part / whole:.0%} of {whole:,}" if whole else "-"


def in_process(document: Document, wanted: Sequence[Collection], seconds: float) -> None:
    """Print what our sandbox costs by itself."""
    sandbox = Sandbox(document)
    print("| request | requests per CPU second | each, ms |\n|---|--:|--:|")
    for collection in wanted:
        create = asked("POST", collection.path, collection.body)
        named = identity([sandbox.respond(create) for _ in range(_LISTED)][0].body, collection.read)
        for label, request in ((f"GET {collection.path}/{{id}}", asked("GET", f"{collection.path}/{named}")),
                               (f"GET {collection.path}", asked("GET", collection.path)), (f"POST {collection.path}", create)):  # fmt: skip
            count, before = 0, time.process_time()
            while time.process_time() - before < seconds / 10:
                sandbox.respond(request)
                count += 1
            rate = count / (time.process_time() - before)
            print(f"| {label} | {rate:,.0f} | {1000 / rate:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--spec", default=str(shipped.document()))
    parser.add_argument("--prism", help="the program; npx fetches a pinned version when it is not given")
    parser.add_argument("--steady", help="likewise")
    parser.add_argument("--only", action="append", default=[], choices=("ours", "prism", "steady"))
    parser.add_argument("--collections", type=int, default=5, help="how many kinds of things to ask for")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each kind of request is sent")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--things", type=int, default=1000, help="how many more to create before memory is read again")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the server's core")
    parser.add_argument("--in-process", action="store_true")
    options = parser.parse_args()

    document = Document.load(options.spec)
    wanted = collections(document, options.collections)
    if options.in_process:
        in_process(document, wanted, options.seconds)
        return
    spec = str(Path(options.spec).resolve())
    prism = [options.prism] if options.prism else ["npx", "--yes", "--package", f"@stoplight/prism-cli@{_PRISM}", "prism"]
    steady = [options.steady] if options.steady else ["npx", "--yes", "--package", f"@stdy/cli@{_STEADY}", "steady"]
    commands = {
        "ours": [str(Path(sys.executable).parent / "conformance"), "sandbox", "--spec", spec, "--port", "{port}"],
        "prism": [*prism, "mock", "--verboseLevel", "silent", "--host", "127.0.0.1", "--port", "{port}", spec],
        "steady": [*steady, "--quiet", "--host", "127.0.0.1", "--port", "{port}", spec],
    }
    commands = {name: command for name, command in commands.items() if not options.only or name in options.only}
    others = os.sched_getaffinity(0) - {options.core}
    if others:
        os.sched_setaffinity(0, others)
    else:
        print("there is one core only: the client takes a part of it", file=sys.stderr)
    servers = {name: Measured(name=name, command=" ".join(command)) for name, command in commands.items()}
    for server in servers.values():
        server.name = versioned(server.name, commands[server.name])
    for turn in range(options.rounds):
        for name, server in servers.items():
            if server.trouble:
                continue
            print(f"round {turn + 1} of {options.rounds}: {server.name}", file=sys.stderr)
            try:
                round_of(server, commands[name], wanted, options)
            except OSError as raised:
                server.trouble = str(raised)
    print(
        f"{len(document.operations)} operations, server {base_path('')}; collections: {', '.join(one.path for one in wanted)}\n"
    )
    print(table(list(servers.values()), options))
    busiest = max((max(values) for server in servers.values() for name, values in server.figures.items() if name.endswith("client")),
                  default=0.0)  # fmt: skip
    print(f"\nThe client used {busiest:.0%} of its core at most.\n")
    for server in servers.values():
        print(f"    {server.command}")


def versioned(name: str, command: Sequence[str]) -> str:
    """A server's name with the version that it says it has."""
    program = (
        [*command[: command.index("mock")]]
        if "mock" in command
        else list(command[: command.index("--quiet")])
        if "--quiet" in command
        else [command[0]]
    )
    if shutil.which(program[0]) is None:
        return name
    said = subprocess.run([*program, "--version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    words = said.stdout.split()
    return f"{name} {words[-1]}" if words else name


if __name__ == "__main__":
    main()

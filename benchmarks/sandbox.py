"""The sandbox beside Prism and Steady: the same document and requests, each server on one core, in one run.

    python benchmarks/sandbox.py [--spec F] [--prism PATH] [--steady PATH] [--seconds S] [--rounds N] [--things N]

Every round starts each server anew, pinned to one core, asks it from another core, and stops it: ours, Prism, Steady,
ours, ... The table shows medians. The requests create, list and get things in a few collections of the document, from the
one with the smallest things to the one with the largest, over 8 connections that are kept alive. A list is asked when 20
things were created, where a server remembers any. CPU seconds are those of a server's whole process tree: they are the
figures to trust on a machine that does other work. Answers are held against the document.
``--in-process`` times our sandbox alone, without a server.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from load import Load, ask, load, message
from processes import cpu_of, free_port, memory_of, settle, started

from conformance import shipped
from conformance.model.message import Request, Response
from conformance.model.operation import Operation
from conformance.sandbox.responder import Sandbox
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.spec.document import Document

_PRISM, _STEADY = "5.14.2", "0.22.2"
_KINDS = ("get", "list", "create")
_LISTED = 20
_START_SECONDS = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A collection that lets a client create, list and read. ``body`` is a valid request, ``name`` a valid id."""

    create: Operation
    listing: Operation
    read: Operation
    body: bytes
    name: str
    size: int

    @property
    def path(self) -> str:
        return self.create.path


@dataclass(slots=True)
class Measured:
    """What the rounds said of one server: figures by name, and how many of its answers were good."""

    name: str
    command: Sequence[str]
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
    """Collections of the document, evenly from small things to large ones."""
    operations = {(operation.method, operation.path): operation for operation in document.operations}
    found = [one for create in document.operations if (one := collection(document, operations, create)) is not None]
    found.sort(key=lambda one: (one.size, one.path))
    if len(found) <= most:
        return found
    return [found[round(index * (len(found) - 1) / max(most - 1, 1))] for index in range(most)]


def collection(document: Document, operations: dict[tuple[str, str], Operation], create: Operation) -> Collection | None:
    """The collection that an operation creates in, if there is a list and a read for it, and all three work."""
    path, sampler, sandbox = create.path, Sampler(direction="request"), Sandbox(document)
    listing = operations.get(("get", path))
    read = next((operations["get", other] for method, other in operations
                 if method == "get" and other.rpartition("/")[0] == path and other.endswith("}")), None)  # fmt: skip
    media = create.request_body.content.get("application/json") if create.request_body is not None else None
    if create.method != "post" or "{" in path or listing is None or read is None or media is None or media.schema is None:
        return None
    try:
        body = json.dumps(sampler.sample(media.schema, rich=False)).encode()
        name = next((str(sampler.sample(one.schema)) for one in read.parameters_in("path") if one.schema is not None), "1")
    except Unsatisfiable:
        return None
    made, listed = sandbox.respond(asked("POST", path, body)), sandbox.respond(asked("GET", path))
    if not (isinstance(made, Response) and isinstance(listed, Response) and made.status // 100 == listed.status // 100 == 2):
        return None
    got = sandbox.respond(asked("GET", f"{path}/{identity(made.body, read) or name}"))
    if not isinstance(got, Response) or got.status != 200:
        return None
    return Collection(create=create, listing=listing, read=read, body=body, name=quote(name, safe=""), size=len(got.body))


def asked(method: str, path: str, body: bytes = b"") -> Request:
    headers = (("authorization", "Bearer t"), *((("content-type", "application/json"),) if body else ()))
    return Request(method=method, url=f"http://sandbox{path}", headers=headers, body=body)


def identity(body: bytes, read: Operation) -> str | None:
    """The id in a created thing, if a path takes it: under the parameter's name or ``id``, the outermost first."""
    name = read.path.rpartition("{")[2].rstrip("}")
    schema = next((one.schema for one in read.parameters_in("path") if one.name == name), None)
    with suppress(ValueError):
        level: list[Any] = [json.loads(body)]
        while level:
            for value in level:
                for key in (name, "id") if isinstance(value, dict) else ():
                    held = value.get(key)
                    if isinstance(held, (str, int)) and (schema is None or schema.is_valid(held, direction="request")):
                        return quote(str(held), safe="")
            level = [child for value in level if isinstance(value, dict) for child in value.values()]
    return None


# One round


def measure(server: Measured, wanted: Sequence[Collection], options: argparse.Namespace, *, is_last: bool) -> None:
    """Start a server, ask it, and stop it.

    Raises:
        OSError: when it does not start or answer.
    """
    port, begun = free_port(), time.perf_counter()
    with started([word.replace("{port}", str(port)) for word in server.command], options.core) as process:
        first_answer(process, port, message("GET", wanted[0].path))
        server.note("start", time.perf_counter() - begun)
        settle(process.pid)
        remembered(server, "at start", process.pid)
        requests = prepared(server, port, wanted)
        for kind in _KINDS:
            load(port, requests[kind], count=40 * len(wanted))  # what is made on first use is no part of what is measured
            settle(process.pid)
            before = cpu_of(process.pid)
            noted(server, kind, load(port, requests[kind], seconds=options.seconds), cpu_of, process.pid, before)
        remembered(server, "after load", process.pid)
        if options.things and is_last:
            load(port, requests["create"], count=options.things)
            remembered(server, "after things", process.pid)


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


def prepared(server: Measured, port: int, wanted: Sequence[Collection]) -> dict[str, list[bytes]]:
    """The requests of every kind, after each collection has got some things; first answers are held against the document."""
    found: dict[str, list[bytes]] = {kind: [] for kind in _KINDS}
    for one in wanted:
        create, listing = message("POST", one.path, one.body), message("GET", one.path)
        made = [ask(port, create) for _ in range(_LISTED)][0]  # noqa: RUF015 - all of them are to be made
        get = message("GET", f"{one.path}/{identity(made.body, one.read) or one.name}")
        judge(server, one.create, made.status, made.body)
        for operation, request in ((one.read, get), (one.listing, listing)):
            answer = ask(port, request)
            judge(server, operation, answer.status, answer.body)
        for kind, request in (("get", get), ("list", listing), ("create", create)):
            found[kind].append(request)
    return found


def judge(server: Measured, operation: Operation, status: int, body: bytes) -> None:
    """Hold an answer against the document: a 2xx status that it lists, and a body that fits and says something."""
    spec = operation.response_for(status)
    media = next(iter(spec.content.values()), None) if spec is not None else None
    server.judged += 1
    with suppress(ValueError):
        value = json.loads(body)
        fits = media is not None and (media.schema is None or media.schema.is_valid(value, direction="response"))
        server.valid += status // 100 == 2 and fits and bool(value)


def noted(server: Measured, kind: str, result: Load, cpu: Any, process: int, before: float) -> None:
    server.note(f"{kind} cpu", (cpu(process) - before) / result.count * 1000)
    server.note(f"{kind} rate", result.count / result.seconds)
    server.note(f"{kind} size", result.size / result.count)
    server.note("client", result.client / result.seconds)
    server.answers += result.count
    server.good += sum(count for status, count in result.statuses.items() if status // 100 == 2)


def remembered(server: Measured, moment: str, process: int) -> None:
    for name, value in memory_of(process).items():
        server.note(f"{name} {moment}", value)


# The table


def table(servers: Sequence[Measured], things: int) -> str:
    """The figures as Markdown. The last columns say by how much ours is better: faster, smaller, sooner."""
    ours, peers = servers[0], servers[1:]
    rows = [("start to first answer, s", "start", ".2f", -1)]
    for kind in _KINDS:
        rows.append((f"{kind}, requests per second", f"{kind} rate", ",.0f", 1))
        rows.append((f"{kind}, CPU seconds per 1,000", f"{kind} cpu", ".3f", -1))
        rows.append((f"{kind}, bytes per answer", f"{kind} size", ",.0f", 0))
    for moment, words in (("at start", "at start"), ("after load", "after load"), ("after things", f"{things:,} creates later")):
        rows += [(f"{name} {words}, MB", f"{name} {moment}", ",.0f", -1) for name in ("peak RSS", "RSS", "PSS")]
    lines = [" | ".join(["", *(server.name for server in servers), *(f"to {peer.name.split()[0]}" for peer in peers)]),
             "|".join(["---", *("--:" for _ in (*servers, *peers))])]  # fmt: skip
    for title, name, form, better in rows:
        values = [server.figure(name) for server in servers]
        if all(value is None for value in values):
            continue
        own = ours.figure(name)
        ratios = ["" if not better or not own or not value else f"{(own / value) ** better:.1f}x" for value in values[1:]]
        lines.append(" | ".join([title, *("-" if value is None else format(value, form) for value in values), *ratios]))
    blank = ["" for _ in peers]
    lines.append(" | ".join(["answers that are 2xx", *(share(one.good, one.answers) for one in servers), *blank]))
    lines.append(" | ".join(["bodies that fit the document and say something", *(share(one.valid, one.judged) for one in servers),
                             *blank]))  # fmt: skip
    return "\n".join(f"| {line} |" for line in lines)


def share(part: int, whole: int) -> str:
    return f"{part / whole:.0%} of {whole:,}" if whole else "-"


def in_process(document: Document, wanted: Sequence[Collection], seconds: float) -> None:
    """Print what our sandbox costs by itself."""
    sandbox = Sandbox(document)
    print("| request | requests per CPU second | each, ms |\n|---|--:|--:|")
    for one in wanted:
        create = asked("POST", one.path, one.body)
        made = [sandbox.respond(create) for _ in range(_LISTED)][0]  # noqa: RUF015 - all of them are to be made
        named = identity(made.body, one.read) if isinstance(made, Response) else None
        get, listing = asked("GET", f"{one.path}/{named or one.name}"), asked("GET", one.path)
        for label, request in ((f"GET {one.path}/{{id}}", get), (f"GET {one.path}", listing), (f"POST {one.path}", create)):
            count, before = 0, time.process_time()
            while time.process_time() - before < seconds / 3:
                sandbox.respond(request)
                count += 1
            rate = count / (time.process_time() - before)
            print(f"| {label} | {rate:,.0f} | {1000 / rate:.3f} |")


def servers_of(options: argparse.Namespace) -> list[Measured]:
    """The servers to measure, by the programs that there are, or by what npx fetches."""
    spec = str(Path(options.spec).resolve())
    ours = [str(Path(sys.executable).parent / "conformance")]
    prism = [options.prism] if options.prism else ["npx", "--yes", "--package", f"@stoplight/prism-cli@{_PRISM}", "prism"]
    steady = [options.steady] if options.steady else ["npx", "--yes", "--package", f"@stdy/cli@{_STEADY}", "steady"]
    known = {
        "ours": (ours, ["sandbox", "--spec", spec, "--port", "{port}"]),
        "Prism": (prism, ["mock", "--verboseLevel", "silent", "--host", "127.0.0.1", "--port", "{port}", spec]),
        "Steady": (steady, ["--quiet", "--host", "127.0.0.1", "--port", "{port}", spec]),
    }
    chosen = [name for name in known if not options.only or name.lower() in options.only]
    return [Measured(name=versioned(name, known[name][0]), command=[*known[name][0], *known[name][1]]) for name in chosen]


def versioned(name: str, program: Sequence[str]) -> str:
    """A server's name with the version that it says it has."""
    if shutil.which(program[0]) is None:
        return name
    said = subprocess.run([*program, "--version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    words = said.stdout.split()
    return f"{name} {words[-1]}" if words else name


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--spec", default=str(shipped.document()))
    parser.add_argument("--prism", help="the program; npx fetches a pinned version when it is not given")
    parser.add_argument("--steady", help="likewise")
    parser.add_argument("--only", action="append", default=[], choices=("ours", "prism", "steady"))
    parser.add_argument("--collections", type=int, default=5, help="how many kinds of things to ask for")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each kind of request is sent")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--things", type=int, default=2000, help="how many more to create before memory is read once more")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the server's core")
    parser.add_argument("--in-process", action="store_true")
    options = parser.parse_args()

    document = Document.load(options.spec)
    wanted = collections(document, options.collections)
    if options.in_process:
        in_process(document, wanted, options.seconds)
        return
    servers = servers_of(options)
    others = os.sched_getaffinity(0) - {options.core}
    if others:
        os.sched_setaffinity(0, others)
    for turn in range(options.rounds):
        for server in servers:
            if not server.trouble:
                print(f"round {turn + 1} of {options.rounds}: {server.name}", file=sys.stderr)
                try:
                    measure(server, wanted, options, is_last=turn == options.rounds - 1)
                except OSError as raised:
                    server.trouble = str(raised)
    print(f"{len(document.operations)} operations; {', '.join(one.path for one in wanted)}\n")
    print(table(servers, options.things))
    busiest = max((value for server in servers for value in server.figures.get("client", ())), default=0.0)
    print(f"\nThe client was busy for {busiest:.0%} of the time at most"
          f"{'' if others else ', on the same core: there is one only'}.")  # fmt: skip
    for server in servers:
        print(
            f"\n    {' '.join(server.command)}"
            + (f"\n\n{server.name} could not be measured: {server.trouble}" if server.trouble else "")
        )


if __name__ == "__main__":
    main()

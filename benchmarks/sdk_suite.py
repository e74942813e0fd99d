"""A generated SDK's own test suite against our sandbox, Prism and a server that answers ``{}``: what passes where.

    python benchmarks/sdk_suite.py [--spec F] [--sdist FILE|DIR] [--servers ours,prism,steady,empty] [-k WORDS]

Runs the SDK's ``tests/api_resources`` in a throw-away copy without the marks that turn the suite off, once for each server,
with ``TEST_API_BASE_URL`` set. A test counts as in the document when the endpoint of the client method that it calls is,
by the SDK's own ``api.md``; names of path parameters do not matter. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdk_servers import Served, Server, running, servers
from sdk_source import TESTS, copied, sorted_out, source_tree, subjects

from conformance import shipped
from conformance.spec.document import Document, base_path

_NEEDED = ("httpx", "pytest", "pytest_asyncio", "respx", "xdist", "dirty_equals", "time_machine", "httpx_aiohttp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a test ended: ``passed``, ``failed``, ``errored`` (before or after it) or ``skipped``.

    ``sent`` is how many requests it sent. ``excused`` is where they break the document and the server let them pass.
    ``wire`` is its last exchange, when it did not pass.
    """

    test: str
    label: str | None
    ended: str
    sent: int
    error: str = ""
    excused: tuple[str, ...] = ()
    wire: Mapping[str, Any]

    @property
    def place(self) -> str:
        """The row of the table that it counts in."""
        if self.label is None:
            return "not in the document"
        return "in the document" if self.sent else "in the document, but sends nothing"

    @property
    def refused(self) -> bool:
        """Whether the server itself said no; else the client could not take what the server said."""
        return int(self.wire.get("status") or 599) >= 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One server's run. Times in seconds; ``cpu`` is of the server and of the tests."""

    server: str
    outcomes: tuple[Outcome, ...]
    start: float
    wall: float
    cpu: tuple[float, float]
    ended: int


def outcomes(lines: Iterable[str], labels: Mapping[str, str]) -> tuple[Outcome, ...]:
    """The outcomes of a run from the plugin's lines; a test that fails twice (in its teardown too) counts once."""
    found: dict[str, Outcome] = {}
    for line in lines:
        said = json.loads(line)
        bad = said["outcome"] == "failed"
        ended = "errored" if bad and said["when"] != "call" else str(said["outcome"])
        if said["test"] not in found or (bad and found[said["test"]].ended == "passed"):
            found[said["test"]] = Outcome(
                test=said["test"], label=labels.get(said["test"].partition("[")[0]), ended=ended, sent=int(said.get("sent", 0)),
                error=said.get("error", ""), excused=tuple(said.get("excused", ())), wire=said,
            )  # fmt: skip
    return tuple(found.values())


def run(served: Served, copy: Path, folder: Path, name: str, options: argparse.Namespace, labels: Mapping[str, str]) -> Result:
    """Run the suite against a server that is up; its CPU time comes when it has stopped."""
    lines, log = folder / f"{name}.jsonl", folder / f"{name}-pytest.txt"
    lines.write_text("")
    environment = {
        **os.environ, "TEST_API_BASE_URL": served.url, "SDK_OUTCOMES": str(lines), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join((str(copy / "src"), str(copy), str(folder))), "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    if options.in_document:
        selected = folder / "selected.txt"
        selected.write_text("\n".join(labels))
        environment["SDK_SELECTED"] = str(selected)
    files = sorted({test.partition("::")[0] for test in labels}) if options.in_document else [TESTS.as_posix()]
    command = [options.python, "-m", "pytest", *files, "-o", "addopts=", "-p", "pytest_asyncio.plugin", "-p", "xdist.plugin",
               "-p", "respx.plugin", "-p", "sdk_outcomes", "-n", str(options.workers), "-q", "--tb=short", "--no-header",
               "-p", "no:cacheprovider"]  # fmt: skip
    command += ["-k", options.k] if options.k else []
    begun, before = time.monotonic(), os.times()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=copy, env=environment, stdout=output, stderr=output)
        ended = _watched(process, served, begun + options.limit)
    wall, after = time.monotonic() - begun, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    with lines.open(encoding="utf-8") as file:
        found = outcomes(file, labels)
    return Result(server=name, outcomes=found, start=served.start, wall=wall, cpu=(0.0, used), ended=ended)


def _watched(process: subprocess.Popen[bytes], served: Served, until: float) -> int:
    """Wait for the tests, not beyond the limit and not when there is no server any more."""
    while True:
        try:
            return process.wait(1)
        except subprocess.TimeoutExpired:
            if time.monotonic() > until or not served.is_up:
                print("the server has ended" if not served.is_up else "the time is over", file=sys.stderr)
                process.kill()


def table(results: Sequence[Result]) -> str:
    """The figures as Markdown."""
    lines = ["| server | tests | passed | failed | errored | skipped | passed % | excused |",
             "|---|---|---:|---:|---:|---:|---:|---:|"]  # fmt: skip
    for place in ("in the document", "in the document, but sends nothing", "not in the document"):
        for result in results:
            here = [outcome for outcome in result.outcomes if outcome.place == place]
            counts, excused = Counter(outcome.ended for outcome in here), sum(bool(outcome.excused) for outcome in here)
            if counts:
                judged = counts.total() - counts["skipped"]
                numbers = " | ".join(f"{counts[ended]:,}" for ended in ("passed", "failed", "errored", "skipped"))
                lines.append(
                    f"| {result.server} | {place} | {numbers} | {100 * counts['passed'] / max(judged, 1):.2f} | {excused:,} |"
                )
    lines += ["", "| server | start s | server CPU s | tests CPU s | wall s | pytest exit |", "|---|---:|---:|---:|---:|---:|"]
    for result in results:
        times = f"{result.start:.1f} | {result.cpu[0]:.1f} | {result.cpu[1]:.0f} | {result.wall:.0f}"
        lines.append(f"| {result.server} | {times} | {result.ended} |")
    return "\n".join(lines)


def failures(result: Result, others: Sequence[Result], most: int) -> str:
    """The tests in the document that did not pass, by operation, with the last exchange and how others fared."""
    elsewhere = {other.server: {outcome.test: outcome.ended for outcome in other.outcomes} for other in others}
    by_label: dict[str, list[Outcome]] = {}
    for outcome in result.outcomes:
        if outcome.label is not None and outcome.ended in {"failed", "errored"}:
            by_label.setdefault(outcome.label, []).append(outcome)
    lost = [outcome for found in by_label.values() for outcome in found
            if not any(ended.get(outcome.test) == "passed" for ended in elsewhere.values())]  # fmt: skip
    lines = [f"## {result.server}: {len(by_label)} operations of the document have a test that does not pass"]
    if others and by_label:
        lines += ["", f"{len(lost)} of {sum(map(len, by_label.values()))} tests that do not pass here pass with none of them."]
    for label, found in list(by_label.items())[:most]:
        first = found[0]
        kind = f"refused with {first.wire.get('status')}" if first.refused else "the client does not take the answer"
        kind = kind if first.sent else "the client sends nothing"
        passing = [name for name, ended in elsewhere.items() if any(ended.get(outcome.test) == "passed" for outcome in found)]
        lines += ["", f"### {label}: {len(found)} tests, {kind}" + (f"; pass with {', '.join(passing)}" if passing else "")]
        lines += [f"    {word}: {str(first.wire[word])[:700]}" for word in ("test", "error", "request", "body", "answer")
                  if first.wire.get(word)]  # fmt: skip
    return "\n".join(lines)


def excuses(result: Result) -> str:
    """Where the SDK's requests break the document and the server let them pass, by what is wrong."""
    found: dict[str, set[str]] = {}
    for outcome in result.outcomes:
        for excuse in outcome.excused if outcome.label is not None else ():
            found.setdefault(excuse, set()).add(outcome.label or "")
    if not found:
        return ""
    ranked = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    rows = [f"- {excuse} ({len(labels)} operations, such as {min(labels)})" for excuse, labels in ranked]
    return "\n".join([f"## {result.server}: excused in requests of the SDK", "", *rows])


def missing(python: str) -> list[str]:
    """What the SDK's tests need and the interpreter does not have."""
    code = f"import importlib.util as u; print(*(n for n in {_NEEDED!r} if u.find_spec(n) is None))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def measure(
    server: Server, copy: Path, folder: Path, options: argparse.Namespace, labels: Mapping[str, str], base: str
) -> Result:
    """Start a server, run the suite against it, stop it."""
    with running(server, options.spec, folder / f"{server.name}-server.txt", base) as served:
        result = run(served, copy, folder, server.name, options, labels)
    return Result(server=result.server, outcomes=result.outcomes, start=result.start, wall=result.wall,
                  cpu=(served.cpu, result.cpu[1]), ended=result.ended)  # fmt: skip


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spec", default=str(shipped.document()), help="the document; the shipped one by default")
    parser.add_argument(
        "--sdist", type=Path, help="the SDK's source, packed or not; else pip fetches that of the installed version"
    )
    parser.add_argument("--package", default="telnyx", help="the SDK's name for pip")
    parser.add_argument("--servers", default="ours,prism,empty")
    parser.add_argument("--prism", default="", metavar="PATH", help="Prism's program; else npx fetches a pinned version")
    parser.add_argument("--steady", default="", metavar="PATH", help="Steady's program; likewise")
    parser.add_argument("--python", default=sys.executable, metavar="PATH", help="the interpreter for the SDK's tests")
    parser.add_argument("--workers", type=int, default=0, help="processes of pytest-xdist; 0 is none")
    parser.add_argument("--in-document", action="store_true", help="only run the tests whose endpoint is in the document")
    parser.add_argument("--limit", type=float, default=3600, help="seconds for each server")
    parser.add_argument("--failures", type=int, default=20, help="how many operations with failing tests to show")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="work in this folder and leave it")
    parser.add_argument("-k", default="", help="pytest's choice of tests")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    options.spec, options.python = str(Path(options.spec).resolve()), str(Path(options.python).absolute())
    lacking = missing(options.python)
    if lacking:
        names = " ".join(name.replace("_", "-").replace("xdist", "pytest-xdist") for name in lacking)
        sys.exit(f"{options.python} cannot run the SDK's tests: pip install {names}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        tree = source_tree(options.sdist, folder, options.package)
        copy, removed, left = copied(tree, folder)
        (folder / "sdk_outcomes.py").write_text(Path(__file__).with_name("sdk_outcomes.py").read_text())
        document, tests = Document.load(options.spec), subjects(tree)
        labels = sorted_out(tests, document)
        bases = Counter(base_path(server) for operation in document.operations for server in operation.servers)
        base = bases.most_common(1)[0][0] if bases else ""
        print(f"{tree.name}: {removed:,} marks removed, {left:,} other skip marks left")
        reached = f"{len(set(labels.values())):,} of the document's {len(document.operations):,} operations"
        print(f"{len(tests):,} test functions, of which {len(labels):,} call {reached}\n")
        known = servers({"prism": options.prism, "steady": options.steady})
        results = [measure(known[name], copy, folder, options, labels, base) for name in options.servers.split(",")]
    print(table(results))
    print("\n" + failures(results[0], results[1:], options.failures))
    print("\n" + excuses(results[0]))


if __name__ == "__main__":
    main()

"""``st run`` on one unit, against a sandbox of its own, held to a budget of requests.

It is the command itself, called in this process because starting it costs as much as what it then does: its options, its
configuration file, its phases and checks, over a socket, as from a shell. Its documented hooks tell what it finds when it
finds it, and end it where the budget does. What it says of a request within the budget counts, and the further requests
that its checks make for the last one are a present.
"""

from __future__ import annotations

import io
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from schemathesis.cli import schemathesis as command

from conformance.model.message import Headers, NoResponse, Request, Response
from conformance.model.ports import Responder
from conformance.run.plan import Unit
from conformance.run.prove import Cell
from conformance.run.setting import Setting, opened, responder
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document, base_path

NETWORK = "network_error"
"""What stands for a check where it says that a request got no answer."""

SLOW_SECONDS = 5.0
"""The longest answer that it is told to accept: what a fault promises to break has to be a rule for it too."""

_PATIENCE_SECONDS = 60.0
_USERS = ("one", "other")
_ERROR = 2
_CRASHED = "Internal Error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to call the tool: its name, and the options that differ from what it does by itself."""

    name: str
    options: tuple[str, ...] = ()


WAYS = {
    way.name: way
    for way in (
        Way(name="default"),
        # What its guide says for finding as much as possible and for comparing tools.
        Way(name="thorough", options=("--max-examples", "1000", "--suppress-health-check", "filter_too_much,too_slow")),
        # Its phases come one after the other, and a small budget ends in the second. Here the others have their share ...
        Way(name="short", options=("--phases", "examples,fuzzing,stateful", "--max-examples", "10")),
        # ... and here the last has all of it.
        Way(name="stateful", options=("--phases", "stateful", "--max-examples", "1000")),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A failure: which check, at which operation, in its own words, and the number of the request that showed it first."""

    check: str
    operation: str
    title: str
    request: int

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same failure in another run."""
        return self.check, self.operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What it did: its failures, each once, the requests that arrived, and the phase that it was cut off in, if it was."""

    reported: tuple[Reported, ...]
    requests: int
    cut_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivalry:
    """One way on one unit: the clean sandbox, and each of the cells that the unit is to find."""

    way: str
    clean: Tried
    cells: tuple[tuple[Cell, Tried], ...]


class Counting:
    """A responder that knows how many requests have come."""

    def __init__(self, inner: Responder) -> None:
        self._inner = inner
        self.count = 0

    def respond(self, request: Request) -> Response | NoResponse:
        self.count += 1
        return self._inner.respond(request)


@dataclass(slots=True, kw_only=True)
class _Watch:
    """One run as its hooks see it. It has one worker, which sends one request after the other."""

    counting: Counting
    budget: int
    known: frozenset[tuple[str, str]]
    began: float = field(default_factory=time.monotonic)
    current: int = 0
    asked: str = ""
    cut_in: str = ""
    found: dict[tuple[str, str], Reported] = field(default_factory=dict)

    def sends(self, operation: str, phase: str) -> None:
        """A call begins, or may not."""
        self.settle()
        # Against a service that takes its time, a run that has shown what it can would go on for many minutes.
        late = time.monotonic() - self.began > _PATIENCE_SECONDS and not self.found.keys() <= self.known
        if self.counting.count >= self.budget or late:
            self.cut_in = phase
            # What Ctrl-C is: it ends in order.
            raise KeyboardInterrupt
        self.current, self.asked = self.counting.count + 1, operation

    def answered(self) -> None:
        """A call came back."""
        self.asked = ""

    def settle(self) -> None:
        """A call that arrived and did not come back is one that it reports as an error."""
        if self.asked and self.counting.count >= self.current:
            self.says(NETWORK, self.asked, "No answer")
        self.asked = ""

    def says(self, check: str, operation: str, title: str) -> None:
        """A check fails."""
        reported = Reported(check=check, operation=operation, title=title, request=self.current)
        self.found.setdefault(reported.key, reported)


_watches: list[_Watch] = []


def _before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    _watches[-1].sends(case.operation.label, str(case.meta.phase.name.value) if case.meta is not None else "stateful")


def _after_call(_context: Any, _case: Any, _response: Any) -> None:
    _watches[-1].answered()


def _filter_failure(_context: Any, failure: Any, case: Any, _response: Any) -> bool:
    check = failure.checks[0] if failure.checks else type(failure).__name__
    _watches[-1].says(check, failure.operation or case.operation.label, failure.title)
    return True


@contextmanager
def _watched(watch: _Watch) -> Iterator[None]:
    # Hypothesis tries what stands in the modules of the project that it runs in. From a shell there are none, and here it
    # would be ours.
    providers._get_local_constants = Constants  # type: ignore[attr-defined]  # noqa: SLF001
    hooks = {"before_call": _before_call, "after_call": _after_call, "filter_failure": _filter_failure}
    _watches.append(watch)
    for name, function in hooks.items():
        schemathesis.hook(name)(function)
    try:
        yield
        watch.settle()
    finally:
        schemathesis.hooks.unregister_all()
        _watches.pop()


def rivalry(way: Way, unit: Unit, cells: Sequence[Cell], setting: Setting, budget: int) -> Rivalry:
    """One way on one unit, as a unit of work for any executor.

    Args:
        way: how it is called.
        unit: the operations, and the seed.
        cells: those of this unit.
        setting: as ``conformance prove`` has it: the document, and the headers of two users.
        budget: how many requests each run may send.
    """
    document = opened(setting).document
    clean = tried(way, unit, (), setting=setting, document=document, budget=budget)
    known = frozenset(reported.key for reported in clean.reported)
    found = [
        (cell, tried(way, unit, (f"{cell.fault}@{cell.label}",), setting=setting, document=document, budget=budget, known=known))
        for cell in cells
    ]
    return Rivalry(way=way.name, clean=clean, cells=tuple(found))


def tried(
    way: Way,
    unit: Unit,
    faults: tuple[str, ...],
    *,
    setting: Setting,
    document: Document,
    budget: int,
    known: frozenset[tuple[str, str]] = frozenset(),
) -> Tried:
    """Run it once, on a sandbox like the one that a unit is fuzzed on, served.

    ``known`` are failures that are no news; a run that has news and takes long is ended.

    Raises:
        RuntimeError: when it could not do its work; with what it said.
    """
    counting = Counting(responder(replace(setting, faults=faults, seed=unit.seed), document))
    operation = next(operation for operation in document.operations if operation.label == unit.name)
    watch = _Watch(counting=counting, budget=budget, known=known)
    said = io.StringIO()
    # What it learns and keeps on disk belongs to this run.
    with (
        tempfile.TemporaryDirectory() as folder,
        chdir(folder),
        redirect_stdout(said),
        redirect_stderr(said),
        serve_in_background(counting, inline=True, origin=True) as url,
        _watched(watch),
    ):
        arguments = _arguments(way, unit, setting, url + base_path(operation.servers[0]))
        try:
            code = command.main(arguments, standalone_mode=False)
        except SystemExit as ended:
            code = ended.code
    # It also says that it failed where there is nothing to do for it: a unit without links, in its last phase alone.
    if code == _ERROR and (counting.count == 0 or _CRASHED in said.getvalue()):
        raise RuntimeError(f"st run ended with {code}; it said: {said.getvalue()[-2000:]}")
    return Tried(reported=tuple(watch.found.values()), requests=counting.count, cut_in=watch.cut_in)


def _arguments(way: Way, unit: Unit, setting: Setting, url: str) -> list[str]:
    """The command line. The files that it names are written into the current folder."""
    names = [word for label in unit.labels for word in ("--include-name", label)]
    headers = [word for name, value in setting.headers for word in ("--header", f"{name}: {value}")]
    Path("schemathesis.toml").write_text(_configuration(setting.headers, setting.other_user), encoding="utf-8")
    return ["--config-file", "schemathesis.toml", "run", setting.spec, "--url", url, *names, *headers, "--checks", "all",
            "--max-response-time", f"{SLOW_SECONDS:g}", "--continue-on-failure", "--workers", "1",
            "--seed", str(unit.seed), "--no-color", *way.options]  # fmt: skip


def _configuration(own: Headers, other: Headers) -> str:
    """Two users that must not see each other's things, for its check of just that."""
    if not other:
        return ""
    users = [
        {"name": user, "fixedHeaders": [{"name": name, "value": value} for name, value in headers]}
        for user, headers in zip(_USERS, (own, other), strict=True)
    ]
    Path("users.json").write_text(json.dumps({"auth": users}), encoding="utf-8")
    return f'[auth.wfc]\npath = "users.json"\nuser = "{_USERS[0]}"\npeers = {json.dumps(_USERS)}\n'

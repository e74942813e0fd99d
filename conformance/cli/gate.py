"""``conformance gate``: run a client's own tests before the sandbox or a target, and judge what they put on the wire."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from conformance import shipped
from conformance.checks.latency import LIMITS
from conformance.cli.exits import Exit
from conformance.diff.diff import changed_operations
from conformance.errors import UsageError
from conformance.gate.account import Account, lines, to_json
from conformance.gate.command import Ended, run_command
from conformance.gate.disturbance import Disturbing
from conformance.gate.outcomes import from_junit, from_text
from conformance.gate.rules import STAGE
from conformance.gate.surroundings import assignments, surroundings
from conformance.gate.vacuity import Empty, Vacuity, vacuity
from conformance.gate.watch import Focus, Gated, GateWatch
from conformance.model.operation import Operation
from conformance.redaction.exchanges import Redactor
from conformance.redaction.mask import Redactor as Mask
from conformance.report.files import write_json
from conformance.report.plain import plain
from conformance.run import folder
from conformance.run.baseline import Baseline
from conformance.run.setting import EMBEDDED_ORIGIN
from conformance.sandbox.layout import Layout
from conformance.sandbox.overlay import NO_OVERLAY, Overlay, overlay_of
from conformance.sandbox.responder import Sandbox
from conformance.sandbox.turn import FAULTLESS
from conformance.serve.proxy import reporting
from conformance.serve.proxy.gateway import Counts, Gateway
from conformance.serve.proxy.server import passing_on
from conformance.serve.proxy.sight import Orders, Testimony
from conformance.serve.proxy.witness import Witness
from conformance.serve.server import base_url, listen, serve_in_background
from conformance.spec.document import Document, base_path
from conformance.spec.load import parse
from conformance.transport.network import tls
from conformance.transport.target import Target

SANDBOX = "sandbox"
_RARELY = (10_000, 20, 50)
_NAMED = 0.9


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--spec", default=None, metavar="FILE|URL|-", help="The OpenAPI document; the shipped one by default.")
@click.option("--target", default=SANDBOX, show_default=True, metavar="sandbox|URL",
              help="What answers: a lenient sandbox made of the document, or a service.")  # fmt: skip
@click.option("--env", "given", multiple=True, metavar="NAME[=TEMPLATE]",
              help="A variable for the base URL: {base}, or {origin} for one without a path. Repeatable.")  # fmt: skip
@click.option("--baseline", default=None, type=click.Path(path_type=Path), help="Known findings, which do not fail the gate.")
@click.option("--since", default=None, metavar="FILE|URL", help="An earlier document: only what changed since counts.")
@click.option("--vacuity", "asks_vacuity", is_flag=True, help="Run the command again before {}, and say which tests still pass.")
@click.option("--junit", default=None, type=click.Path(path_type=Path), metavar="FILE",
              help="The JUnit report that the command writes, to know its tests by; else its output is read.")  # fmt: skip
@click.option("--disturb", default=None, type=click.IntRange(2), metavar="N",
              help="Have the sandbox answer one request of N with 429, 503 or 502, to see how a client tries again.")  # fmt: skip
@click.option("--min-operations", "least", default=None, type=click.FloatRange(0, 100), metavar="PERCENT",
              help="Operations that the tests must call.")  # fmt: skip
@click.option("--max-time", "limit", default=None, type=click.FloatRange(min=0.1), metavar="SECONDS",
              help="End the command after this.")  # fmt: skip
@click.option(
    "--out", default=None, type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Write the reports here."
)
@click.option("--no-test-names", is_flag=True, help="Leave Python clients alone: let no request say which test it is from.")
@click.option("--timeout", default=60.0, show_default=True, type=click.FloatRange(min=0.1),
              help="Seconds until an answer of a target begins.")  # fmt: skip
@click.option("--cacert", default=None, metavar="FILE", type=click.Path(exists=True, dir_okay=False),
              help="Certificates to check an https target with.")  # fmt: skip
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def gate(
    spec: str | None, target: str, given: tuple[str, ...], baseline: Path | None, since: str | None, asks_vacuity: bool,
    junit: Path | None, disturb: int | None, least: float | None, limit: float | None, out: Path | None, no_test_names: bool,
    timeout: float, cacert: str | None, command: tuple[str, ...],
) -> int:  # fmt: skip
    """Run COMMAND, a client's own tests, before the sandbox or a target, and judge what they put on the wire.

    The base URL is in TEST_API_BASE_URL, TELNYX_BASE_URL and what --env names. Exit code 0: conforms (known findings
    allowed), and the command succeeded; 1: new violations, or the command failed; 2: bad usage, or no request was captured;
    3: too few operations; 4: a secret was found in what was written, which is deleted; 130: interrupted.
    """
    if not command:
        raise UsageError("there is no command to run; give it after --, as in: conformance gate -- npm test")
    if disturb is not None and target != SANDBOX:
        raise UsageError("--disturb is for the sandbox; a target of others is not ours to spoil")
    document = Document.load(spec if spec is not None else shipped.document())
    former = Document.load(since) if since is not None else None
    only = frozenset(one.label for one in changed_operations(former, document)) if former is not None else None
    gone = tuple(one for one in former.operations if one.label not in document.by_label) if former is not None else ()
    if only is not None and not only and not gone:
        count = len(document.operations)
        click.echo(f"gate: none of {count:,} operations changed since the earlier document; the command was not run")
        return Exit.CONFORMS
    focus = Focus(is_sandbox=target == SANDBOX, only=only, former=gone)
    if out is not None:
        folder.prepare(out)
    session = _Session(
        document=document, target=target, command=command, given=assignments(given), focus=focus, disturb=disturb, limit=limit,
        junit=junit, keeps_output=asks_vacuity and junit is None, names_tests=not no_test_names, timeout=timeout, cacert=cacert,
        baseline=Baseline.load(baseline) if baseline is not None else Baseline.empty(), is_shipped=spec is None,
    )  # fmt: skip
    began = time.time()
    with _interruptible():
        told, ended, counts, url = session.run()
        watched = told.watched
        assert isinstance(watched, Gated)
        before, lost, empty = dict[str, bool](), "", None
        if asks_vacuity and not ended.why and counts.exchanges:
            before, lost = _outcomes(session, ended, began)
            empty = session.empty(before, watched.by_test if _are_named(watched) else None)
    counted = [operation for operation in document.operations if focus.holds(operation.label)]
    account = Account(watched=watched, ended=ended, operations=counted, whole=len(document.operations), url=url,
                      exchanges=counts.exchanges, strange=counts.strange, vacuity=empty,
                      partial=tuple(reporting.partial(told)))  # fmt: skip
    code = _code(account, told, least)
    said = [*lines(account), *([f"  {lost}"] if lost else []), *(f"  internal error: {text}" for text in told.accidents)]
    if least is not None and counts.exchanges and account.share < least:
        said.append(f"  too few operations are called: {account.share:.1f} %, and at least {least:g} % are asked for")
    shown = _shown(told, document)
    if out is not None:
        written = _reports(
            out, session, told, account, counted, began=began, code=code, baseline=baseline, said=[shown(line) for line in said]
        )
        said += [f"  {text}" for text in written.leaks]
        code = Exit.LEAK if written.leaks else code
        said.append(f"  {out / 'summary.md'}")
    for line in said:
        text = plain(shown(line))
        click.echo(" " * (len(line) - len(line.lstrip())) + text.lstrip())
    return code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """One run of a command and all around it."""

    document: Document
    target: str
    command: tuple[str, ...]
    given: tuple[tuple[str, str], ...]
    focus: Focus
    disturb: int | None
    limit: float | None
    junit: Path | None
    keeps_output: bool
    names_tests: bool
    timeout: float
    cacert: str | None
    baseline: Baseline
    is_shipped: bool

    @property
    def path(self) -> str:
        """The path that the base URL has: that of the target, else that of the document's server."""
        own = base_path(self.target) if self.target != SANDBOX else ""
        bases = (base_path(server) for server in self.document.servers)
        return own or next((base for base in bases if base), "")

    def run(self) -> tuple[Testimony, Ended, Counts, str]:
        """Run the command before the proxy; gives what was seen, how it ended, what went through, and the base URL."""
        with ExitStack() as stack:
            listener, inner = listen("127.0.0.1", 0), None
            if self.target == SANDBOX:
                inner = listen("127.0.0.1", 0)
                goal = Target(base_url(inner), servers=self.document.servers)
            else:
                goal = Target(self.target, servers=self.document.servers)
            goal = Target(goal.origin, servers=self.document.servers)  # the path comes with the base URL
            origin, url = base_url(listener), base_url(listener) + self.path
            # The sandbox will be gone when somebody sends a request of a finding again.
            shown = EMBEDDED_ORIGIN if inner is not None else goal.origin
            orders = Orders(
                document=self.document, origin=shown, base_url=shown + self.path, began=time.time(),
                baseline=self.baseline, limits=tuple(LIMITS.items()), watch=partial(GateWatch, focus=self.focus), patient=True,
            )  # fmt: skip
            listeners = (listener, inner) if inner is not None else (listener,)
            witness = Witness(orders, say=_nothing, listeners=listeners)  # before any thread, for it may be a fork
            if inner is not None:
                conduct = Disturbing(self.disturb) if self.disturb is not None else FAULTLESS
                sandbox = Sandbox(self.document, state="lenient", conduct=conduct, layout=self._layout())
                stack.enter_context(serve_in_background(sandbox, inline=True, origin=True, listener=inner))
            context = tls(verify=self.cacert or True) if goal.scheme == "https" else None
            gateway = Gateway(goal, witness.tap, context=context, timeout=self.timeout)
            try:
                with _settled(), passing_on(listener, witness.tap, gateway):
                    ended = run_command(self.command, self._around(origin, url), limit=self.limit, keep=self.keeps_output)
            except UsageError:
                witness.testimony()  # it has nothing to say, and ends
                raise
            return witness.testimony(), ended, gateway.counts, url

    def empty(self, before: dict[str, bool], senders: dict[str, set[str]] | None) -> Vacuity:
        """Run the command again before a service that answers everything with {}."""
        service, began = Empty(), time.time()
        with serve_in_background(service, inline=True) as origin:
            ended = run_command(self.command, self._around(origin, origin + self.path), limit=self.limit, keep=self.keeps_output)
        after = _outcomes(self, ended, began)[0] if before else {}
        return vacuity(before, after, code=ended.code, requests=service.count, senders=senders)

    def _around(self, origin: str, url: str) -> dict[str, str]:
        found = surroundings(os.environ, origin=origin, base=url, given=self.given, names_tests=self.names_tests)
        if self.keeps_output and self.names_tests:
            found["PYTEST_ADDOPTS"] = f"{found.get('PYTEST_ADDOPTS', '')} -rfEp".strip()  # else pytest names failures alone
        return found

    def _layout(self) -> Layout:
        return Layout(self.document, _overlay(self.document) if self.is_shipped else NO_OVERLAY)


def _overlay(document: Document) -> Overlay:
    path = shipped.overlay()
    return overlay_of(parse(str(path), path.read_bytes()), document.operations)


def _outcomes(session: _Session, ended: Ended, began: float) -> tuple[dict[str, bool], str]:
    """Whether each test passed, and why that is not known: a verdict that took an hour is not thrown away for it."""
    try:
        return from_junit(session.junit, since=began) if session.junit is not None else from_text(ended.output), ""
    except UsageError as raised:
        return {}, str(raised)


@contextmanager
def _settled() -> Iterator[None]:
    """The document stays, and need not be looked through again and again."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _are_named(watched: Gated) -> bool:
    """Whether requests say which test they are from, but for a few that are of none."""
    return watched.named >= _NAMED * watched.exchanges > 0


def _nothing(_: str) -> None:
    """While the command writes, nobody else does."""


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM is as good as an interruption."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _code(account: Account, told: Testimony, least: float | None) -> Exit:
    if account.ended.why == "interrupted":
        return Exit.INTERRUPTED
    if not account.exchanges:
        return Exit.USAGE
    if account.watched.new_findings() or told.accidents or account.ended.code or account.ended.why:
        return Exit.FINDINGS
    return Exit.COVERAGE_FLOOR if least is not None and account.share < least else Exit.CONFORMS


def _shown(told: Testimony, document: Document) -> Callable[[str], str]:
    """What takes out of a text what must not be written."""
    by_form, by_name = Redactor(schemes=document.security_schemes.values()), Mask(told.credentials)
    return lambda text: by_name.text(by_form.text(text))


def _reports(
    out: Path, session: _Session, told: Testimony, account: Account, counted: Sequence[Operation], *, began: float, code: int,
    baseline: Path | None, said: Sequence[str],
) -> reporting.Written:  # fmt: skip
    shown = _shown(told, session.document)
    write_json(out / "gate.json", to_json(account, command=session.command, code=code, shown=shown))
    return reporting.write(out, told, session.document, target=session.target, began=began, code=code, baseline=baseline,
                           limits=dict(LIMITS), stage=STAGE, operations=counted, said=said)  # fmt: skip

"""``conformance proxy``: stand before a target, record and validate what goes through, until interrupted."""

from __future__ import annotations

import gc
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import click

from conformance import shipped
from conformance.checks.latency import LIMITS
from conformance.cli.exits import Exit
from conformance.errors import UsageError
from conformance.report.groups import groups
from conformance.report.plain import plain
from conformance.run import folder
from conformance.run.baseline import Baseline
from conformance.run.guard import is_remote
from conformance.sandbox.responder import Sandbox
from conformance.serve.proxy import reporting
from conformance.serve.proxy.gateway import Counts, Gateway
from conformance.serve.proxy.passage import KEPT_BODY
from conformance.serve.proxy.server import passing_on
from conformance.serve.proxy.sight import Orders, Testimony, prepare
from conformance.serve.proxy.witness import Killed, Witness
from conformance.serve.server import base_url, listen, serve_in_background
from conformance.spec.document import Document
from conformance.transport.network import tls
from conformance.transport.target import Target

SANDBOX = "sandbox"
_RARELY = (10_000, 20, 50)
_LOOK_SECONDS = 1.0


@click.command()
@click.option(
    "--target", required=True, metavar="URL|sandbox", help="Where everything goes; sandbox is one made of the document."
)
@click.option("--spec", default=None, metavar="FILE|URL|-", help="The OpenAPI document; the shipped one by default.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 is any free one.")
@click.option("--record", default=None, type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write what goes through here, redacted, for `conformance run --recordings DIR`.")  # fmt: skip
@click.option("--no-redact", is_flag=True, help="Write it as it is. Only for a target on this machine.")
@click.option("--report", default=None, type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write findings and coverage here at the end.")  # fmt: skip
@click.option("--baseline", default=None, type=click.Path(path_type=Path), help="Known findings, which do not fail the command.")
@click.option("--latency-limit", "latency", multiple=True, metavar="CATEGORY=SECONDS",
              help="How long operations of an x-latency-category may take. Repeatable.")  # fmt: skip
@click.option(
    "--timeout", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds until an answer begins."
)
@click.option("--max-body", default=KEPT_BODY, show_default=True, type=click.IntRange(0),
              help="Bytes of a body that are judged and recorded; a longer one passes, and is noted as not judged.")  # fmt: skip
@click.option("--cacert", default=None, metavar="FILE", type=click.Path(exists=True, dir_okay=False),
              help="Certificates to check an https target with.")  # fmt: skip
def proxy(
    target: str, spec: str | None, host: str, port: int, record: Path | None, no_redact: bool, report: Path | None,
    baseline: Path | None, latency: tuple[str, ...], timeout: float, max_body: int, cacert: str | None,
) -> int:  # fmt: skip
    """Stand before a target, record and validate what goes through, until interrupted.

    Point a client at the URL that is printed. Everything passes byte for byte; what breaks the contract is told of when it is
    first seen. Exit code 0: conforms (known findings allowed); 1: new findings; 2: bad usage, or nothing came through; 4: a
    secret was found in what was written, which is deleted.
    """
    document = Document.load(spec if spec is not None else shipped.document())
    if no_redact and target != SANDBOX and is_remote(target):
        raise UsageError("--no-redact is for a target on this machine: what others send and store is not ours to write down")
    goal = Target(target, servers=document.servers) if target != SANDBOX else None
    for place in (record, report):
        if place is not None:
            (prepare if place is record else folder.prepare)(place)
    limits = {**LIMITS, **_limits(latency)}
    began = time.time()
    orders = Orders(
        document=document, origin="", base_url="", began=began, record=record, redact=not no_redact,
        baseline=Baseline.load(baseline) if baseline is not None else Baseline.empty(), limits=tuple(limits.items()),
        called=SANDBOX if goal is None else "",
    )  # fmt: skip
    context = tls(verify=cacert or True) if goal is not None and goal.scheme == "https" else None
    listener = listen(host, port)
    with ExitStack() as stack:
        inner = None
        if goal is None:
            inner = listen("127.0.0.1", 0)
            goal = Target(base_url(inner), servers=document.servers)
        listeners = (listener, inner) if inner is not None else (listener,)
        witness = Witness(replace(orders, origin=goal.origin, base_url=goal.base), say=_say, listeners=listeners)
        if inner is not None:
            stack.enter_context(serve_in_background(Sandbox(document), inline=True, origin=True, listener=inner))
        to = Gateway(goal, witness.tap, context=context, timeout=timeout, kept=max_body)
        with _until_interrupted(), passing_on(listener, witness.tap, to) as running:
            click.echo(f"{running.url} -> {goal.base}")
            _watch_over(witness)
        try:
            told = witness.testimony()
        except Killed as raised:
            if not raised.leak:
                raise
            click.echo(f"error: {raised}", err=True)
            return Exit.LEAK
    code = _code(told)
    lines = list(_lines(told, to.counts))
    if report is not None:
        written = reporting.write(report, told, document, target=SANDBOX if target == SANDBOX else goal.base, began=began,
                                  code=code, baseline=baseline, limits=limits)  # fmt: skip
        lines += _pages(report, written)
        code = Exit.LEAK if written.leaks else code
    for line in lines:
        click.echo(line)
    return code


def _limits(latency: tuple[str, ...]) -> dict[str, float]:
    if not latency:
        return {}
    from conformance.run.options import latency_from  # noqa: PLC0415 - it knows all of a run, and that takes its time to load

    return dict(latency_from(latency))


def _say(text: str) -> None:
    click.echo(text)


@contextmanager
def _until_interrupted() -> Iterator[None]:
    """SIGTERM is as good as an interruption; from the end of the block on, neither stops what has to be written."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _watch_over(witness: Witness) -> None:
    gc.collect()
    gc.freeze()  # the document stays, and need not be looked through again and again
    gc.set_threshold(*_RARELY)
    told = False
    while True:
        time.sleep(_LOOK_SECONDS)
        if not told and not witness.is_alive:
            told = True
            click.echo("warning: the process that records and judges is gone; the traffic goes on without it", err=True)


def _code(told: Testimony) -> Exit:
    if told.leak:
        return Exit.LEAK
    if told.watched.new_findings() or told.accidents:
        return Exit.FINDINGS
    return Exit.CONFORMS if told.watched.exchanges or told.not_judged else Exit.USAGE


def _lines(told: Testimony, counts: Counts) -> Iterator[str]:
    watched = told.watched
    new, known = watched.new_findings(), sum(found.known is not None for found in watched.findings.values())
    seen = f"{counts.exchanges:,} exchanges with {len(watched.requests):,} operations"
    if not counts.exchanges:
        yield "nothing came through; point a client at the URL above"
    elif new:
        yield f"does not conform: {len(new):,} new findings, {len(groups(new)):,} defects ({known:,} known); {seen}"
    else:
        yield f"conforms: no new findings ({known:,} known); {seen}"
    yield from (f"  {text}" for text in _notes(told, counts))


def _notes(told: Testimony, counts: Counts) -> Iterator[str]:
    yield from reporting.partial(told)
    if counts.broken:
        yield f"{counts.broken:,} had no answer, or a part of one"
    if counts.left:
        yield f"{counts.left:,} were given up by the client before the answer"
    if counts.refused:
        yield f"{counts.refused:,} were refused by the proxy: an upgrade, a tunnel, or another host"
    if told.watched.other:
        yield f"{sum(told.watched.other.values()):,} were for paths that the document does not have"
    if told.recording is not None:
        yield f"{told.recorded:,} exchanges recorded in {told.recording}"
    yield from (text for text in (told.lost, told.leak) if text)
    yield from (f"internal error: {text}" for text in told.accidents)


def _pages(out: Path, written: reporting.Written) -> Iterator[str]:
    yield from (f"  {text}" for text in written.leaks)
    for name in ("allure-report/index.html", "coverage.html", "findings.json", "summary.md"):
        if (out / name).exists() and (written.page.page is not None or name != "allure-report/index.html"):
            yield f"  {out / name}"
    if written.page.page is None:
        yield f"  {plain(written.page.reason)}"

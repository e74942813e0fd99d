"""``conformance proxy``: stand before a target, record and validate what goes through, until interrupted."""

from __future__ import annotations

import signal
import time
from contextlib import ExitStack
from pathlib import Path

import click

from conformance import shipped
from conformance.cli.exits import Exit
from conformance.run.baseline import Baseline
from conformance.sandbox.responder import Sandbox
from conformance.serve.proxy.gateway import Gateway
from conformance.serve.proxy.server import passing_on
from conformance.serve.proxy.witness import Orders, Witness
from conformance.serve.server import listen, serve_in_background
from conformance.spec.document import Document, base_path
from conformance.transport.network import tls
from conformance.transport.target import Target


@click.command()
@click.option(
    "--target", required=True, metavar="URL|sandbox", help="Where everything goes; sandbox is one made from the document."
)
@click.option("--spec", default=None, metavar="FILE|URL|-", help="The OpenAPI document; the shipped one by default.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 is any free one.")
@click.option("--record", default=None, type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write what goes through here, redacted, for `conformance run --recordings DIR`.")  # fmt: skip
@click.option("--report", default=None, type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write coverage and findings here at the end.")  # fmt: skip
@click.option("--timeout", default=60.0, show_default=True, help="Seconds until an answer must begin.")
def proxy(target: str, spec: str | None, host: str, port: int, record: Path | None, report: Path | None, timeout: float) -> int:
    """Stand before a target, record and validate what goes through, until interrupted."""
    document = Document.load(spec if spec is not None else shipped.document())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    listener = listen(host, port)
    with ExitStack() as stack:
        url = target
        if target == "sandbox":
            origin = stack.enter_context(serve_in_background(Sandbox(document), inline=True, origin=True))
            url = origin
        goal = Target(url, servers=document.servers)
        orders = Orders(document=document, origin=goal.origin, base_url=goal.base, began=time.time(), record=record)
        witness = Witness(orders, say=click.echo)
        context = tls() if goal.scheme == "https" else None
        try:
            with passing_on(
                listener, witness.tap, lambda: Gateway(goal, witness.tap, context=context, timeout=timeout)
            ) as running:
                click.echo(running.url)
                while True:
                    time.sleep(3600)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
        told = witness.testimony()
    click.echo(
        f"{told.watched.exchanges} exchanges, {told.recorded} recorded, {told.dropped} dropped, {told.too_long} too long {told.accidents}"
    )
    return Exit.FINDINGS if told.watched.new_findings() else Exit.CONFORMS

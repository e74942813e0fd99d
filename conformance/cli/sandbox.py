"""``conformance sandbox``: serve the document as a stateful service until interrupted."""

from __future__ import annotations

import time

import click

from conformance import shipped
from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document, base_path


@click.command()
@click.option("--spec", default=None, metavar="FILE|URL|-", help="The OpenAPI document; the shipped one by default.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 is any free one.")
@click.option("--seed", default=0, show_default=True, help="Decides every made-up value.")
def sandbox(spec: str | None, host: str, port: int, seed: int) -> None:
    """Serve the document as a stateful service.

    Any credential passes. State lives in memory and is gone when the command ends.
    """
    document = Document.load(spec if spec is not None else shipped.document())
    responder = Sandbox(document, seed=seed, clock=time.time)
    with serve_in_background(responder, host, port, inline=True) as url:
        for base in dict.fromkeys(base_path(server) for operation in document.operations for server in operation.servers):
            click.echo(f"{url}{base}")
        for label, reason in responder.broken.items():
            click.echo(f"broken: {label}: {reason}", err=True)
        _wait()


def _wait() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)

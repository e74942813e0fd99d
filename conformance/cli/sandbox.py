"""``conformance sandbox``: serve the document as a stateful service until interrupted."""

from __future__ import annotations

import gc
import json
import signal
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from conformance import shipped
from conformance.errors import UsageError
from conformance.run.memory import SERVER
from conformance.sandbox.control import PREFIX, Clock, Controlled
from conformance.sandbox.faults.ground import Ground
from conformance.sandbox.faults.latency import NO_LATENCY, latency_from
from conformance.sandbox.faults.misconduct import misconduct
from conformance.sandbox.faults.table import DRIFTS, FAULTS
from conformance.sandbox.layout import Layout
from conformance.sandbox.overlay import NO_OVERLAY, Overlay, overlay_of
from conformance.sandbox.responder import Sandbox
from conformance.serve.delivery import Delivery
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document, base_path
from conformance.spec.load import parse
from conformance.spec.vendor import write

# Things that are remembered are no garbage, however many come at once.
_RARELY = (10_000, 20, 50)


def _users(_: click.Context, __: click.Parameter, value: str | None) -> dict[str, str]:
    """User names by token, from ``a:TOKEN1,b:TOKEN2``. Tokens never stand in the complaint."""
    found: dict[str, str] = {}
    for number, part in enumerate(value.split(",") if value else [], 1):
        name, separator, token = part.strip().partition(":")
        if not (name and separator and token) or token in found:
            raise click.BadParameter(f"user {number} is not NAME:TOKEN with a token of its own, as in a:TOKEN1,b:TOKEN2")
        found[token] = name
    return found


def _list_faults(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        width = max(len(fault.id) for fault in (*FAULTS, *DRIFTS))
        for fault in (*FAULTS, *DRIFTS):
            click.echo(f"{fault.id:{width}}  {fault.promise}")
        context.exit()


@click.command()
@click.option("--spec", default=None, metavar="FILE|URL|-", help="The OpenAPI document; the shipped one by default.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 is any free one.")
@click.option("--seed", default=0, show_default=True, help="Decides every made-up value.")
@click.option("--state", default="strict", show_default=True, type=click.Choice(["strict", "lenient"]),
              help="strict: what was not created is not there. lenient: whatever is asked for is brought to life.")  # fmt: skip
@click.option("--token", default=None, metavar="TOKEN", help="The only credential that passes; any passes by default.")
@click.option("--users", default=None, callback=_users, metavar="a:TOKEN1,b:TOKEN2", help="Users who see only what is their own.")
@click.option("--overlay", default=None, metavar="FILE", help="Exceptions to what is inferred from the document.")
@click.option("--fault", "faults", multiple=True, metavar="NAME[@OPERATION][=RATE]",
              help="A defect to have, everywhere or at a label, operation id, path or tag. Repeatable.")  # fmt: skip
@click.option("--list-faults", is_flag=True, is_eager=True, expose_value=False, callback=_list_faults,
              help="Show the faults that there are, and exit.")  # fmt: skip
@click.option("--latency", default=None, metavar="SECONDS|LOW-HIGH|MEDIAN~SIGMA", help="How long answers take, as in 200ms.")
@click.option(
    "--webhooks-anywhere", is_flag=True, help="Send webhooks and callbacks to other machines too, not to this one only."
)
@click.option("--snapshot", default=None, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Begin with what is remembered here, and write it back at the end.")  # fmt: skip
def sandbox(
    spec: str | None, host: str, port: int, seed: int, state: str, token: str | None, users: dict[str, str],
    overlay: str | None, faults: tuple[str, ...], latency: str | None, webhooks_anywhere: bool,
    snapshot: Path | None,
) -> None:  # fmt: skip
    """Serve the document as a stateful service.

    State lives in memory, apart for every X-Sandbox-Session header, and is gone when the command ends. POST
    /__sandbox/reset forgets it sooner.
    """
    document = Document.load(spec if spec is not None else shipped.document())
    clock = Clock(time.time)
    # What ships with the package belongs to the shipped document.
    exceptions = _overlay(overlay or (None if spec is not None else str(shipped.overlay())), document)
    layout = Layout(document, exceptions)
    conduct = misconduct(
        faults, Ground(layout), seed=seed, latency=latency_from(latency) if latency is not None else NO_LATENCY
    )  # fmt: skip
    delivery = Delivery(anywhere=webhooks_anywhere, say=partial(click.echo, err=True))
    responder = Sandbox(document, seed=seed, state=state, token=token, users=users, clock=clock, layout=layout,
                        conduct=conduct, listener=delivery)  # fmt: skip
    if snapshot is not None and snapshot.exists():
        _restore(responder, snapshot)
    controlled = Controlled(responder, clock, deliveries=lambda: [asdict(delivered) for delivered in delivery.log])
    # SIGTERM is as good as an interruption, so that nothing is lost.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with delivery, serve_in_background(controlled, host, port, inline=True, origin=True, name=SERVER) as url:
        try:
            for base in dict.fromkeys(base_path(server) for operation in document.operations for server in operation.servers):
                click.echo(f"{url}{base}")
            for label, reason in responder.broken.items():
                click.echo(f"broken: {label}: {reason}", err=True)
            gc.collect()
            gc.freeze()  # what there is by now stays, and need not be looked through again and again
            gc.set_threshold(*_RARELY)
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
    if snapshot is not None:
        remembered = {session: responder.snapshot(session) for session in responder.sessions}
        write(snapshot, json.dumps(remembered, indent=1) + "\n")
        click.echo(f"what was remembered is in {snapshot}; GET {PREFIX}/snapshot shows it at any time", err=True)


def _overlay(path: str | None, document: Document) -> Overlay:
    return overlay_of(parse(path, _read(Path(path), "--overlay")), document.operations) if path is not None else NO_OVERLAY


def _restore(sandbox: Sandbox, path: Path) -> None:
    try:
        for session, remembered in json.loads(_read(path, "--snapshot")).items():
            sandbox.restore(remembered, session)
    except (ValueError, AttributeError) as raised:
        raise UsageError(f"{path} is no snapshot of a sandbox: {raised}; name another file with --snapshot") from raised


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as raised:
        raise UsageError(f"cannot read {path}: {raised.strerror}; correct {option}") from raised

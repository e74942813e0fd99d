"""``conformance clean``: delete what an interrupted run created and did not get to delete."""

from __future__ import annotations

import os
from pathlib import Path

import click

from conformance.cli.exits import Exit
from conformance.errors import UsageError
from conformance.report.plain import plain
from conformance.run import cleaning
from conformance.run.cleaning import Cleaned
from conformance.run.keeping import credentials, missing
from conformance.run.ledger import LEDGER, Account, Ledger, accounts
from conformance.run.options import TOKEN_VARIABLE, headers_from, token_from
from conformance.transport.network import Network

_SHOWN = 20


@click.command()
@click.argument("ledger", required=False, metavar="[LEDGER]", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="Folder of the run.")
@click.option("--header", "headers", multiple=True, help="'Name: value', sent with every request. Repeatable.")
@click.option("--timeout", type=float, default=30.0, show_default=True, help="Seconds per request.")
def clean(ledger: Path | None, out: Path, headers: tuple[str, ...], timeout: float) -> int:
    """Delete what an interrupted run created, the newest first.

    Reads LEDGER, or ledger.jsonl in the folder of the run. The token comes from TELNYX_API_KEY or from --header, as for
    the run.

    Exit code 0: nothing is left that could be deleted; 2: something is, and each thing is named with the reason.
    """
    path = ledger if ledger is not None else out / LEDGER
    if not timeout > 0:
        raise UsageError(f"--timeout is {timeout}; it must be more than 0")
    if not path.exists():
        raise UsageError(f"there is no ledger {path}: name it, or the folder of the run with --out")
    given, token = headers_from(headers), token_from(os.environ.get(TOKEN_VARIABLE))
    again = 0
    for account in accounts(path):
        if not account.things and not account.begun:
            continue
        lost = missing(account, token, given)
        if lost:
            click.echo(f"the run was given the headers {', '.join(lost)}; give them with --header if they are needed", err=True)
        network = Network(account.target, timeout=timeout)
        try:
            cleaned = cleaning.clean(account, Ledger(path, account.run), network, credentials(account, token, given))
        finally:
            network.close()
        _tell(account, cleaned)
        again += len(cleaned.again)
    if again:
        return Exit.USAGE
    click.echo("nothing is left to delete")
    return Exit.CONFORMS


def _tell(account: Account, cleaned: Cleaned) -> None:
    click.echo(f"{account.target}: {cleaned.deleted:,} deleted of what the run of {account.time[:19]} created")
    final = tuple(one for one in cleaned.left if one.is_final)
    for title, things in (("could not be deleted", cleaned.again), ("left behind", final)):
        if things:
            click.echo(f"  {len(things):,} {title}:")
        for one in things[:_SHOWN]:
            click.echo(f"    {plain(str(one))}")
        if len(things) > _SHOWN:
            click.echo(f"    and {len(things) - _SHOWN:,} more")

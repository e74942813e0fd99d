"""``conformance prove``: plant every fault in the sandbox, one at a time, and see which of them the suite finds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from conformance import shipped
from conformance.cli.exits import Exit
from conformance.errors import UsageError
from conformance.run import execute
from conformance.run.credentials import credential_headers, only_headers
from conformance.run.prove import Matrix, cells
from conformance.run.prove import prove as filled
from conformance.run.setting import OTHER_TOKEN, SANDBOX_TOKEN, Setting, settle
from conformance.sandbox.faults.misconduct import parse
from conformance.sandbox.faults.table import FAULTS
from conformance.spec.document import Document
from conformance.spec.vendor import write


@click.command()
@click.option("--spec", default=None, metavar="FILE|URL|-", help="The OpenAPI document; the shipped one by default.")
@click.option("--fault", "names", multiple=True, metavar="NAME", help="Only these faults; * and ? allowed. Repeatable.")
@click.option("--operations", default=3, show_default=True, type=click.IntRange(1), help="Operations that each is planted at.")
@click.option(
    "--max-requests", default=300, show_default=True, type=click.IntRange(1), help="The budget of one fault at one operation."
)
@click.option("--seed", "seeds", multiple=True, type=int, help="Repeatable; 1 by default.")
@click.option("--workers", default="auto", show_default=True, help="Processes.")
@click.option(
    "--min-found", default=95.0, show_default=True, type=click.FloatRange(0, 100), help="Percent of faults that must be found."
)
@click.option(
    "--json", "json_file", default=None, type=click.Path(dir_okay=False, path_type=Path), help="Write the matrix here too."
)
def prove(
    spec: str | None, names: tuple[str, ...], operations: int, max_requests: int, seeds: tuple[int, ...], workers: str,
    min_found: float, json_file: Path | None,
) -> int:  # fmt: skip
    """Plant every fault in the sandbox, one at a time, and see which of them the suite finds.

    Exit code 0: enough were found, and nothing on the clean sandbox; 1: not.
    """
    document = Document.load(spec if spec is not None else shipped.document())
    wanted = {planted.fault.id for name in names for planted in parse(name)} if names else {fault.id for fault in FAULTS}
    faults = [fault for fault in FAULTS if fault.id in wanted]
    chosen = [
        cell
        for seed in seeds or (1,)
        for cell in cells(document, faults=faults, operations=operations, max_requests=max_requests, seed=seed)
    ]
    if not chosen:
        raise UsageError("no operation of the document makes a promise that one of these faults breaks")
    setting = Setting(spec=spec if spec is not None else str(shipped.document()))
    others = credential_headers(document, OTHER_TOKEN) if only_headers(document) else ()
    setting = replace(setting, headers=credential_headers(document, SANDBOX_TOKEN), other_user=others)
    settle(setting, document)
    count = min(execute.worker_count(workers), len(chosen))
    with execute.executor(count, ready=partial(settle, replace(setting, headers=(), other_user=()), document)) as pool:
        matrix = filled(chosen, setting, pool, told=_told)
    for line in _table(matrix):
        click.echo(line)
    if json_file is not None:
        write(json_file, json.dumps(_json(matrix), indent=1) + "\n")
    share = 100 * len(matrix.killed) / len(matrix.by_fault())
    return Exit.CONFORMS if share >= min_found and not matrix.alarms else Exit.FINDINGS


def _told(done: int, every: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done}/{every} cells", nl=done == every, err=True)
    elif done % 50 == 0 or done == every:
        click.echo(f"{done}/{every} cells", err=True)


def _table(matrix: Matrix) -> Iterator[str]:
    by_fault = matrix.by_fault()
    width = max(len(fault) for fault in by_fault)
    for fault, scores in by_fault.items():
        for index, score in enumerate(scores):
            what = ", ".join(score.checks[:3]) if score.found else "MISSED"
            yield f"{fault if not index else '':<{width}}  {score.cell.label:<60.60}  {what}"
    found = sum(score.found for score in matrix.scores)
    yield ""
    yield f"faults found everywhere: {len(matrix.killed)}/{len(by_fault)} ({100 * len(matrix.killed) / len(by_fault):.1f} %)"
    yield f"cells found: {found}/{len(matrix.scores)} ({100 * found / len(matrix.scores):.1f} %), {matrix.requests:,} requests"
    yield f"on the clean sandbox: {len(matrix.alarms)} findings"
    yield from (f"  {alarm}" for alarm in matrix.alarms)


def _json(matrix: Matrix) -> dict[str, object]:
    return {
        "faults": {
            fault: [{"operation": score.cell.label, "seed": score.cell.unit.seed, "checks": list(score.checks),
                     "requests": score.requests} for score in scores]
            for fault, scores in matrix.by_fault().items()
        },
        "clean": matrix.alarms,
        "requests": matrix.requests,
    }  # fmt: skip

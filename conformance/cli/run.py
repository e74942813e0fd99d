"""``conformance run``: the main job."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from conformance import shipped
from conformance.cli.closing import closing, trouble
from conformance.cli.exits import Exit
from conformance.cli.plan import plan
from conformance.cli.progress import Progress
from conformance.run.baseline import Baseline, default_reason
from conformance.run.campaign import Campaign
from conformance.run.execute import RARELY
from conformance.run.options import (
    OTHER_TOKEN_VARIABLE,
    TOKEN_VARIABLE,
    Options,
    floors_from,
    headers_from,
    latency_from,
    phases_from,
    stages_from,
    token_from,
)
from conformance.suite.host import Host

# What pytest would take from the environment is meant for the user's own tests.
_OF_OTHERS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


@click.command()
@click.option("--spec", help="OpenAPI document: path, URL or - for standard input. Default: the shipped one.")
@click.option("--base-url", help="Target. Default: an embedded sandbox made from the document.")
@click.option("--only", help="Stages, comma-separated: lint,fuzz,replay.")
@click.option("--phase", "phases", multiple=True, help="Only this phase of fuzzing. Repeatable.")
@click.option("--tag", "tags", multiple=True, help="Only operations with this tag. Repeatable.")
@click.option("--operation-id", "operation_ids", multiple=True, help="Only this operation. Repeatable.")
@click.option("--since", metavar="OLD", help="Only operations whose contract changed since an earlier document: path or URL.")
@click.option("--max-examples", type=int, default=5, show_default=True, help="Fuzzing per operation: up to four cases for each.")
@click.option("--max-requests", type=int, help="Hard limit of requests, over all stages.")
@click.option("--max-time", type=float, help="Seconds after which nothing more is sent.")
@click.option("--seed", type=int, default=1, show_default=True, help="Makes the run repeatable.")
@click.option(
    "--workers",
    default="auto",
    show_default=True,
    help="Parts of the run under way at a time. auto: 4 before a target, one for each CPU before the sandbox.",
)
@click.option("--recordings", type=click.Path(path_type=Path), help="Recording, or folder of recordings, to replay.")
@click.option("--header", "headers", multiple=True, help="'Name: value', sent with every request. Repeatable.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Known findings, which do not fail the run.")
@click.option("--write-baseline", type=click.Path(path_type=Path), help="Write a baseline that knows every finding of this run.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="Folder for the reports."
)
@click.option("--page/--no-page", default=True, show_default=True,
              help="Make the Allure page; without it, `conformance report` makes it later.")  # fmt: skip
@click.option("--min-coverage", "floors", multiple=True, metavar="DIM=PERCENT", help="Floor of a coverage dimension. Repeatable.")
@click.option("--latency-limit", "latency", multiple=True, metavar="CATEGORY=SECONDS",
              help="How long operations of an x-latency-category may take. Repeatable.")  # fmt: skip
@click.option("--allow-remote-refs", is_flag=True, help="Follow $ref to http(s) URLs.")
@click.option("--fault", "faults", multiple=True, metavar="NAME[@OPERATION][=RATE]",
              help="Plant a defect in the embedded sandbox, to see that it is found. Repeatable.")  # fmt: skip
@click.option("--config", "config_file", type=click.Path(path_type=Path),
              help="Settings of the project. Default: conformance.toml in the working directory, if there is one.")  # fmt: skip
@click.option("--allow-side-effects", "side_effects", is_flag=True,
              help="Also send to a remote target what may cost money, reach people or do damage.")  # fmt: skip
@click.option("--values", type=click.Path(path_type=Path), help="Known values for parameters and fields: YAML, JSON or TOML.")
@click.option("--plan", "plan_only", is_flag=True, help="Say what would be sent, by operation, and send nothing.")
@click.option("--timeout", type=float, default=30.0, show_default=True, help="Seconds per request.")
def run(
    spec: str | None, base_url: str | None, only: str | None, phases: tuple[str, ...], tags: tuple[str, ...],
    operation_ids: tuple[str, ...], since: str | None, max_examples: int, max_requests: int | None, max_time: float | None,
    seed: int, workers: str, recordings: Path | None, headers: tuple[str, ...], baseline: Path | None,
    write_baseline: Path | None, out: Path, floors: tuple[str, ...], latency: tuple[str, ...], allow_remote_refs: bool,
    faults: tuple[str, ...], config_file: Path | None, side_effects: bool, values: Path | None, plan_only: bool, timeout: float,
    *, page: bool,
) -> int:  # fmt: skip
    """Lint, fuzz and replay, and write the report.

    The token for the target comes from TELNYX_API_KEY or from --header; with one of another user in
    TELNYX_OTHER_API_KEY, the run also looks whether users are kept apart.

    Exit code 0: conforms (known findings allowed); 1: new findings, or something could not be tested; 2: bad usage, an
    unreadable document, an unreachable target, nothing sent, or nothing wrong but a recording that cannot be read (the
    others still run); 3: coverage below its floor; 130: interrupted, with everything so far reported.
    """
    options = Options(
        spec=spec or str(shipped.document()),
        base_url=base_url,
        stages=stages_from(only),
        phases=phases_from(phases),
        tags=tags,
        operation_ids=operation_ids,
        since=since,
        max_examples=max_examples,
        max_requests=max_requests,
        max_time=max_time,
        seed=seed,
        workers=workers,
        # What ships with the package belongs to the shipped document.
        recordings=recordings or (None if spec else shipped.recordings()),
        headers=headers_from(headers),
        token=token_from(os.environ.get(TOKEN_VARIABLE)),
        other_token=token_from(os.environ.get(OTHER_TOKEN_VARIABLE), OTHER_TOKEN_VARIABLE),
        baseline=baseline or (None if spec else shipped.baseline()),
        out=out,
        allow_remote=allow_remote_refs,
        config=config_file,
        costly=shipped.guard() if shipped.is_document(spec) else None,
        side_effects=side_effects,
        values=values,
        timeout=timeout,
        floors=floors_from(floors),
        latency=latency_from(latency),
        faults=faults,
        page=page,
    )
    campaign = Campaign(options)
    if since is not None and not campaign.operations:
        click.echo(f"nothing to test: no contract changed since {since} ({campaign.left_out:,} operations left out)")
        return Exit.CONFORMS
    if plan_only:
        for line in plan(campaign):
            click.echo(line)
        return Exit.CONFORMS
    campaign.start()
    gc.freeze()  # the document stays
    gc.set_threshold(*RARELY)
    code = _pytest(campaign)
    if write_baseline is not None and code in {Exit.CONFORMS, Exit.FINDINGS, Exit.COVERAGE_FLOOR}:
        count = Baseline.update(write_baseline, campaign.findings(), reason=default_reason, stages=options.stages)
        click.echo(f"  {write_baseline}: {count} known findings; write the reasons")
        return Exit.CONFORMS if code == Exit.FINDINGS else code
    return code


def _pytest(campaign: Campaign) -> int:
    arguments = [
        "--pyargs", "conformance.suite", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging",
        "--capture=no", f"--rootdir={campaign.options.out.resolve()}", "-c", os.devnull,
        # The suite asserts nothing, and at the end of a process nobody asks what was left open.
        "--assert=plain", "-p", "no:unraisableexception",
        # Other plugins of the environment have no business in a conformance run.
        "--disable-plugin-autoload", "-p", "allure_pytest",
    ]  # fmt: skip
    host = Host(campaign)
    with _without(_OF_OTHERS):
        code = int(pytest.main(arguments, plugins=[host, Progress(campaign)]))
    for line in trouble(host, code):
        click.echo(line, err=True)
    if host.book.written is not None:
        try:
            for line in closing(campaign, host.book, code):
                click.echo(line)
        except BrokenPipeError:
            # The reader went away; the verdict stays what it is.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if code == pytest.ExitCode.INTERNAL_ERROR and host.book.written is None:
        return int(Exit.FINDINGS)
    return int(Exit.USAGE) if code == pytest.ExitCode.NO_TESTS_COLLECTED else code


@contextmanager
def _without(names: tuple[str, ...]) -> Iterator[None]:
    """Environment variables, taken away for a while."""
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)

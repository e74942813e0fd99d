"""``conformance run``: the main job."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from conformance import shipped
from conformance.cli.closing import closing
from conformance.cli.progress import Progress
from conformance.errors import UsageError
from conformance.pytest_plugin import TOKEN_VARIABLE, headers_from
from conformance.run.campaign import Campaign
from conformance.run.options import STAGES, Options


@click.command()
@click.option("--spec", help="OpenAPI document: path, URL or - for standard input. Default: the shipped one.")
@click.option("--base-url", help="Target. Default: an embedded sandbox made from the document.")
@click.option("--only", help="Stages, comma-separated: lint,fuzz,replay.")
@click.option("--tag", "tags", multiple=True, help="Only operations with this tag. Repeatable.")
@click.option("--operation-id", "operation_ids", multiple=True, help="Only this operation. Repeatable.")
@click.option("--max-examples", type=click.IntRange(min=1), default=5, show_default=True, help="Fuzzing cases per operation.")
@click.option("--max-requests", type=click.IntRange(min=0), help="Hard limit of requests.")
@click.option("--max-time", type=click.FloatRange(min=0, min_open=True), help="Seconds after which nothing more is sent.")
@click.option("--seed", type=int, default=1, show_default=True, help="Makes the run repeatable.")
@click.option("--workers", default="auto", show_default=True, help="Processes, or auto.")
@click.option("--recordings", type=click.Path(path_type=Path), help="Recording, or folder of recordings, to replay.")
@click.option("--header", "headers", multiple=True, help="'Name: value', sent with every request. Repeatable.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Known findings, which do not fail the run.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="Folder for the reports."
)
@click.option("--allow-remote-refs", is_flag=True, help="Follow $ref to http(s) URLs.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=30.0, show_default=True, help="Seconds per request."
)
def run(
    spec: str | None, base_url: str | None, only: str | None, tags: tuple[str, ...], operation_ids: tuple[str, ...],
    max_examples: int, max_requests: int | None, max_time: float | None, seed: int, workers: str,
    recordings: Path | None, headers: tuple[str, ...], baseline: Path | None, out: Path, allow_remote_refs: bool, timeout: float,
) -> int:  # fmt: skip
    """Lint, fuzz and replay, and write the report.

    The token for the target comes from TELNYX_API_KEY or from --header. Exit code 0: conforms (known findings
    allowed); 1: new findings; 2: the run could not start; 130: interrupted.
    """
    if workers != "auto" and not (workers.isdecimal() and int(workers) > 0):
        raise UsageError(f"--workers is {workers!r}; it must be a positive number or auto")
    options = Options(
        spec=spec or str(shipped.document()),
        base_url=base_url,
        stages=_stages(only),
        tags=tags,
        operation_ids=operation_ids,
        max_examples=max_examples,
        max_requests=max_requests,
        max_time=max_time,
        seed=seed,
        workers=workers,
        # What ships with the package belongs to the shipped document.
        recordings=recordings or (None if spec else shipped.recordings()),
        headers=headers_from(headers, os.environ.get(TOKEN_VARIABLE) if base_url else None),
        baseline=baseline or (None if spec else shipped.baseline()),
        out=out,
        allow_remote=allow_remote_refs,
        timeout=timeout,
    )
    campaign = Campaign(options)
    campaign.start()
    return _pytest(campaign)


def _stages(only: str | None) -> tuple[str, ...]:
    if only is None:
        return STAGES
    names = tuple(name.strip() for name in only.split(",") if name.strip())
    for name in names:
        if name not in STAGES:
            raise UsageError(f"--only has the unknown stage {name!r}; the stages are {', '.join(STAGES)}")
    if not names:
        raise UsageError(f"--only names no stage; the stages are {', '.join(STAGES)}")
    return tuple(name for name in STAGES if name in names)


def _pytest(campaign: Campaign) -> int:
    arguments = [
        "--pyargs", "conformance.suite", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging",
        "--capture=no", f"--rootdir={campaign.options.out.resolve()}", "-c", os.devnull,
        # Other plugins of the environment have no business in a conformance run.
        "--disable-plugin-autoload", "-p", "allure_pytest", "-p", "conformance.pytest_plugin",
    ]  # fmt: skip
    progress = Progress(campaign)
    code = int(pytest.main(arguments, plugins=[progress]))
    if progress.book is not None and progress.book.written is not None:
        for line in closing(campaign, progress.book, code):
            click.echo(line)
    return code

"""``conformance report``: make the HTML pages anew from what a run left, and open them."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.exits import Exit
from conformance.errors import UsageError
from conformance.report.allure import make_report
from conformance.report.files import write_text
from conformance.report.write import coverage_page, read_report, title_of


@click.command()
@click.argument("folder", metavar="[DIR]", default="reports", type=click.Path(path_type=Path))
@click.option("--open", "open_", is_flag=True, help="Open the report in the browser.")
def report(folder: Path, *, open_: bool) -> int:
    """Make allure-report/index.html and coverage.html from the results in DIR (default: reports)."""
    pages = _pages(folder)
    for page in pages:
        click.echo(str(page))
    if open_:
        click.launch(pages[0].resolve().as_uri())
    return Exit.CONFORMS


def _pages(folder: Path) -> list[Path]:
    """The pages that could be made, the first to read first."""
    results = folder / "allure-results"
    has_results = results.is_dir() and any(results.glob("*-result.json"))
    try:
        coverage, run = read_report(folder)
        if coverage is None and not has_results:
            raise UsageError(f"there are no results in {folder}: run `conformance run --out {folder}` first")
        covered = coverage_page(coverage, run) if coverage is not None else None
    except (ValueError, KeyError, TypeError, AttributeError) as raised:
        reason = str(raised) if isinstance(raised, ValueError) else f"{folder / 'coverage.json'} is not a coverage report"
        raise UsageError(f"{reason}; run `conformance run --out {folder}` again") from raised
    pages = []
    if has_results:
        made = make_report(results, folder / "allure-report" / "index.html", title=title_of(run))
        if made.page is not None:
            pages.append(made.page)
        else:
            click.echo(made.reason, err=True)
    if covered is not None:
        pages.append(write_text(folder / "coverage.html", covered))
    if not pages:
        raise UsageError(f"no page could be made of the results in {folder}")
    return pages

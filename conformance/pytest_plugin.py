"""The pytest side of a run: options, collection, labels, and the report at the end.

Does nothing at all unless ``conformance.suite`` is what pytest was asked to run.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from _pytest.outcomes import OutcomeException

from conformance import shipped
from conformance.cases.generated import PHASES
from conformance.errors import ConformanceError
from conformance.run.campaign import DOCUMENT, Campaign
from conformance.run.options import STAGES, Options
from conformance.suite.book import Book

CAMPAIGN = pytest.StashKey[Campaign]()
BOOK = pytest.StashKey[Book]()
TOKEN_VARIABLE = "TELNYX_API_KEY"  # noqa: S105 - the name of it


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run, as ``conformance run`` has them."""
    group = parser.getgroup("conformance", "contract testing (only with --pyargs conformance.suite)")
    rows: tuple[tuple[str, dict[str, Any]], ...] = (
        ("--spec", {"help": "OpenAPI document: path, URL or - (default: the shipped one)"}),
        ("--base-url", {"help": "target (default: the embedded sandbox)"}),
        ("--only", {"help": "stages, comma-separated: lint,fuzz,replay"}),
        ("--tag", {"action": "append", "default": [], "help": "only operations with this tag"}),
        ("--operation-id", {"action": "append", "default": [], "help": "only this operation"}),
        ("--max-examples", {"type": int, "default": 5, "help": "fuzzing cases per operation"}),
        ("--max-requests", {"type": int, "help": "hard limit"}),
        ("--max-time", {"type": float, "help": "seconds after which nothing more is sent"}),
        ("--seed", {"type": int, "default": 1, "help": "makes the run repeatable"}),
        ("--workers", {"default": "auto", "help": "processes, or auto"}),
        ("--recordings", {"help": "recording or folder of recordings to replay"}),
        ("--header", {"action": "append", "default": [], "help": "'Name: value', sent with every request"}),
        ("--known", {"help": "baseline of known findings"}),
        ("--out", {"default": "reports", "help": "folder for the reports"}),
    )
    for name, settings in rows:
        try:
            group.addoption(name, dest="conformance_" + name.strip("-").replace("-", "_"), **settings)
        except ValueError:
            # Another plugin has an option of this name. Its value is the one the user gives, so it is read below.
            continue


def _given(config: pytest.Config, name: str, default: Any = None) -> Any:
    value = getattr(config.option, f"conformance_{name}", None)
    return value if value not in (None, []) else getattr(config.option, name, None) or default


def options_from(config: pytest.Config) -> Options:
    """The options on pytest's command line.

    Raises:
        ConformanceError: when one cannot be right.
    """
    spec = _given(config, "spec")
    known = _given(config, "known")
    recordings = _given(config, "recordings")
    return Options(
        spec=spec or str(shipped.document()),
        base_url=_given(config, "base_url"),
        stages=tuple(_given(config, "only", ",".join(STAGES)).split(",")),
        tags=tuple(_given(config, "tag", [])),
        operation_ids=tuple(_given(config, "operation_id", [])),
        max_examples=_given(config, "max_examples", 5),
        max_requests=_given(config, "max_requests"),
        max_time=_given(config, "max_time"),
        seed=_given(config, "seed", 1),
        workers=_given(config, "workers", "auto"),
        recordings=Path(recordings) if recordings else None if spec else shipped.recordings(),
        headers=headers_from(tuple(_given(config, "header", [])), os.environ.get(TOKEN_VARIABLE)),
        baseline=Path(known) if known else None if spec else shipped.baseline(),
        out=Path(_given(config, "out", "reports")),
    )


def headers_from(lines: tuple[str, ...], token: str | None) -> tuple[tuple[str, str], ...]:
    """``Name: value`` lines as headers, with the token as a bearer unless the lines authenticate already.

    Raises:
        UsageError: when a line has no colon. It is not shown: it may be a secret.
    """
    from conformance.errors import UsageError

    found = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise UsageError("a --header has no colon; write it as --header 'Name: value'")
        found.append((name.strip(), value.strip()))
    if token and not any(name.lower() == "authorization" for name, _ in found):
        found.append(("Authorization", f"Bearer {token}"))
    return tuple(found)


def wanted(config: pytest.Config) -> bool:
    """Whether pytest was asked for our suite."""
    return any("conformance.suite" in str(argument) or "conformance/suite" in str(argument) for argument in config.args)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make the campaign ready; a mistake of the user's ends pytest with one sentence."""
    if not wanted(config):
        return
    campaign = next((plugin.campaign for plugin in config.pluginmanager.get_plugins() if hasattr(plugin, "campaign")), None)
    try:
        if campaign is None:
            campaign = Campaign(options_from(config))
            campaign.start()
    except ConformanceError as raised:
        raise pytest.UsageError(str(raised)) from None
    config.stash[CAMPAIGN] = campaign
    config.stash[BOOK] = Book(campaign)
    if getattr(config.option, "allure_report_dir", None) is None:
        config.option.allure_report_dir = str(campaign.options.out / "allure-results")
        config.option.clean_alluredir = True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each operation, phase and recorded request that was asked for."""
    campaign = metafunc.config.stash.get(CAMPAIGN, None)
    if campaign is None:
        return
    stages = campaign.options.stages
    if "linted" in metafunc.fixturenames:
        labels = (DOCUMENT, *campaign.labels) if "lint" in stages else ()
        metafunc.parametrize("linted", labels)
    elif "phase" in metafunc.fixturenames:
        pairs = [(label, phase) for phase in PHASES for label in campaign.labels] if "fuzz" in stages else []
        metafunc.parametrize(("label", "phase"), pairs, ids=[f"{label}-{phase}" for label, phase in pairs])
    elif "chain" in metafunc.fixturenames:
        found = campaign.chains() if "replay" in stages else []
        entries = [(chain.name, index, title) for chain in found for index, title in enumerate(chain.titles)]
        metafunc.parametrize(
            ("chain", "index"),
            [(name, index) for name, index, _ in entries],
            ids=[f"{name}-{index + 1}-{title}" for name, index, title in entries],
        )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Plan only what was selected, so that a selection costs what it selects."""
    campaign = session.config.stash.get(CAMPAIGN, None)
    if campaign is None:
        return
    phases: dict[str, set[str]] = {}
    for item in session.items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        if "phase" in params:
            phases.setdefault(params["label"], set()).add(params["phase"])
    campaign.plan_fuzz({label: sorted(found) for label, found in phases.items()})


@pytest.fixture(scope="session")
def book(request: pytest.FixtureRequest) -> Book:
    """Where the tests of the suite write what they find."""
    found = request.config.stash.get(BOOK, None)
    if found is None:
        pytest.skip("run the suite with: pytest --pyargs conformance.suite")
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell the book of what is neither a verdict nor an interruption."""
    report = yield
    book_ = item.config.stash.get(BOOK, None)
    if book_ is not None and call.excinfo is not None and not call.excinfo.errisinstance((OutcomeException, KeyboardInterrupt)):
        book_.accident(item.name, report.longreprtext)
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the reports, whatever happened, and say in the exit code what the run says."""
    campaign = session.config.stash.get(CAMPAIGN, None)
    if campaign is None or session.config.option.collectonly:
        return
    book_ = session.config.stash[BOOK]
    if exitstatus == pytest.ExitCode.INTERRUPTED:
        campaign.stop()
    results = getattr(session.config.option, "allure_report_dir", None)
    session.exitstatus = book_.close(exitstatus, allure_results=Path(results) if results else None)
    campaign.close()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let worker processes go, also when the session never began."""
    campaign = config.stash.get(CAMPAIGN, None)
    if campaign is not None:
        campaign.close()

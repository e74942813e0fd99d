"""The pytest side of a run: its options, and the suite when pytest was asked for it.

Every pytest run of an environment loads this module, so it imports next to nothing, and adds nothing to a run that
does not ask for ``conformance.suite``: no option, no hook that costs, no output.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.run.options import Options

_PACKAGE = "conformance.suite"
_FOLDER = Path(__file__).resolve().parent / "suite"
_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--spec", {"help": "OpenAPI document: path, URL or - (default: the shipped one)"}),
    ("--base-url", {"help": "target (default: the embedded sandbox)"}),
    ("--only", {"help": "stages, comma-separated: lint,fuzz,replay"}),
    ("--phase", {"action": "append", "help": "only this phase of fuzzing"}),
    ("--tag", {"action": "append", "help": "only operations with this tag"}),
    ("--operation-id", {"action": "append", "help": "only this operation"}),
    ("--max-examples", {"help": "fuzzing per operation, up to four cases for each (default: 5)"}),
    ("--max-requests", {"help": "hard limit of requests"}),
    ("--max-time", {"help": "seconds after which nothing more is sent"}),
    ("--seed", {"help": "makes the run repeatable (default: 1)"}),
    ("--workers", {"help": "parts of the run under way at a time, or auto (default: auto)"}),
    ("--recordings", {"help": "recording or folder of recordings to replay"}),
    ("--header", {"action": "append", "help": "'Name: value', sent with every request"}),
    ("--baseline", {"help": "known findings, which do not fail the run"}),
    ("--out", {"help": "folder for the reports (default: reports)"}),
    ("--min-coverage", {"action": "append", "help": "DIM=PERCENT, floor of a coverage dimension"}),
    ("--latency-limit", {"action": "append", "help": "CATEGORY=SECONDS, how long operations of an x-latency-category may take"}),
    ("--allow-remote-refs", {"action": "store_true", "default": None, "help": "follow $ref to http(s) URLs"}),
    ("--config-file", {"help": "settings of the project (default: conformance.toml, if there is one)"}),
    ("--allow-side-effects", {"action": "store_true", "default": None, "help": "also send what may cost money or do damage"}),
    ("--values", {"help": "known values for parameters and fields: YAML, JSON or TOML"}),
    ("--timeout", {"help": "seconds per request (default: 30)"}),
)


def is_wanted(arguments: Iterable[object]) -> bool:
    """Whether pytest is asked for the suite: by the name of its package, or by a path in it."""
    return any(_is_suite(str(argument).partition("::")[0]) for argument in arguments)


def _is_suite(argument: str) -> bool:
    if argument == _PACKAGE or argument.startswith(_PACKAGE + "."):
        return True
    return "suite" in argument and not argument.startswith("-") and Path(argument).resolve().is_relative_to(_FOLDER)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Add the options of a run, after every other plugin, so that names which others have too do no harm."""
    if not is_wanted(args):
        return
    group = parser.getgroup("conformance", "contract testing")
    nothing = object()
    for name, settings in _OPTIONS:
        # Where another plugin has an option of this name, what the user gives it is meant for both.
        if early_config.getoption(name, nothing) is nothing:
            group.addoption(name, dest="conformance_" + name.strip("-").replace("-", "_"), **settings)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make the campaign ready; a mistake of the user's ends pytest with one sentence."""
    if not is_wanted(config.args):
        return
    # Imported here alone: every other pytest run has no use for them.
    from conformance.errors import ConformanceError  # noqa: PLC0415
    from conformance.run.campaign import Campaign  # noqa: PLC0415
    from conformance.suite.host import Host  # noqa: PLC0415

    try:
        campaign = Campaign(options_from(config))
        campaign.start()
    except ConformanceError as raised:
        raise pytest.UsageError(str(raised)) from None
    config.pluginmanager.register(Host(campaign), "conformance-host")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the suite alone where it is merely found below what pytest was asked for."""
    if collection_path == _FOLDER and not config.pluginmanager.has_plugin("conformance-host"):
        return True
    return None


def options_from(config: pytest.Config) -> Options:
    """The options on pytest's command line.

    Raises:
        ConformanceError: when one cannot be right.
    """
    from conformance import shipped  # noqa: PLC0415 - as above
    from conformance.run.options import (  # noqa: PLC0415
        OTHER_TOKEN_VARIABLE,
        TOKEN_VARIABLE,
        Options,
        floors_from,
        headers_from,
        latency_from,
        number_from,
        phases_from,
        stages_from,
        token_from,
    )

    def given(name: str) -> Any:
        return config.getoption(name, None)

    spec, base_url, recordings, baseline = given("--spec"), given("--base-url"), given("--recordings"), given("--baseline")
    return Options(
        spec=spec or str(shipped.document()),
        base_url=base_url,
        stages=stages_from(given("--only")),
        phases=phases_from(given("--phase") or ()),
        tags=tuple(given("--tag") or ()),
        operation_ids=tuple(given("--operation-id") or ()),
        max_examples=number_from("--max-examples", given("--max-examples"), int, otherwise=5),
        max_requests=number_from("--max-requests", given("--max-requests"), int, otherwise=None),
        max_time=number_from("--max-time", given("--max-time"), float, otherwise=None),
        seed=number_from("--seed", given("--seed"), int, otherwise=1),
        workers=given("--workers") or "auto",
        recordings=Path(recordings) if recordings else None if spec else shipped.recordings(),
        headers=headers_from(given("--header") or ()),
        token=token_from(os.environ.get(TOKEN_VARIABLE)),
        other_token=token_from(os.environ.get(OTHER_TOKEN_VARIABLE), OTHER_TOKEN_VARIABLE),
        baseline=Path(baseline) if baseline else None if spec else shipped.baseline(),
        out=Path(given("--out") or "reports"),
        floors=floors_from(given("--min-coverage") or ()),
        latency=latency_from(given("--latency-limit") or ()),
        allow_remote=bool(given("--allow-remote-refs")),
        config=Path(given("--config-file")) if given("--config-file") else None,
        costly=shipped.guard() if shipped.is_document(spec) else None,
        side_effects=bool(given("--allow-side-effects")),
        values=Path(given("--values")) if given("--values") else None,
        timeout=number_from("--timeout", given("--timeout"), float, otherwise=30.0),
    )

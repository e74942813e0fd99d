from __future__ import annotations

import configparser
import json
import re
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from conformance import pytest_plugin
from conformance.cli.main import main

Page = Any
ROOT = Path(__file__).resolve().parents[2]


def parse(words: list[str]) -> None:
    """Parse a ``conformance`` command as click would, without running it."""
    command: click.Command = main
    context = click.Context(main, info_name="conformance")
    while isinstance(command, click.Group):
        name = next(iter(words), "")
        found = command.get_command(context, name)
        assert found is not None, f"there is no command {name!r}"
        command, words = found, words[1:]
    # What a shell puts in place of a variable is text like any other; a number fits everywhere.
    command.make_context(command.name, [re.sub(r"\$\{?\w+\}?", "1", word) for word in words])


def suite_options() -> set[str]:
    """The options that our plugin adds to pytest."""
    return {name for name, _ in pytest_plugin._OPTIONS}


def tox_command(environment: str) -> str:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "tox.ini", "utf-8")
    return settings[f"testenv:{environment}"]["commands"]


def check(words: list[str]) -> bool:
    """Whether a command is one of ours; fails when it could not be run as written."""
    program, *rest = words
    name = Path(program).name
    if name == "conformance":
        parse(rest)
    elif name == "tox" and rest:
        assert rest[0] == "-e"
        command = tox_command(rest[1])
        assert rest[2:3] in ([], ["--"])
        if rest[3:]:
            assert "{posargs}" in command
        check(shlex.split(command.replace("{posargs}", shlex.join(rest[3:]))))
    elif name == "pytest":
        assert rest[:2] == ["--pyargs", "conformance.suite"]
        known = suite_options() | {"--pyargs", "--collect-only"}
        assert {word for word in rest if word.startswith("--")} <= known
    elif name.startswith("python") and rest[0] == "-m":
        assert find_spec(rest[1]) is not None
    elif name.startswith("python"):
        assert (ROOT / rest[0]).is_file()
    else:
        return False
    return True


def test_every_command_on_a_page_can_be_run_as_it_is_written(page: Page) -> None:
    for words in page.commands():
        try:
            check(words)
        except (click.ClickException, AssertionError) as raised:
            message = raised.format_message() if isinstance(raised, click.ClickException) else str(raised)
            pytest.fail(f"{page.name}: {shlex.join(words)}: {message}")


@pytest.mark.parametrize(
    "name", ["README.md", "docs/nightly.md", "docs/release-gate.md", "docs/by-hand.md", "docs/any-document.md"]
)
def test_the_pages_for_users_have_commands_of_ours(docs: dict[str, Page], name: str) -> None:
    assert sum(check(words) for words in docs[name].commands()) >= 2


@pytest.mark.parametrize(
    "words",
    [
        ["conformance", "run", "--no-such-option"],
        ["conformance", "run", "--seed", "many"],
        ["conformance", "walk"],
        ["conformance", "spec", "vendor"],
        ["tox", "-e", "conformance", "--", "--no-such-option"],
        ["pytest", "--pyargs", "conformance.suite", "--no-such-option"],
        ["python", "-m", "conformance.no_such_module"],
        ["python", "benchmarks/no_such_script.py"],
    ],
    ids=shlex.join,
)
def test_a_command_that_is_not_there_is_found_out(words: list[str]) -> None:
    with pytest.raises((click.ClickException, AssertionError)):
        check(words)


def test_every_block_of_yaml_and_json_parses(page: Page) -> None:
    for block in page.blocks("yaml"):
        assert isinstance(yaml.safe_load(block), dict)
    for block in page.blocks("json"):
        json.loads(block)


def test_the_github_job_runs_and_reports_whatever_happens(docs: dict[str, Page]) -> None:
    job = yaml.safe_load(docs["docs/nightly.md"].blocks("yaml")[0])["jobs"]["conformance"]
    for step in job["steps"]:
        assert len({"uses", "run"} & set(step)) == 1
    run, summary, upload = job["steps"][-3:]
    assert run["env"]["TELNYX_API_KEY"] == "${{ secrets.TELNYX_API_KEY }}"
    assert "${{" not in run["run"]
    assert summary["if"] == upload["if"] == "always()"
    assert "GITHUB_STEP_SUMMARY" in summary["run"]
    assert upload["with"]["path"] == "reports/"


def test_the_gitlab_job_keeps_the_report_and_its_junit_file(docs: dict[str, Page]) -> None:
    job = yaml.safe_load(docs["docs/nightly.md"].blocks("yaml")[1])["conformance"]
    assert job["artifacts"]["when"] == "always"
    assert job["artifacts"]["paths"] == ["reports/"]
    assert job["artifacts"]["reports"]["junit"] == "reports/junit.xml"

"""The ``conformance report`` command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.exits import Exit
from conformance.cli.main import main
from conformance.coverage.dimensions import DIMENSIONS
from conformance.errors import UsageError
from conformance.report.allure import find_node


def _coverage() -> dict[str, Any]:
    count = {"covered": 1, "total": 2, "sources": {"fuzz": 1, "replay": 0}}
    return {
        "version": 1,
        "totals": dict.fromkeys(DIMENSIONS, count),
        "tags": {"Pets": dict.fromkeys(DIMENSIONS, count)},
        "operations": {"GET /pets": {name: {**count, "missed": ["x"]} for name in DIMENSIONS}},
        "operation_tags": {"GET /pets": ["Pets"]},
    }


def test_the_page_is_made_anew_from_the_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "coverage.json").write_text(json.dumps(_coverage()))
    (tmp_path / "findings.json").write_text(json.dumps({"run": {"title": "Pets API", "seed": 7}}))
    assert main(["report", str(tmp_path)], standalone_mode=False) == Exit.CONFORMS
    assert capsys.readouterr().out == f"{tmp_path / 'coverage.html'}\n"
    page = (tmp_path / "coverage.html").read_text("utf-8")
    assert "Coverage of Pets API" in page
    assert "seed 7" in page


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_a_folder_without_results_is_the_users_mistake(tmp_path: Path, folder: str) -> None:
    with pytest.raises(UsageError, match=r"there are no results in .*: run `conformance run --out"):
        main(["report", str(tmp_path / folder)], standalone_mode=False)


@pytest.mark.parametrize(
    "change",
    [{"totals": {}}, {"tags": {"a": 1}}, {"operations": {"GET /pets": []}}, {"operation_tags": {"x": 1}}, {"totals": None}],
)
def test_numbers_that_are_damaged_are_the_users_mistake(tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / "coverage.json").write_text(json.dumps({**_coverage(), **change}))
    with pytest.raises(UsageError, match=r"coverage\.json is not a coverage report; run"):
        main(["report", str(tmp_path)], standalone_mode=False)


def test_without_node_the_coverage_page_is_made_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    if find_node() is not None:
        pytest.skip("Node is installed as a package")
    (tmp_path / "coverage.json").write_text(json.dumps(_coverage()))
    results = tmp_path / "allure-results"
    results.mkdir()
    (results / "1-result.json").write_text("{}")
    assert main(["report", str(tmp_path)], standalone_mode=False) == Exit.CONFORMS
    shown = capsys.readouterr()
    assert shown.out == f"{tmp_path / 'coverage.html'}\n"
    assert "pip install 'telnyx-conformance[html]'" in shown.err


def test_the_page_can_be_left_for_later_and_none_of_an_earlier_run_stays(
    conformance: Any, document: Path, tmp_path: Path
) -> None:
    page = tmp_path / "reports" / "allure-report" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("of an earlier run")
    ran = conformance("run", "--spec", document, "--only", "lint", "--no-page")
    assert ran.out.endswith("  no Allure page was asked for; make it with `conformance report reports`\n")
    assert not page.exists()
    assert list((tmp_path / "reports" / "allure-results").glob("*-result.json"))

"""Everything that a run leaves behind."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import OutputError
from conformance.model.record import Finding
from conformance.redaction.mask import Redactor
from conformance.report.files import write_json, write_text
from conformance.report.results import CaseResult, RunInfo
from conformance.report.write import read_report, write_reports

TOKEN = "KEY0123+/=s3cr3t&<é>"


def _write(out: Path, **parts: Any) -> None:
    write_reports(out, redactor=Redactor([TOKEN]), **parts)


@pytest.fixture
def parts(findings: list[Finding], coverage: dict[str, Any], run_info: RunInfo, cases: list[CaseResult]) -> dict[str, Any]:
    return {"findings": findings, "coverage": coverage, "run": run_info, "cases": cases}


def test_every_report_is_written_and_nothing_else(tmp_path: Path, parts: dict[str, Any]) -> None:
    _write(tmp_path / "new" / "out", **parts)
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == [
        "coverage.html", "coverage.json", "findings.json", "junit.xml", "summary.md",
    ]  # fmt: skip


def test_no_secret_is_in_any_output(tmp_path: Path, parts: dict[str, Any]) -> None:
    _write(tmp_path, **parts)
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        for secret in (TOKEN, "s3cr3t", "minted-secret", "other-secret"):
            assert secret.encode() not in data, path.name


def test_coverage_is_written_as_it_was_given(tmp_path: Path, parts: dict[str, Any]) -> None:
    _write(tmp_path, **parts)
    found, run = read_report(tmp_path)
    assert found is not None
    assert found["totals"] == parts["coverage"]["totals"]
    assert list(found["operations"]) == list(parts["coverage"]["operations"])
    assert run["title"] == "Pets | API"


def test_coverage_says_what_a_thousand_requests_have_shown(tmp_path: Path, parts: dict[str, Any]) -> None:
    _write(tmp_path, **{**parts, "run": replace(parts["run"], requests=2000, shown=3)})
    found, _ = read_report(tmp_path)
    assert found is not None
    assert found["yield"] == {"requests": 2000, "defects": 3, "defects_per_1000_requests": 1.5}


def test_an_earlier_report_survives_a_fault(tmp_path: Path, parts: dict[str, Any]) -> None:
    _write(tmp_path, **parts)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(KeyError):
        _write(tmp_path, **{**parts, "coverage": {"totals": {}}})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_written_is_the_users_mistake(tmp_path: Path, parts: dict[str, Any]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write to .*file/out.*choose another folder"):
        _write(tmp_path / "file" / "out", **parts)


def test_a_file_is_replaced_in_one_step_and_no_other_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": "é"})
    kept = path.open(encoding="utf-8")
    write_text(path, "lone \ud800")
    with kept:
        assert json.load(kept) == {"a": "é"}
    assert path.read_bytes() == b"lone \\ud800"
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("text", ["{", "[]", '{"totals": {}}', '{"totals": 1, "tags": 2, "operations": 3, "operation_tags": 4}'])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "coverage.json").write_text(text)
    with pytest.raises(ValueError, match=r"coverage\.json"):
        read_report(tmp_path)

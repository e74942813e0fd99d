"""How long operations take, in the reports of a run and in its verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document


@pytest.fixture
def timed(fuzzing: Any, document: Path, serve: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A run against notes whose list promises to be responsive."""
    monkeypatch.setenv("TELNYX_API_KEY", "any-token")
    held = json.loads(document.read_text())
    held["paths"]["/notes"]["get"]["x-latency-category"] = "responsive"
    document.write_text(json.dumps(held))
    service = serve(Sandbox(Document.load(document), seed=3, token="any-token").respond)
    return lambda *arguments: fuzzing(service.url, *arguments)


def test_times_stand_in_the_reports(timed: Any, conformance: Any, tmp_path: Path) -> None:
    ran = timed("--latency-limit", "responsive=0.0000001")
    assert ran.code == 1
    assert "warning latency-exceeded  GET /notes" in ran.out
    out = tmp_path / "reports"
    held = json.loads((out / "coverage.json").read_text())["latency"]
    assert set(held) == {"GET /notes", "POST /notes", "GET /notes/{id}"}
    assert held["GET /notes"]["limit"] == 0.0000001
    assert held["POST /notes"]["category"] is None
    assert 0 < held["GET /notes"]["median"] <= held["GET /notes"]["p95"]
    assert "median " in (out / "coverage.html").read_text()
    assert "## Latency" in (out / "summary.md").read_text()
    found = next(one for one in json.loads((out / "findings.json").read_text())["findings"] if one["id"] == "latency-exceeded")
    assert conformance("reproduce", found["fingerprint"]).code == 0
    assert conformance("reproduce", found["fingerprint"], "--latency-limit", "responsive=0.0000001").code == 1


def test_a_service_that_is_quick_enough_has_times_and_no_finding(timed: Any, tmp_path: Path) -> None:
    assert timed("--latency-limit", "responsive=25").code == 0
    assert "## Latency" in (tmp_path / "reports" / "summary.md").read_text()


def test_the_sandbox_in_this_process_takes_no_time(conformance: Any, document: Path, tmp_path: Path) -> None:
    conformance("run", "--spec", document, "--only", "fuzz", "--workers", "1", "--max-examples", "1")
    assert "## Latency" not in (tmp_path / "reports" / "summary.md").read_text()
    assert "median " not in (tmp_path / "reports" / "coverage.html").read_text()

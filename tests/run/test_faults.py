"""What the table of faults says to others: the checks that it names, its page, and runs with faults planted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.checks.table import BY_ID
from conformance.errors import UsageError
from conformance.model.message import NoResponse, Request
from conformance.run.options import Options
from conformance.run.setting import Setting, opened, responder
from conformance.sandbox.faults.page import page
from conformance.sandbox.faults.table import FAULTS

ROOT = Path(__file__).resolve().parents[2]


def test_the_checks_that_are_meant_to_see_a_fault_exist() -> None:
    assert {check for fault in FAULTS for check in fault.checks} <= set(BY_ID)


def test_the_committed_page_is_what_the_table_says() -> None:
    remedy = "python -m conformance.sandbox.faults.page > docs/faults.md"
    assert (ROOT / "docs" / "faults.md").read_text("utf-8") == page(), f"run: {remedy}"


def test_faults_are_planted_in_the_embedded_sandbox_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leave out --base-url"):
        Options(base_url="http://127.0.0.1:1", faults=("protocol-reset",))
    spec = tmp_path / "api.json"
    paths = {"/a": {"get": {"responses": {"204": {"description": "none"}}}}}
    spec.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}))
    setting = Setting(spec=str(spec), faults=("protocol-reset",))
    answer = responder(setting, opened(setting).document).respond(Request(method="GET", url="http://127.0.0.1:8080/a"))
    assert isinstance(answer, NoResponse)
    assert answer.kind == "reset"

"""A small run with one of everything, and a browser to look at its pages with."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.coverage.dimensions import DIMENSIONS
from conformance.model.message import Request, Response
from conformance.model.record import Finding, Severity
from conformance.report.results import CaseResult, RunInfo

TOKEN = "KEY0123+/=s3cr3t&<é>"


def counts(covered: int, total: int, *, missed: bool = False, keys: tuple[str, ...] = ()) -> dict[str, Any]:
    """The same count in every dimension; ``keys`` begin the list of what was missed."""
    names = [*keys, *(f"200:application/json:/data/*/field_{index}" for index in range(total - covered - len(keys)))]
    return {
        dimension: {"covered": covered, "total": total, "sources": {"fuzz": covered, "replay": covered // 2}}
        | ({"missed": names[: total - covered]} if missed else {})
        for dimension in DIMENSIONS
    }


@pytest.fixture
def coverage() -> dict[str, Any]:
    """What ``coverage.json`` holds for three operations in three tags, one of them with markup in its name."""
    return {
        "version": 1,
        "totals": counts(10, 20),
        "tags": {"Zebras & <b>Cats</b>": counts(3, 6), "Dogs": counts(7, 7), "(untagged)": counts(0, 0)},
        "operations": {
            "GET /dogs": counts(7, 7, missed=True),
            "POST /cats/{id}": counts(3, 6, missed=True, keys=("query:<script>=1", f"query:token={TOKEN}")),
            "GET /nothing": counts(0, 0, missed=True),
        },
        "operation_tags": {"GET /dogs": ["Dogs"], "POST /cats/{id}": ["Zebras & <b>Cats</b>"], "GET /nothing": ["(untagged)"]},
    }


@pytest.fixture
def run_info() -> RunInfo:
    return RunInfo(
        started="2026-11-22T08:15:00+00:00",
        duration=12.5,
        seed=42,
        target=f"https://user:{TOKEN}@api.example.com/v2?api_key={TOKEN}",
        title="Pets | API",
        document_version="1.0",
        document_uri="pets.json",
        digest="0" * 64,
        stages=("lint", "fuzz"),
        requests=1234,
        operations=3,
        exit_code=1,
        packages=(("schemathesis", "4"),),
    )


def finding(**changes: Any) -> Finding:
    """A finding about a POST, with the token wherever a token can stand."""
    values: dict[str, Any] = {
        "id": "status-undocumented",
        "severity": Severity.ERROR,
        "stage": "fuzz",
        "message": f"500 is not one of 200, 404 (sent {TOKEN})",
        "operation": "POST /cats/{id}",
        "operation_id": "petCat",
        "tags": ("Cats",),
        "pointer": "/paths/~1cats~1{id}/post/responses",
        "status": 500,
        "request": Request(
            method="POST",
            url=f"https://api.example.com/v2/cats/1?api_key={TOKEN}&name=x",
            headers=(("Authorization", f"Bearer {TOKEN}"), ("Content-Type", "application/json"), ("Cookie", f"s={TOKEN}")),
            body=f'{{"name": "it\'s", "echo": "{TOKEN}"}}'.encode(),
        ),
        "response": Response(
            status=500,
            headers=(("content-type", "application/json"), ("Set-Cookie", "s=other-secret")),
            body=f'{{"api_key": "minted-secret", "echo": "{TOKEN}"}}'.encode(),
            elapsed=0.25,
        ),
    }
    return Finding(**{**values, **changes})


@pytest.fixture
def findings() -> list[Finding]:
    return [
        finding(id="lint-rule", stage="lint", severity=Severity.NOTE, known="accepted", request=None, response=None, status=None),
        finding(severity=Severity.WARNING, id="slow"),
        finding(),
    ]


@pytest.fixture
def cases(findings: list[Finding]) -> list[CaseResult]:
    label, tags = "POST /cats/{id}", ("Cats",)
    return [
        CaseResult(operation="", tags=(), stage="lint", phase="", outcome="known", findings=(findings[0],)),
        CaseResult(
            operation=label,
            tags=tags,
            stage="fuzz",
            phase="coverage",
            outcome="failed",
            duration=1.5,
            requests=9,
            findings=tuple(findings[1:]),
        ),
        CaseResult(
            operation=label, tags=tags, stage="fuzz", phase="stateful", outcome="skipped", message=f"no link \x00 {TOKEN}"
        ),
        CaseResult(operation="GET /dogs", tags=("Dogs",), stage="fuzz", phase="coverage", outcome="passed", requests=3),
        CaseResult(operation="GET /dogs", tags=("Dogs",), stage="fuzz", phase="fuzzing", outcome="error", message="broken"),
    ]


@pytest.fixture(scope="session")
def dump_dom() -> Callable[[Path], str]:
    """Open a page in headless Chromium, cut off from every network, and give its DOM back."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    browser = next((path for name in names if (path := shutil.which(name))), None)
    if browser is None:
        pytest.skip("no Chromium is installed")

    def dumped(page: Path) -> str:
        done = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--virtual-time-budget=8000",
             "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom", page.as_uri()],
            capture_output=True, timeout=60, check=True,
        )  # fmt: skip
        return done.stdout.decode()

    return dumped

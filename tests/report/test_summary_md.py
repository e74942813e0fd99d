"""The step summary, as a reader sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.model.record import Finding
from conformance.redaction.mask import Redactor
from conformance.report.results import CaseResult, RunInfo
from conformance.report.summary_md import summary_md

TOKEN = "KEY0123+/=s3cr3t&<é>"
WHOLE = """\
# ❌ 2 new findings, 1 known

Pets \\| API 1.0 against `https://REDACTED@api.example.com/v2?api_key=REDACTED`: 1,234 requests to 3 operations in 12.5 s, seed 42.

## Stages

| Stage | Passed | Failed | Known | Skipped | Requests | New findings | Known findings |
| --- | --- | --- | --- | --- | --- | --- | --- |
| lint | 0 | 0 | 1 | 0 | 0 | 0 | 1 |
| fuzz | 1 | 2 | 0 | 1 | 12 | 2 | 0 |

## New findings

| Severity | Stage | Check or rule | Findings | For example | Where | Group |
| --- | --- | --- | --- | --- | --- | --- |
| error | fuzz | `status-undocumented` | 1 | 500 is not one of 200, 404 (sent REDACTED) | `POST /cats/{id}` | `7f65056f528da409` |
| warning | fuzz | `slow` | 1 | 500 is not one of 200, 404 (sent REDACTED) | `POST /cats/{id}` | `d24c198970317dab` |

## Known findings

| Severity | Stage | Check or rule | Findings | For example | Where | Group |
| --- | --- | --- | --- | --- | --- | --- |
| note | lint | `lint-rule` | 1 | 500 is not one of 200, 404 (sent REDACTED) | `POST /cats/{id}` | `522c40d6f9e0874a` |

## Coverage

| Dimension | Covered | Of | by fuzz | by replay |
| --- | --- | --- | --- | --- |
| Operations | 50 % | 10 of 20 | 10 | 5 |
| Reached 2xx | 50 % | 10 of 20 | 10 | 5 |
| Parameters | 50 % | 10 of 20 | 10 | 5 |
| Values | 50 % | 10 of 20 | 10 | 5 |
| Request media | 50 % | 10 of 20 | 10 | 5 |
| Request fields | 50 % | 10 of 20 | 10 | 5 |
| Statuses | 50 % | 10 of 20 | 10 | 5 |
| Response media | 50 % | 10 of 20 | 10 | 5 |
| Response fields | 50 % | 10 of 20 | 10 | 5 |

Tags, the least covered first (3 in all):

| Tag | Operations | Reached 2xx | Parameters | Request fields | Statuses | Response fields |
| --- | --- | --- | --- | --- | --- | --- |
| Zebras & \\<b\\>Cats\\</b\\> | 50 % | 50 % | 50 % | 50 % | 50 % | 50 % |
| (untagged) | - | - | - | - | - | - |
| Dogs | 100 % | 100 % | 100 % | 100 % | 100 % | 100 % |

## Read on

`allure-report/index.html` has every result by tag, with the requests and a curl line for each finding; `coverage.html` shows what was \
covered and missed; `findings.json`, `coverage.json` and `junit.xml` say the same to programs. `conformance reproduce GROUP` sends a \
defect's request again. A finding that is accepted goes into the baseline by its fingerprint: `conformance baseline update`.
"""


def _summary(findings: list[Finding], coverage: dict[str, Any], run_info: RunInfo, cases: list[CaseResult]) -> str:
    return summary_md(findings, coverage, run_info, cases, Redactor([TOKEN]))


def test_a_run_on_one_page(findings: list[Finding], coverage: dict[str, Any], run_info: RunInfo, cases: list[CaseResult]) -> None:
    assert _summary(findings, coverage, run_info, cases) == WHOLE


def test_the_verdict_says_how_the_run_ended(findings: list[Finding], coverage: dict[str, Any], run_info: RunInfo) -> None:
    def verdict(found: list[Finding], **changes: Any) -> str:
        return _summary(found, coverage, replace(run_info, **changes), []).partition("\n")[0]

    assert verdict([], exit_code=0) == "# ✅ Conforms"
    assert verdict(findings[:1], exit_code=0) == "# ✅ Conforms (1 known finding)"
    assert verdict([], exit_code=3) == "# ❌ No new finding, but coverage is below its floor"
    assert verdict([], exit_code=2) == "# ❌ The run ended with exit code 2"
    assert verdict(findings[1:2], interrupted=True, exit_code=130) == "# ⚠️ Interrupted: 1 new finding so far"


def test_a_long_run_still_fits(
    findings: list[Finding], coverage: dict[str, Any], run_info: RunInfo, cases: list[CaseResult]
) -> None:
    many = [
        replace(findings[2], id=f"check-{index % 400}", operation=f"GET /{index}", message="m" * 9000) for index in range(4000)
    ]
    coverage["tags"] = {f"tag {index}": coverage["tags"]["Dogs"] for index in range(500)}
    found = _summary(many, coverage, run_info, cases)
    assert len(found) < 20_000
    assert "and 375 more defects" in found
    assert "(500 in all)" in found


def test_what_the_requests_were_good_for_is_said(findings: list[Finding], coverage: dict[str, Any], run_info: RunInfo) -> None:
    told = _summary(findings, coverage, replace(run_info, requests=2000, shown=5), [])
    assert "The requests showed 5 defects: 2.5 in 1,000 requests." in told
    assert "in 1,000 requests" not in _summary(findings, coverage, replace(run_info, shown=0), [])

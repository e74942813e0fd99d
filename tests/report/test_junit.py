"""The shape of ``junit.xml``."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from conformance.redaction.mask import Redactor
from conformance.report.junit import junit_xml
from conformance.report.results import CaseResult, RunInfo

TOKEN = "KEY0123+/=s3cr3t&<é>"


def _root(cases: list[CaseResult], run_info: RunInfo) -> ET.Element:
    return ET.fromstring(junit_xml(cases, run_info, Redactor([TOKEN])))


def test_each_stage_is_a_suite_that_counts_its_cases(cases: list[CaseResult], run_info: RunInfo) -> None:
    root = _root(cases, run_info)
    assert [
        (suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors"), suite.get("skipped"))
        for suite in root
    ] == [
        ("lint", "1", "0", "0", "1"),
        ("fuzz", "4", "1", "1", "1"),
    ]
    assert (root.get("tests"), root.get("time")) == ("5", "12.500")


def test_each_case_is_an_operation_and_a_phase(cases: list[CaseResult], run_info: RunInfo) -> None:
    found = [
        (case.get("classname"), case.get("name"), [child.tag for child in case])
        for case in _root(cases, run_info).iter("testcase")
    ]
    assert found == [
        ("conformance.lint.(untagged)", "document", ["skipped"]),
        ("conformance.fuzz.Cats", "POST /cats/{id} · coverage", ["failure"]),
        ("conformance.fuzz.Cats", "POST /cats/{id} · stateful", ["skipped"]),
        ("conformance.fuzz.Dogs", "GET /dogs · coverage", []),
        ("conformance.fuzz.Dogs", "GET /dogs · fuzzing", ["error"]),
    ]


def test_a_failure_tells_what_and_how_to_see_it_again(cases: list[CaseResult], run_info: RunInfo) -> None:
    failure = next(_root(cases, run_info).iter("failure"))
    assert (failure.get("type"), failure.get("message")) == (
        "slow",
        "slow: 500 is not one of 200, 404 (sent REDACTED) (and 1 more)",
    )
    assert failure.text is not None
    assert "[error] status-undocumented: 500 is not" in failure.text
    assert "curl -sS -i -X POST" in failure.text


def test_known_findings_skip_a_case_and_say_so(cases: list[CaseResult], run_info: RunInfo) -> None:
    assert next(_root(cases, run_info).iter("skipped")).get("message", "").startswith("known: lint-rule: ")


def test_what_xml_cannot_hold_is_replaced(cases: list[CaseResult], run_info: RunInfo) -> None:
    messages = [skipped.get("message") for skipped in _root(cases, run_info).iter("skipped")]
    assert messages[1] == "no link \ufffd REDACTED"

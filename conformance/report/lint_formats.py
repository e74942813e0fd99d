"""Lint findings for machines: SARIF 2.1.0, workflow annotations of GitHub, and JUnit."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from conformance.lint.rule import Rule
from conformance.model.record import Finding, Severity
from conformance.report.messages import in_file

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

File = Callable[[str], str]
"""The file that a pointer leads into."""


def as_sarif(findings: Sequence[Finding], rules: Sequence[Rule], *, file: File, version: str) -> dict[str, Any]:
    """A SARIF 2.1.0 log of one run; known findings are suppressed results, with their reason (OASIS SARIF section 3.27.23)."""
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    driver = {
        "name": "telnyx-conformance",
        "version": version,
        "rules": [_rule(rule) for rule in rules],
    }
    return {
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, numbers, file) for finding in findings],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.area]},
    }


def _result(finding: Finding, numbers: dict[str, int], file: File) -> dict[str, Any]:
    region = {"startLine": finding.line or 1, "startColumn": finding.column or 1}
    result: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": numbers.get(finding.id, -1),
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": _uri(file(finding.pointer))}, "region": region},
                "logicalLocations": [{"fullyQualifiedName": in_file(finding.pointer) or "/", "kind": "member"}],
            }
        ],
        "partialFingerprints": {"conformance/v1": finding.fingerprint},
        "properties": {"tags": list(finding.tags), "operation": finding.operation or ""},
    }
    if finding.known is not None:
        result["suppressions"] = [{"kind": "external", "justification": finding.known}]
    return result


def _uri(name: str) -> str:
    """A file as a reference that SARIF takes: a URL as it is, a path with its odd characters encoded."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", name):
        return name
    path = Path(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def as_github(findings: Sequence[Finding], *, file: File) -> str:
    """Workflow commands, one a line, that annotate the lines of a change; known findings are left out."""
    lines = []
    for finding in findings:
        if finding.known is None:
            facts = {"file": file(finding.pointer), "line": finding.line or 1, "col": finding.column or 1, "title": finding.id}
            told = ",".join(f"{name}={_property(str(value))}" for name, value in facts.items())
            fix = f"\n{finding.fix}" if finding.fix else ""
            lines.append(f"::{_COMMANDS[finding.severity]} {told}::{_data(finding.message + fix)}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_junit(findings: Sequence[Finding], rules: Sequence[Rule], *, file: File) -> str:
    """One test case for each rule; new errors and warnings fail it, known findings and notes are told in its output."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.id, []).append(finding)
    failing = {id_: [each for each in held if each.known is None and each.severity is not Severity.NOTE]
               for id_, held in by_rule.items()}  # fmt: skip
    counts = {"tests": str(len(rules)), "failures": str(sum(1 for held in failing.values() if held)), "errors": "0"}
    root = ET.Element("testsuites", {"name": "telnyx-conformance lint", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": "lint", **counts})
    for rule in rules:
        case = ET.SubElement(suite, "testcase", classname=f"conformance.lint.{rule.area}", name=rule.id)
        new = failing.get(rule.id, [])
        if new:
            failure = ET.SubElement(
                case, "failure", type=rule.severity.value, message=_clean(f"{len(new)} times: {rule.summary}")
            )
            failure.text = _clean("\n".join(_line(finding, file) for finding in new))
        others = [finding for finding in by_rule.get(rule.id, []) if finding not in new]
        if others:
            ET.SubElement(case, "system-out").text = _clean("\n".join(_line(finding, file) for finding in others))
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _line(finding: Finding, file: File) -> str:
    known = f" [known: {finding.known}]" if finding.known is not None else ""
    return f"{file(finding.pointer)}:{finding.line}:{finding.column} {finding.message}{known}"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)

"""``junit.xml``: one test case for each operation and phase, for CI servers that draw tables of tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from conformance.model.record import Finding
from conformance.redaction.mask import Redactor
from conformance.report.curl import VARIABLE, curl
from conformance.report.results import CaseResult, RunInfo

_SHOWN = 20
# Characters that XML 1.0 cannot hold, not even escaped (section 2.2).
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(cases: Sequence[CaseResult], run: RunInfo, redactor: Redactor, *, variable: str = VARIABLE) -> str:
    """The content of ``junit.xml``: a suite for each stage; new findings fail a case, known ones skip it with a message."""
    return _Writer(run, redactor, variable).document(cases)


class _Writer:
    def __init__(self, run: RunInfo, redactor: Redactor, variable: str) -> None:
        self.run, self.redactor, self.variable = run, redactor, variable

    def document(self, cases: Sequence[CaseResult]) -> str:
        root = ET.Element("testsuites", {"name": "telnyx-conformance", "time": _seconds(self.run.duration), **_counts(cases)})
        for stage in dict.fromkeys(case.stage for case in cases):
            self._suite(root, stage, [case for case in cases if case.stage == stage])
        ET.indent(root, " ")
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"

    def _suite(self, root: ET.Element, stage: str, cases: Sequence[CaseResult]) -> None:
        time = _seconds(sum(case.duration for case in cases))
        facts = {"name": self._clean(stage), "timestamp": self.run.started, "time": time, **_counts(cases)}
        suite = ET.SubElement(root, "testsuite", facts)
        properties = ET.SubElement(suite, "properties")
        facts = {
            "document": f"{self.run.title} {self.run.document_version}",
            "target": self.redactor.url(self.run.target),
            "seed": str(self.run.seed),
        }
        for name, value in facts.items():
            ET.SubElement(properties, "property", name=name, value=self._clean(value))
        for case in cases:
            self._case(suite, case)

    def _case(self, suite: ET.Element, case: CaseResult) -> None:
        name = " · ".join(part for part in (case.operation or "document", case.phase) if part)
        group = ".".join(["conformance", case.stage, (case.tags or ("(untagged)",))[0]])
        element = ET.SubElement(
            suite, "testcase", classname=self._clean(group), name=self._clean(name), time=_seconds(case.duration)
        )
        if case.outcome == "failed":
            new = [finding for finding in case.findings if finding.known is None] or list(case.findings)
            kind = new[0].id if new else "failed"
            failure = ET.SubElement(element, "failure", type=self._clean(kind), message=self._clean(_headline(new, case.message)))
            failure.text = self._clean("\n\n".join(self._finding(finding) for finding in new[:_SHOWN]) + _rest(len(new)))
        elif case.outcome == "error":
            ET.SubElement(element, "error", type="error", message=self._clean(case.message))
        elif case.outcome == "known":
            ET.SubElement(element, "skipped", message=self._clean("known: " + _headline(case.findings, case.message)))
        elif case.outcome == "skipped":
            ET.SubElement(element, "skipped", message=self._clean(case.message))

    def _finding(self, finding: Finding) -> str:
        facts = {
            "at": finding.pointer, "why": finding.why, "fix": finding.fix, "group": finding.group,
            "flaky": "it did not show again" if finding.flaky else "", "blame": finding.blame, "test": finding.test,
        }  # fmt: skip
        lines = [f"[{finding.severity.value}] {finding.id}: {finding.message}"]
        lines += [f"  {name}: {value}" for name, value in facts.items() if value]
        request = finding.request
        line = (
            curl(request, redactor=self.redactor, variable=self.variable)
            if request is not None and not finding.curl
            else finding.curl
        )
        return "\n".join([*lines, *([f"  {line}"] if line else [])])

    def _clean(self, text: str) -> str:
        return _FORBIDDEN.sub("\ufffd", self.redactor.text(text))


def _counts(cases: Iterable[CaseResult]) -> dict[str, str]:
    outcomes = [case.outcome for case in cases]
    return {
        "tests": str(len(outcomes)),
        "failures": str(outcomes.count("failed")),
        "errors": str(outcomes.count("error")),
        "skipped": str(outcomes.count("skipped") + outcomes.count("known")),
    }


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _headline(findings: Sequence[Finding], message: str) -> str:
    if not findings:
        return message
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return f"{findings[0].id}: {findings[0].message}{more}"


def _rest(count: int) -> str:
    return f"\n\n… and {count - _SHOWN} more, all of them in findings.json" if count > _SHOWN else ""

"""One example for each defect: the smallest, and one that shows every time before one that does not."""

from __future__ import annotations

from conformance.model.record import Finding
from conformance.run.minimise import size


def keep(findings: dict[str, Finding], finding: Finding) -> bool:
    """Hold on to the smallest example of each defect, one that shows every time before one that does not.

    Returns whether it is this one.
    """
    held = findings.get(finding.fingerprint)
    if held is None or _rank(finding) < _rank(held):
        findings[finding.fingerprint] = finding
        return True
    return False


def _rank(finding: Finding) -> tuple[bool, int]:
    return finding.flaky, size(finding.request) if finding.request is not None else 0

"""What goes into the Allure results beside a test's verdict."""

from __future__ import annotations

import allure

from conformance.model.record import Finding, Severity
from conformance.redaction.mask import Redactor
from conformance.report.curl import curl
from conformance.report.messages import request_text, response_text

_LEVELS = {
    Severity.ERROR: allure.severity_level.CRITICAL,
    Severity.WARNING: allure.severity_level.NORMAL,
    Severity.NOTE: allure.severity_level.MINOR,
}


def severity_level(severity: Severity) -> str:
    """The Allure severity of a finding's severity."""
    level: str = _LEVELS[severity]
    return level


def attach_finding(finding: Finding, *, redactor: Redactor) -> None:
    """Attach the request, the answer and a curl line of a finding that has them."""
    if finding.request is not None:
        text = allure.attachment_type.TEXT
        allure.attach(request_text(finding.request, redactor), name=f"{finding.id}: request", attachment_type=text)
        allure.attach(curl(finding.request, redactor=redactor), name=f"{finding.id}: curl", attachment_type=text)
        if finding.response is not None:
            allure.attach(response_text(finding.response, redactor), name=f"{finding.id}: response", attachment_type=text)

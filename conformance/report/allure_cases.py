"""Cases as Allure results, for what does not run under pytest: one result for each, under its first tag's epic."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance.model.record import Finding, Severity
from conformance.redaction.mask import Redactor
from conformance.report.curl import VARIABLE, curl
from conformance.report.files import write_json, write_text
from conformance.report.messages import request_text, response_text
from conformance.report.results import CaseResult, Ending

_SPACE = uuid.UUID("0d5b7f1a-52b5-5a53-9d3a-54b1a0e3c1aa")
_SHOWN = 5
_LEVELS = {Severity.ERROR: "critical", Severity.WARNING: "normal", Severity.NOTE: "minor"}
_STATUSES: dict[Ending, str] = {
    "passed": "passed",
    "failed": "failed",
    "known": "skipped",
    "skipped": "skipped",
    "error": "broken",
}


def write_case_results(
    folder: Path, cases: Iterable[CaseResult], redactor: Redactor, *, at: float, variable: str = VARIABLE
) -> list[Path]:
    """Write one result for each case; returns the files. Writing the same cases twice replaces and never adds.

    Args:
        folder: the ``allure-results`` folder.
        cases: what to write.
        redactor: knows the secrets of the run.
        at: seconds since 1970 that the results are dated at.
        variable: the environment variable that curl lines take the credential from.

    Raises:
        OutputError: when a file cannot be written.
    """
    return [_written(folder, case, redactor, at, variable) for case in cases]


def _written(folder: Path, case: CaseResult, redactor: Redactor, at: float, variable: str) -> Path:
    key = str(uuid.uuid5(_SPACE, json.dumps([case.operation, case.stage, case.phase])))
    name = f"{case.operation or '(document)'} - {case.stage}{f' {case.phase}' if case.phase else ''}"
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    moment = int(at * 1000)
    worst = min((finding.severity for finding in case.findings), key=lambda severity: severity.rank, default=None)
    labels = [("epic", tag) for tag in case.tags or ("(untagged)",)]
    labels += [("feature", case.operation or "(document)"), ("story", case.stage), ("framework", "telnyx-conformance")]
    labels += [("severity", _LEVELS[worst])] if worst is not None else []
    labels += [("tag", f"group:{group}") for group in dict.fromkeys(finding.group for finding in case.findings)]
    return write_json(folder / f"{key}-result.json", {
        "uuid": key, "historyId": digest, "testCaseId": digest, "fullName": name, "name": redactor.text(name),
        "status": _STATUSES[case.outcome], "stage": "finished", "start": moment, "stop": moment + int(case.duration * 1000),
        "statusDetails": {"message": redactor.text(_message(case))},
        "labels": [{"name": label, "value": redactor.text(value)} for label, value in labels],
        "attachments": _attachments(folder, key, case, redactor, variable),
    })  # fmt: skip


def _message(case: CaseResult) -> str:
    said = [f"{finding.severity.value} {finding.id}: {finding.message}\n  why: {finding.why}\n  fix: {finding.fix}"
            f"{_blamed(finding)}" for finding in case.findings[:_SHOWN]]  # fmt: skip
    more = [f"and {len(case.findings) - _SHOWN} more"] if len(case.findings) > _SHOWN else []
    return "\n".join([*([case.message] if case.message else []), *said, *more])


def _blamed(finding: Finding) -> str:
    """Whose it is to mend and which test shows it, where that is known."""
    facts = (("blame", finding.blame), ("test", finding.test))
    return "".join(f"\n  {name}: {value}" for name, value in facts if value)


def _attachments(folder: Path, key: str, case: CaseResult, redactor: Redactor, variable: str) -> list[dict[str, Any]]:
    found = []
    for number, finding in enumerate(case.findings[:_SHOWN]):
        for what, text in _texts(finding, redactor, variable):
            source = write_text(folder / f"{key}-{number}-{what}-attachment.txt", text).name
            found.append({"name": f"{finding.id}: {what}", "source": source, "type": "text/plain"})
    return found


def _texts(finding: Finding, redactor: Redactor, variable: str) -> list[tuple[str, str]]:
    if finding.request is None:
        return []
    texts = [("request", request_text(finding.request, redactor)),
             ("curl", curl(finding.request, redactor=redactor, variable=variable))]  # fmt: skip
    return [*texts, ("response", response_text(finding.response, redactor))] if finding.response is not None else texts

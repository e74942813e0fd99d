"""Documents with the habits of real ones: all of their operations can be used, and the sandbox made of one is not accused."""

from pathlib import Path

import pytest

from conformance.coverage.fold import Coverage
from conformance.model.record import Severity
from conformance.run.fuzz import fuzz
from conformance.run.plan import PHASES, units
from conformance.run.setting import Setting, opened
from conformance.spec.document import Document

DOCUMENTS = sorted((Path(__file__).parent / "documents").glob("*.yaml"))


def results(path: Path, seed: int):
    setting = Setting(spec=str(path), seed=seed)
    document = Document.load(path)
    assert [operation.label for operation in document.operations if operation.broken] == []
    phases = {operation.label: PHASES for operation in document.operations}
    planned = units(document.operations, phases, order=PHASES, seed=seed, max_examples=3, layout=opened(setting).layout)
    return [fuzz(unit, setting) for unit in planned]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_nobody_is_accused_and_every_operation_succeeds(path, seed):
    found = results(path, seed)
    assert [accident for result in found for accident in result.accidents] == []
    told = [finding for result in found for finding in result.findings.values() if finding.severity is not Severity.NOTE]
    assert [f"{finding.id} {finding.operation}: {finding.message}" for finding in told] == []
    covered = Coverage.of(result.coverage for result in found)
    unreached = [operation.label for operation in Document.load(path).operations if not covered.keys(operation.label, "success")]
    assert unreached == []

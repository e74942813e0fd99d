"""A sandbox that is not what it was when the shipped recordings were made: each kind of drift is found, by what is meant to."""

import pytest

from conformance import shipped
from conformance.model.record import Severity
from conformance.run.compare import BY_ID, LAYERS, layer_of
from conformance.run.recordings import chains, play
from conformance.run.setting import SANDBOX_TOKEN, Setting
from conformance.sandbox.faults.table import BY_ID as FAULTS_BY_ID
from conformance.sandbox.faults.table import DRIFTS, FAULTS

SETTING = Setting(spec=str(shipped.document()), headers=(("Authorization", f"Bearer {SANDBOX_TOKEN}"),))
# Where to look first; any other recording would do too, where it shows at all.
FIRST = ("billing-pages", "billing", "ai-missions", "credential-connections")


@pytest.fixture(scope="module")
def recorded(telnyx):
    found = chains(shipped.recordings(), telnyx)
    return sorted(found, key=lambda chain: (FIRST.index(chain.name) if chain.name in FIRST else len(FIRST), chain.name))


def findings(chain, *faults, seed=1):
    result = play(chain, Setting(spec=SETTING.spec, headers=SETTING.headers, faults=faults, seed=seed))
    return [found for entry in result.findings.values() for found in entry]


@pytest.mark.parametrize("fault", DRIFTS, ids=lambda fault: fault.id)
def test_drift_is_found(recorded, fault):
    for chain in recorded:
        found = {one.id: one for one in findings(chain, fault.id)}
        if fault.checks[0] in found:
            one = found[fault.checks[0]]
            assert one.severity is BY_ID[one.id].severity
            assert one.severity is (Severity.NOTE if fault.id == "drift-field-added" else one.severity)
            assert layer_of(one) in LAYERS
            return
    pytest.fail("no recording shows it")


def test_nothing_is_found_where_nothing_is_planted(recorded):
    for chain in recorded:
        assert [(one.id, one.operation, one.message) for one in findings(chain, seed=4242)] == []


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("response-field-missing", "recording-field-removed"),
        ("response-field-wrong-type", "recording-type-changed"),
        ("response-content-type-wrong", "recording-media-type"),
        ("response-body-missing", "recording-media-type"),
        ("response-status-undocumented", "recording-status"),
        ("state-create-lost", "recording-status-class"),
        ("state-update-lost", "recording-value-changed"),
        ("state-delete-ignored", "recording-status-class"),
        ("protocol-reset", "no-response"),
    ],
)
def test_defects_that_break_the_document_are_drift_too(recorded, fault, expected):
    for chain in recorded:
        if expected in {one.id for one in findings(chain, fault)}:
            return
    pytest.fail("no recording shows it")


def test_drift_stands_apart_from_what_the_suite_is_proved_by():
    assert len(DRIFTS) >= 10
    assert not {fault.id for fault in DRIFTS} & {fault.id for fault in FAULTS}
    assert all(fault.id in FAULTS_BY_ID and fault.id.startswith("drift-") and fault.promise.endswith(".") for fault in DRIFTS)
    assert {fault.checks[0] for fault in DRIFTS} <= set(BY_ID)

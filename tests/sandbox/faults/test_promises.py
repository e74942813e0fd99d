"""Every fault of the table breaks its promise on a small document, and a sandbox without it keeps it."""

from __future__ import annotations

import pytest
from sandbox.faults.library import Library, document
from sandbox.faults.promises import KEPT, USERS

from conformance.sandbox.faults.table import FAULTS

DOCUMENT = document()


def library(*faults, seed=0, users=None):
    return Library(*faults, document=DOCUMENT, seed=seed, users=users)


def users_for(fault):
    return USERS if fault.id in {"auth-any-token", "auth-others-object", "auth-others-listed"} else None


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_breaks_the_promise_that_a_faultless_sandbox_keeps(fault):
    assert KEPT[fault.id](library(users=users_for(fault)))
    assert not KEPT[fault.id](library(fault.id, users=users_for(fault)))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_at_no_request_breaks_nothing(fault):
    assert KEPT[fault.id](library(f"{fault.id}=0", users=users_for(fault)))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_breaks_its_promise_whatever_the_seed(fault):
    assert KEPT[fault.id](library(seed=5, users=users_for(fault)))
    assert not KEPT[fault.id](library(fault.id, seed=5, users=users_for(fault)))


def test_nothing_is_demonstrated_that_is_not_in_the_table():
    assert set(KEPT) == {fault.id for fault in FAULTS}

"""The second set of faults: each can be told apart, shows at the document's operations, and the proxy alone changes nothing."""

from __future__ import annotations

import sys
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path

import pytest

from conformance import shipped
from conformance.run.credentials import credential_headers
from conformance.run.setting import OTHER_TOKEN, SANDBOX_TOKEN, Setting, settle
from conformance.spec.document import Document

BENCHMARKS = str(Path(__file__).resolve().parents[2] / "benchmarks")
sys.path.append(BENCHMARKS)

import second_conforming  # noqa: E402
import second_set  # noqa: E402
import second_walk  # noqa: E402
import second_witness  # noqa: E402
from second_site import Site, sites  # noqa: E402

# The scripts there have names that other tests use for folders of their own.
sys.path.remove(BENCHMARKS)

SHOWN = (
    "v-refusal-as-success",
    "x-not-found",
    "m-create-ignores-field",
    "m-delete-not-done",
    "l-pages-gap",
    "u-foreign-delete-quiet",
)


@pytest.fixture(scope="module")
def document() -> Document:
    return Document.load(shipped.document())


@pytest.fixture(scope="module")
def ground(document: Document) -> dict[str, Site]:
    return sites(document)


@pytest.fixture(scope="module")
def setting(document: Document) -> Setting:
    found = Setting(spec=str(shipped.document()), headers=credential_headers(document, SANDBOX_TOKEN),
                    other_user=credential_headers(document, OTHER_TOKEN))  # fmt: skip
    settle(found, document)
    return found


def walked(document: Document, ground: dict[str, Site], setting: Setting, name: str, label: str) -> tuple[object, ...]:
    fault = next(fault for fault in second_set.FAULTS if fault.id == name)
    parts = second_witness.parts(fault)
    through, clean = (second_witness._walked(document, ground[label], setting, planted, parts) for planted in (fault, None))
    return second_witness.seen(fault, through, clean), second_witness.seen(fault, clean, clean), clean


def test_no_two_faults_have_one_id_and_each_says_what_it_breaks():
    every = (*second_set.FAULTS, *second_conforming.ROWS)
    assert len({fault.id for fault in every}) == len(every)
    assert all(fault.promise.endswith(".") for fault in every)
    assert all(fault.source for fault in second_set.FAULTS)


def test_each_fault_and_each_service_has_three_operations_of_the_document(ground):
    few = {
        "ok-late-lists",
        "ok-conflicts",
        "ok-foreign-forbidden",
        "ok-later-effect",
    }  # the document says 202, 403 and 409 rarely
    # It bounds few texts and lists of bodies, and lets few be null; other documents do.
    few |= {"w-too-long", "w-too-short", "w-longest", "w-too-many-items", "w-pattern", "w-null-allowed"}
    rows = (*second_set.FAULTS, *second_conforming.ROWS)
    found = {row.id: len([*islice(filter(row.applies, ground.values()), 3)]) for row in rows}
    assert {name: count for name, count in found.items() if count < 3 and name not in few} == {}


@pytest.mark.parametrize("name", SHOWN)
def test_a_client_that_knows_nothing_of_the_suite_sees_the_fault_and_nothing_without_it(document, ground, setting, name):
    fault = next(fault for fault in second_set.FAULTS if fault.id == name)
    label = next(
        label
        for label in sorted(ground, reverse=True)
        if fnmatch(label, "*/authentication_providers*") and fault.applies(ground[label])
    )
    seen, falsely, clean = walked(document, ground, setting, name, label)
    assert seen
    assert not falsely
    assert isinstance(clean, second_walk.Walk)
    assert any(step.status == 200 for step in clean.steps.values())

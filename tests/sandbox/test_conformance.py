"""No answer of the sandbox ever breaks the document, whatever is asked, in whatever order, in both modes.

``SANDBOX_EXAMPLES=200`` in the environment makes the search as deep as that (one is a sequence of fifty requests).
"""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sandbox.driver import KINDS, Driver

from conformance.spec.body import is_json
from conformance.spec.document import Document

DOCUMENTS = sorted((Path(__file__).parent / "documents").iterdir())
DEPTH = int(os.environ.get("SANDBOX_EXAMPLES", "0"))
STATES = ("strict", "lenient")
ATTEMPTS = 6
"""How often a client tries other ids, when an operation knows none of those that it has seen."""
SEARCH = settings(max_examples=DEPTH or 2, deadline=None, database=None, derandomize=not DEPTH,
                  phases=[Phase.generate, Phase.shrink],
                  suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large])  # fmt: skip
STEPS = st.lists(st.tuples(st.integers(0, 2**16), st.sampled_from(KINDS), st.integers(0, 2**32)), min_size=1, max_size=50)


@pytest.fixture(scope="module")
def tricky():
    """A small document by its path, read once."""
    known = {}

    def document(path):
        if path not in known:
            known[path] = Document.load(path)
        return known[path]

    return document


def in_order(operation):
    """Where a client comes to an operation who wants to get far: parents first, what deletes them last."""
    depth, kind = operation.path.count("{"), ("post", "get").index(operation.method) if operation.method in {"post", "get"} else 2
    return (1, -depth, 0) if operation.method == "delete" else (0, depth, kind)


def everything(driver, *, kinds=KINDS, rounds=1, every=1):
    """Every operation in every way: first in a good order, then in any."""
    operations, random = driver.usable[::every], Random(f"{len(driver.usable)}")
    for operation in sorted(operations, key=in_order):
        for attempt in range(ATTEMPTS):
            if operation.label not in driver.report.reached:
                driver.go(operation, "good", attempt)
    for turn in range(rounds):
        steps = [(operation, kind) for operation in operations for kind in kinds]
        random.shuffle(steps)
        for operation, kind in steps:
            driver.go(operation, kind, turn)
    return driver.report


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_no_answer_breaks_a_tricky_document(tricky, path, state):
    document = tricky(path)
    driver = Driver(document, state=state)
    report = everything(driver, rounds=3 if DEPTH else 1)
    assert report.breaches == []
    assert {operation.label for operation in driver.usable} - report.reached == set(document.raw.get("x-unreachable", []))
    assert sorted(driver.broken) == sorted(document.raw.get("x-broken", []))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
@SEARCH
@given(steps=STEPS)
def test_no_order_of_requests_leads_to_an_answer_that_breaks_the_document(tricky, path, state, steps):
    driver = Driver(tricky(path), state=state)
    for position, kind, seed in steps if driver.usable else ():
        driver.go(driver.usable[position % len(driver.usable)], kind, seed)
        assert driver.report.breaches == []


ODD = [None, 5, "x", [], {}, True, [1], {"$ref": 3}, {"$ref": "#/nowhere"}, -1, 0.5, "", {"a": {"b": []}}, [[]], {"type": []}]


def damaged(value, random):
    """A copy of a document with something else in one to three places."""
    value = copy.deepcopy(value)
    for _ in range(random.randint(1, 3)):
        place, held = None, value
        while isinstance(held, (dict, list)) and held and (place is None or random.random() < 0.9):
            parent, key = held, random.choice(list(held) if isinstance(held, dict) else range(len(held)))
            place, held = (parent, key), parent[key]
        if place is not None:
            place[0][place[1]] = copy.deepcopy(random.choice(ODD))
    return value


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_whatever_is_wrong_with_a_document_every_request_is_answered(tricky, document_of, path):
    for seed in range(DEPTH or 2):
        random = Random(f"{path.stem}{seed}")
        raw = damaged(tricky(path).raw, random)
        driver = Driver(document_of({"openapi": "3.1.0", **raw}), independent=False, state=random.choice(STATES))
        for operation in driver.document.operations:
            for kind in ("good", "wrong type", "anonymous", "accepts"):
                answer = driver.go(operation, kind, seed)
                if answer is not None and answer.body and is_json(answer.media_type):
                    json.loads(answer.body)


@pytest.mark.parametrize("state", STATES)
def test_no_answer_breaks_the_shipped_document(shipped, state):
    driver = Driver(shipped, state=state, independent=bool(DEPTH))
    some = everything(driver, kinds=KINDS if DEPTH else ("rich", "wrong type", "garbage"))
    assert some.breaches == []
    assert len(some.reached) / len(driver.usable) >= 0.98
    assert driver.broken == {}


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_no_answer_breaks_other_documents(other_document, state):
    every = 1 if DEPTH else max(1, len(other_document.operations) // 150)
    driver = Driver(other_document, state=state, independent=bool(DEPTH))
    report = everything(driver, every=every)
    assert report.breaches == []
    # Where only every so manieth operation is driven, most of what makes the things that others ask for is left out.
    least = 0.95 if state == "lenient" or every == 1 else 0.4
    assert len(report.reached) / len(driver.usable[::every]) >= least


def test_undeclared_methods_are_refused_with_the_declared_ones(client_for, shipped):
    client = client_for(shipped)
    for method in ("PUT", "OPTIONS", "TRACE"):
        answer = client.ask(method, "/billing_groups")
        assert (answer.status, answer.header("allow")) == (405, "GET, POST")


def test_head_is_answered_as_get_is_without_the_body(client_for, shipped):
    client = client_for(shipped)
    whole, head = client.ask("GET", "/billing_groups"), client.ask("HEAD", "/billing_groups")
    assert (head.status, head.body, head.header("content-length")) == (200, b"", str(len(whole.body)))
    assert head.header("content-type") == whole.header("content-type")


def test_the_same_seed_gives_the_same_answers_and_another_one_other_ids(client_for, shipped):
    def ids(seed):
        client = client_for(shipped, seed=seed)
        return [client.ask("POST", "/billing_groups", {"name": "a"}).body for _ in range(3)]

    assert ids(1) == ids(1)
    assert not set(ids(1)) & set(ids(2))


def test_reset_forgets_everything(client_for, shipped):
    client = client_for(shipped)
    first = client.ask("POST", "/billing_groups", {"name": "a"}).body
    client.sandbox.reset()
    assert b'"data":[]' in client.ask("GET", "/billing_groups").body
    assert client.ask("POST", "/billing_groups", {"name": "a"}).body == first

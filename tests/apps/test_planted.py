"""Every fault that is planted is found, by its check, on each operation that has it; and nothing else is said.

What the engine sends with the default budget is recorded once, and asked again of every faulty service, in the same
order. An answer that the healthy service gives too has been judged already.
"""

from __future__ import annotations

from typing import Any

import pytest
from apps import books
from apps.faults import FAULTS, Faulty, Planted
from apps.tempers import TEMPERS

from conformance.checks.over_time import OVER_TIME
from conformance.checks.state import Ledger
from conformance.checks.table import BY_ID
from conformance.model.message import Request, Response
from conformance.model.record import Case, Exchange, Finding, Intent, Severity
from conformance.run.judge import Judge
from conformance.run.smallest import keep
from conformance.spec.pointer import follow
from conformance.spec.router import Router

SEEDS = (1, 2)
STATE = {"resource-unavailable-after-create", "use-after-delete"}
FINDINGS = dict[int, list[Finding]]


class Witness:
    """Remembers what is asked."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.requests: list[Request] = []

    def respond(self, request: Request) -> Response:
        self.requests.append(request)
        return self._inner.respond(request)


@pytest.fixture(scope="module")
def document(open_document: Any) -> Any:
    return open_document(books.DOCUMENT)


@pytest.fixture(scope="module")
def asked(run_fuzz: Any) -> dict[int, list[Request]]:
    """What is sent with the default budget, by seed."""
    found = {}
    for seed in SEEDS:
        witness = Witness(books.Books())
        assert not run_fuzz(books.DOCUMENT, witness, seed=seed, headers=books.HEADERS).findings
        found[seed] = witness.requests
    return found


def judged(document: Any, requests: list[Request], fault: Planted) -> list[Finding]:
    """The findings on a faulty library, the smallest example of each."""
    router, judge, ledger = Router(document.operations), Judge(document, base_url="http://api.test"), Ledger(document.operations)

    def label_of(request: Request) -> str | None:
        match = router.match(request.method, request.url)
        return match.operation.label if match is not None and match.operation is not None else None

    healthy, service = books.Books(), Faulty(books.Books(), label_of, fault)
    found: dict[str, Finding] = {}
    for number, request in enumerate(requests):
        response = service.respond(request)
        if healthy.respond(request) == response and fault.check not in STATE:
            continue
        label = label_of(request) or "GET /books"  # a method that the document does not have is tried for one that it has
        case = Case(id=str(number), operation=label, stage="fuzz", phase="coverage", intent=Intent.POSITIVE)
        exchange = Exchange(request=request, response=response, case=case, operation=label)
        for finding in judge(exchange, ledger=ledger).observation.findings:
            keep(found, finding)
    return list(found.values())


@pytest.fixture(scope="module")
def harvest(document: Any, asked: dict[int, list[Request]]) -> dict[str, FINDINGS]:
    """The findings on every fault, by seed."""
    return {fault.name: {seed: judged(document, asked[seed], fault) for seed in SEEDS} for fault in FAULTS}


def test_every_check_has_a_fault_planted_for_it() -> None:
    # Every error of the library has a schema, so nothing is left for the usual shape of errors to judge.
    # What only several exchanges show is planted in the sandbox, which has the state for it (tests/run/lifecycle).
    over_time = {check.id for check in OVER_TIME}
    # Nor is there a redirection (tests/checks).
    # What two answers show together is asked for where it can be (tests/run/test_otherwise).
    elsewhere = {"error-envelope", "location-missing", "head-refused", "condition-ignored"} | over_time
    assert {fault.check for fault in FAULTS} | {"retry-after-missing", "latency-exceeded"} == set(BY_ID) - elsewhere


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found_on_every_operation_that_has_it(harvest: dict[str, FINDINGS], fault: Planted, seed: int) -> None:
    findings = harvest[fault.name][seed]
    assert {finding.id for finding in findings} - {fault.check} - fault.also == set()
    owners = {finding.operation for finding in findings if finding.id == fault.check}
    if fault.check in STATE:
        assert owners == {"GET /books/{id}"}
    elif fault.on:
        assert owners == set(fault.on)
    else:
        assert owners


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_defect_keeps_its_fingerprint_over_seeds(harvest: dict[str, FINDINGS], fault: Planted) -> None:
    first, second = ({finding.fingerprint: finding for finding in harvest[fault.name][seed]} for seed in SEEDS)
    # Whether one more status is met is a matter of luck; all else is not.
    assert {finding.status for print_, finding in {**first, **second}.items() if (print_ in first) != (print_ in second)} <= {
        404,
        409,
    }


def test_a_finding_says_what_where_why_and_what_to_do(harvest: dict[str, FINDINGS], document: Any) -> None:
    for by_seed in harvest.values():
        for finding in by_seed[SEEDS[0]]:
            assert finding.message
            assert finding.why.endswith(".")
            assert finding.fix.endswith(".")
            assert finding.request is not None
            assert (finding.response is None) == (finding.id == "no-response")
            assert finding.severity in Severity
            assert finding.operation in document.by_label
            follow(books.DOCUMENT, finding.pointer)


@pytest.mark.parametrize(
    ("fault", "operation", "pointer"),
    [
        ("a required field is missing", "GET /books/{id}", "/components/schemas/Book/required"),
        ("a field has the wrong type", "POST /books", "/components/schemas/Book/properties/title/type"),
        ("a field is not of its enum", "GET /books", "/components/schemas/Book/properties/state/enum"),
        ("a nested field is missing", "GET /books/{id}", "/components/schemas/Book/properties/publisher/required"),
        ("a field is not allowed", "GET /books/{id}", "/components/schemas/Book/additionalProperties"),
        ("the status is not documented", "GET /books/{id}", "/paths/~1books~1{id}/get/responses"),
        ("the content type is wrong", "GET /books/{id}", "/paths/~1books~1{id}/get/responses/200/content"),
        ("a declared header is missing", "GET /books", "/paths/~1books/get/responses/200/headers/X-Total"),
        ("a number over the maximum is accepted", "PATCH /books/{id}", "/components/schemas/Changes/properties/pages/maximum"),
        ("too great a page is accepted", "GET /books", "/paths/~1books/get/parameters/1/schema/maximum"),
        ("an unknown filter is accepted", "GET /books", "/paths/~1books/get/parameters/2/schema/additionalProperties"),
        ("another media type is accepted", "POST /books", "/paths/~1books/post/requestBody/content"),
        ("a missing body is accepted", "POST /books", "/paths/~1books/post/requestBody"),
        ("everything is refused", "GET /books", "/paths/~1books/get"),
        ("no credentials are needed", "DELETE /books/{id}", "/paths/~1books~1{id}/delete"),
    ],
)
def test_a_finding_points_at_what_was_broken(harvest: dict[str, FINDINGS], fault: str, operation: str, pointer: str) -> None:
    found = [finding for finding in harvest[fault][SEEDS[0]] if finding.operation == operation]
    assert pointer in {finding.pointer for finding in found}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("temper", TEMPERS)
def test_a_good_service_of_another_temper_is_accused_of_nothing(
    document: Any, asked: dict[int, list[Request]], temper: str, seed: int
) -> None:
    odd = Planted(name=temper, check="", on=(), plant=TEMPERS[temper], around=True)
    found = judged(document, asked[seed], odd)
    assert [(finding.id, finding.operation, finding.message) for finding in found] == []

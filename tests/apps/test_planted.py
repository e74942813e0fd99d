"""Every fault that is planted is found, by its check, on each operation that has it; and nothing else is said.

What the engine sends with the default budget is recorded once, and judged again for every fault: the faulty service
answers the same requests in the same order.
"""

from __future__ import annotations

from typing import Any

import pytest
from apps import books
from apps.faults import FAULTS, Faulty, Planted

from conformance.checks.state import Ledger
from conformance.model.message import Request, Response
from conformance.model.record import Case, Exchange, Finding, Intent
from conformance.run.fuzz import keep
from conformance.run.judge import Judge
from conformance.spec.router import Router

SEEDS = [1, 2]


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


@pytest.fixture(scope="module", params=SEEDS)
def asked(request: Any, run_fuzz: Any) -> list[Request]:
    """What is sent with the default budget."""
    witness = Witness(books.Books())
    result = run_fuzz(books.DOCUMENT, witness, seed=request.param, headers=books.HEADERS)
    assert not result.findings
    return witness.requests


def judged(document: Any, asked: list[Request], fault: Planted) -> list[Finding]:
    router, judge, ledger = Router(document.operations), Judge(document, base_url="http://api.test"), Ledger(document.operations)

    def label_of(request: Request) -> str | None:
        match = router.match(request.method, request.url)
        return match.operation.label if match is not None and match.operation is not None else None

    service = Faulty(books.Books(), label_of, fault)
    found: dict[str, Finding] = {}
    for number, request in enumerate(asked):
        label = label_of(request)
        case = Case(id=str(number), operation=label or "", stage="fuzz", phase="coverage", intent=Intent.POSITIVE)
        exchange = Exchange(request=request, response=service.respond(request), case=case, operation=label)
        for finding in judge(exchange, ledger=ledger).observation.findings:
            keep(found, finding)
    return list(found.values())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found_on_every_operation_that_has_it(document: Any, asked: list[Request], fault: Planted) -> None:
    findings = judged(document, asked, fault)
    assert {finding.id for finding in findings} - {fault.check} - fault.also == set()
    owners = {finding.operation for finding in findings if finding.id == fault.check}
    if fault.check in {"resource-unavailable-after-create", "use-after-delete"}:
        assert owners == {"GET /books/{id}"}
    elif fault.on:
        assert owners == set(fault.on)
    else:
        assert owners

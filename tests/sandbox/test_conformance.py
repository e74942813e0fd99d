"""No answer of the sandbox ever breaks the document, whatever is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.sandbox.sample import Unsatisfiable

REFUSED = {400, 401, 404, 406, 415, 422}


def variants(client, operation, good):
    """The good request, and one that is bad in each way."""
    yield "good", good
    yield "anonymous", good.with_header("authorization", None)
    yield "broken JSON", replace(good, body=b'{"')
    yield "a list", replace(good, body=b"[[1]]")
    yield "strange body", replace(good.with_header("content-type", "application/x-strange"), body=b"?")
    yield "nothing fits", good.with_header("accept", "image/x-nothing")
    yield "unknown ids", client.request(operation, salt="unknown")


def drive(client, operations):
    """Every breach, and the operations that reached a 2xx."""
    breaches, reached = [], set()
    for operation in operations:
        try:
            good = client.request(operation, client.learn(operation, salt=operation.label), salt=operation.label)
        except Unsatisfiable:
            continue
        for name, request in variants(client, operation, good):
            answer = client.sandbox.respond(request)
            breaches += [f"{operation.label} ({name}): {breach}" for breach in client.breaches(operation, answer)]
            if name == "good" and answer.status < 300:
                reached.add(operation.label)
            if name == "anonymous" and operation.needs_auth and answer.status != 401:
                breaches.append(f"{operation.label} answers {answer.status} without credentials")
            if name == "nothing fits" and answer.body and answer.status < 300:
                breaches.append(f"{operation.label} ignores Accept")
    return breaches, reached


def test_every_operation_of_the_shipped_document_is_reached_and_kept(client_for, shipped):
    breaches, reached = drive(client_for(shipped), shipped.operations)
    assert breaches == []
    assert len(reached) / len(shipped.operations) >= 0.97


@pytest.mark.slow
def test_every_operation_of_other_documents_is_reached_and_kept(client_for, other_document):
    some = other_document.operations[:: max(1, len(other_document.operations) // 300)]
    breaches, reached = drive(client_for(other_document), some)
    assert breaches == []
    assert len(reached) / len(some) >= 0.97


def test_undeclared_methods_are_refused_with_the_declared_ones(client_for, shipped):
    client = client_for(shipped)
    for method in ("PUT", "OPTIONS", "HEAD", "TRACE"):
        answer = client.ask(method, "/billing_groups")
        assert (answer.status, answer.header("allow")) == (405, "GET, POST")


def test_no_operation_of_the_shipped_document_is_broken(client_for, shipped):
    assert client_for(shipped).sandbox.broken == {}


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

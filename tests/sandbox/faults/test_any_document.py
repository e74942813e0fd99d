"""All faults together in a whole API: no mixture is a traceback, and none that is asleep makes a difference."""

from __future__ import annotations

import pytest

from conformance.model.message import NoResponse, Response
from conformance.sandbox.faults.ground import Ground
from conformance.sandbox.faults.misconduct import misconduct
from conformance.sandbox.layout import Layout
from conformance.sandbox.responder import Sandbox


class Witness:
    """A sandbox that remembers what it was asked, and what it said."""

    def __init__(self, sandbox):
        self._sandbox, self.exchanges = sandbox, []
        self.layout = sandbox.layout

    def respond(self, request):
        answer = self._sandbox.respond(request)
        self.exchanges.append((request, answer))
        return answer


@pytest.fixture(scope="module")
def exchanges(shipped, client_for):
    """What a client that goes through the API asks, with what it learns on the way."""
    client = client_for(shipped)
    witness = client.sandbox = Witness(client.sandbox)
    for operation in shipped.operations[::6]:
        witness.respond(client.request(operation, client.learn(operation)))
    return witness.exchanges


@pytest.mark.parametrize("seed", [1, 2])
def test_no_mixture_of_faults_is_a_traceback(shipped, exchanges, seed):
    sandbox = Sandbox(shipped, conduct=misconduct(["*=0.05"], Ground(Layout(shipped)), seed=seed))
    answers = [sandbox.respond(request) for request, _ in exchanges]
    assert all(isinstance(answer, (Response, NoResponse)) for answer in answers)
    assert sum(answer != before for answer, (_, before) in zip(answers, exchanges, strict=True)) > len(exchanges) / 3


def test_faults_at_no_request_change_nothing(shipped, exchanges):
    asleep = Sandbox(shipped, conduct=misconduct(["*=0"], Ground(Layout(shipped))))
    for request, answer in exchanges:
        assert asleep.respond(request) == answer

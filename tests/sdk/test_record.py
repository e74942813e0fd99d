"""The recorder drives the real SDK, writes no secret, and gives the same files every time."""

import importlib
import json
import re
import sys

import pytest

from conformance import shipped
from conformance.cases.har import recording_from_har
from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document
from conformance.spec.router import Router

telnyx = pytest.importorskip("telnyx")


@pytest.fixture(scope="module")
def record():
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).parent))
    try:
        yield importlib.import_module("record")
    finally:
        sys.path.pop(0)
        for name in ("record", "recorder", "chains"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def document():
    return Document.load(shipped.document())


@pytest.mark.parametrize("name", ["credential-connections", "ai-inference"])
def test_recording_again_gives_the_same_file(record, document, name):
    router = Router(document.operations)
    first, second = (record.har_text(name, record.record(name, document, router)) for _ in range(2))
    assert first == second
    assert recording_from_har(first, name=name, source="").skipped == ()


def test_secrets_are_gone_before_anything_is_written_and_stay_the_same_among_themselves(record, document):
    text = record.har_text(
        "credential-connections", record.record("credential-connections", document, Router(document.operations))
    )
    assert "KEY0" not in text
    assert "my123secure456password789" not in text
    assert "not-a-real-key" not in text
    exchanges = recording_from_har(text, name="", source="").exchanges
    assert all(exchange.request.header("authorization") == "Bearer [redacted]" for exchange in exchanges)
    passwords = {json.loads(exchange.request.body).get("password") for exchange in exchanges if exchange.request.body} - {None}
    assert passwords
    assert all(re.fullmatch("[redact0-9a-z]+", password) for password in passwords)


def test_every_recording_has_its_chain_and_every_chain_its_recording(record):
    assert sorted(file.stem for file in shipped.recordings().glob("*.har")) == sorted(record.CHAINS)


def test_a_chain_that_goes_wrong_is_not_recorded(record, document):
    recorder = importlib.import_module("recorder")
    client = recorder.Client(recorder.Recorder(Sandbox(document), Router(document.operations)))
    with client:
        with pytest.raises(telnyx.APIConnectionError) as raised:
            client.billing_groups.retrieve("6a09cdc3-8948-47f0-aa62-74ac943d6c58")
        assert isinstance(raised.value.__cause__, recorder.Unexpected)
        client.refused(404, lambda: client.billing_groups.retrieve("6a09cdc3-8948-47f0-aa62-74ac943d6c58"))
        assert [exchange.response.status for exchange in client.recorder.exchanges] == [404]
        client.get("https://api.telnyx.com/v2/billing_groups", cast_to=object)

"""The ``conformance sandbox`` command with clients that want to be told."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import httpx

from conformance.model.message import Response
from conformance.serve.server import serve_in_background

RUN = [sys.executable, "-m", "conformance", "sandbox"]
THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "callback_url": {"type": "string"}}}
CONTENT = {"content": {"application/json": {"schema": THING}}}
DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
    "paths": {"/things": {
        "post": {"requestBody": CONTENT, "responses": {"201": {"description": "d", **CONTENT}}},
        "get": {"responses": {"200": {"description": "d", "content": {"application/json": {
            "schema": {"type": "array", "items": THING}}}}}},
    }},
    "webhooks": {"thingCreated": {"post": {"requestBody": CONTENT, "responses": {"200": {"description": "d"}}}}},
}  # fmt: skip


class Receiver:
    def __init__(self):
        self.requests = []

    def respond(self, request):
        self.requests.append(request)
        return Response(status=204)


def test_it_sends_events_to_this_machine_and_says_once_that_it_sends_none_to_others(tmp_path):
    spec = tmp_path / "api.json"
    spec.write_text(json.dumps(DOCUMENT))
    process = subprocess.Popen([*RUN, "--spec", str(spec)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    receiver = Receiver()
    try:
        url = process.stdout.readline().strip()
        with serve_in_background(receiver) as hook:
            for target in ("http://u:s3cret@192.0.2.1/hook?token=s3cret", "http://192.0.2.1/hook?token=other", hook):
                assert httpx.post(f"{url}/things", json={"id": 7, "callback_url": target}).status_code == 201
            deadline = time.monotonic() + 10
            while not receiver.requests and time.monotonic() < deadline:
                time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=15)
    assert [json.loads(request.body)["id"] for request in receiver.requests] == [7]
    told = "an event (thingCreated) was not sent to http://192.0.2.1/hook?...: it is not on this machine; --webhooks-anywhere allows that"
    assert errors.splitlines() == [told, "stopped"]

"""What an interrupted run created does not stay: the run deletes it, or `conformance clean` does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import pytest

from conformance.model.message import Request
from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document

RUN = [sys.executable, "-m", "conformance"]
TOKEN = "key-that-must-not-be-written"


@dataclass
class Shelf:
    """A service whose every answer takes a while; it knows what was created and what is still there."""

    sandbox: Sandbox
    seconds: float = 0.0
    made: list[str] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def respond(self, request):
        with self.lock:
            self.seen.append(request)
            answer = self.sandbox.respond(request)
            if request.method == "POST" and answer.status == 201:
                self.made.append(json.loads(answer.body)["id"])
        time.sleep(self.seconds)  # what was asked is done before it is answered
        return answer

    def there(self):
        ask = (("Authorization", f"Bearer {TOKEN}"),)
        return [one for one in self.made
                if self.sandbox.respond(Request(method="GET", url=f"http://x/v1/notes/{one}", headers=ask)).status == 200]  # fmt: skip


@pytest.fixture
def shelf(document):
    """The notes of ``conftest``, which can be deleted here."""
    held = json.loads(document.read_text())
    held["paths"]["/notes/{id}"]["delete"] = {"operationId": "deleteNote", "summary": "Delete", "responses": {
        "204": {"description": "gone"}, "404": {"description": "none"}, "401": {"description": "who are you"}}}  # fmt: skip
    document.write_text(json.dumps(held))
    service = Shelf(Sandbox(Document.load(document), seed=3, token=TOKEN))
    with serve_in_background(service) as url:
        service.url = url + "/v1"
        yield service


@pytest.fixture
def start(without_node, tmp_path, shelf, document):
    running = []

    def begin(*arguments):
        process = subprocess.Popen(
            [*RUN, "run", "--spec", str(document), "--base-url", shelf.url, "--only", "fuzz", "--max-examples", "50", *arguments],
            env={**without_node, "TELNYX_API_KEY": TOKEN}, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def until(condition, seconds=40.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


@pytest.fixture
def clean(conformance, monkeypatch):
    def call(*arguments, token=TOKEN):
        monkeypatch.setenv("TELNYX_API_KEY", token)
        return conformance("clean", *arguments)

    return call


def test_an_interrupted_run_deletes_what_it_created(start, shelf, clean):
    process = start("--workers", "1")
    until(lambda: len(shelf.made) >= 5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, out + err
    assert shelf.there() == [], err
    ran = clean()
    assert (ran.code, ran.out) == (0, "nothing is left to delete\n")


@pytest.mark.parametrize("moment", [0.0, 0.06])
def test_what_a_killed_run_created_is_deleted_afterwards(start, shelf, clean, tmp_path, moment):
    """Killed at a moment within a creation, which lasts: its answer never arrives."""
    process = start("--workers", "1")
    until(lambda: len(shelf.made) >= 3)
    shelf.seconds = 0.1
    count = len(shelf.made)
    until(lambda: len(shelf.made) > count)
    time.sleep(moment)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    shelf.seconds = 0.0
    time.sleep(0.15)
    assert shelf.there(), "a killed run leaves something behind"
    ran = clean()
    assert shelf.there() == []
    assert ran.code == 0, ran.out + ran.err
    assert TOKEN not in (tmp_path / "reports" / "ledger.jsonl").read_text()
    assert clean().out == "nothing is left to delete\n"


def test_workers_write_down_what_is_under_way_when_their_parent_is_killed(start, shelf, clean):
    process = start("--workers", "2")
    until(lambda: len(shelf.made) >= 3)
    shelf.seconds = 0.1
    count = len(shelf.made)
    until(lambda: len(shelf.made) > count)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)  # the workers hold the pipes until they end
    shelf.seconds = 0.0
    assert shelf.there()
    ran = clean()
    assert (ran.code, shelf.there()) == (0, []), ran.out


def test_what_cannot_be_deleted_now_is_said_and_can_be_tried_again(start, shelf, clean):
    process = start("--workers", "1")
    until(lambda: len(shelf.made) >= 3)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    count = len(shelf.there())
    refused = clean(token="wrong")
    assert refused.code == 2
    assert "the deletion was answered with 401" in refused.out
    assert len(shelf.there()) == count
    assert clean().code == 0
    assert shelf.there() == []


def test_without_a_ledger_there_is_a_sentence(clean, tmp_path):
    ran = clean("--out", tmp_path / "nowhere")
    ledger = tmp_path / "nowhere" / "ledger.jsonl"
    assert ran.code == 2
    assert ran.err == f"error: there is no ledger {ledger}: name it, or the folder of the run with --out\n"

"""Interrupting a run: exit code 130, a report of everything so far, and nobody left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conformance import shipped

RUN = [sys.executable, "-m", "conformance", "run"]

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")


@pytest.fixture
def start(without_node, tmp_path):
    """Start a run of its own group."""
    running = []

    def begin(*arguments):
        process = subprocess.Popen([*RUN, "--out", str(tmp_path / "out"), *map(str, arguments)], env=without_node, cwd=tmp_path,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
            process.communicate()


def group(session):
    """The living processes of a session."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                fields = (path / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(path.name))
    return found


def until(condition, seconds=25.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def gone(session):
    until(lambda: not group(session), 10)


@pytest.mark.parametrize("whom", ["parent", "group"])
def test_an_interrupted_run_reports_what_it_has(start, tmp_path, serve, notes_service, document, whom):
    """The service answers the first requests and then takes its time: the request on its way is broken off."""

    over = threading.Event()

    def slow(request):
        if len(service.seen) > 30:
            over.wait(10)
        return notes_service(request)

    service = serve(slow)
    process = start("--spec", document, "--base-url", service.url, "--workers", 2, "--header", "Authorization: Bearer abc", "--only",
                    "fuzz")  # fmt: skip
    until(lambda: len(service.seen) > 30)
    began = time.monotonic()
    (os.kill if whom == "parent" else os.killpg)(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    took = time.monotonic() - began
    over.set()
    assert took < 8
    assert process.returncode == 130
    assert out.startswith("interrupted; so far ")
    assert "Traceback" not in out + err
    run = json.loads((tmp_path / "out" / "findings.json").read_text())["run"]
    assert run["interrupted"] is True
    assert run["requests"] >= 30
    assert json.loads((tmp_path / "out" / "coverage.json").read_text())["totals"]["operations"]["covered"] >= 1
    assert (tmp_path / "out" / "summary.md").read_text().startswith("# ⚠️ Interrupted")
    gone(process.pid)


def test_worker_processes_end_in_order_and_a_second_interruption_is_no_traceback(start, tmp_path):
    """The shipped document: several processes, each in the midst of its work."""
    assert shipped.document().exists()
    process = start("--only", "fuzz", "--workers", 2)
    until(lambda: len(group(process.pid)) >= 3)
    time.sleep(2)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert out.startswith("interrupted; so far ")
    assert (tmp_path / "out" / "findings.json").exists()
    gone(process.pid)


def test_the_signal_that_ends_a_job_is_an_interruption_too(start, tmp_path, serve, notes_service, document):
    service = serve(notes_service)
    process = start("--spec", document, "--base-url", service.url, "--workers", 1, "--header", "Authorization: Bearer abc",
                    "--max-examples", 500, "--only", "fuzz")  # fmt: skip
    until(lambda: len(service.seen) > 20)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert json.loads((tmp_path / "out" / "findings.json").read_text())["run"]["requests"] >= 20


def test_workers_do_not_outlive_a_parent_that_was_killed(start):
    process = start("--only", "fuzz", "--workers", 2)
    until(lambda: len(group(process.pid)) >= 3)
    time.sleep(1)
    process.kill()
    process.communicate()
    gone(process.pid)

"""What a person sees while a run goes on: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

from rich.console import Console

from conformance.cli.progress import Progress
from conformance.run import pulse
from conformance.run.campaign import Campaign
from conformance.run.options import Options

RUN = [sys.executable, "-m", "conformance", "run"]


def test_a_terminal_shows_stage_operations_requests_failures_and_time(without_node, document, tmp_path):
    leader, follower = pty.openpty()
    environment = {**without_node, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("CI", None)
    process = subprocess.Popen([*RUN, "--spec", str(document), "--workers", "1", "--max-examples", "60"], cwd=tmp_path, env=environment,
                               stdout=subprocess.PIPE, stderr=follower)  # fmt: skip
    os.close(follower)
    shown = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # how Linux says that nobody has the other end any more
            break
        if not part:
            break
        shown += part
    out, _ = process.communicate(timeout=30)
    os.close(leader)
    text = shown.decode()
    assert process.returncode == 0, text
    assert re.search(r"fuzz: \d+/15 operation phases, \d+ requests, none failed, 0:\d\d", text)
    assert re.search(r"about 0:\d\d left", text)
    assert "\x1b[" in text
    assert b"\x1b" not in out
    assert out.startswith(b"conforms: ")


def test_a_log_gets_plain_lines_of_any_length(tmp_path, document, capsys):
    campaign = Campaign(Options(spec=str(document), out=tmp_path / "out", base_url="http://127.0.0.1:1/" + "x" * 120))
    progress = Progress(campaign, Console(stderr=True, highlight=False))

    class Session:
        items = ()

    progress.pytest_collection_finish(Session())
    progress.pytest_sessionfinish()
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert "\x1b" not in written


def test_the_line_counts_what_happened(tmp_path, document):
    campaign = Campaign(Options(spec=str(document), out=tmp_path / "out"))
    progress = Progress(campaign, Console(stderr=True))
    pulse.share(pulse.fresh())
    progress.pytest_runtest_logstart("conformance/suite/test_fuzz.py::test_fuzz[GET /notes-coverage]")
    pulse.beat(requests=1234, scenarios=2)
    assert re.fullmatch(r"fuzz: 0/0 operation phases, 1,234 requests, none failed, 0:00", progress.line())
    pulse.share(pulse.fresh())

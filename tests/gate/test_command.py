"""A client's command runs in its own group, with its output passed through, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.gate.command import run_command
from conformance.gate.surroundings import CLIENT, assignments, surroundings


def python(code):
    return [sys.executable, "-S", "-c", code]


def gone(pid):
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def test_the_exit_code_and_the_output_come_through(capfd):
    ended = run_command(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"), os.environ, limit=None)
    assert (ended.code, ended.why, ended.output) == (3, "", "")
    assert capfd.readouterr() == ("out\n", "err\n")
    assert ended.told == "the command ended with exit code 3"


def test_output_that_is_kept_is_shown_too(capfd):
    ended = run_command(python("print('out')"), os.environ, limit=None, keep=True)
    assert ended.output == capfd.readouterr().out == "out\n"


def test_a_command_that_hangs_is_ended_with_all_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr("conformance.gate.command._PATIENCE", 0.3)
    child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    code = f"""
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open({str(tmp_path / "pid")!r}, "w").write(str(subprocess.Popen([sys.executable, "-S", "-c", {child!r}]).pid))
time.sleep(60)
"""
    ended = run_command(python(code), os.environ, limit=1.0)
    assert (ended.why, ended.code) == ("max-time", -signal.SIGKILL)
    assert "--max-time" in ended.told
    assert gone(int((tmp_path / "pid").read_text()))


def test_what_a_command_leaves_running_is_ended(tmp_path):
    sleeper = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
    code = f"import subprocess; open({str(tmp_path / 'pid')!r}, 'w').write(str(subprocess.Popen({sleeper!r}).pid))"
    ended = run_command(python(code), os.environ, limit=None, keep=True)
    assert ended.code == 0
    assert gone(int((tmp_path / "pid").read_text()))


def test_an_interruption_reaches_the_command(tmp_path):
    ready = tmp_path / "ready"
    code = f"import time; open({str(ready)!r}, 'w').close(); time.sleep(60)"

    def interrupt():
        while not ready.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    ended = run_command(python(code), os.environ, limit=30)
    thread.join()
    assert (ended.why, ended.code) == ("interrupted", -signal.SIGINT)


@pytest.mark.parametrize("name", ["no-such-program-anywhere", str(CLIENT)])
def test_a_command_that_cannot_be_run_is_the_users_mistake(name):
    with pytest.raises(UsageError, match="after --"):
        run_command([name], os.environ, limit=None)


def test_the_base_url_is_where_it_is_asked_for():
    found = surroundings(
        {"NO_PROXY": "a"}, origin="http://h:1", base="http://h:1/v2", names_tests=False,
        given=assignments(["A", "B={origin}/x", "C=fixed"]),
    )  # fmt: skip
    assert {name: found[name] for name in ("A", "B", "C", "TEST_API_BASE_URL", "TELNYX_BASE_URL", "NO_PROXY")} == {
        "A": "http://h:1/v2", "B": "http://h:1/x", "C": "fixed", "TEST_API_BASE_URL": "http://h:1/v2",
        "TELNYX_BASE_URL": "http://h:1/v2", "NO_PROXY": "a,127.0.0.1,localhost,::1",
    }  # fmt: skip
    with pytest.raises(UsageError, match="--env"):
        assignments(["1A=x"])
    with pytest.raises(UsageError, match=r"has \{bass\} in it"):
        assignments(["A={bass}/v1"])
    assert assignments(['A={"url": "{base}"}']) == (("A", '{"url": "{base}"}'),)


def test_the_site_customisation_of_others_is_still_run(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("print('theirs')")
    around = {**os.environ, "PYTHONPATH": f"{CLIENT}{os.pathsep}{tmp_path}"}
    ran = subprocess.run([sys.executable, "-c", "print('ours')"], env=around, capture_output=True, text=True, check=True)
    assert ran.stdout == "theirs\nours\n"

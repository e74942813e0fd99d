"""``conformance lint --watch``: a save of any file of the document is answered, whatever an editor does to save it."""

import os
import subprocess
import sys
import time

import pytest

API = """
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /a: {get: {operationId: a, responses: {default: {description: d, content: {application/json: {schema: {$ref: s.yaml#/S}}}}}}}
"""


@pytest.fixture
def watching(tmp_path):
    """Starts to watch; the answer to a change of the files, as it is printed."""
    (tmp_path / "api.yaml").write_text(API)
    (tmp_path / "s.yaml").write_text("S: {type: string, default: x}\n")
    told = tmp_path / "told.txt"
    command = [sys.executable, "-m", "conformance", "lint", "api.yaml", "--watch"]
    with (
        told.open("w") as out,
        subprocess.Popen(command, cwd=tmp_path, stdout=out, stderr=out, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as process,
    ):

        def answer(wanted, seen=0):
            for _ in range(200):
                time.sleep(0.05)
                text = told.read_text()[seen:]
                if wanted in text:
                    return text
            pytest.fail(f"{wanted!r} was not told: {told.read_text()}")

        def changed(change, wanted):
            seen = len(told.read_text())
            change()
            return answer(wanted, seen)

        answer("no findings")
        yield tmp_path, changed
        process.kill()


def test_every_kind_of_save_is_answered(watching):
    folder, changed = watching
    other, saved = folder / "s.yaml", folder / "s.yaml~"
    changed(lambda: other.write_text("S: {type: string, default: 5}\n"), "default-invalid")
    saved.write_text("S: {type: string, default: y}\n")
    changed(lambda: saved.replace(other), "no findings")
    changed(other.unlink, "no such file")
    changed(lambda: other.write_text("S: {type: integer, default: z}\n"), "default-invalid")
    changed(lambda: (folder / "api.yaml").write_text("{"), "not well-formed")
    changed(lambda: (folder / "api.yaml").write_text(API.replace("operationId: a, ", "")), "operation-id-missing")

"""The token of a run appears in nothing that the run writes: streams, reports, Allure results, pytest's own output."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from urllib.parse import quote

import pytest

from conformance.model.message import Response

TOKEN = "KEY+s3cr3t/0123456789=abcdefgh"
PASSWORD = "p4ssw0rd/of+mine"


def forms(secret):
    """A secret as it is, percent-encoded, and in base64 at every alignment."""
    yield secret
    yield quote(secret, safe="")
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + secret.encode()).decode()
        yield encoded[4 if shift else 0 : -4]


def written(folder):
    return {path: path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()}


def assert_nowhere(secret, texts):
    for name, text in texts.items():
        for form in forms(secret):
            assert form not in text, f"{form} is in {name}"


def echo(request):
    """A service that shows everything it was sent, in every way there is."""
    every = "\n".join(f"{name}: {value}" for name, value in request.headers)
    held = {"error": every, "encoded": base64.b64encode(every.encode()).decode(), "percent": quote(every), "url": request.url}
    headers = [("Content-Type", "application/json")]
    headers += [(f"X-Echo-{index}", value) for index, (_, value) in enumerate(request.headers)]
    return Response(status=500, headers=tuple(headers), body=json.dumps(held).encode(), elapsed=0.0)


@pytest.mark.parametrize("how", ["environment", "basic", "other header"])
def test_the_token_is_in_no_output_of_a_run_against_a_service_that_echoes_it(
    conformance, document, serve, tmp_path, monkeypatch, how
):
    service, secrets, arguments = serve(echo), [TOKEN], []
    if how == "environment":
        monkeypatch.setenv("TELNYX_API_KEY", TOKEN)
    elif how == "other header":
        arguments = ["--header", f"X-Tenant: {TOKEN}", "--header", f"Cookie: session={PASSWORD}"]
        secrets.append(PASSWORD)
    else:
        pair = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
        arguments, secrets = ["--header", f"Authorization: Basic {pair}"], [pair, PASSWORD]
    ran = conformance(
        "run", "--spec", document, "--base-url", service.url, "--only", "fuzz", "--workers", "1", "--max-examples", 1, *arguments
    )
    assert ran.code == 1
    assert any(secret in str(request.headers) for secret in secrets for request in service.seen)
    texts = {"stdout": ran.out, "stderr": ran.err, **written(tmp_path / "reports")}
    assert len(texts) > 10
    for secret in secrets:
        assert_nowhere(secret, texts)


def test_pytest_shows_no_token_either_with_everything_turned_on(document, serve, tmp_path, without_node):
    service = serve(echo)
    broken = tmp_path / "broken"
    broken.mkdir()
    # A fault of our own, with the token in every frame.
    (broken / "conftest.py").write_text(
        "import conformance.run.judge as judge\n"
        "def fail(self, exchange, **_):\n"
        "    headers = dict(exchange.request.headers)\n"
        "    raise RuntimeError(f'our own fault: {headers}')\n"
        "judge.Judge.__call__ = fail\n"
    )
    environment = {**without_node, "TELNYX_API_KEY": TOKEN, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for folder in (tmp_path, broken):
        command = [sys.executable, "-m", "pytest", "--pyargs", "conformance.suite", "-vv", "--showlocals", "--tb=long",
                   "--spec", str(document), "--base-url", service.url, "-k", "coverage and GET",
                   "--out", str(folder / "out"), "--workers", "1", "--operation-id", "listNotes", "-p", "no:cacheprovider", "-p", "allure_pytest", "-p", "conformance.pytest_plugin", "-rA", "--setup-show",
                   *(["-p", "conftest"] if folder is broken else [])]  # fmt: skip
        environment["PYTHONPATH"] = f"{without_node['PYTHONPATH']}:{folder}"
        ran = subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 1, ran.stdout + ran.stderr
        texts = {"stdout": ran.stdout, "stderr": ran.stderr, **written(folder / "out")}
        assert ("our own fault" in ran.stdout) is (folder is broken), ran.stdout
        assert_nowhere(TOKEN, texts)

"""How runs end: exit codes, the words of the end, and what is left in the folder."""

from __future__ import annotations

import http.server
import io
import json
import sys
import threading
import time

import pytest

from conformance.model.message import NoResponse

TOKEN = "KEYs3cr3t-0123456789"
FILES = {"findings.json", "coverage.json", "coverage.html", "junit.xml", "summary.md", "allure-results"}


@pytest.fixture
def token(monkeypatch):
    """The token of a live run; tests without it have none."""
    return lambda: monkeypatch.setenv("TELNYX_API_KEY", TOKEN)


def test_a_clean_document_conforms_on_the_embedded_sandbox(conformance, document, tmp_path):
    ran = conformance("run", "--spec", document, "--workers", "1")
    assert ran.code == 0, ran.out + ran.err
    assert ran.out.startswith("conforms: no new findings (0 known, 0 notes)\n")
    assert "operations called 3/3, reached 2xx 3/3" in ran.out
    assert "  Read on:\n    reports/coverage.html  what was covered and missed\n" in ran.out
    assert ran.err == "Notes: 3 operations, lint, fuzz, replay against the embedded sandbox, seed 1\n"
    assert {path.name for path in (tmp_path / "reports").iterdir()} >= FILES
    assert not (tmp_path / ".hypothesis").exists()


def test_one_phase_alone_sends_less_and_the_run_says_that_it_is_not_the_whole(conformance, document, tmp_path):
    ran = conformance("run", "--spec", document, "--workers", "1", "--only", "fuzz", "--phase", "fuzzing", "--max-examples", "2")
    assert ran.code == 0, ran.out + ran.err
    assert "  fuzz    3 passed\n" in ran.out
    said = json.loads((tmp_path / "reports" / "findings.json").read_text())
    assert "only some phases were asked for" in said["run"]["partial"]


def test_one_process_and_several_find_and_cover_the_same(conformance, document, tmp_path):
    one = conformance("run", "--spec", document, "--workers", "1", "--out", "one")
    two = conformance("run", "--spec", document, "--workers", "2", "--out", "two")
    assert (one.code, two.code) == (0, 0)
    assert (tmp_path / "one" / "coverage.json").read_text() == (tmp_path / "two" / "coverage.json").read_text()


def test_a_service_that_always_says_200_does_not_conform(conformance, document, serve, always, tmp_path, token):
    token()
    service = serve(always(200, b"{}"))
    ran = conformance("run", "--spec", document, "--base-url", service.url, "--workers", "2")
    assert ran.code == 1
    findings = json.loads((tmp_path / "reports" / "findings.json").read_text())
    assert findings["run"]["exit_code"] == 1
    assert {"auth-ignored"} <= {found["id"] for found in findings["findings"]} or len(findings["findings"]) > 3
    new = [found for found in findings["findings"] if found["known"] is None and found["severity"] != "note"]
    assert ran.out.startswith(f"does not conform: {len(new)} new findings (0 known")
    assert (tmp_path / "reports" / "summary.md").read_text().startswith(f"# ❌ {len(new)} new findings\n")
    # A few of the generated requests are not HTTP enough for the server to hand them on.
    assert 0 <= findings["run"]["requests"] - len(service.seen) < 10


def test_known_findings_do_not_fail_a_run_and_are_shown_as_known(conformance, document, serve, always, tmp_path, token):
    token()
    service = serve(always(200, b"{}"))
    arguments = (
        "run",
        "--spec",
        document,
        "--base-url",
        service.url,
        "--only",
        "fuzz",
        "--operation-id",
        "listNotes",
        "--workers",
        "1",
    )
    assert conformance(*arguments).code == 1
    found = json.loads((tmp_path / "reports" / "findings.json").read_text())["findings"]
    entries = [{"id": one["id"], "fingerprint": one["fingerprint"], "reason": "an old friend"} for one in found]
    (tmp_path / "baseline.json").write_text(json.dumps({"version": 1, "entries": entries}))
    ran = conformance(*arguments, "--baseline", tmp_path / "baseline.json")
    assert ran.code == 0, ran.out
    assert ran.out.startswith(f"conforms: no new findings ({len(found)} known, 0 notes)")
    after = json.loads((tmp_path / "reports" / "findings.json").read_text())["findings"]
    assert {one["known"] for one in after} == {"an old friend"}


def test_the_limit_of_requests_holds_at_the_service(conformance, document, serve, notes_service, tmp_path, token):
    token()
    service = serve(notes_service)
    recording = tmp_path / "one.har"
    recording.write_text(json.dumps(_har(service.url, 5)))
    ran = conformance(
        "run", "--spec", document, "--base-url", service.url, "--max-requests", 20, "--recordings", recording, "--workers", 2
    )
    assert len(service.seen) <= 20
    assert len(service.seen) >= 12
    assert f"  {len(service.seen)} requests;" in ran.out


def test_the_limit_of_time_holds_for_a_slow_service(conformance, document, serve, notes_service, token):
    token()

    over = threading.Event()

    def slow(request):
        if len(service.seen) > 6:
            over.wait(8)
        return notes_service(request)

    service = serve(slow)
    began = time.monotonic()
    ran = conformance("run", "--spec", document, "--base-url", service.url, "--max-time", 2, "--workers", "1")
    took = time.monotonic() - began
    over.set()
    assert took < 6
    assert ran.code == 0, ran.out
    assert "time is over" in (document.parent / "reports" / "junit.xml").read_text()


def test_a_service_that_dies_in_the_middle_is_found_out(conformance, document, serve, notes_service, tmp_path, token):
    token()

    def mortal(request):
        return notes_service(request) if len(service.seen) < 15 else NoResponse(kind="reset", reason="gone")

    service = serve(mortal)
    ran = conformance("run", "--spec", document, "--base-url", service.url, "--workers", "1")
    assert ran.code == 1
    assert "Traceback" not in ran.out + ran.err
    assert "internal error" not in ran.out


def test_an_unreadable_recording_does_not_stop_the_others(conformance, document, tmp_path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "bad.har").write_text("{")
    (folder / "good.har").write_text(json.dumps(_har("https://api.example.com/v1", 1)))
    ran = conformance("run", "--spec", document, "--recordings", folder, "--only", "replay")
    assert ran.code == 2
    assert "error: cannot read the recording " in ran.err
    assert ran.err.count("bad.har") == 1
    assert "1 error, 1 passed" in ran.out


def test_a_document_without_operations_says_that_nothing_was_sent(conformance, tmp_path):
    (tmp_path / "none.json").write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "None", "version": "1"}, "paths": {}}))
    ran = conformance("run", "--spec", "none.json", "--only", "fuzz")
    assert (ran.code, ran.err) == (2, "error: the document has no operations, so there is nothing to send\n")
    ran = conformance("run", "--spec", "none.json")
    assert ran.code == 2, ran.out
    assert "nothing was sent: the document has no operations" in ran.err
    assert (tmp_path / "reports" / "findings.json").exists()


def test_broken_operations_are_reported_and_the_others_run(conformance, document, tmp_path):
    raw = json.loads(document.read_text())
    raw["paths"]["/broken"] = {"get": {"tags": ["Notes"], "requestBody": {"$ref": "#/nowhere"}, "responses": {}}}
    raw["paths"]["/wrong"] = {"get": 7}
    document.write_text(json.dumps(raw))
    ran = conformance("run", "--spec", document, "--workers", "1")
    assert ran.code == 1
    assert "operations called 3/5" in ran.out
    findings = json.loads((tmp_path / "reports" / "findings.json").read_text())["findings"]
    assert {"GET /broken"} <= {found["operation"] for found in findings}
    assert {found["stage"] for found in findings} == {"lint"}


def test_when_every_operation_is_broken_the_run_says_so(conformance, tmp_path):
    raw = {"openapi": "3.1.0", "info": {"title": "B", "version": "1"}, "paths": {"/a/{id}": {"get": {"responses": {}}}}}
    (tmp_path / "broken.json").write_text(json.dumps(raw))
    ran = conformance("run", "--spec", "broken.json", "--only", "fuzz")
    assert ran.code == 2
    assert "nothing was sent: every operation of the document is broken" in ran.err
    assert conformance("run", "--spec", "broken.json").code == 1


def test_standard_input_is_read_once_for_every_process(conformance, document, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(document.read_bytes())))
    ran = conformance("run", "--spec", "-", "--workers", "2")
    assert ran.code == 0, ran.out + ran.err
    assert "operations called 3/3" in ran.out


def test_yaml_from_a_url_is_read_once_for_every_process(conformance, document):
    import yaml

    asked = []

    class Files(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = yaml.safe_dump(json.loads(document.read_text())).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ran = conformance("run", "--spec", f"http://127.0.0.1:{server.server_port}/notes.yaml", "--workers", "2")
        server.shutdown()
    assert ran.code == 0, ran.out + ran.err
    assert asked == ["/notes.yaml"]


def test_schemas_in_other_files_are_followed(conformance, document, tmp_path):
    raw = json.loads(document.read_text())
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "note.json").write_text(json.dumps(raw["components"]["schemas"].pop("Note")))
    document.write_text(json.dumps(raw).replace("#/components/schemas/Note", "parts/note.json"))
    ran = conformance("run", "--spec", document, "--workers", "2")
    assert ran.code == 0, ran.out + ran.err
    assert "response fields 12/" in ran.out or "reached 2xx 3/3" in ran.out


def test_options_that_pytest_takes_from_the_environment_do_not_reach_a_run(conformance, document, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option -k nothing")
    assert conformance("run", "--spec", document, "--only", "lint").code == 0


def test_the_shipped_document_restricted_to_one_tag_conforms(conformance):
    ran = conformance("run", "--tag", "Billing", "--max-examples", 2, "--workers", 1)
    assert ran.code == 0, ran.out
    assert "operations called 1/1" in ran.out


def _har(url, count):
    entry = {"startedDateTime": "2026-01-01T00:00:00Z", "time": 1,
             "request": {"method": "GET", "url": f"{url}/notes", "httpVersion": "HTTP/1.1", "headers": [], "queryString": [],
                         "cookies": [], "headersSize": -1, "bodySize": 0},
             "response": {"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [], "redirectURL": "",
                          "headers": [{"name": "Content-Type", "value": "application/json"}], "headersSize": -1, "bodySize": 2,
                          "content": {"size": 2, "mimeType": "application/json", "text": "[]"}},
             "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 0}}  # fmt: skip
    return {"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": [entry] * count}}

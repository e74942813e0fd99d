"""Every mistake is one clear sentence on standard error and exit code 2, and an earlier report survives it."""

from __future__ import annotations

import socket

import pytest

from conformance import shipped

MISTAKES = {
    "no such spec": (["--spec", "nowhere.json"], "cannot read the document nowhere.json: no such file"),
    "bad JSON": (["--spec", "bad.json"], "bad.json:2:8: not well-formed JSON"),
    "bad YAML": (["--spec", "bad.yaml"], "bad.yaml:2:"),
    "no OpenAPI": (["--spec", "other.json"], "other.json is not an OpenAPI 3.0 or 3.1 document"),
    "unknown tag": (["--tag", "Notez"], "the document has no tag 'Notez': did you mean 'Notes'?"),
    "unknown operation": (["--operation-id", "getNotes"], "did you mean 'getNote'"),
    "tag and id apart": (["--tag", "Single", "--operation-id", "listNotes"], "no operation has both"),
    "no scheme": (["--base-url", "api.example.com/v1"], "has no scheme; did you mean 'https://api.example.com/v1'?"),
    "other scheme": (["--base-url", "ftp://api.example.com"], "must be http or https"),
    "unknown stage": (["--only", "lint,fuz"], "--only has the unknown stage 'fuz'; the stages are lint, fuzz, replay"),
    "unknown phase": (["--phase", "fuzing"], "--phase has the unknown phase 'fuzing'; the phases are lifecycle, "),
    "no stage": (["--only", ","], "--only names no stage"),
    "no workers": (["--workers", "0"], "--workers is '0'; it must be a positive number or auto"),
    "odd workers": (["--workers", "many"], "--workers is 'many'"),
    "no requests": (["--max-requests", "0"], "--max-requests is 0; it must be more than 0"),
    "no examples": (["--max-examples", "0"], "--max-examples is 0"),
    "no time": (["--max-time", "nan"], "--max-time is nan"),
    "no number": (["--max-requests", "x"], "'x' is not a valid integer"),
    "unknown option": (["--sped", "x"], "no such option '--sped'"),
    "header without colon": (["--header", "Authorization s3cr3t"], "--header has no colon"),
    "header name": (["--header", "Not a name: s3cr3t"], "a name that no header can have"),
    "header value": (["--header", "X-Key: s3cr3t\nX-Other: 1"], "a line break"),
    "no recordings": (["--recordings", "nowhere"], "cannot read the recording nowhere: no such file or folder"),
    "empty recordings": (["--recordings", "empty"], "the folder holds no recording (har, ndjson, postman, vcr, vcr-json)"),
    "replay of nothing": (["--only", "replay"], "there are no recordings; name some with --recordings"),
    "no baseline": (["--baseline", "nowhere.json"], "cannot read the baseline nowhere.json"),
    "bad baseline": (["--baseline", "bad.json"], "bad.json:2:8: the baseline is not well-formed JSON"),
    "other baseline": (["--baseline", "other.json"], "is not of the form"),
    "file in the way": (["--out", "other.json"], "cannot write to other.json: a file is in the way"),
    "file on the way": (["--out", "other.json/reports"], "a file is in the way"),
    "file for results": (["--out", "blocked"], "allure-results: a file is in the way"),
    "folder for a file": (["--out", "blocked2"], "findings.json: it is a folder"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_sentence_and_exit_code_2(conformance, document, tmp_path, name):
    (tmp_path / "bad.json").write_text('{\n  "a": x}')
    (tmp_path / "bad.yaml").write_text("openapi: 3.1.0\n  info: [")
    (tmp_path / "other.json").write_text('{"version": 2}')
    (tmp_path / "empty").mkdir(exist_ok=True)
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "allure-results").write_text("")
    (tmp_path / "blocked2" / "findings.json").mkdir(parents=True)
    arguments, sentence = MISTAKES[name]
    before = _earlier_report(tmp_path / "reports")
    spec = [] if "--spec" in arguments else ["--spec", document]
    ran = conformance("run", *spec, *arguments)
    assert ran.code == 2
    assert sentence in ran.err
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    assert "s3cr3t" not in ran.err
    assert ran.out == ""
    assert _contents(tmp_path / "reports") == before


def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(conformance, document, monkeypatch):
    monkeypatch.setenv("TELNYX_API_KEY", "KEYs3cr3t\nmore")
    ran = conformance("run", "--spec", document)
    assert ran.code == 2
    assert "TELNYX_API_KEY holds" in ran.err
    assert "s3cr3t" not in ran.err


def test_a_closed_port_is_exit_code_2_and_leaves_the_earlier_report(conformance, document, tmp_path):
    before = _earlier_report(tmp_path / "reports")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    ran = conformance("run", "--spec", document, "--base-url", url)
    assert ran.code == 2
    assert ran.err.startswith(f"error: nothing listens at {url} (")
    assert ran.err.count("\n") == 1
    assert _contents(tmp_path / "reports") == before


def test_what_does_not_speak_http_is_exit_code_2(conformance, document):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        import threading

        def greet() -> None:
            for _ in range(2):
                peer, _ = listener.accept()
                with peer:
                    peer.sendall(b"220 mail.example.com ESMTP\r\n")

        threading.Thread(target=greet, daemon=True).start()
        ran = conformance("run", "--spec", document, "--base-url", f"http://127.0.0.1:{listener.getsockname()[1]}")
    assert ran.code == 2
    assert "does not speak HTTP" in ran.err


def test_a_target_that_wants_a_token_is_exit_code_2_without_one(conformance, document, serve, notes_service):
    service = serve(notes_service)
    ran = conformance("run", "--spec", document, "--base-url", service.url)
    assert ran.code == 2
    assert "wants credentials, and there are none (401 for GET /notes); set TELNYX_API_KEY" in ran.err
    assert len(service.seen) == 1


def test_a_wrong_token_is_exit_code_2_and_not_shown(conformance, document, serve, always, monkeypatch):
    monkeypatch.setenv("TELNYX_API_KEY", "KEYs3cr3t")
    service = serve(always(401, b'{"error": "KEYs3cr3t is no key"}'))
    ran = conformance("run", "--spec", document, "--base-url", service.url)
    assert ran.code == 2
    assert "refuses the credentials (401 for GET /notes); check that it is right and not expired" in ran.err
    assert "s3cr3t" not in ran.err + ran.out
    assert service.seen[0].header("authorization") == "Bearer KEYs3cr3t"


def test_the_shipped_document_says_which_tags_come_near(conformance):
    assert shipped.document().exists()
    ran = conformance("run", "--tag", "brand")
    assert ran.code == 2
    assert "did you mean 'Brands'" in ran.err


def _earlier_report(folder):
    (folder / "allure-results").mkdir(parents=True)
    (folder / "findings.json").write_text("earlier")
    (folder / "allure-results" / "a-result.json").write_text("earlier")
    return _contents(folder)


def _contents(folder):
    return {str(path): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}

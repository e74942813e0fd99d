"""What a witness does when there is too much, when something was written that must not be, and when a coding is not known."""

from __future__ import annotations

import gzip
import json

import brotli
import pytest
import zstandard

from conformance.cases.recordings import read
from conformance.run.watch import Watch
from conformance.serve.proxy import sight as room
from conformance.serve.proxy.sight import Orders, Sight
from conformance.serve.proxy.tap import Passed, unpacked
from conformance.spec.document import Document

JSON = [(b"Content-Type", b"application/json")]


def document(tmp_path):
    path = tmp_path / "api.json"
    answer = {"200": {"description": "ok", "content": {"application/json": {"schema": {
        "type": "object", "properties": {"id": {"type": "string"}}}}}}}  # fmt: skip
    path.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {
        "/a": {"get": {"responses": answer}, "delete": {"responses": answer}}}}))  # fmt: skip
    return Document.load(path)


def passed(body=b"{}", headers=(), answer_headers=JSON, **others):
    held = {"connection": 1, "started": 1e9, "elapsed": 0.1, "alone": True, "method": b"GET", "target": b"/a",
            "request_headers": list(headers), "request_body": b"", "request_size": 0, "status": 200,
            "response_headers": list(answer_headers), "response_body": body, "response_size": len(body)}  # fmt: skip
    return Passed(**{**held, **others}).packed()


def sight(tmp_path, said=None, **others):
    orders = Orders(document=document(tmp_path), origin="http://t", base_url="http://t", began=1e9, **others)
    return Sight(orders, (said if said is not None else []).append)


def test_a_copy_comes_back_as_it_was():
    copy = unpacked(passed(b"\x00\xff", headers=[(b"A", b"\xe9")], kind="reset", reason="gone"))
    assert unpacked(copy.packed()) == copy
    assert (copy.response_body, copy.request_headers, copy.kind) == (b"\x00\xff", [(b"A", b"\xe9")], "reset")


def test_what_comes_faster_than_it_can_be_judged_is_recorded_all_the_same_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_MOST_WAITING", 3)
    witness = sight(tmp_path, record=tmp_path / "rec")
    for _ in range(5):
        witness.take(passed())
    told = witness.end()
    assert (told.recorded, told.dropped, told.watched.exchanges) == (5, 2, 3)
    assert len(read(told.recording).exchanges) == 5


def test_a_finding_is_told_of_when_it_is_first_seen(tmp_path):
    said = []
    witness = sight(tmp_path, said)
    for _ in range(3):
        witness.take(passed(b'{"id":5}'))
        witness.judge_one()
    assert len(said) == 1
    assert said[0].startswith("error body-schema GET /a ")
    (found,) = witness.end().watched.findings.values()
    assert found.response.body == b'{"id":5}'


def test_a_secret_that_was_not_known_when_it_was_written_is_found_at_the_end_and_the_recording_is_gone(tmp_path):
    witness = sight(tmp_path, record=tmp_path / "rec")
    witness.take(passed(b'{"id":"odd-token-9f8e7d6c"}'))
    witness.take(passed(headers=[(b"Authorization", b"Bearer odd-token-9f8e7d6c")]))
    told = witness.end()
    assert told.recording is None
    assert told.leak.startswith("a secret was left in ")
    assert told.leak.endswith("; it was deleted")
    assert list((tmp_path / "rec").iterdir()) == []


class Stumbling(Watch):
    """A watch that fails at the end."""

    def end(self, limits):
        raise RuntimeError(f"no end of {limits}")


def deaf(_):
    raise BrokenPipeError


def test_whatever_becomes_of_the_judging_what_was_written_is_searched(tmp_path):
    witness = sight(tmp_path, record=tmp_path / "rec", watch=Stumbling)
    witness.take(passed(b'{"id":"odd-token-9f8e7d6c"}'))
    witness.take(passed(headers=[(b"Authorization", b"Bearer odd-token-9f8e7d6c")]))
    told = witness.end()
    assert told.leak.endswith("; it was deleted")
    assert list((tmp_path / "rec").iterdir()) == []
    (accident,) = told.accidents
    assert accident.startswith("the end was not judged: RuntimeError at ")


def test_a_terminal_that_is_gone_ends_nothing(tmp_path):
    orders = Orders(document=document(tmp_path), origin="http://t", base_url="http://t", began=1e9, record=tmp_path / "rec")
    witness = Sight(orders, deaf)
    witness.take(passed(b'{"id":5}'))
    told = witness.end()
    assert (told.recorded, len(told.watched.findings), told.accidents) == (1, 1, ())


def test_a_credential_that_is_no_text_is_redacted_as_well(tmp_path):
    witness = sight(tmp_path, record=tmp_path / "rec")
    witness.take(passed(b'{"token":"\\ud800abcdefghij"}'))
    told = witness.end()
    assert (told.recorded, told.leak, told.accidents) == (1, "", ())
    assert "abcdefghij" not in told.recording.read_text()


def test_where_the_recording_is_and_what_it_must_not_hold_is_left_before_anything_is_written(tmp_path):
    left = []
    orders = Orders(document=document(tmp_path), origin="http://t", base_url="http://t", began=1e9, record=tmp_path / "rec")
    witness = Sight(orders, left.append, left.append)
    witness.take(passed(headers=[(b"Authorization", b"Bearer odd-token-9f8e7d6c")]))
    assert left == [str(witness.end().recording), "odd-token-9f8e7d6c"]


@pytest.mark.parametrize("body", [b"\x1f\x8bnope", b'{"id":"1"}', b'{"id":5}', gzip.compress(b'{"id":5}')[:-3]])
def test_a_body_that_has_not_the_coding_that_it_is_said_to_have_is_one_finding(tmp_path, body):
    said = []
    witness = sight(tmp_path, said)
    witness.take(passed(body, answer_headers=[*JSON, (b"Content-Encoding", b"gzip")]))
    witness.end()
    assert [line.split()[1] for line in said] == ["content-coding-wrong"]


@pytest.mark.parametrize(("name", "packed"), [(b"br", brotli.compress), (b"zstd", zstandard.compress), (b"gzip", gzip.compress)])
def test_a_body_is_judged_and_redacted_in_the_codings_that_clients_ask_for(tmp_path, name, packed):
    said = []
    witness = sight(tmp_path, said, record=tmp_path / "rec")
    witness.take(passed(packed(b'{"id":5,"to":"+12025550123"}'), answer_headers=[*JSON, (b"Content-Encoding", name)]))
    told = witness.end()
    assert (told.coded, told.watched.exchanges) == (0, 1)
    assert "body-schema" in {line.split()[1] for line in said}
    kept = b"".join(path.read_bytes() for path in (tmp_path / "rec").iterdir())
    assert b"to" in kept
    assert b"2025550123" not in kept


def test_an_answer_in_a_coding_that_is_not_known_is_neither_judged_nor_recorded_with_its_body(tmp_path):
    witness = sight(tmp_path, record=tmp_path / "rec")
    witness.take(passed(b"\x8b\x01", answer_headers=[*JSON, (b"Content-Encoding", b"compress")]))
    told = witness.end()
    assert (told.coded, told.watched.exchanges, told.recorded) == (1, 0, 1)
    (skipped,) = read(told.recording).skipped
    assert "was not recorded: 2 bytes" in skipped.reason


def test_what_overlapped_says_nothing_of_what_came_before(tmp_path):
    witness = sight(tmp_path)
    witness.take(passed(method=b"DELETE", alone=False))
    witness.take(passed(b'{"id":"1"}'))
    assert not witness.end().watched.findings

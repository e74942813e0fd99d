"""A baseline covers exactly the findings that it lists, and no longer than it says."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import shipped
from conformance.errors import OutputError, UsageError
from conformance.lint.lint import lint
from conformance.model.record import Finding, Severity
from conformance.run.baseline import Baseline
from conformance.spec.document import Document

TODAY = date(2030, 1, 31)


def finding(id_="a-rule", **more):
    return Finding(**{"id": id_, "severity": Severity.ERROR, "stage": "lint", "message": "m", "pointer": "/a", **more})


def saved(tmp_path, findings, **changes):
    path = tmp_path / "baseline.json"
    Baseline.from_findings(findings, reason=lambda found: f"why {found.id}").write(path)
    held = json.loads(path.read_text())
    for entry in held["entries"]:
        entry.update(changes)
    path.write_text(json.dumps(held))
    return path


def test_a_finding_is_known_by_its_fingerprint_alone(tmp_path):
    baseline = Baseline.load(saved(tmp_path, [finding()]), today=TODAY)
    assert baseline.known(finding(message="said in other words", line=7)) == "why a-rule"
    for other in (finding("b-rule"), finding(pointer="/b"), finding(detail="x"), finding(operation="GET /a")):
        assert baseline.known(other) is None


@pytest.mark.parametrize(("expires", "known"), [(None, True), ("2030-01-31", True), ("2030-01-30", False), ("", True)])
def test_an_entry_covers_through_the_day_it_expires(tmp_path, expires, known):
    baseline = Baseline.load(saved(tmp_path, [finding()], expires=expires), today=TODAY)
    assert (baseline.known(finding()) is not None) is known


def test_the_file_has_the_documented_shape(tmp_path):
    held = json.loads(saved(tmp_path, [finding(operation="GET /a")]).read_text())
    assert held == {"version": 1, "entries": [{
        "id": "a-rule", "stage": "lint", "operation": "GET /a", "pointer": "/a", "fingerprint": finding(operation="GET /a").fingerprint, "message": "m",
        "reason": "why a-rule", "owner": None, "expires": None,
    }]}  # fmt: skip


def test_entries_of_stages_that_were_not_run_are_kept(tmp_path):
    path = saved(tmp_path, [finding(), replace(finding("a-check"), stage="fuzz")])
    assert Baseline.update(path, [finding("new")], reason=lambda _: "fresh", stages=("lint",)) == 2
    assert {entry.id for entry in Baseline.load(path).entries} == {"a-check", "new"}


def test_what_an_entry_said_is_kept_when_a_baseline_is_written_anew(tmp_path):
    before = Baseline.load(
        saved(tmp_path, [finding(), finding("gone")], reason="agreed", owner="us", expires="2031-01-01"), today=TODAY
    )
    after = Baseline.from_findings([finding(), finding("new")], reason=lambda _: "fresh", before=before)
    assert [(entry.id, entry.reason, entry.owner, entry.expires) for entry in after.entries] == [
        ("a-rule", "agreed", "us", "2031-01-01"), ("new", "fresh", None, None),
    ]  # fmt: skip


@given(
    st.lists(
        st.builds(finding, pointer=st.text(max_size=4), detail=st.text(max_size=4), operation=st.none() | st.text(max_size=4))
    )
)
def test_a_baseline_read_back_knows_what_it_was_made_from(findings):
    baseline = Baseline.from_findings(findings, reason=lambda _: "r")
    held = json.loads(baseline.text())
    assert {entry["fingerprint"] for entry in held["entries"]} == {each.fingerprint for each in findings}
    assert all(baseline.known(each) == "r" for each in findings)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "not well-formed JSON"),
        (b"\xff", "not text in UTF-8"),
        (b"[]", "not of the form"),
        (b'{"version": 2, "entries": []}', "not of the form"),
        (b'{"version": 1, "entries": {}}', "not of the form"),
        (b'{"version": 1, "entries": [3]}', "entry 1 of the baseline .* is not an object"),
        (b'{"version": 1, "entries": [{"id": "a"}]}', "needs an 'id' and a 'fingerprint'"),
        (b'{"version": 1, "entries": [{"id": "a", "fingerprint": 1}]}', "'fingerprint' is not a text"),
        (b'{"version": 1, "entries": [{"id": "a", "fingerprint": "f", "expires": "soon"}]}', "not a date"),
        (b"[" * 100_000, "not well-formed JSON"),
    ],
)
def test_a_bad_file_gets_a_clear_sentence(tmp_path, content, sentence):
    path = tmp_path / "b.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=sentence):
        Baseline.load(path)


def test_a_file_that_is_not_there_or_cannot_be_written_is_told_so(tmp_path):
    with pytest.raises(UsageError, match="cannot read the baseline"):
        Baseline.load(tmp_path / "nothing.json")
    with pytest.raises(OutputError):
        Baseline.empty().write(tmp_path / "no" / "b.json")


def test_the_shipped_baseline_covers_the_shipped_document_and_nothing_else():
    baseline = Baseline.load(shipped.baseline())
    findings = lint(Document.load(shipped.document()))
    assert [each.pointer for each in findings if baseline.known(each) is None] == []
    assert {entry.fingerprint for entry in baseline.entries} == {each.fingerprint for each in findings}
    assert all(entry.reason for entry in baseline.entries)

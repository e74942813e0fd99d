"""What the recorders of others write is replayed: the files at hand, and what the tools that are installed write now."""

import json

import pytest
from recorders import writers

from conformance.model.record import Severity
from conformance.run.recordings import chains, links, play
from conformance.run.setting import Setting
from conformance.spec.document import Document

CALLS = {"chromium": 6, "postman": 3, "redocly": 3, "vcrpy": 4}
LINKS = {"chromium": 3, "postman": 2, "redocly": 2, "vcrpy": 3}


@pytest.fixture(scope="module")
def pets():
    return Document.load(writers.SPEC)


def replayed(file, pets, **rest):
    (chain,) = chains(file, pets)
    return chain, play(chain, Setting(spec=str(writers.SPEC), **rest))


def drift(result):
    return [(found.id, found.operation) for findings in result.findings.values() for found in findings
            if found.severity is not Severity.NOTE]  # fmt: skip


def test_each_tool_has_its_file():
    assert sorted(file.name for file in writers.WRITTEN.iterdir()) == sorted(writers.FILES.values())


@pytest.mark.parametrize("tool", writers.FILES)
def test_a_file_that_a_tool_wrote_is_replayed_in_a_chain_and_shows_drift(tool, pets):
    chain, result = replayed(writers.WRITTEN / writers.FILES[tool], pets)
    assert (result.requests, drift(result)) == (CALLS[tool], [])
    assert len(links(chain, pets)) == LINKS[tool]
    assert [entry.skipped for entry in result.entries.values()] == [""] * CALLS[tool]
    _, drifted = replayed(writers.WRITTEN / writers.FILES[tool], pets, faults=("drift-type-changed",))
    assert ("recording-type-changed", "GET /pets/{id}") in drift(drifted)


def test_what_cannot_be_replayed_is_told_with_its_reason(pets):
    (browser,) = chains(writers.WRITTEN / "chromium.har", pets)
    assert [(one.index, one.reason) for one in browser.recording.skipped] == [(6, "it has no answer")]
    (collection,) = chains(writers.WRITTEN / "postman.json", pets)
    assert [one.reason for one in collection.recording.skipped] == ["Life / Search / 200: nothing gives a value to ownerId"]
    assert collection.recording.unresolved == ("baseUrl", "ownerId")
    assert "throw new Error" in (writers.WRITTEN / "postman.json").read_text()
    assert json.loads(collection.recording.exchanges[0].request.body) == {"name": "Rex"}


@pytest.mark.slow
@pytest.mark.parametrize("tool", writers.FILES)
def test_what_a_tool_writes_now_is_replayed(tool, pets, tmp_path):
    lack = writers.missing(tool)
    if lack:
        pytest.skip(lack)
    file = tmp_path / writers.FILES[tool]
    writers.record(tool, file)
    chain, result = replayed(file, pets)
    assert (result.requests, drift(result)) == (CALLS[tool], [])
    assert len(links(chain, pets)) == LINKS[tool]


@pytest.mark.slow
def test_each_report_of_schemathesis_is_the_same_recording(pets, tmp_path):
    writers.with_schemathesis(tmp_path)
    played = {chain.recording.form: play(chain, Setting(spec=str(writers.SPEC))) for chain in chains(tmp_path, pets)}
    assert sorted(played) == ["har", "ndjson", "vcr"]
    assert len({result.requests for result in played.values()}) == 1
    assert played["har"].requests > 20
    assert [drift(result) for result in played.values()] == [[]] * 3

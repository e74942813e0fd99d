"""Recordings at a path: those that can be read, and those that cannot."""

import json

import pytest

from conformance import shipped
from conformance.errors import RecordingError
from conformance.run.recordings import chains, play
from conformance.run.setting import Setting


def test_the_shipped_recordings_are_chains_of_documented_operations(telnyx):
    found = chains(shipped.recordings(), telnyx)
    assert len(found) >= 20
    assert not [chain.name for chain in found if chain.error]
    assert {label for chain in found for label in chain.labels} <= set(telnyx.by_label)


def test_files_that_cannot_be_read_keep_their_names_apart_and_say_why(tmp_path, telnyx):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.har").write_text("{")
    found = chains(tmp_path, telnyx)
    assert [chain.name for chain in found] == ["a/x.har", "b/x.har"]
    assert all("cannot read the recording" in chain.error for chain in found)
    assert play(found[0], Setting(spec="unused")).error == found[0].error


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_path_without_recordings_is_a_mistake(tmp_path, telnyx, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordingError):
        chains(tmp_path / name, telnyx)


@pytest.mark.parametrize(
    ("entries", "reason"),
    [([], "no call that can be replayed"), ([{"request": {"url": "wss://a.test/x"}}], "the first: it has no http")],
)
def test_a_recording_that_holds_nothing_to_send_is_no_silent_success(tmp_path, telnyx, entries, reason):
    (tmp_path / "x.har").write_text(json.dumps({"log": {"entries": entries}}))
    (chain,) = chains(tmp_path, telnyx)
    assert reason in chain.error


def test_a_chain_stops_at_its_limit_and_says_so(telnyx, tmp_path):
    chain = next(chain for chain in chains(shipped.recordings(), telnyx) if len(chain.titles) > 4)
    setting = Setting(spec=str(shipped.document()), headers=(("Authorization", "Bearer t"),))
    result = play(chain, setting, max_requests=2)
    assert result.requests == 2
    assert "the request budget is spent" in [entry.skipped for entry in result.entries.values() if entry.exchange is None]
    late = play(chain, setting, deadline=1.0)
    assert (late.requests, late.cut, dict(late.entries)) == (0, "the time is over", {})

"""Latency through a unit, a recording, the settings of a project, and the reports."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.errors import UsageError
from conformance.model.message import Request, Response
from conformance.run.config import config
from conformance.run.fuzz import fuzz
from conformance.run.options import latency_from
from conformance.run.plan import Unit
from conformance.run.setting import Setting

SLOW = {"get": {"x-latency-category": "responsive", "responses": {"200": {"description": "ok"}}}}


class Sleepy:
    """Takes its time for one path, or says so."""

    def respond(self, request: Request) -> Response:
        return Response(status=200, elapsed=1.5 if request.parts().path == "/slow" else 0.01)


def test_a_slow_operation_is_found_and_a_quick_one_is_not(make_document: Any) -> None:
    setting = Setting(spec=make_document({"/slow": SLOW, "/quick": SLOW}).source.uri, base_url="http://a.test")
    unit = Unit(name="a", labels=("GET /slow", "GET /quick"), phases=("coverage", "fuzzing"), seed=1, max_examples=5)
    result = fuzz(unit, setting, through=Sleepy())
    [found] = [one for one in result.findings.values() if one.id == "latency-exceeded"]
    assert (found.operation, found.pointer) == ("GET /slow", "/paths/~1slow/get/x-latency-category")
    assert found.request is not None
    assert any(found.fingerprint in tally.fingerprints for tally in result.tallies.values())


def test_limits_come_from_the_project(tmp_path: Any) -> None:
    path = tmp_path / "conformance.toml"
    path.write_text("[latency]\nresponsive = 0.5\nbatch = 120\n")
    assert config(path).latency == (("responsive", 0.5), ("batch", 120.0))
    for text, sentence in (("latency = 3", "'latency' must be a table"), ("[latency]\nfast = true", "fast must be seconds"),
                           ("[latency]\nfast = -1", "more than 0"), ("[latency]\nfast = inf", "more than 0")):  # fmt: skip
        path.write_text(text)
        with pytest.raises(UsageError, match=sentence):
            config(path)


@pytest.mark.parametrize(
    "line", ["responsive", "=1", "responsive=", "responsive=soon", "responsive=0", "responsive=-1", "a=nan", "a=inf"]
)
def test_a_limit_that_is_none_is_told_so(line: str) -> None:
    with pytest.raises(UsageError, match="--latency-limit"):
        latency_from([line])


def test_limits_are_read_as_they_are_written() -> None:
    assert latency_from(["responsive=0.5", "background = 60s"]) == (("responsive", 0.5), ("background", 60.0))

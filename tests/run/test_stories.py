"""Stories that were cut short go on when requests are left."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from conformance.cases.generated import BudgetSpent
from conformance.model.record import Exchange
from conformance.run.limits import Limited
from conformance.run.plan import Unit
from conformance.run.setting import Setting, opened, responder
from conformance.run.stories import Stories

_THING = {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
_NEW = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "d", "content": {"application/json": {"schema": schema}}}


def _paths(noun: str) -> dict[str, Any]:
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    bad = {"description": "bad"}
    return {
        f"/{noun}": {"post": {"requestBody": {"required": True, **_content(_NEW)}, "responses": {"201": _content(_THING), "400": bad}}},
        f"/{noun}/{{id}}": {"parameters": [key], "get": {"responses": {"200": _content(_THING), "404": bad}},
                            "delete": {"responses": {"204": {"description": "gone"}, "404": bad}}},
    }  # fmt: skip


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    spec = tmp_path / "openapi.json"
    spec.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "http://x.example"}],
                                "paths": {**_paths("apples"), **_paths("birds")}}))  # fmt: skip
    return Setting(spec=str(spec))


class Told:
    """The stories of two collections, with the requests that went out in each part."""

    def __init__(self, setting: Setting, most: int) -> None:
        here = opened(setting)
        unit = Unit(
            name="u", labels=tuple(here.document.by_label), phases=("lifecycle",), seed=1, max_examples=1, max_requests=most
        )
        self.limited = Limited(responder(setting, here.document), max_requests=most)
        self.asked: list[str] = []
        self.stories = Stories(here, setting, unit, self.limited, judged=self._judged, found=lambda _: None)

    def _judged(self, exchange: Exchange) -> None:
        self.asked.append(f"{exchange.request.method} {exchange.request.parts().path.split('/')[1]}")

    def part(self, part: float, *, later: bool = False) -> list[str]:
        before = len(self.asked)
        with suppress(BudgetSpent), self.limited.share(part):
            if later:
                self.stories.go_on()
            else:
                self.stories.go()
        return self.asked[before:]


def test_a_story_that_was_not_begun_is_told_when_requests_are_left(setting: Setting) -> None:
    whole = Told(setting, 1_000).part(1.0)
    apples = whole.index("POST birds")
    told = Told(setting, 1_000)
    told.part((apples + 2) / 1_000)
    later = told.part(1.0, later=True)
    assert later.count("POST birds") == whole.count("POST birds")
    assert "POST apples" not in later


def test_what_was_told_to_its_end_is_not_told_again(setting: Setting) -> None:
    told = Told(setting, 1_000)
    assert told.part(1.0)
    assert told.part(1.0, later=True) == []


def test_a_story_that_would_come_no_further_is_left_alone(setting: Setting) -> None:
    apples = Told(setting, 1_000).part(1.0).index("POST birds")
    told = Told(setting, apples + 5)
    first = told.part((apples - 1) / (apples + 5))
    assert not any("birds" in one for one in first)
    later = told.part(1.0, later=True)
    assert later
    assert not any("apples" in one for one in later)

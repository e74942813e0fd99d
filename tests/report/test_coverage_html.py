"""The coverage page."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from conformance.report.coverage_html import BUDGET, coverage_html

_VOID = {"meta", "br"}


class _Checker(HTMLParser):
    """Follows the tags of a page, to see that each one is closed by its own."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _checked(page: str) -> _Checker:
    checker = _Checker()
    checker.feed(page)
    assert checker.open == []
    return checker


def test_the_page_is_well_formed_and_escapes_what_it_shows(coverage: dict[str, Any]) -> None:
    checker = _checked(coverage_html(coverage, title="<Pets> & co", facts=("seed <42>",)))
    assert "script" not in checker.seen
    assert "b" in checker.seen
    for text in ("Coverage of <Pets> & co", "seed <42>", "Zebras & <b>Cats</b>", "query:<script>=1"):
        assert text in checker.text


def test_the_page_asks_for_nothing_from_outside(coverage: dict[str, Any]) -> None:
    page = coverage_html(coverage, title="Pets")
    assert not re.findall(r"https?://|src=|@import|url\(|<link", page)
    assert "default-src 'none'" in page


def test_each_tag_has_one_row_and_untagged_operations_come_last(coverage: dict[str, Any]) -> None:
    page = coverage_html(coverage, title="Pets")
    assert re.findall(r'id="tag-\d+"><summary class="row"><span class="name">([^<]*)', page) == [
        "Dogs", "Zebras &amp; &lt;b&gt;Cats&lt;/b&gt;", "(untagged)",
    ]  # fmt: skip
    assert "3 operations in 2 tags" in page


def test_missed_keys_are_grouped_by_body_and_cut_with_a_count(coverage: dict[str, Any]) -> None:
    coverage["operations"]["POST /cats/{id}"]["response_fields"]["missed"] = [
        f"200:application/json:/f{index}" for index in range(500)
    ]
    page = coverage_html(coverage, title="Pets")
    assert "<dd>200 application/json <code>/f0</code> <code>/f1</code>" in page
    assert " and 440 more</dd>" in page


def test_a_page_of_many_operations_stays_light(coverage: dict[str, Any]) -> None:
    one = coverage["operations"]["POST /cats/{id}"]
    for name in one:
        one[name]["missed"] = [f"{name}:/some/long/property/path/{index}" for index in range(100)]
    coverage["operations"] = {f"GET /operations/{index}": one for index in range(1200)}
    coverage["operation_tags"] = {label: ["Dogs"] for label in coverage["operations"]}
    page = coverage_html(coverage, title="Pets")
    assert BUDGET * 0.3 < len(page.encode()) < BUDGET * 1.1
    assert page.count('class="p"') == 1200


def test_per_cent_are_rounded_down(coverage: dict[str, Any]) -> None:
    coverage["totals"]["values"] = {"covered": 999, "total": 1000, "sources": {"fuzz": 999, "replay": 0}}
    page = coverage_html(coverage, title="Pets")
    assert "<h3>Values</h3><strong>99 %</strong>" in page


@pytest.mark.browser
def test_a_browser_shows_the_tags(coverage: dict[str, Any], tmp_path: Path, dump_dom: Callable[[Path], str]) -> None:
    path = tmp_path / "coverage.html"
    path.write_text(coverage_html(coverage, title="Pets"), "utf-8")
    dom = dump_dom(path)
    assert "Zebras &amp; &lt;b&gt;Cats&lt;/b&gt;<small>1 operation</small>" in dom
    assert "<summary" in dom

"""Coverage inside the Allure report, and the page made of it."""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.report import allure
from conformance.report.allure import AllureReport, cache_folder, closed, find_node, make_report
from conformance.report.allure_results import write_global_pages, write_tag_results


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def test_each_tag_is_one_result_under_its_epic(coverage: dict[str, Any], tmp_path: Path) -> None:
    results = [_json(path) for path in write_tag_results(tmp_path, coverage, at=1_700_000_000.5)]
    by_epic = {next(label["value"] for label in one["labels"] if label["name"] == "epic"): one for one in results}
    assert set(by_epic) == {"Zebras & <b>Cats</b>", "Dogs", "(untagged)"}
    dogs = by_epic["Dogs"]
    assert (dogs["status"], dogs["start"], dogs["stop"]) == ("passed", 1_700_000_000_500, 1_700_000_000_500)
    assert dogs["name"] == "Coverage of Dogs: 7 of 7 operations called, 7 reached 2xx"
    assert "<tr><td>Values</td><td>7</td><td>7</td><td>100 %</td><td>7</td><td>3</td></tr>" in dogs["descriptionHtml"]
    assert all((tmp_path / one["attachments"][0]["source"]).is_file() for one in results)


def test_ids_are_stable_and_do_not_collide(coverage: dict[str, Any], tmp_path: Path) -> None:
    first = write_tag_results(tmp_path, coverage, at=1.0)
    second = write_tag_results(tmp_path, coverage, at=2.0)
    assert first == second
    results = [_json(path) for path in first]
    for key in ("uuid", "historyId", "testCaseId"):
        assert len({one[key] for one in results}) == 3
    assert all(path.name == f"{uuid.UUID(one['uuid'])}-result.json" for path, one in zip(first, results, strict=True))
    assert len(list(tmp_path.iterdir())) == 6


def test_what_was_missed_is_attached(coverage: dict[str, Any], tmp_path: Path) -> None:
    write_tag_results(tmp_path, coverage, at=1.0)
    texts = [path.read_text("utf-8") for path in tmp_path.glob("*.md")]
    assert sum("## `POST /cats/{id}`" in text and "- Values: 3 of 6; missed `query:<script>=1`" in text for text in texts) == 1


def test_what_the_page_would_ask_from_outside_is_cut_out() -> None:
    page = (
        '<html>\n<head>\n<meta charset="utf-8"></head><body><script>keep()</script>\n'
        '<script async src="https://analytics.example/js?id=1"></script>\n'
        "<script>\n window.dataLayer = window.dataLayer || [];\n gtag('js');\n</script>\n<script>alsoKeep()</script></body></html>"
    )
    found = closed(page)
    assert "analytics" not in found
    assert "dataLayer" not in found
    assert "<script>keep()</script>" in found
    assert "<script>alsoKeep()</script>" in found
    assert re.search(r"<head>\s*<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';", found)


def test_without_node_there_is_a_reason_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if find_node() is not None:
        pytest.skip("Node is installed as a package")
    found = make_report(tmp_path, tmp_path / "index.html", title="t")
    assert found == AllureReport(reason="no Allure page: Node is not here; pip install 'telnyx-conformance[html]' brings it")


def test_an_npm_that_fails_gives_its_reason_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_node() is None:
        pytest.skip("no Node is installed")
    monkeypatch.setattr(allure, "VERSION", "0.0.0-none")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    page = tmp_path / "index.html"
    page.write_text("earlier")
    found = make_report(tmp_path, page, title="t", cache=tmp_path / "cache")
    assert found.page is None
    assert found.reason.startswith("no Allure page: npm could not get allure@0.0.0-none: ")
    assert list((tmp_path / "cache").iterdir()) == []
    assert page.read_text() == "earlier"


@pytest.mark.skipif(os.name == "nt", reason="the Node of this test is a shell script")
@pytest.mark.parametrize("users", [None, "/users/own"])
def test_node_keeps_what_it_compiled_beside_the_package_or_where_the_user_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, users: str | None
) -> None:
    monkeypatch.setattr(allure, "find_spec", lambda _name: None)
    for name in ("node", "npm"):
        (tmp_path / name).write_text('#!/bin/sh\n/bin/mkdir -p "$5"\necho "<head>$NODE_COMPILE_CACHE" > "$5/index.html"\n')
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("NODE_COMPILE_CACHE", raising=False)
    if users is not None:
        monkeypatch.setenv("NODE_COMPILE_CACHE", users)
    home = tmp_path / "cache" / f"allure-{allure.VERSION}"
    command = home / "node_modules" / "allure" / "cli.js"
    command.parent.mkdir(parents=True)
    command.touch()
    found = make_report(tmp_path, tmp_path / "page.html", title="t", cache=tmp_path / "cache")
    assert found.page is not None, found.reason
    assert found.page.read_text().strip().endswith(users or str(home / "compiled"))


@pytest.mark.browser
def test_the_page_opens_in_a_browser_and_shows_the_tags(
    coverage: dict[str, Any], tmp_path: Path, dump_dom: Callable[[Path], str]
) -> None:
    if find_node() is None:
        pytest.skip("no Node is installed")
    results = tmp_path / "allure-results"
    write_tag_results(results, coverage, at=1.0)
    write_global_pages(results, {"coverage.html": "<h1>the page</h1>"})
    found = make_report(results, tmp_path / "allure-report" / "index.html", title="Pets & co", cache=cache_folder())
    if "npm could not get" in found.reason:
        pytest.skip(found.reason)
    assert found.page == tmp_path / "allure-report" / "index.html"
    page = found.page.read_text("utf-8")
    assert not re.findall(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=[\"']https?:", page)
    assert "googletagmanager" not in page
    dom = dump_dom(found.page)
    for tag in ("Dogs", "Zebras &amp; &lt;b&gt;Cats&lt;/b&gt;", "(untagged)", "Pets &amp; co", "Global Attachments"):
        assert tag in dom

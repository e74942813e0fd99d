from __future__ import annotations

from typing import Any
from urllib.parse import unquote

Page = Any


def test_every_relative_link_leads_to_a_file(page: Page) -> None:
    for link in page.links():
        path = unquote(link.partition("#")[0])
        if path and "://" not in link:
            assert (page.path.parent / path).exists(), f"{page.name}: {link}"


def test_every_anchor_leads_to_a_heading(page: Page, docs: dict[str, Page]) -> None:
    by_path = {other.path: other for other in docs.values()}
    for link in page.links():
        path, _, anchor = link.partition("#")
        if anchor and "://" not in link:
            other = by_path[(page.path.parent / path).resolve() if path else page.path]
            assert anchor in other.anchors(), f"{page.name}: {link}"


def test_every_page_can_be_reached_from_the_readme(docs: dict[str, Page]) -> None:
    by_path = {page.path: page for page in docs.values()}
    reached, waiting = set(), [docs["README.md"]]
    while waiting:
        page = waiting.pop()
        if page.name not in reached:
            reached.add(page.name)
            targets = [(page.path.parent / link.partition("#")[0]).resolve() for link in page.links() if "://" not in link]
            waiting += [by_path[target] for target in targets if target in by_path]
    assert set(docs) - reached <= {"reports/README.md"}


def test_pages_are_short_enough_to_be_read(docs: dict[str, Page]) -> None:
    generated = {"docs/rules.md", "docs/checks.md", "docs/diff.md", "docs/faults.md"}
    for name, page in docs.items():
        assert name in generated or page.text.count("\n") <= 170, name


def test_a_heading_in_a_code_block_is_none_and_anchors_are_as_github_makes_them(docs: dict[str, Page]) -> None:
    anchors = docs["docs/reports.md"].anchors()
    assert {"findingsjson", "coveragejson", "dimensions"} <= anchors
    assert "what-it-does-not-do" in docs["docs/release-gate.md"].anchors()

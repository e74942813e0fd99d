from __future__ import annotations

from pathlib import Path

from conformance.checks import page as checks_page
from conformance.checks.table import CHECKS
from conformance.run.compare import COMPARISONS
from conformance.run.page import page

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_page_is_what_the_tables_say() -> None:
    remedy = "python -m conformance.run.page > docs/checks.md"
    assert (ROOT / "docs" / "checks.md").read_text("utf-8") == page(), f"run: {remedy}"


def test_every_check_and_comparison_has_a_heading_that_the_table_links_to() -> None:
    lines = page().splitlines()
    for row in (*CHECKS, *COMPARISONS):
        assert lines.count(f"### {row.id}") == 1
        assert sum(line.startswith(f"| [{row.id}](#{row.id}) |") for line in lines) == 1


def test_the_page_of_checks_alone_leaves_the_comparisons_out() -> None:
    text = checks_page.page()
    assert "### body-schema" in text
    assert "### recording-status" not in text


def test_what_is_said_of_a_section_stands_under_its_heading() -> None:
    text = checks_page.page({"State": []}, words={"State": "Over time.", "Body": "Not here."})
    assert text.endswith("## State\n\nOver time.\n")
    assert "Not here." not in text


def test_words_of_the_tables_do_not_break_the_table_of_the_page() -> None:
    for line in page().splitlines():
        if line.startswith("|"):
            assert line.count("|") == 4, line

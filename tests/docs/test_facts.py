"""What the pages say of the code, held against the code."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from conformance import shipped
from conformance.cases.recordings import recordings
from conformance.cli.exits import Exit
from conformance.coverage.dimensions import DIMENSIONS
from conformance.model.message import Request, Response
from conformance.model.record import Finding, Severity
from conformance.redaction.mask import Redactor
from conformance.report.findings_json import finding_json
from conformance.report.results import RunInfo
from conformance.run.baseline import Entry
from conformance.run.folder import _FILES, RESULTS
from conformance.spec.document import Document
from conformance.spec.router import Router

Page = Any
ROOT = Path(__file__).resolve().parents[2]


def first_column(text: str, heading: str) -> list[str]:
    """The words in backticks in the first column of the table under a heading's line."""
    rows = text[text.index(heading) :].split("\n\n")
    table = next(part for part in rows if part.lstrip().startswith("|"))
    return [word for line in table.splitlines()[2:] for word in re.findall(r"`([^`]+)`", line.split("|")[1])]


def test_the_table_of_rooms_is_the_layers_that_the_contracts_hold(docs: dict[str, Page]) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    rooms = [room.strip().removeprefix("conformance.") for layer in layers for room in layer.split("|")]
    written = first_column(docs["ARCHITECTURE.md"].text, "## The rooms")
    assert [name.removesuffix("/").removesuffix(".py") for name in written] == rooms
    for name in written:
        path = ROOT / "conformance" / name
        assert path.is_dir() if name.endswith("/") else path.is_file()


def test_the_files_that_the_architecture_names_are_there(docs: dict[str, Page]) -> None:
    text = docs["ARCHITECTURE.md"].text
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", text))
    assert len(named) > 15
    for name in named:
        assert (ROOT / name).is_file() or (ROOT / "conformance" / name).is_file(), name


def test_the_table_of_exit_codes_has_every_code(docs: dict[str, Page]) -> None:
    table = docs["docs/release-gate.md"].text.partition("## Exit codes")[2].partition("##")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == [int(code) for code in Exit]


def test_the_members_of_a_finding_are_the_documented_ones(docs: dict[str, Page]) -> None:
    finding = Finding(
        id="a", severity=Severity.ERROR, stage="fuzz", message="m", request=Request(method="GET", url="http://x/"),
        response=Response(status=200),
    )  # fmt: skip
    written = finding_json(finding, Redactor())
    assert set(first_column(docs["docs/reports.md"].text, "Findings are sorted")) == set(written)
    text = docs["docs/reports.md"].text
    for part in ("request", "response"):
        row = next(line for line in text.splitlines() if line.startswith(f"| `{part}`"))
        assert set(written[part]) <= set(re.findall(r"`([^`]+)`", row)), part


def test_the_facts_of_a_run_are_the_documented_ones(docs: dict[str, Page]) -> None:
    shown = json.loads(docs["docs/reports.md"].blocks("json")[0])
    assert list(shown["run"]) == [field.name for field in fields(RunInfo)]


def test_the_dimensions_of_coverage_are_the_documented_ones(docs: dict[str, Page]) -> None:
    assert tuple(first_column(docs["docs/reports.md"].text, "### Dimensions")) == DIMENSIONS


def test_the_files_of_a_report_are_the_documented_ones(docs: dict[str, Page]) -> None:
    written = first_column(docs["docs/reports.md"].text, "# Reports")
    assert set(written) == {*_FILES, f"{RESULTS}/", "allure-report/index.html"}


def test_the_baseline_entry_on_the_page_is_one_and_has_its_true_fingerprint(docs: dict[str, Page]) -> None:
    entry = json.loads(docs["docs/release-gate.md"].blocks("json")[0])["entries"][0]
    assert set(entry) == {field.name for field in fields(Entry)}
    finding = Finding(
        id=entry["id"], severity=Severity.ERROR, stage="fuzz", message=entry["message"], operation=entry["operation"],
        pointer=entry["pointer"], detail="no credentials",
    )  # fmt: skip
    assert finding.fingerprint == entry["fingerprint"]


def test_the_numbers_about_the_shipped_document_are_right(docs: dict[str, Page]) -> None:
    text = docs["specs/README.md"].text
    document = Document.load(shipped.document())
    found = [held for held in recordings(shipped.recordings()) if not isinstance(held, Exception)]
    exchanges = [exchange for held in found for exchange in held.exchanges]
    router = Router(document.operations)
    matches = [router.match(exchange.request.method, exchange.request.url) for exchange in exchanges]
    tags = {tag for match in matches if match is not None and match.operation is not None for tag in match.operation.tags}
    used = {tag for operation in document.operations for tag in operation.tags}
    assert f"{len(document.operations)} operations\nover {len(used)} tags" in text
    assert f"{len(found)} HAR files with {len(exchanges)} requests over every tag" in text
    assert tags == used

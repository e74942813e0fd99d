"""The kill matrix beside ``st run``: what counts as found, how it is added up, and one small matrix from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))

from detection import news, report, tools  # noqa: E402
from detection_peer import Reported, Rivalry, Tried  # noqa: E402
from detection_table import MEANING, differences, everywhere, page, remarks, scores_table  # noqa: E402

from conformance.run.plan import Unit  # noqa: E402
from conformance.run.prove import Cell, Matrix, Score  # noqa: E402
from conformance.sandbox.faults.table import BY_ID  # noqa: E402

# The scripts there have names that other tests use for folders of their own.
sys.path.remove(str(BENCHMARKS))

THINGS = {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
ANSWER = {"description": "", "content": {"application/json": {"schema": THINGS}}}
REFUSALS = {status: {"description": ""} for status in ("400", "401", "404", "405", "415", "422")}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "servers": [{"url": "https://things.example.com/v1"}],
    "security": [{"token": []}],
    "paths": {
        "/things": {
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}}},
                "responses": {"201": ANSWER, **REFUSALS},
            }
        },
    },
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
}  # fmt: skip


def tried(*said, requests=300):
    cut_in = "coverage" if requests == 300 else ""
    return Tried(
        reported=tuple(Reported(check=check, operation=operation, title="", request=number) for check, operation, number in said),
        requests=requests,
        cut_in=cut_in,
    )


def cell(fault, label="GET /a", seed=1):
    unit = Unit(name=label, labels=(label,), phases=(), seed=seed, max_examples=5)
    return Cell(fault=fault, label=label, unit=unit)


def score(fault, *checks, **where):
    return Score(cell=cell(fault, **where), checks=checks, requests=10)


def new(faulty, clean, budget=300):
    return [reported.check for reported in news(faulty, clean, "GET /a", budget)]


def test_news_is_what_the_clean_sandbox_is_not_accused_of_at_that_operation():
    clean = tried(("status", "GET /a", 3))
    assert new(tried(("status", "GET /a", 2)), clean) == []
    assert new(tried(("status", "GET /b", 2), ("schema", "GET /a", 9)), clean) == ["schema", "status"]


def test_only_what_a_request_within_the_budget_shows_counts_on_either_side():
    late = tried(("schema", "GET /a", 301))
    assert new(late, tried()) == []
    assert new(tried(("schema", "GET /a", 300)), late) == ["schema"]
    assert new(tried(("schema", "GET /a", 300)), late, budget=900) == []


def test_a_column_is_named_for_what_is_not_as_it_comes():
    names = [tool.name for tool in tools(["default", "thorough"], (300, 300))]
    assert names == ["st run", "st run thorough"]
    assert [(tool.name, tool.requests) for tool in tools(["default"], (300, 1500))] == [
        ("st run", 300),
        ("st run (1,500 requests)", 1500),
    ]


@pytest.fixture
def both():
    ours = [score("crash-null", "server-error"), score("state-read-wrong", "identity-mismatch"), score("crash-zero")]
    matrix = Matrix(scores=ours, alarms=["seed 1: body-schema GET /a: no"], requests=60)
    known = ("status", "GET /a", 3)
    first = Rivalry(
        way="default",
        clean=tried(known),
        cells=(
            (cell("crash-null"), tried(known, ("server", "GET /a", 20))),
            (cell("state-read-wrong"), tried(known, ("late", "GET /a", 400), requests=500)),
        ),
    )
    second = Rivalry(way="default", clean=tried(), cells=((cell("crash-zero"), tried(known)),))
    return report(matrix, [first, second], tools(["default"], (300,)))


def test_both_sides_stand_beside_each_other_by_family_and_in_all(both):
    assert scores_table(both).splitlines() == [
        "| found | cells | conformance | st run |",
        "| --- | --: | --: | --: |",
        "| crash | 2 | 1 (50 %) | 2 (100 %) |",
        "| state | 1 | 1 (100 %) | 0 (0 %) |",
        "| **all** | 3 | 2 (67 %) | 2 (67 %) |",
        "| of meaning | 1 | 1 (100 %) | 0 (0 %) |",
        "| faults found everywhere | 3 | 2 (67 %) | 2 (67 %) |",
        "| on the clean sandbox |  | 1 | 1 |",
        "| requests |  | 60 | 1,500 |",
    ]


def test_what_the_other_finds_and_we_do_not_is_said(both):
    assert differences(both).splitlines() == [
        "- found by st run and missed by conformance: 1: `crash-zero`",
        "- found by conformance and missed by st run: 1: `state-read-wrong`",
        "- missed by all: 0",
    ]


def test_what_is_found_through_something_that_the_clean_sandbox_is_accused_of_elsewhere_is_said(both):
    assert remarks(both).splitlines() == [
        "- where the runs of st run ended: coverage 4, by themselves 1",
        "- found by st run only through what it also reports of the clean sandbox in another run: 1: `crash-zero`",
    ]


def test_a_fault_is_found_everywhere_when_every_operation_and_seed_shows_it():
    scores = [
        score("crash-null", "server-error"),
        score("crash-null", seed=2),
        score("crash-zero", "server-error", label="GET /b"),
    ]
    full = report(Matrix(scores=scores), [], ())
    assert everywhere(full, "conformance") == {"crash-zero"}
    assert "| `crash-null` | `GET /a` | server-error (1 of 2 seeds) |" in page(full)


def test_the_faults_of_meaning_are_faults():
    assert len(MEANING) == 10
    assert set(MEANING) <= set(BY_ID)


def test_a_small_matrix_is_filled_from_both_sides_within_the_budget(tmp_path):
    (tmp_path / "things.json").write_text(json.dumps(DOCUMENT))
    # In a process of its own, as the engine is in whatever state other tests left it in this one.
    command = [sys.executable, str(BENCHMARKS / "detection.py"), "--spec", "things.json", "--fault", "response-json-invalid",
               "--max-requests", "40", "--workers", "1", "--json", "found.json"]  # fmt: skip
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    (outcome,) = found["outcomes"]
    assert outcome["operation"] == "POST /things"
    assert outcome["found"]["conformance"]
    assert "response_schema_conformance" in outcome["found"]["st run"]
    assert not [alarm for alarm in found["alarms"] if alarm["tool"] == "conformance"]
    # The clean sandbox and the faulty one, each with its budget and what a check may send for the last request.
    assert 60 <= found["requests"]["st run"] <= 2 * 40

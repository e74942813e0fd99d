"""Faults planted in the embedded sandbox by ``conformance run``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("fault", "check"), [("response-field-missing@Single", "body-schema"), ("crash-unknown-id", "server-error")]
)
def test_a_planted_fault_is_found_by_its_check(conformance: Callable[..., Any], document: Path, fault: str, check: str) -> None:
    ran = conformance("run", "--spec", document, "--only", "fuzz", "--max-examples", 2, "--workers", 1, "--fault", fault)
    assert ran.code == 1, ran.out + ran.err
    assert check in ran.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--fault", "response-field-missed"], "did you mean response-field-missing"),
        (["--fault", "state-delete-ignored"], "cannot show in this document"),
        (["--fault", "protocol-reset", "--base-url", "http://127.0.0.1:1"], "leave out --base-url"),
    ],
)
def test_a_fault_that_cannot_be_planted_ends_the_run_before_it_begins(
    conformance: Callable[..., Any], document: Path, arguments: list[str], complaint: str
) -> None:
    ran = conformance("run", "--spec", document, *arguments)
    assert ran.code == 2
    assert complaint in ran.err

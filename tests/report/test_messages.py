"""Where a finding stands, in words."""

from dataclasses import replace

import pytest

from conformance.model.record import Finding
from conformance.report.messages import standing


@pytest.mark.parametrize(
    ("pointer", "line", "words"),
    [
        ("/x-conformance-files/parts~1pet.yaml/get/responses", 7, "parts/pet.yaml#/get/responses (line 7)"),
        ("/paths/~1pets", 3, "/paths/~1pets (line 3)"),
        ("", None, "/"),
    ],
)
def test_a_finding_says_where_in_which_file_it_is(findings: list[Finding], pointer: str, line: int | None, words: str) -> None:
    assert standing(replace(findings[0], pointer=pointer, line=line)) == words

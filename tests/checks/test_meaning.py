"""Two ways to say the same, and what is clearly something else."""

from __future__ import annotations

import pytest

from conformance.checks.meaning import agree, is_secret


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("conformance abc 1", " Conformance ABC 1 "),
        ("+1 (555) 010-9999", "15550109999"),
        ("2026-03-01T12:00:00Z", "2026-03-01"),
        ("image/png; charset=binary", "image/png"),
        (["b", "a"], ["a", "b"]),
        (1, 1.0),
        (1_700_000_000_123, 1_700_000_000_000),
    ],
)
def test_what_a_service_writes_its_own_way_is_the_same(written: object, shown: object) -> None:
    assert agree(written, shown)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("conformance abc 1", "conformance abc"),
        ("conformance abc 1", "conformance ab"),
        ("conformance abc 1", "conformance xyz 1"),
        (True, False),
        ([1, 2], [1]),
        (2**24 + 1, 2**24),
    ],
)
def test_what_was_cut_or_changed_is_another_value(written: object, shown: object) -> None:
    assert not agree(written, shown)


def test_an_id_of_something_secret_is_no_secret() -> None:
    assert is_secret("push_credential")
    assert not is_secret("androidPushCredentialId")

"""A secret that was written after all is found, wherever it stands and however many there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.redaction.scan import Sought

SECRETS = ("KEY0123456789abcdefXYZ", "hunter2!", 'quo"ted and spaced', "ünïcödé-secret-value")


@given(secret=st.sampled_from(SECRETS), before=st.binary(max_size=40), after=st.binary(max_size=40))
def test_a_secret_is_found_at_every_place(secret, before, after):
    assert Sought(SECRETS).stands_in(before + secret.encode() + after)


@given(st.binary(max_size=200))
def test_nothing_is_found_where_nothing_is(data):
    assert Sought(SECRETS).stands_in(data) == any(secret.encode() in data for secret in SECRETS)


def test_a_secret_between_two_pieces_of_a_file_is_found(tmp_path):
    file = tmp_path / "a"
    for at in range((1 << 22) - 30, (1 << 22) + 5, 3):
        file.write_bytes(b"x" * at + SECRETS[0].encode() + b"y" * 100)
        assert Sought(SECRETS).stands_in_file(file)
    file.write_bytes(b"x" * (1 << 23))
    assert not Sought(SECRETS).stands_in_file(file)


def test_it_is_found_as_it_stands_in_json_and_in_urls():
    assert Sought(SECRETS).stands_in(rb'{"a": "quo\"ted and spaced"}')
    assert Sought(SECRETS).stands_in(b"/x?a=quo%22ted%20and%20spaced")


def test_without_secrets_nothing_is_found():
    assert not Sought(()).stands_in(b"anything")

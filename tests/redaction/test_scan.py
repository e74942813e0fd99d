"""A secret that was written after all is found, wherever it stands and however many there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.redaction.scan import Sought, expunged

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


def test_a_file_with_a_secret_goes_and_one_without_stays(tmp_path):
    bad, good = tmp_path / "bad", tmp_path / "good"
    bad.write_text("here: sk-0123456789abcdef")
    good.write_text("nothing")
    assert expunged([bad, good], ["sk-0123456789abcdef"]) == {bad: f"a secret was left in {bad}; it was deleted"}
    assert (bad.exists(), good.exists()) == (False, True)


def test_whatever_goes_wrong_with_the_search_the_file_goes(tmp_path):
    def secrets():
        yield "sk-0123456789abcdef"
        raise ValueError("sk-0123456789abcdef")

    path = tmp_path / "file"
    path.write_text("nothing")
    said = expunged([path], secrets())[path]
    assert said == f"{path} could not be searched for secrets: ValueError; it was deleted"
    assert not path.exists()


def test_what_cannot_be_deleted_is_said_so_plainly(tmp_path):
    said = expunged([tmp_path], ["sk-0123456789abcdef"])[tmp_path]  # a folder cannot be read, deleted or emptied as a file
    assert said.startswith(f"{tmp_path} could not be searched for secrets: Is a directory; IT COULD NOT BE DELETED (")
    assert said.endswith("is still there: delete it before anybody reads it")


def test_half_of_a_surrogate_pair_can_be_sought(tmp_path):
    path = tmp_path / "file"
    path.write_text('{"token":"\\ud800abcdefghij"}')
    assert list(expunged([path], ["\ud800abcdefghij"])) == [path]

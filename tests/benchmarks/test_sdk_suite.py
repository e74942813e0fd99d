"""The parts of ``benchmarks/sdk_suite.py`` that need no server: which test is about which operation, and the fold."""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path

import pytest

BENCHMARKS = str(Path(__file__).resolve().parents[2] / "benchmarks")
sys.path.append(BENCHMARKS)

from sdk_source import calls, copied, document_endpoints, endpoints, sorted_out, source_tree, subjects, without_marks  # noqa: E402
from sdk_suite import Result, excuses, failures, outcomes, table  # noqa: E402

# The scripts there have names that other tests use for folders of their own.
sys.path.remove(BENCHMARKS)

API = """
## Faxes

Methods:

- <code title="post /faxes">client.faxes.<a href="./src/x/faxes.py">create</a>(\\*\\*<a href="p.py">params</a>) -> Fax</code>
- <code title="get /faxes/{fax_id}">client.faxes.<a href="./src/x/faxes.py">retrieve</a>(id) -> Fax</code>
- <code title="post /faxes/{id}/actions/cancel?beta=true">client.faxes.actions.<a href="./src/x/actions.py">cancel</a>(id) -> Fax</code>
- <code title="get /other">client.<a href="./src/x/client.py">other</a>() -> Other</code>
"""
TESTS = """
class TestFaxes:
    @pytest.mark.skip(reason="Mock server tests are disabled")
    @parametrize
    def test_method_create(self, client: X) -> None:
        fax = client.faxes.create(to=client.name)
        assert_matches_type(Fax, fax, path=["response"])

    @pytest.mark.skip(reason="Prism tests are disabled")
    @parametrize
    def test_streaming_response_retrieve(self, client: X) -> None:
        with client.faxes.with_streaming_response.retrieve("id") as response:
            assert response.parse()

    @pytest.mark.skip(reason="Prism doesn't support callbacks yet")
    def test_path_params_cancel(self, client: X) -> None:
        with pytest.raises(ValueError):
            client.faxes.actions.with_raw_response.cancel("")

class TestAsyncFaxes:
    @parametrize
    async def test_method_other(self, async_client: X) -> None:
        other = await async_client.other()

    def helper(self): ...
"""


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "sdk" / "tests" / "api_resources" / "deep").mkdir(parents=True)
    (tmp_path / "sdk" / "src").mkdir()
    (tmp_path / "sdk" / "api.md").write_text(API)
    (tmp_path / "sdk" / "pyproject.toml").write_text("")
    (tmp_path / "sdk" / "tests" / "api_resources" / "deep" / "test_faxes.py").write_text(TESTS)
    return tmp_path / "sdk"


def test_an_api_page_tells_the_endpoint_of_every_method():
    assert endpoints(API) == {
        "faxes.create": ("post", "/faxes"),
        "faxes.retrieve": ("get", "/faxes/{}"),
        "faxes.actions.cancel": ("post", "/faxes/{}/actions/cancel"),
        "other": ("get", "/other"),
    }


def test_a_test_is_about_the_method_that_it_calls_through_any_view_of_the_client():
    assert calls(TESTS) == {
        "TestFaxes::test_method_create": ("faxes.create",),
        "TestFaxes::test_streaming_response_retrieve": ("faxes.retrieve",),
        "TestFaxes::test_path_params_cancel": ("faxes.actions.cancel",),
        "TestAsyncFaxes::test_method_other": ("other",),
    }


def test_a_test_is_in_the_document_when_its_path_is_there_in_shape(tree, make_document):
    operation = {"responses": {"200": {"description": ""}}}
    document = make_document(
        {"/faxes/{id}": {"get": operation, "delete": operation}, "/faxes": {"get": operation}, "/v2/other": {"get": operation}},
        servers=[{"url": "https://h/v1"}],
    )
    file = "tests/api_resources/deep/test_faxes.py"
    assert sorted_out(subjects(tree), document) == {f"{file}::TestFaxes::test_streaming_response_retrieve": "GET /faxes/{id}"}
    assert document_endpoints(document)["get", "/v1/faxes/{}"] == "GET /faxes/{id}"


def test_only_the_marks_that_turn_the_suite_off_are_taken_out(tree, tmp_path):
    text, count = without_marks(TESTS)
    assert count == 2
    assert [line.strip() for line in text.splitlines() if "skip" in line] == [
        '@pytest.mark.skip(reason="Prism doesn\'t support callbacks yet")'
    ]
    copy, removed, left = copied(tree, tmp_path)
    assert (removed, left) == (2, 1)
    assert "Mock server" not in (copy / "tests" / "api_resources" / "deep" / "test_faxes.py").read_text()
    assert "Mock server" in (tree / "tests" / "api_resources" / "deep" / "test_faxes.py").read_text()


def test_a_packed_source_is_unpacked(tree, tmp_path):
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        archive.add(tree, "x-1.0")
    assert source_tree(tmp_path / "x.tar.gz", tmp_path, "x").name == "x-1.0"
    assert source_tree(tree, tmp_path, "x") == tree


def line(test, outcome, when="call", **more):
    return json.dumps({"test": test, "outcome": outcome, "when": when, **more})


LINES = [
    line("a.py::T::one[strict]", "passed", sent=1, excused=["/query/page: 0 is too small"]),
    line("a.py::T::one[loose]", "failed", sent=1, error="422", status=422, request="GET /x", answer="no"),
    line("a.py::T::two[strict]", "passed", sent=0),
    line("a.py::T::two[strict]", "failed", "teardown", sent=0, error="late"),
    line("a.py::T::three", "passed", sent=1),
    line("a.py::T::four", "skipped", "setup"),
]
LABELS = {"a.py::T::one": "GET /x", "a.py::T::two": "GET /y"}


def test_outcomes_count_where_the_test_belongs():
    found = {outcome.test: outcome for outcome in outcomes(LINES, LABELS)}
    assert {test: (outcome.ended, outcome.place) for test, outcome in found.items()} == {
        "a.py::T::one[strict]": ("passed", "in the document"),
        "a.py::T::one[loose]": ("failed", "in the document"),
        "a.py::T::two[strict]": ("errored", "in the document, but sends nothing"),
        "a.py::T::three": ("passed", "not in the document"),
        "a.py::T::four": ("skipped", "not in the document"),
    }
    assert found["a.py::T::one[loose]"].refused


def result(server, lines):
    return Result(server=server, outcomes=outcomes(lines, LABELS), start=0.5, wall=3, cpu=(1, 2), ended=1)


def test_the_table_has_a_row_for_each_server_and_place():
    rows = [row for row in table([result("ours", LINES)]).splitlines() if row.startswith("| ours")]
    assert rows == [
        "| ours | in the document | 1 | 1 | 0 | 0 | 50.00 | 1 |",
        "| ours | in the document, but sends nothing | 0 | 0 | 1 | 0 | 0.00 | 0 |",
        "| ours | not in the document | 1 | 0 | 0 | 1 | 100.00 | 0 |",
        "| ours | 0.5 | 1.0 | 2 | 3 | 1 |",
    ]


def test_a_failure_is_shown_with_its_exchange_and_with_who_passes_it():
    other = result("empty", [line("a.py::T::one[loose]", "passed", sent=1)])
    text = failures(result("ours", LINES), [other], most=9)
    assert "### GET /x: 1 tests, refused with 422; pass with empty" in text
    assert "    request: GET /x" in text
    assert "1 of 2 tests that do not pass here pass with none of them." in text


def test_what_the_server_excused_is_told_by_reason():
    assert "- /query/page: 0 is too small (1 operations, such as GET /x)" in excuses(result("ours", LINES))
    assert excuses(result("ours", LINES[1:])) == ""

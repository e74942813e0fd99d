"""Which tests passed, from JUnit reports and from what test runners print."""

from __future__ import annotations

import os

import pytest

from conformance.errors import UsageError
from conformance.gate.outcomes import Names, from_junit, from_text, plain_name
from conformance.gate.vacuity import unread, vacuity

PRINTED = """\
tests/test_a.py::TestA::test_one[a b] PASSED                             [ 50%]
tests/test_a.py::TestA::test_two FAILED                                  [100%]
[gw1] [ 12%] PASSED tests/test_b.py::test_three
=== RUN   TestFour
--- PASS: TestFour (0.00s)
    --- FAIL: TestFour/inner (0.01s)
ok 1 - five
not ok 2 - six
ok 3 - seven # SKIP not today
\x1b[32m  ✓ \x1b[39meight (3 ms)
  ✕ nine (12 ms)
something else PASSED over
test client::tests::ten ... ok
test client::tests::eleven ... FAILED
test_twelve (test_notes.Notes.test_twelve) ... ok
NotesTest#test_thirteen = 0.01 s = .
NotesTest > fourteen() FAILED
{"Time":"2026-01-01T00:00:00Z","Action":"pass","Package":"example.com/notes","Test":"TestFifteen/in","Elapsed":0}
{"Time":"2026-01-01T00:00:00Z","Action":"output","Package":"example.com/notes","Test":"TestSixteen","Output":"--- PASS"}
{"Action":"pass","Package":"example.com/notes"}
"""


def test_what_test_runners_print_is_understood():
    assert from_text(PRINTED) == {
        "tests/test_a.py::TestA::test_one[a b]": True, "tests/test_a.py::TestA::test_two": False,
        "tests/test_b.py::test_three": True, "TestFour": True, "TestFour/inner": False, "five": True, "six": False,
        "eight": True, "nine": False, "client::tests::ten": True, "client::tests::eleven": False,
        "test_twelve (test_notes.Notes.test_twelve)": True, "NotesTest#test_thirteen": True, "NotesTest > fourteen()": False,
        "example.com/notes.TestFifteen/in": True,
    }  # fmt: skip


def test_a_name_that_stands_twice_passed_if_it_always_did():
    assert from_text("ok 1 - a\nnot ok 2 - a\nok 3 - a\n") == {"a": False}


def test_a_junit_report_is_read_without_what_was_skipped(tmp_path):
    path = tmp_path / "junit.xml"
    path.write_text('<testsuites><testsuite><testcase classname="tests.test_a.TestA" name="test_b"/><testcase name="c"><failure/>'
                    "</testcase><testcase name='d'><skipped/></testcase></testsuite></testsuites>")  # fmt: skip
    assert from_junit(path) == {"tests.test_a.TestA::test_b": True, "c": False}
    assert from_junit(tmp_path) == from_junit(path)
    assert plain_name("tests/test_a.py::TestA::test_b") == plain_name("tests.test_a.TestA::test_b")


@pytest.mark.parametrize("text", ["<a", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"])
def test_what_is_no_junit_report_is_refused(tmp_path, text):
    (tmp_path / "j.xml").write_text(text)
    with pytest.raises(UsageError, match="--junit"):
        from_junit(tmp_path / "j.xml")


def test_a_report_of_an_earlier_run_is_none(tmp_path):
    path = tmp_path / "junit.xml"
    path.write_text("<testsuite/>")
    os.utime(path, (1000, 1000))
    with pytest.raises(UsageError, match="wrote no JUnit report"):
        from_junit(path, since=2000.0)


def test_vacuous_are_tests_that_pass_before_both_and_send_something():
    before = {"t/a.py::one": True, "t/a.py::two": True, "t/a.py::unit": True, "t/a.py::bad": False}
    after = {"t/a.py::one": True, "t/a.py::two": False, "t/a.py::unit": True, "t/a.py::bad": True}
    senders = {"t/a.py::one": {"GET /a"}, "t/a.py::two": {"GET /b", "GET /a"}}
    found = vacuity(before, after, code=1, requests=3, senders=senders)
    assert (found.passing, found.judged, found.silent) == (("t/a.py::one",), 2, 1)
    assert unread({"t/a.py::one": {"GET /a", "GET /c"}, "t/a.py::two": {"GET /b", "GET /a"}}, found) == {
        "GET /a": False, "GET /b": False, "GET /c": True,
    }  # fmt: skip


def test_names_on_the_wire_of_another_kind_leave_no_test_out():
    before = {"lists notes": True, "sends one": True}
    found = vacuity(before, {"lists notes": True}, code=1, requests=2, senders={"case-17": {"GET /a"}})
    assert (found.passing, found.judged) == (("lists notes",), 2)
    assert vacuity(before, before, code=1, requests=2, senders={"sends one": {"GET /a"}}).passing == ("sends one",)


@pytest.mark.parametrize("before", [{}, {"a": False}])
def test_where_no_tests_are_known_or_failures_alone_nothing_is_said_of_them(before):
    found = vacuity(before, {"a": True}, code=0, requests=1, senders=None)
    assert found.passing is None
    assert unread({"a": {"GET /a"}}, found) == {}


def test_a_test_is_known_by_more_or_less_of_its_name():
    names = Names(["tests/test_a.py::TestA::test_b[x.y]", "lists notes"])
    assert "tests.test_a.TestA::test_b[x.y]" in names
    assert "test_a.TestA::test_b[x.y]" in names
    assert "suite::lists notes" in names
    assert "pets lists notes" in names  # as jest and mocha say it to the test
    assert "a.test.mjs > pets > lists notes" in names
    assert "notes" in names
    assert "relists notes" not in names
    assert "tests.test_a.TestA::test_b[x.z]" not in names
    assert "test_a.TestB::test_b[x.y]" not in names

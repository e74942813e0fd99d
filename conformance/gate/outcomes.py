"""How each test of a command ended, from the JUnit report that it writes or from what it prints.

What is understood of the output: ``pytest -v`` and ``-rA``, ``python -m unittest -v``, ``go test -v`` and ``-json``, ``cargo
test``, ``minitest -v``, what Gradle logs of tests, TAP (node, ava, tape, prove), and the marks of jest, vitest, mocha and the
testdox of PHPUnit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from conformance.errors import UsageError

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_MOST_XML = 256 << 20
_GOOD = frozenset({"PASSED", "XPASS", "PASS", "ok", ".", "✓", "✔", "√"})
_ROWS: tuple[tuple[re.Pattern[str], int, int], ...] = (
    # Which group is the outcome, which the name.
    (re.compile(r"^(?:\[gw\d+\]\s+\[\s*\d+%\]\s+)?(PASSED|FAILED|ERROR|XPASS)\s+(\S+::.+?)(?:\s+-\s.*)?$"), 1, 2),
    (re.compile(r"^(\S+::.+?)\s+(PASSED|FAILED|ERROR|XPASS)\s*(?:\[\s*\d+%\])?$"), 2, 1),
    (re.compile(r"^\s*--- (PASS|FAIL): (\S+) \([\d.]+s\)$"), 1, 2),
    (re.compile(r"^test (\S+) \.\.\. (ok|FAILED)$"), 2, 1),
    (re.compile(r"^(\w+ \([\w.]+\)) \.\.\. (ok|FAIL|ERROR)$"), 2, 1),
    (re.compile(r"^(\S+#\S+) = [\d.]+ s = ([.FE])$"), 2, 1),
    (re.compile(r"^(\S+ > .+) (PASSED|FAILED)$"), 2, 1),
    (re.compile(r"^\s*(ok|not ok) \d+ (?:- )?((?:(?!# (?:SKIP|TODO)).)+?)(?: # time=\S+)?$"), 1, 2),
    (re.compile(r"^\s*(✓|✔|√|✕|✖|\u00d7|✗) (.+?)(?:\s+\(?\d+(?:\.\d+)?\s?m?s\)?)?$"), 1, 2),
)  # fmt: skip


def from_text(text: str) -> dict[str, bool]:
    """Whether each test passed, by name, as far as the output says; a name that stands twice passed if it always did."""
    found: dict[str, bool] = {}
    for line in _COLOUR.sub("", text).splitlines():
        if line.startswith("{") and '"Action"' in line:
            for test, good in _of_go(line):
                found[test] = found.get(test, True) and good
        for pattern, outcome, name in _ROWS:
            match = pattern.match(line.rstrip())
            if match is not None:
                passed = match[outcome] in _GOOD
                found[match[name]] = found.get(match[name], True) and passed
                break
    return found


def _of_go(line: str) -> Iterator[tuple[str, bool]]:
    try:
        said = json.loads(line)
    except ValueError:
        return
    if isinstance(said, dict) and said.get("Test") and said.get("Action") in {"pass", "fail"}:
        yield ".".join(str(said[key]) for key in ("Package", "Test") if said.get(key)), said["Action"] == "pass"


def from_junit(path: Path, *, since: float = 0.0) -> dict[str, bool]:
    """Whether each test passed, by class and name, from a JUnit report, or from all below a folder; skipped ones are left out.

    Args:
        path: the file or folder.
        since: seconds since the epoch; what was written before is of another run.

    Raises:
        UsageError: when there is none, or it cannot be read.
    """
    files = sorted(path.rglob("*.xml")) if path.is_dir() else [path]
    fresh = [file for file in files if file.exists() and file.stat().st_mtime >= since - 1.0]
    if not fresh:
        raise UsageError(f"the command wrote no JUnit report at {path}; have it write one, or correct --junit")
    found: dict[str, bool] = {}
    for file in fresh:
        for name, passed in _cases(file):
            found[name] = found.get(name, True) and passed
    return found


def _cases(file: Path) -> Iterator[tuple[str, bool]]:
    try:
        data = file.read_bytes()
        if len(data) > _MOST_XML or b"<!ENTITY" in data[:65_536]:
            raise UsageError(f"{file} is no JUnit report that can be read; correct --junit")
        root = ET.fromstring(data)  # noqa: S314 - without entities there is nothing to blow up
    except (OSError, ET.ParseError) as raised:
        raise UsageError(f"{file} cannot be read as a JUnit report: {raised}; correct --junit") from None
    for case in root.iter("testcase"):
        if case.find("skipped") is None:
            name = "::".join(part for part in (case.get("classname"), case.get("name")) if part)
            yield name, case.find("failure") is None and case.find("error") is None


def plain_name(name: str) -> str:
    """A test's name in one form for all who tell it: ``tests/test_a.py::TestB::test_c`` is ``tests.test_a.TestB.test_c``."""
    head, bracket, rest = name.partition("[")
    head = re.sub(r"\.py(?=::|$)", "", head)
    return re.sub(r"::|/|\\", ".", head) + bracket + rest


class Names:
    """Names of tests, for those who may tell them with more or less of what is around them: ``test_c`` for ``TestB.test_c``.

    Runners of JavaScript join what is around a test with spaces or with ``>``.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_last: dict[str, list[str]] = {}
        for name in map(_joined, names):
            self._by_last.setdefault(_last(name), []).append(name)

    def __contains__(self, name: str) -> bool:
        joined = _joined(name)
        return any(
            joined == one or joined.endswith(f".{one}") or one.endswith(f".{joined}")
            for one in self._by_last.get(_last(joined), ())
        )


def _joined(name: str) -> str:
    """A name with one sign between all that it consists of."""
    return re.sub(r"[.\s>#]+", ".", plain_name(name))


def _last(joined: str) -> str:
    return joined.rpartition(".")[2]

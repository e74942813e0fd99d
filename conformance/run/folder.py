"""The folder that a run reports into: made ready before anything is sent, without touching an earlier report."""

from __future__ import annotations

import tempfile
from pathlib import Path

from conformance.errors import OutputError

RESULTS = "allure-results"
_FOLDERS = (RESULTS, "allure-report")
_FILES = ("findings.json", "coverage.json", "coverage.html", "junit.xml", "summary.md")
_OF_A_RUN = ("*-result.json", "*-container.json", "*-attachment*", "*-globals.json")


def prepare(out: Path) -> None:
    """Make the folder, and make sure that everything can be written in it.

    Raises:
        OutputError: when it cannot.
    """
    place = out
    try:
        out.mkdir(parents=True, exist_ok=True)
        _trial(out)
        for name in _FOLDERS:
            place = out / name
            if place.exists():
                _trial(place)
    except OSError as raised:
        raise OutputError(path=str(place), reason=_reason(raised)) from None
    for name in _FILES:
        if (out / name).is_dir():
            raise OutputError(path=str(out / name), reason="it is a folder")


def clear_results(results: Path) -> None:
    """Take away the Allure results of an earlier run; what others put there (history, environment) stays.

    Raises:
        OutputError: when that cannot be done.
    """
    try:
        for pattern in _OF_A_RUN:
            for file in results.glob(pattern):
                file.unlink()
    except OSError as raised:
        raise OutputError(path=str(results), reason=_reason(raised)) from None


def _trial(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


def _reason(raised: OSError) -> str:
    return "a file is in the way" if isinstance(raised, (FileExistsError, NotADirectoryError)) else raised.strerror or str(raised)

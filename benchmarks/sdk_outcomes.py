"""A pytest plugin for the interpreter of an SDK: one line of JSON for each test, with what went over the wire when it fails.

Needs pytest and httpx only, and nothing of this project. ``SDK_OUTCOMES`` names the file to write; ``SDK_SELECTED``, where
it is given, a file of node ids without parameters to run and no others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

_MOST = 4000
_EXCUSED = "x-sandbox-excused"
_sent: list[tuple[httpx.Request, httpx.Response | None]] = []


def pytest_configure(config: pytest.Config) -> None:  # noqa: ARG001
    """Watch what every client sends."""
    plain, waiting = httpx.Client.send, httpx.AsyncClient.send

    def send(self: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        _sent.append((request, None))
        response = plain(self, request, **options)
        _sent[-1] = (request, response)
        return response

    async def send_waiting(self: httpx.AsyncClient, request: httpx.Request, **options: Any) -> httpx.Response:
        _sent.append((request, None))
        response = await waiting(self, request, **options)
        _sent[-1] = (request, response)
        return response

    httpx.Client.send, httpx.AsyncClient.send = send, send_waiting  # type: ignore[method-assign,assignment]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what was asked for."""
    if "SDK_SELECTED" in os.environ:
        wanted = set(Path(os.environ["SDK_SELECTED"]).read_text(encoding="utf-8").split("\n"))
        items[:] = [item for item in items if item.nodeid.partition("[")[0] in wanted]


def pytest_runtest_setup(item: pytest.Item) -> None:  # noqa: ARG001
    """Begin to count."""
    _sent.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put what went over the wire beside the outcome, so that it comes home from a worker too."""
    report = yield
    mocked = "respx_mock" in getattr(item, "fixturenames", ())
    said: dict[str, Any] = {"sent": 0 if mocked else len(_sent)}
    excused = [value for _, response in _sent if response is not None for value in response.headers.get_list(_EXCUSED)]
    if excused:
        said["excused"] = excused
    if report.failed and _sent:
        said |= _exchange(*_sent[-1])
    report.user_properties.append(("wire", said))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write the line, where the reports of all workers arrive."""
    if "PYTEST_XDIST_WORKER" in os.environ or (report.when != "call" and report.passed):
        return
    said = dict(report.user_properties).get("wire", {})
    line = {"test": report.nodeid, "when": report.when, "outcome": report.outcome, **said}
    if report.failed:
        line["error"] = _error(report)[:_MOST]
    with Path(os.environ["SDK_OUTCOMES"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _error(report: pytest.TestReport) -> str:
    """The messages of an exception and of those that caused it, the last one first."""
    chain = getattr(report.longrepr, "chain", None)
    crashes = [crash.message for _, crash, _ in reversed(chain) if crash is not None] if chain else []
    return "\n".join(crashes) or str(report.longrepr)


def _exchange(request: httpx.Request, response: httpx.Response | None) -> dict[str, Any]:
    """The last request of a test and its answer, as far as they can be read again."""
    found: dict[str, Any] = {"request": f"{request.method} {request.url}", "body": _text(request)}
    if response is not None:
        found |= {"status": response.status_code, "answer": _text(response)}
    return found


def _text(message: httpx.Request | httpx.Response) -> str:
    held: Any = getattr(message, "_content", b"")
    return held.decode("utf-8", "replace")[:_MOST] if isinstance(held, bytes) else ""

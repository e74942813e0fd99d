"""Small services written by hand, and a way to fuzz them in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.model.ports import Responder
from conformance.run.fuzz import UnitResult, fuzz
from conformance.run.plan import Unit
from conformance.run.setting import Setting, opened
from conformance.spec.document import Document, base_path

PHASES = ("examples", "coverage", "fuzzing", "stateful")
Fuzz = Callable[..., UnitResult]


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any]], str]:
    """The path of a document, the same for the same one, so that it is opened once."""
    folder, known = tmp_path_factory.mktemp("documents"), {}

    def path(raw: dict[str, Any]) -> str:
        text = json.dumps(raw)
        if text not in known:
            known[text] = folder / f"{len(known)}.json"
            known[text].write_text(text)
        return str(known[text])

    return path


@pytest.fixture(scope="session")
def run_fuzz(documents: Callable[[dict[str, Any]], str]) -> Fuzz:
    """Fuzz every operation of a document against a responder, as one unit of work with the default budget."""

    def run(
        raw: dict[str, Any],
        responder: Responder,
        *,
        seed: int = 1,
        headers: dict[str, str] | None = None,
        phases: tuple[str, ...] = PHASES,
        base_url: str | None = None,
        max_examples: int = 5,
        max_requests: int | None = None,
    ) -> UnitResult:
        spec = documents(raw)
        base = base_url or "http://api.test" + base_path(Document.load(spec).servers[0])
        setting = Setting(spec=spec, base_url=base, headers=tuple((headers or {}).items()), seed=seed)
        labels = tuple(operation.label for operation in opened(setting).document.operations if operation.broken is None)
        unit = Unit(name="all", labels=labels, phases=phases, seed=seed, max_examples=max_examples, max_requests=max_requests)
        return fuzz(unit, setting, through=responder)

    return run


@pytest.fixture(scope="session")
def open_document(documents: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], Document]:
    """The document of a value."""
    return lambda raw: Document.load(documents(raw))


@pytest.fixture(scope="session")
def show() -> Callable[[UnitResult], str]:
    """See ``told``."""
    return told


def told(result: UnitResult) -> str:
    """Findings as lines that a failing test can show."""
    lines = []
    for found in sorted(result.findings.values(), key=lambda found: (found.operation or "", found.id)):
        sent = found.request
        lines.append(f"{found.id} | {found.operation} | {found.status} | {found.message[:200]} | "
                     f"{sent.method if sent else ''} {sent.url if sent else ''} "
                     f"{sent.body[:200] if sent else b''!r} -> {found.response.body[:200] if found.response else b''!r}")  # fmt: skip
    return "\n".join(lines)

"""Fixtures that every room's tests share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance import shipped
from conformance.spec.document import Document

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "specs"


@pytest.fixture(scope="session")
def telnyx() -> Document:
    """The shipped document."""
    return Document.load(shipped.document())


@pytest.fixture
def make_document(tmp_path: Path) -> Callable[..., Document]:
    """A document from its paths, and from other top-level fields."""
    count = 0

    def make(paths: dict[str, Any], **others: Any) -> Document:
        nonlocal count
        count += 1
        value = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths, **others}
        path = tmp_path / f"openapi-{count}.json"
        path.write_text(json.dumps(value))
        return Document.load(path)

    return make


@pytest.fixture(params=["telnyx-official-2026-07.json", "telnyx-2021.json"])
def real_document(request: pytest.FixtureRequest) -> Document:
    """Real documents that are not part of the repository."""
    path = SHARED / request.param
    if not path.exists():
        pytest.skip(f"{request.param} is not at hand")
    return Document.load(path)

"""The versions that decide what a run sends and says, for the record."""

from __future__ import annotations

import platform
from importlib import metadata

_DECIDING = ("schemathesis", "hypothesis", "jsonschema-rs", "pytest")


def python() -> str:
    """The version of Python."""
    return platform.python_version()


def version() -> str:
    """The version of this package; ``0`` when it runs from a source tree that is not installed."""
    return _version("telnyx-conformance") or "0"


def packages() -> tuple[tuple[str, str], ...]:
    """Names and versions of the packages that generate and validate."""
    return tuple((name, found) for name in _DECIDING if (found := _version(name)))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None

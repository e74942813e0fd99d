"""Files that are there whole or not at all, so that an earlier report survives a run that fails."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from conformance.errors import OutputError


def write_text(path: Path, text: str) -> Path:
    """Put ``text`` into a file in one step, making its folder when there is none; returns the path.

    Raises:
        OutputError: when the folder or the file cannot be written.
    """
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        # A lone surrogate, which generated text may hold, is no reason to lose a report.
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)  # noqa: PTH105 - mkstemp gives a string
    except OSError as raised:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        raise OutputError(path=str(path), reason=raised.strerror or str(raised)) from raised
    return path


def write_json(path: Path, value: Mapping[str, Any]) -> Path:
    """Put a JSON value into a file in one step, in a form that shows well in a diff.

    Raises:
        OutputError: when the folder or the file cannot be written.
    """
    return write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")

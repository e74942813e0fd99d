"""The formats of the OpenAPI format registry that JSON Schema itself does not know.

A format says something of one type only; a value of another type passes (JSON Schema validation 7.1). The
validator asks about formats of strings alone: those of numbers are bounds (see ``spec.validators``).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any


def _byte(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


FORMATS: dict[str, Callable[..., bool]] = {"byte": _byte}

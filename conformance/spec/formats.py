"""The formats of the OpenAPI format registry that JSON Schema itself does not know.

A format says something of one type only; a value of another type passes (JSON Schema validation 7.1).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any


def _int32(value: Any) -> bool:
    return not _whole(value) or -(2**31) <= value < 2**31


def _int64(value: Any) -> bool:
    return not _whole(value) or -(2**63) <= value < 2**63


def _whole(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1


def _byte(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


FORMATS: dict[str, Callable[..., bool]] = {"int32": _int32, "int64": _int64, "byte": _byte}

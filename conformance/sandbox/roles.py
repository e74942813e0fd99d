"""What operations do to what is remembered."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an operation does to what is remembered."""

    CREATE = "create"
    LIST = "list"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    SHOW = "show"
    CALL = "call"

"""How old a recording is, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from conformance.cases.recorded import Recording

_STEPS = ((86400 * 365, "year"), (86400 * 30, "month"), (86400, "day"), (3600, "hour"), (60, "minute"))


def recorded_at(recording: Recording) -> float | None:
    """When its last call was made, in seconds since the epoch; where it does not say, when its file was last written."""
    moments = [moment for one in recording.exchanges if (moment := _moment(one.started)) is not None]
    if moments:
        return max(moments)
    try:
        return Path(recording.source).stat().st_mtime
    except OSError:
        return None


def age(recording: Recording, now: float) -> str:
    """Its age at a moment, such as ``3 months``."""
    moment = recorded_at(recording)
    if moment is None:
        return "unknown"
    seconds = now - moment
    for length, name in _STEPS:
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "new"


def _moment(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()

"""Recordings on disk: which files there are, and what each holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from conformance.cases.har import recording_from_har
from conformance.cases.ndjson import recording_from_ndjson
from conformance.cases.recorded import Recording
from conformance.errors import RecordingError

Reader = Callable[..., Recording]

READERS: Mapping[str, Reader] = {".har": recording_from_har, ".ndjson": recording_from_ndjson}
"""A format is a row here: the end of its file names, and ``(text, *, name, source) -> Recording``."""


def recordings(path: Path) -> Iterator[Recording | RecordingError]:
    """The recordings in a folder (its sub-folders too, in order of name), or the one file that is named.

    A file that cannot be read comes as its error, so that the others still run.

    Raises:
        RecordingError: when there is nothing at ``path``.
    """
    for file in files(path):
        try:
            yield read(file, name=_name(file, path))
        except RecordingError as raised:
            yield raised


def files(path: Path) -> list[Path]:
    """The recordings at ``path``, not opened yet.

    Raises:
        RecordingError: when there is nothing there.
    """
    if not path.exists():
        raise RecordingError(source=str(path), reason="no such file or folder")
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.suffix.lower() in READERS and not file.is_dir())
    return [path]


def read(file: Path, *, name: str = "") -> Recording:
    """One recording; a file whose name says nothing is read as HAR.

    Raises:
        RecordingError: with the reason.
    """
    try:
        text = file.read_text("utf-8")
    except OSError as raised:
        raise RecordingError(source=str(file), reason=raised.strerror or str(raised)) from None
    except UnicodeDecodeError as raised:
        raise RecordingError(source=str(file), reason=f"not UTF-8 text (byte {raised.start})") from None
    reader = READERS.get(file.suffix.lower(), recording_from_har)
    return reader(text, name=name or file.stem, source=str(file))


def _name(file: Path, path: Path) -> str:
    return file.relative_to(path).with_suffix("").as_posix() if path.is_dir() else file.stem

"""Recordings on disk: which files there are, and what each holds. The format is told by what is in a file, not by its name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from conformance.cases.examples import recording_from_document
from conformance.cases.har import recording_from_har
from conformance.cases.ndjson import recording_from_ndjson
from conformance.cases.postman import recording_from_postman
from conformance.cases.recorded import Recording
from conformance.cases.streamed import Stream, Torn
from conformance.cases.vcr import LISTS, recording_from_vcr, recording_from_vcr_json
from conformance.errors import RecordingError
from conformance.spec.document import Document

Reader = Callable[..., Recording]

READERS: Mapping[str, Reader] = {
    "har": recording_from_har,
    "ndjson": recording_from_ndjson,
    "postman": recording_from_postman,
    "vcr": recording_from_vcr,
    "vcr-json": recording_from_vcr_json,
}
"""A format is a row here: its name, and ``(file, *, name, source) -> Recording``; and in ``form_of`` it is told from others."""

_OWN = {".har": "har", ".ndjson": "ndjson", ".jsonl": "ndjson"}
_SHARED = frozenset({".json", ".yaml", ".yml"})
_LOOK = 1 << 16
_ARCHIVES = {b"PK\x03\x04": "a ZIP archive", b"\x1f\x8b": "compressed with gzip", b"(\xb5/\xfd": "compressed with zstd"}
_LISTS = re.compile(r"^(http_)?interactions:|\A(?:---\s+)?-\s+(request|response):", re.MULTILINE)


def recordings(path: Path, *, document: Document | None = None) -> Iterator[Recording | RecordingError]:
    """The recordings in a folder (its sub-folders too, in order of name), or the one file that is named.

    A file that cannot be read comes as its error, so that the others still run.

    Args:
        path: a folder or a file; the document itself is a recording of its examples.
        document: the document of the run, which is not read again when it is what is named.

    Raises:
        RecordingError: when there is nothing at ``path``.
    """
    for file in files(path):
        try:
            yield read(file, name=_name(file, path), document=document)
        except RecordingError as raised:
            yield raised


def files(path: Path) -> list[Path]:
    """The recordings at ``path``: of the files that could be anything, those that begin like one.

    Raises:
        RecordingError: when there is nothing there.
    """
    if not path.exists():
        raise RecordingError(source=str(path), reason="no such file or folder")
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if (file.is_file() or file.is_symlink()) and _is_one(file))
    return [path]


def _is_one(file: Path) -> bool:
    ending = file.suffix.lower()
    if ending in _OWN:
        return True
    if ending not in _SHARED:
        return False
    try:
        return form_of(_head(file)) in READERS
    except OSError:
        return False


def _head(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(_LOOK).decode("utf-8-sig", "replace")


def form_of(head: str) -> str:
    """The format of what begins like this: a key of ``READERS``, ``openapi``, or nothing that is known."""
    start = head.lstrip("\ufeff \t\r\n")
    if re.match(r'\[\s*\{\s*"(request|response|index)"\s*:', start):
        return "vcr-json"
    if not start.startswith("{"):
        # The keys of a cassette stand at the margin; a text in YAML that is a document has one of its own.
        return "vcr" if _LISTS.search(head) else "openapi" if re.search(r"^(openapi|swagger):", head, re.MULTILINE) else ""
    if _is_line(start.partition("\n")[0]):
        return "ndjson"
    for form, mark in _MARKS:
        if mark.search(start):
            return form
    return ""


_MARKS = (
    ("har", re.compile(r'^\{\s*"log"\s*:')),
    ("openapi", re.compile(r'^\{\s*"(openapi|swagger)"\s*:')),
    ("vcr-json", re.compile(r'"(http_)?interactions"\s*:\s*\[')),
    ("postman", re.compile(r'"_postman_id"|schema\.(get)?postman\.com|^\{\s*"item"\s*:\s*\[|"info"\s*:[\s\S]*"item"\s*:\s*\[')),
    ("har", re.compile(r'"log"\s*:\s*\{[\s\S]*"entries"\s*:')),
    ("openapi", re.compile(r'"openapi"\s*:\s*"3\.')),
)


def _is_line(line: str) -> bool:
    """Whether a line is an exchange, or the heading of some; one that was cut off may be."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return re.match(r'\{\s*"(recording"\s*:|started"\s*:.*"request"\s*:)', line) is not None
    if not isinstance(value, dict):
        return False
    return "recording" in value or isinstance(value.get("request"), dict) or isinstance(value.get("Initialize"), dict)


def read(file: Path, *, name: str = "", document: Document | None = None) -> Recording:
    """One recording; a file that looks like nothing known is read as what its name says, or as HAR.

    Raises:
        RecordingError: with the reason.
    """
    named = name or file.stem
    try:
        packed = _packed(file)
        if packed:
            raise RecordingError(source=str(file), reason=f"it is {packed}; unpack it first")
        form = form_of(_head(file)) or _OWN.get(file.suffix.lower()) or _form_of_whole(file)
        if form == "openapi":
            return recording_from_document(file, name=named, document=document)
        with file.open(encoding="utf-8-sig", newline="\n" if form == "ndjson" else None) as opened:
            return READERS[form](opened, name=named, source=str(file))
    except OSError as raised:
        raise RecordingError(source=str(file), reason=raised.strerror or str(raised)) from None
    except UnicodeDecodeError as raised:
        raise RecordingError(source=str(file), reason=f"not UTF-8 text (byte {raised.start})") from None


def _packed(file: Path) -> str:
    """What kind of archive a file is, empty for none."""
    with file.open("rb") as opened:
        start = opened.read(4)
    return next((name for mark, name in _ARCHIVES.items() if start.startswith(mark)), "")


def _form_of_whole(file: Path) -> str:
    """The format of a file whose beginning says nothing, by the members of its JSON; HAR when they say nothing either."""
    names: set[str] = set()
    with file.open(encoding="utf-8-sig") as opened:
        stream = Stream(opened)
        try:
            for name in stream.members():
                names.add(name)
                stream.value()
        except Torn:
            pass
    if "openapi" in names:
        return "openapi"
    if names & set(LISTS):
        return "vcr-json"
    return "postman" if {"info", "item"} <= names or "collection" in names else "har"


def _name(file: Path, path: Path) -> str:
    return file.relative_to(path).with_suffix("").as_posix() if path.is_dir() else file.stem

"""Read a document from a path, a URL or standard input: the only place that opens files and URLs for one."""

from __future__ import annotations

import codecs
import http.client
import json
import os
import re
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.errors import DocumentError, DocumentMissing, DocumentSyntax, NotOpenAPI
from conformance.spec.attached import Attached, attached
from conformance.spec.bundle import FILES, bundle
from conformance.spec.pointer import from_parts, split
from conformance.spec.positions import positions
from conformance.spec.yaml_reader import DEEPEST, MalformedError, clamped, read_yaml

_TIMEOUT = 30.0
_VERSION = re.compile(r"3\.[01](\.\d+)?([-+].*)?")
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_ODD_NUMBER = re.compile(rf"{_STRING}|(NaN|-?Infinity|-?[0-9]{{4300,}})", re.DOTALL)
_DEEP = re.compile(r"((?:[\[{]\s*+(?:" + _STRING + r"\s*+:\s*+)?){" + str(DEEPEST) + "})", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document's text with where it came from. ``form`` is ``JSON`` or ``YAML``.

    ``files`` are the other files that it refers to; their content stands in ``value`` under
    ``x-conformance-files``, by the name that the same entry of ``files`` has. ``repeated`` are the pointers of
    names that stand twice in one object; the last one counts. ``attached`` is the content of external examples,
    by the pointer of ``externalValue``; ``None`` is a file that is not there. ``unread`` are references to files that
    could not be read: as written, where the file was looked for, and why.
    """

    uri: str
    text: str
    value: dict[str, Any]
    form: str
    files: tuple[tuple[str, Source], ...] = ()
    repeated: tuple[str, ...] = ()
    attached: Attached = ()
    unread: tuple[tuple[str, str, str], ...] = ()

    def locate(self, pointer: str) -> tuple[int, int]:
        """Line and column, from 1, of what a pointer leads to (see ``spec.positions``), in the file it stands in."""
        source, within = self._owner(pointer)
        return positions(source.text, source.form).locate(within)

    def file(self, pointer: str) -> str:
        """The path or URL of the file that a pointer leads into."""
        return self._owner(pointer)[0].uri

    def line(self, pointer: str) -> str:
        """The line of the text on which what a pointer leads to stands, without the white space around it."""
        source, within = self._owner(pointer)
        number, _ = positions(source.text, source.form).locate(within)
        return source.text.splitlines()[number - 1].strip()[:160] if source.text else ""

    def _owner(self, pointer: str) -> tuple[Source, str]:
        tokens = split(pointer)
        if len(tokens) > 1 and tokens[0] == FILES:
            for name, source in self.files:
                if name == tokens[1]:
                    return source, from_parts(tokens[2:])
        return self, pointer


def load(source: str | Path, *, allow_remote: bool = False) -> Source:
    """Read and parse a document, and the files that it refers to.

    Args:
        source: a path, an ``http`` or ``https`` URL, or ``-`` for standard input.
        allow_remote: also follow references to other servers, and those that a document from a URL makes to its
            neighbours. What is not followed stays as it is.

    Raises:
        DocumentMissing: when it cannot be read.
        DocumentSyntax: when it is not well-formed JSON or YAML.
        NotOpenAPI: when it is something else than OpenAPI 3.0 or 3.1.
    """
    read = parse(str(source), _bytes(str(source)))
    _require_openapi(read)

    def neighbour(place: str) -> Source | None:
        if is_url(place) and not allow_remote:
            return None
        try:
            return parse(place, _bytes(place))
        except DocumentError as raised:
            # The reference stays as it is; the linter reports it at its place.
            reasons[place] = str(raised)
            return None

    reasons: dict[str, str] = {}
    value, files, lost = bundle(read, neighbour)
    unread = tuple((reference, place, reasons[place]) for reference, place in lost.items() if place in reasons)
    whole = replace(read, value=value, files=files, unread=unread) if files or unread else read
    texts = (whole.text, *(held.text for _, held in files))
    if str(source) == "-" or is_url(str(source)) or not any("externalValue" in text for text in texts):
        return whole
    return replace(whole, attached=attached(value, whole.file, _content))


def _content(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes() if not is_url(path) and Path(path).is_file() else None
    except (OSError, ValueError):
        return None


def is_url(source: str) -> bool:
    """Whether a source is read over HTTP."""
    return source.lower().startswith(("http://", "https://"))


def _bytes(source: str) -> bytes:
    try:
        if source == "-":
            return sys.stdin.buffer.read()
        if is_url(source):
            request = urllib.request.Request(source, headers={"Accept": "application/json, application/yaml, */*;q=0.5"})  # noqa: S310 - only HTTP gets here
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - likewise
                return bytes(answer.read())
        return Path(source).read_bytes()
    except urllib.error.HTTPError as raised:
        raised.close()
        raise DocumentMissing(source=source, reason=f"the server answered {raised.code}") from None
    except urllib.error.URLError as raised:
        raise DocumentMissing(source=source, reason=_reason(raised.reason)) from None
    except (OSError, ValueError, http.client.HTTPException) as raised:
        raise DocumentMissing(source=source, reason=_reason(raised)) from None


def _reason(raised: object) -> str:
    if isinstance(raised, OSError) and raised.errno is not None and raised.strerror:
        return os.strerror(raised.errno).lower() if raised.errno > 0 else raised.strerror
    return str(raised) or type(raised).__name__


def parse(uri: str, content: bytes) -> Source:
    """A text as a source, whatever it holds.

    Raises:
        DocumentSyntax: when it is not well-formed JSON or YAML.
    """
    likely = _likely_form(uri, content)
    try:
        text = _decoded(content)
        if not text.strip():
            return Source(uri=uri, text=text, value={}, form=likely)
        if likely == "JSON":
            try:
                value, repeated = _json(text)
                return Source(uri=uri, text=text, value=value, form="JSON", repeated=repeated)
            except MalformedError as as_json:
                if _suffix(uri) == ".json":
                    raise
                return _flow(uri, text, as_json)
        reading = read_yaml(text)
    except MalformedError as raised:
        raise DocumentSyntax(source=uri, form=likely, line=raised.line, column=raised.column, reason=raised.reason) from None
    return Source(
        uri=uri, text=text, value=reading.value, form="YAML", repeated=tuple(from_parts(path) for path in reading.repeated)
    )


def _flow(uri: str, text: str, as_json: MalformedError) -> Source:
    """YAML that starts with a bracket; when it is not that either, the complaint is about JSON, unless named YAML."""
    try:
        reading = read_yaml(text)
    except MalformedError:
        if _suffix(uri) in {".yaml", ".yml"}:
            raise
        raise as_json from None
    return Source(
        uri=uri, text=text, value=reading.value, form="YAML", repeated=tuple(from_parts(path) for path in reading.repeated)
    )


def _suffix(uri: str) -> str:
    return Path(uri.partition("?")[0] if is_url(uri) else uri).suffix.lower()


def _likely_form(uri: str, content: bytes) -> str:
    if _suffix(uri) == ".json":
        return "JSON"
    start = content.lstrip(codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + b" \t\r\n\0")[:1]
    return "JSON" if start in {b"{", b"["} else "YAML"


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as raised:
        before = content[: raised.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        raise MalformedError(line=line, column=column, reason=f"it is not text in {raised.encoding.upper()}") from None


def _json(text: str) -> tuple[Any, tuple[str, ...]]:
    twice: dict[int, tuple[dict[str, Any], list[str]]] = {}

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice[id(found)] = (found, sorted({name for name in names if names.count(name) > 1}))
        return found

    def constant(name: str) -> Any:
        raise ValueError(f"{name} is not JSON")

    try:
        value = json.loads(text, object_pairs_hook=members, parse_float=_number, parse_constant=constant)
    except json.JSONDecodeError as raised:
        raise MalformedError(line=raised.lineno, column=raised.colno, reason=raised.msg) from None
    except ValueError as raised:
        # Only numbers that JSON does not have, or that nobody can hold, come without a place.
        raise _misplaced(text, _ODD_NUMBER, str(raised).partition(" for ")[0]) from None
    except RecursionError:
        raise _misplaced(text, _DEEP, _too_deep()) from None
    _require_shallow(value, text)
    if "\\ud" in text or "\\uD" in text:
        value = _without_surrogates(value, twice)
    return value, _repeated(value, twice)


def _misplaced(text: str, pattern: re.Pattern[str], reason: str) -> MalformedError:
    """The complaint at the first place outside strings where the pattern's group stands."""
    found = next((match for match in pattern.finditer(text) if match.group(1)), None)
    at = found.start(1) if found else 0
    line = text.count("\n", 0, at) + 1
    return MalformedError(line=line, column=at - text.rfind("\n", 0, at), reason=reason)


def _number(text: str) -> float:
    return clamped(float(text))


def _too_deep() -> str:
    return f"it is nested more than {DEEPEST} levels deep"


def _require_shallow(value: Any, text: str) -> None:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(DEEPEST + 1):
        if not level:
            return
        level = [item for holder in level for item in (holder.values() if isinstance(holder, dict) else holder)
                 if isinstance(item, (dict, list))]  # fmt: skip
    raise _misplaced(text, _DEEP, _too_deep())


def _repeated(value: Any, twice: dict[int, tuple[dict[str, Any], list[str]]]) -> tuple[str, ...]:
    """The pointers of the names that stand twice."""
    found: list[str] = []
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), value)] if twice else []
    while stack:
        path, holder = stack.pop()
        if isinstance(holder, dict):
            if id(holder) in twice:
                found.extend(from_parts((*path, name)) for name in twice[id(holder)][1])
            stack.extend(((*path, name), item) for name, item in holder.items())
        elif isinstance(holder, list):
            stack.extend(((*path, index), item) for index, item in enumerate(holder))
    return tuple(sorted(found))


def _without_surrogates(value: Any, twice: dict[int, tuple[dict[str, Any], list[str]]]) -> Any:
    """Lone surrogates cannot be written anywhere; JSON can hold them, so they become U+FFFD."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(item, twice) for item in value]
    if isinstance(value, dict):
        cleaned = {_SURROGATE.sub("\ufffd", name): _without_surrogates(item, twice) for name, item in value.items()}
        if id(value) in twice:
            twice[id(cleaned)] = (cleaned, twice[id(value)][1])
        return cleaned
    return value


def _require_openapi(source: Source) -> None:
    value: Any = source.value
    if not source.text.strip():
        raise NotOpenAPI(source=source.uri, reason="it is empty")
    if not isinstance(value, dict):
        raise NotOpenAPI(source=source.uri, reason=f"it holds {_kind(value)}, not an object")
    if "openapi" not in value:
        if "swagger" in value:
            raise NotOpenAPI(source=source.uri, reason=f"it is Swagger {value['swagger']}; convert it to OpenAPI 3 first")
        raise NotOpenAPI(source=source.uri, reason="it has no 'openapi' field at its top")
    version = value["openapi"]
    if not _VERSION.fullmatch(str(version)) or isinstance(version, bool):
        raise NotOpenAPI(source=source.uri, reason=f"its 'openapi' field says {version!r:.60}")


def _kind(value: Any) -> str:
    names = {str: "a text", list: "a list", type(None): "nothing", bool: "a boolean"}
    return names.get(type(value), "a number")

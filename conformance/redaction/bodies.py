"""Bodies with stand-ins: JSON by its names, forms and parts by theirs, other texts by what they show, all else as it is."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import orjson

from conformance.model.message import Request, Response
from conformance.redaction import lines
from conformance.redaction.markup import markup
from conformance.redaction.names import Kind, kind_of
from conformance.redaction.shapes import is_plain, may_hold_a_token
from conformance.redaction.standins import StandIns
from conformance.spec.body import is_json
from conformance.spec.codings import Uncoded, codings, decoded

_MOST_DECODED = 64 << 20
_MOST_UNKNOWN = 1 << 18
_GZIP = b"\x1f\x8b"
_LONGEST_INNER = 1 << 20
_MOST_NAMES = 8192
_LABELS = ("name", "key", "field")
_FIELD = re.compile(r'("([^"\\\n]{1,80})"\s*:\s*")((?:[^"\\]|\\.)*)(?=")')
_PART_NAME = re.compile(r'(?i)\bname="?([^";\r\n]*)')
_BOUNDARY = re.compile(r'(?i)boundary="?([^";]+)')
_WORDS = re.compile(r"[A-Za-z]{1,20}(?:[_-][A-Za-z0-9]{1,20}){0,9}")
_SAYS_NOTHING = frozenset({int, float, bool, type(None)})
_PLAIN = Kind.PLAIN
_ADDRESSES = frozenset({"to", "from", "cc", "bcc"})


class Unreadable(ValueError):
    """A body whose content cannot be seen, so that nobody can say what it holds."""


def clean_body(message: Request | Response, stand_ins: StandIns, *, is_error: bool) -> bytes:
    """The body that can be written, without its content coding; the same object when nothing had to be replaced.

    Args:
        message: whose body it is.
        stand_ins: what stands for what.
        is_error: what an error calls its message is the service's own.

    Raises:
        Unreadable: when it has a coding that is not known here, or is nested beyond measure.
    """
    try:
        plain = decoded(message.body, codings(message.header("content-encoding")), most=_MOST_DECODED)
    except Uncoded as raised:
        raise Unreadable(str(raised)) from raised
    cleaner = _Cleaner(stand_ins, is_error=is_error)
    try:
        return cleaner.body(plain, message.header("content-type") or "")
    except RecursionError:
        raise Unreadable("the body is nested too deeply") from None


class _Cleaner:
    def __init__(self, stand_ins: StandIns, *, is_error: bool) -> None:
        self._stand_ins, self._is_error = stand_ins, is_error

    def body(self, body: bytes, content_type: str) -> bytes:
        essence = content_type.partition(";")[0].strip().lower()
        if body[:2] == _GZIP:  # a file that is packed, not an answer that was
            return self._packed(body)
        if essence.startswith("multipart/"):
            return self._multipart(body, content_type)
        if essence == "application/x-www-form-urlencoded":
            return self._replaced(body, self._stand_ins.query)
        if is_json(essence) or body[:1] in {b"{", b"["}:
            found = self._json(body)
            if found is not None:
                return found
        is_text = essence.startswith("text/") or "charset=" in content_type.lower()
        if essence in lines.TABLES:
            return self._replaced(body, lambda text: self._text(lines.table(text, self._under)), is_text=is_text)
        if essence in lines.NAMED:
            return self._replaced(body, lambda text: self._text(lines.named(text, self._under)), is_text=is_text)
        if essence == lines.EVENTS:
            return self._replaced(body, lambda text: self._text(lines.events(text, self._whole, self._under)), is_text=is_text)
        return self._replaced(body, self._text, is_text=is_text)

    def _whole(self, text: str) -> str:
        clean = self._json(text.encode("utf-8", "surrogatepass"))
        return clean.decode("utf-8", "surrogatepass") if clean is not None else text

    def _packed(self, body: bytes) -> bytes:
        try:
            plain = decoded(body, ("gzip",), most=_MOST_DECODED)
        except Uncoded as raised:
            raise Unreadable(str(raised)) from raised
        clean = self.body(plain, "") if plain[:2] != _GZIP else b""  # packed twice, it is no message
        return body if clean is plain or clean == plain else gzip.compress(clean, mtime=0)

    def _replaced(self, body: bytes, change: Any, *, is_text: bool = False) -> bytes:
        charset = "utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"
        try:
            text = body.decode(charset)
        except UnicodeDecodeError:
            if not is_text and len(body) > _MOST_UNKNOWN:
                return body
            charset = "latin-1"
            text = body.decode(charset)
            change = change if is_text else self._stand_ins.binary  # of what nothing is known, the length has to stay
        clean = change(text)
        return body if clean == text else clean.encode(charset, "surrogatepass" if charset == "utf-8" else "replace")

    def _json(self, body: bytes) -> bytes | None:
        value: Any
        try:
            value = json.loads(body) if _LONG.search(body) else orjson.loads(body)
        except ValueError:
            try:
                value = json.loads(body)
            except ValueError:
                return None
        clean = self._value(value, Kind.PLAIN, "")
        if clean is value:
            return body
        try:
            return orjson.dumps(clean)
        except TypeError:  # an integer beyond 64 bits, or a lone surrogate
            return json.dumps(clean, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")

    def _value(self, value: Any, kind: Kind, name: str) -> Any:
        """The value with stand-ins; the same object when nothing had to be replaced."""
        if isinstance(value, str):
            return value if kind is _PLAIN and is_plain(value) else self._under(kind, value)
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            items = [self._value(item, kind, name) for item in value]
            return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        if kind is Kind.NUMBER and type(value) is int and name.lower() not in _ADDRESSES and 10**9 <= value < 10**15:
            return int(self._stand_ins.number(str(value)))
        return value

    def _object(self, value: dict[str, Any]) -> dict[str, Any]:
        # Most members are as they were: what is not looked at costs the least, and every exchange comes through here.
        changed: dict[str, Any] = {}
        is_named = True
        for key, item in value.items():
            kind = _KINDS[key]
            if kind is _PLAIN:
                if type(item) is str:
                    if is_plain(item):
                        continue
                elif type(item) in _SAYS_NOTHING:
                    continue
            elif kind is None:
                kind, is_named = kind_of(key), False
            new = self._value(item, kind, key)
            if new is not item:
                changed[key] = new
        if "value" in value and "value" not in changed:
            self._paired(value, changed)
        if not is_named:
            whole = {self._stand_ins.text(key): changed.get(key, item) for key, item in value.items()}
            return value if not changed and list(whole) == list(value) else whole
        return {**value, **changed} if changed else value

    def _paired(self, value: dict[str, Any], changed: dict[str, Any]) -> None:
        """A field that is written as a pair, as forms and tables are told."""
        said, label = value["value"], next((name for key in _LABELS if type(name := value.get(key)) is str), "")
        new = self._value(said, kind_of(label), label) if label and type(said) is str else said
        if new is not said:
            changed["value"] = new

    def _under(self, kind: Kind, text: str) -> str:
        if text[:1] in {"{", "["} and len(text) < _LONGEST_INNER:  # JSON in a text of JSON, as webhooks are logged
            clean = self._json(text.encode("utf-8", "surrogatepass"))
            if clean is not None:
                return clean.decode("utf-8", "surrogatepass")
        if kind is Kind.TEXT and self._is_error:
            kind = Kind.PLAIN
        if kind is Kind.PLAIN and '"' in text and (":" in text or "=" in text):
            text = lines.arguments(text, self._under)
        return self._stand_ins.under(kind, text)

    def _text(self, text: str) -> str:
        if '"' in text:
            text = lines.arguments(_FIELD.sub(lambda found: found[1] + self._quoted(found), text), self._under)
        if "<" in text:
            text = markup(text, self._under)
        return self._stand_ins.text(text)

    def _quoted(self, found: re.Match[str]) -> str:
        kind = kind_of(found[2])
        return found[3] if kind is Kind.PLAIN else json.dumps(self._under(kind, _unquoted(found[3])), ensure_ascii=False)[1:-1]

    def _multipart(self, body: bytes, content_type: str) -> bytes:
        boundary = _BOUNDARY.search(content_type)
        if boundary is None:
            return self._replaced(body, self._text)
        mark = b"--" + boundary[1].strip().encode("latin-1", "replace")
        parts = body.split(mark)
        return mark.join([parts[0], *[self._part(part) for part in parts[1:]]]) if len(parts) > 1 else body

    def _part(self, part: bytes) -> bytes:
        head, blank, content = part.partition(b"\r\n\r\n")
        if not blank:
            return part
        end = b"\r\n" if content.endswith(b"\r\n") else b""
        content = content[: len(content) - len(end)]
        said = head.decode("latin-1")
        name = _PART_NAME.search(said)
        kind = kind_of(name[1]) if name else Kind.PLAIN
        if kind is not Kind.PLAIN:
            clean = self._replaced(content, lambda text: self._under(kind, text))
        else:
            typed = re.search(r"(?i)content-type:\s*([^\r\n]+)", said)
            clean = self.body(content, typed[1] if typed else "")
        return self._stand_ins.text(said).encode("latin-1", "replace") + blank + clean + end


class _Kinds(dict[str, "Kind | None"]):
    """What a field of a name holds; ``None`` where the name itself may show something."""

    def __missing__(self, name: str) -> Kind | None:
        is_word = _WORDS.fullmatch(name) is not None and not may_hold_a_token(name)
        found = kind_of(name) if is_word or is_plain(name) else None
        if len(self) < _MOST_NAMES:
            self[name] = found
        return found


_KINDS = _Kinds()


# An integer that may not fit into 64 bits, and must stay what it is.
_LONG = re.compile(rb"[:,\[\s]-?[0-9]{19}")


def _unquoted(text: str) -> str:
    try:
        found: str = json.loads(f'"{text}"', strict=False)
    except ValueError:
        return text
    return found

"""YAML as JSON-compatible values, with the place of every value: safe, without recursion, and no surprises.

Plain scalars follow YAML 1.2 (section 10), so ``on``, ``yes`` and dates are strings and only what JSON knows becomes
anything else; a number with leading zeros is text too, as in the JSON schema ruleset that OpenAPI asks for. Keys are
the text as written (``200:`` is ``"200"``). Aliases are copies, merge keys (``<<``) are applied, and tags that are
not of the core schema are ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

DEEPEST = 200
"""Levels of nesting that a document may have; nobody writes more, and what reads it further on recurses."""

_LARGEST = 3_000_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,4000})", re.ASCII)
_BASED = re.compile(r"0o[0-7]{1,1000}|0x[0-9a-fA-F]{1,1000}", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_MAX_FLOAT = 1.7976931348623157e308


class MalformedError(Exception):
    """Text that does not parse. ``line`` and ``column`` count from 1."""

    def __init__(self, *, line: int, column: int, reason: str) -> None:
        self.line, self.column, self.reason = line, column, reason
        super().__init__(line, column, reason)


@dataclass(slots=True)
class Spot:
    """Where a value stands: of a mapping's member the key, else the value itself; with what is inside."""

    line: int
    column: int
    inside: dict[str, Spot] | list[Spot] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text holds. ``repeated`` are the paths of keys that stand twice in their mapping."""

    value: Any
    spot: Spot
    repeated: tuple[tuple[str | int, ...], ...] = ()


def clamped(number: float) -> float:
    """The nearest number that JSON can write."""
    return max(-_MAX_FLOAT, min(_MAX_FLOAT, number))


def read_yaml(text: str) -> Reading:
    """The one document of a YAML text.

    Raises:
        MalformedError: when it does not parse, holds more than one document, or unfolds without end.
    """
    builder = _Builder()
    loader = None
    try:
        loader = _LOADER(text)
        while loader.check_event():
            builder.event(loader.get_event())
    except yaml.MarkedYAMLError as raised:
        mark = raised.problem_mark or raised.context_mark
        reason = raised.problem or raised.context or "it does not parse"
        if mark is not None and reason == "found character that cannot start any token":
            reason += (
                "; YAML is indented by spaces, not by tabs" if "\t" in text.splitlines()[mark.line][: mark.column + 1] else ""
            )
        raise MalformedError(line=mark.line + 1 if mark else 1, column=mark.column + 1 if mark else 1, reason=reason) from None
    except yaml.reader.ReaderError as raised:
        before = text[: raised.position] if isinstance(raised.position, int) else ""
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise MalformedError(line=line, column=column, reason=f"a character is not allowed: {raised.reason}") from None
    except (RecursionError, yaml.YAMLError) as raised:
        raise MalformedError(line=1, column=1, reason=f"it does not parse: {type(raised).__name__}") from None
    finally:
        if loader is not None:
            loader.dispose()
    return Reading(value=builder.value, spot=builder.spot, repeated=tuple(builder.repeated))


@dataclass(slots=True)
class _Frame:
    """A collection that is being filled. ``before`` counts the values that were read before it."""

    value: dict[str, Any] | list[Any]
    spot: Spot
    anchor: str | None
    before: int
    key: str | None = None
    key_at: tuple[int, int] = (1, 1)
    merges: list[tuple[Any, Spot]] = field(default_factory=list)


class _Builder:
    def __init__(self) -> None:
        self.value: Any = None
        self.spot = Spot(1, 1)
        self.repeated: list[tuple[str | int, ...]] = []
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, Spot, int]] = {}
        self._count = self._documents = 0

    def event(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, {}, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], [], event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _malformed(event, "there is more than one document in it")

    def _scalar(self, event: Any) -> None:
        frame = self._frames[-1] if self._frames else None
        self._count += 1
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            merges = event.value == "<<" and event.implicit[0]
            self._key(frame, "<<" if merges else event.value, event, merge=merges)
            return
        value = _plain(event.value) if event.implicit[0] or _is_core(event.tag) else event.value
        spot = Spot(event.start_mark.line + 1, event.start_mark.column + 1)
        if event.anchor:
            self._anchors[event.anchor] = (value, spot, 1)
        self._add(value, spot)

    def _key(self, frame: _Frame, key: str, event: Any, *, merge: bool = False) -> None:
        frame.key = "\0<<" if merge else key
        frame.key_at = (event.start_mark.line + 1, event.start_mark.column + 1)
        if key in frame.value and not merge:
            self.repeated.append((*self._path(), key))
        if event.anchor and isinstance(event, yaml.ScalarEvent):
            self._anchors[event.anchor] = (key, Spot(*frame.key_at), 1)

    def _path(self) -> tuple[str | int, ...]:
        """Where the innermost open collection stands."""
        return tuple(
            frame.key if isinstance(frame.value, dict) and frame.key is not None else len(frame.value)
            for frame in self._frames[:-1]
        )

    def _open(self, value: Any, inside: Any, event: Any) -> None:
        if self._frames and isinstance(self._frames[-1].value, dict) and self._frames[-1].key is None:
            raise _malformed(event, "a key is not a plain value")
        if len(self._frames) >= DEEPEST:
            raise _malformed(event, f"it is nested more than {DEEPEST} levels deep")
        self._count += 1
        spot = Spot(event.start_mark.line + 1, event.start_mark.column + 1, inside)
        self._anchors.pop(event.anchor, None)
        self._frames.append(_Frame(value, spot, event.anchor, self._count))

    def _close(self) -> None:
        frame = self._frames.pop()
        for value, spot in frame.merges:
            _merge(frame, value, spot)
        if frame.anchor:
            self._anchors[frame.anchor] = (frame.value, frame.spot, self._count - frame.before + 1)
        self._add(frame.value, frame.spot)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            raise _malformed(event, f"the alias *{event.anchor} names nothing that stands complete before it")
        value, spot, size = self._anchors[event.anchor]
        frame = self._frames[-1] if self._frames else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            if not isinstance(value, str):
                raise _malformed(event, "a key is not a plain value")
            self._key(frame, value, event)
            return
        self._count += size
        if self._count > _LARGEST:
            raise _malformed(event, f"its aliases unfold to more than {_LARGEST:,} values")
        if len(self._frames) + _depth(value) > DEEPEST:
            raise _malformed(event, f"it is nested more than {DEEPEST} levels deep")
        self._add(_copied(value), spot)

    def _add(self, value: Any, spot: Spot) -> None:
        if not self._frames:
            self.value, self.spot = value, spot
            return
        frame = self._frames[-1]
        if isinstance(frame.value, list):
            frame.value.append(value)
            frame.spot.inside.append(spot)  # type: ignore[union-attr]
            return
        if frame.key == "\0<<":
            frame.merges.append((value, spot))
        else:
            frame.value[frame.key] = value  # type: ignore[index]
            frame.spot.inside[frame.key] = Spot(*frame.key_at, spot.inside)  # type: ignore[index,call-overload]
        frame.key = None


def _merge(frame: _Frame, value: Any, spot: Spot) -> None:
    """Members of a merged mapping, or of a list of them; what the mapping says itself wins."""
    own: Any = frame.value
    spots: Any = frame.spot.inside
    sources = list(zip(value, spot.inside or (), strict=False)) if isinstance(value, list) else [(value, spot)]
    for source, place in sources:
        if isinstance(source, dict) and isinstance(place, Spot) and isinstance(place.inside, dict):
            for key in (key for key in source if key not in own):
                own[key], spots[key] = source[key], place.inside.get(key, place)


def _malformed(event: Any, reason: str) -> MalformedError:
    return MalformedError(line=event.start_mark.line + 1, column=event.start_mark.column + 1, reason=reason)


def _is_core(tag: str | None) -> bool:
    return tag is not None and tag.startswith(_CORE) and tag.removeprefix(_CORE) in {"null", "bool", "int", "float"}


def _plain(text: str) -> Any:
    """A plain scalar by the core schema of YAML 1.2 (sections 10.2 and 10.3); infinities stay text, as JSON has none."""
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    return clamped(float(text)) if _NUMBER.fullmatch(text) else text


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        level = [item for holder in level if isinstance(holder, (dict, list))
                 for item in (holder.values() if isinstance(holder, dict) else holder)]  # fmt: skip
        depth += 1
    return depth

"""The keywords of one place that hold no schema: values, limits, patterns, formats, and what is noted beside them."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.diff.change import Fact, Places
from conformance.diff.facts import shown, sunset
from conformance.diff.shape import Bound, Shape, key_of
from conformance.spec.patterns.relation import relation

_SIZES = {"minLength": "length", "minItems": "number of items", "minProperties": "number of properties",
          "minContains": "number of such items", "maxLength": "length", "maxItems": "number of items",
          "maxProperties": "number of properties", "maxContains": "number of such items"}  # fmt: skip
_WIDER = {("int32", "int64"), ("float", "double"), ("int32", "double"), ("ipv4", "ip"), ("ipv6", "ip"), ("email", "idn-email"),
          ("uri", "uri-reference"), ("uri", "iri"), ("hostname", "idn-hostname"), ("int32", "float")}  # fmt: skip
"""Formats, of which the second takes all that the first takes."""


_NUMERIC = frozenset({"number", "integer"})
_NUMBERS = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float", "double", "decimal",
                      "single-int", "double-int"})  # fmt: skip
_TEXTS = frozenset({"date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6",
                    "ip", "uri", "uri-reference", "iri", "iri-reference", "uuid", "uri-template", "json-pointer",
                    "relative-json-pointer", "regex", "decimal", "base64url", "date-time-local"})  # fmt: skip
"""Formats of JSON Schema 2020-12 and of the registry of OpenAPI."""


def noted(old: Shape, new: Shape) -> Iterator[Fact]:
    """What is noted beside a schema and constrains nothing."""
    if bool(old.notes.get("deprecated")) != bool(new.notes.get("deprecated")):
        kind, text = (
            ("deprecated", "it was deprecated") if new.notes.get("deprecated") else ("reactivated", "it is deprecated no more")
        )
        yield Fact(kind=f"schema-{kind}", text=text, old=old.place("deprecated"), new=new.place("deprecated"))
    ends = (str(shape.notes.get("x-sunset") or "") for shape in (old, new))
    ending = sunset(*ends, deprecated=bool(new.notes.get("deprecated")))
    if ending is not None:
        yield Fact(kind=ending[0], text=ending[1], old=old.place("x-sunset"), new=new.place("x-sunset"))
    if _xml(old) != _xml(new):
        yield Fact(kind="xml-changed", text="it is written otherwise in XML", old=old.place("xml"), new=new.place("xml"))
    before, after = ("default" in old.notes, "default" in new.notes)
    places: Places = {"old": old.place("default"), "new": new.place("default")}
    if before and after and key_of(old.notes["default"]) != key_of(new.notes["default"]):
        text = f"the default {shown(old.notes['default'])} became {shown(new.notes['default'])}"
        yield Fact(kind="default-changed", text=text, **places)
    elif before and not after:
        yield Fact(kind="default-removed", text=f"the default {shown(old.notes['default'])} was removed", **places)
    elif after and not before:
        yield Fact(kind="default-added", text=f"the default {shown(new.notes['default'])} was added", **places)


def _xml(shape: Shape) -> dict[str, object]:
    """How a value is written in XML, where something is said that is not so anyway."""
    declared = shape.notes.get("xml")
    held = {str(key): value for key, value in declared.items()} if isinstance(declared, dict) else {}
    return {key: value for key, value in held.items() if value not in (None, False, "") and not key.startswith("x-")}


def differences(old: Shape, new: Shape) -> Iterator[Fact]:
    """The facts about two shapes that share a type."""
    yield from _values(old, new)
    if old.enum is not None or new.enum is not None:
        return  # the values say it all
    yield from _bound("lower", old.lower, new.lower, old, new)
    yield from _bound("upper", old.upper, new.upper, old, new)
    yield from _sizes(old, new)
    yield from _unique(old, new)
    yield from _patterns(old, new)
    yield from _formats(old, new)
    yield from _multiples(old, new)
    if old.contents != new.contents:
        places: Places = {"old": old.place("contentEncoding"), "new": new.place("contentEncoding")}
        yield Fact(kind="content-changed", text="what the text encodes changed", **places)


def _values(old: Shape, new: Shape) -> Iterator[Fact]:
    before, after = old.enum, new.enum
    places: Places = {"old": old.place("enum"), "new": new.place("enum")}
    if before is None and after is None:
        return
    if before is None:
        yield Fact(kind="enum-introduced", text=f"only {_listed(after or {})} {_is(after)} taken now", **places)
    elif after is None:
        yield Fact(kind="enum-lifted", text=f"others than {_listed(before)} are taken now", **places)
    elif len(before) == len(after) == 1 and before.keys() != after.keys():
        text = f"the constant {shown(*before.values())} became {shown(*after.values())}"
        yield Fact(kind="constant-changed", text=text, **places)
    else:
        for key in sorted(before.keys() - after.keys()):
            yield Fact(kind="enum-value-removed", text=f"the value {shown(before[key])} was removed", **places)
        for key in sorted(after.keys() - before.keys()):
            yield Fact(kind="enum-value-added", text=f"the value {shown(after[key])} was added", **places)
            for other in sorted(after.keys() - {key}):
                if other.casefold() == key.casefold():
                    text = f"the value {shown(after[key])} differs from {shown(after[other])} by case alone"
                    yield Fact(kind="case-twin-added", text=text, **places)


def _listed(values: dict[str, object]) -> str:
    told = [shown(values[key]) for key in sorted(values)]
    return ", ".join(told[:4]) + (f" and {len(told) - 4} more" if len(told) > 4 else "")


def _is(values: dict[str, object] | None) -> str:
    return "is" if values is not None and len(values) == 1 else "are"


def _bound(side: str, old: Bound | None, new: Bound | None, one: Shape, other: Shape) -> Iterator[Fact]:
    if (old and old[:2]) == (new and new[:2]):
        return
    word = "minimum" if side == "lower" else "maximum"
    places: Places = {"old": old[2] if old else one.pointer, "new": new[2] if new else other.pointer}
    if old is None:
        yield Fact(kind=f"{word}-added", text=f"the {word} {_limit(new)} was added", **places)
    elif new is None:
        yield Fact(kind=f"{word}-removed", text=f"the {word} {_limit(old)} was removed", **places)
    else:
        tighter = new[:2] > old[:2] if side == "lower" else (new[0], not new[1]) < (old[0], not old[1])
        verb = "tightened" if tighter else "loosened"
        yield Fact(kind=f"{word}-{verb}", text=f"the {word} {_limit(old)} became {_limit(new)}", **places)


def _limit(bound: Bound | None) -> str:
    return "" if bound is None else f"{bound[0]:g}{' (excluded)' if bound[1] else ''}"


def _sizes(old: Shape, new: Shape) -> Iterator[Fact]:
    for held, other, is_least in ((old.least, new.least, True), (old.most, new.most, False)):
        for keyword in sorted({*held, *other}):
            before, after = held.get(keyword), other.get(keyword)
            if before == after or (keyword.endswith("Contains") and (old.contains is None or new.contains is None)):
                continue
            name = f"{'minimum' if is_least else 'maximum'} {_SIZES[keyword]}"
            places: Places = {"old": old.place(keyword), "new": new.place(keyword)}
            prefix = "minimum" if is_least else "maximum"
            if before is None:
                yield Fact(kind=f"{prefix}-size-added", text=f"the {name} {after} was added", **places)
            elif after is None:
                yield Fact(kind=f"{prefix}-size-removed", text=f"the {name} {before} was removed", **places)
            else:
                verb = "tightened" if (after > before) == is_least else "loosened"
                yield Fact(kind=f"{prefix}-size-{verb}", text=f"the {name} {before} became {after}", **places)


def _unique(old: Shape, new: Shape) -> Iterator[Fact]:
    places: Places = {"old": old.place("uniqueItems"), "new": new.place("uniqueItems")}
    if old.unique != new.unique:
        if new.unique:
            yield Fact(kind="unique-items-demanded", text="its items must differ from each other now", **places)
        else:
            yield Fact(kind="unique-items-dropped", text="its items may be equal now", **places)


def _patterns(old: Shape, new: Shape) -> Iterator[Fact]:
    gone, come = (
        sorted(pattern for pattern in held - other if not _any_text(pattern))
        for held, other in ((old.patterns, new.patterns), (new.patterns, old.patterns))
    )
    places: Places = {"old": old.place("pattern"), "new": new.place("pattern")}
    if gone and come:
        how = relation(gone[0], come[0]) if len(gone) == len(come) == 1 else "unknown"
        if how == "equal":
            return
        kind = {"wider": "pattern-widened", "narrower": "pattern-narrowed", "apart": "pattern-replaced"}.get(
            how, "pattern-changed"
        )
        yield Fact(kind=kind, text=f"the pattern {shown(gone[0])} became {shown(come[0])}", **places)
    elif come:
        yield Fact(kind="pattern-added", text=f"the pattern {shown(come[0])} was added", **places)
    elif gone:
        yield Fact(kind="pattern-removed", text=f"the pattern {shown(gone[0])} was removed", **places)


def _any_text(pattern: str) -> bool:
    """Whether a pattern leaves every text in, and means to: ``[a-z]*`` leaves all in because it has no ends."""
    return "*" in pattern and relation("", pattern) == "equal" and relation("^.*$", f"^(?:{pattern})$") in {"equal", "wider"}


def _formats(old: Shape, new: Shape) -> Iterator[Fact]:
    gone, come = sorted(old.formats - new.formats), sorted(new.formats - old.formats)
    places: Places = {"old": old.place("format"), "new": new.place("format")}
    if not all(_known(name, old.types | new.types) for name in (*gone, *come)):
        text = f"the format {shown(gone[0]) if gone else '(none)'} became {shown(come[0]) if come else '(none)'}"
        yield Fact(kind="custom-format-changed", text=text, **places)
        return
    if gone and come:
        one, other = gone[0], come[0]
        kind = "format-widened" if (one, other) in _WIDER else "format-narrowed" if (other, one) in _WIDER else "format-changed"
        yield Fact(kind=kind, text=f"the format {shown(one)} became {shown(other)}", **places)
    elif come:
        yield Fact(kind="format-added", text=f"the format {shown(come[0])} was added", **places)
    elif gone:
        yield Fact(kind="format-removed", text=f"the format {shown(gone[0])} was removed", **places)


def _known(name: str, types: frozenset[str]) -> bool:
    """Whether the specifications say what a format means for such values."""
    return bool(_NUMERIC & types) if name in _NUMBERS else name in _TEXTS and "string" in types


def _multiples(old: Shape, new: Shape) -> Iterator[Fact]:
    if old.multiples == new.multiples:
        return
    places: Places = {"old": old.place("multipleOf"), "new": new.place("multipleOf")}
    before, after = _all_steps(old), _all_steps(new)
    looser = all(any(_divides(step, held) for held in before) for step in after)
    tighter = all(any(_divides(step, held) for held in after) for step in before)
    if (looser and (tighter or (old.integral and not new.integral))) or (tighter and new.integral and not old.integral):
        return  # the same, or said by the type
    text = f"multipleOf {_steps(old)} became {_steps(new)}"
    kind = "multiple-loosened" if looser else "multiple-tightened" if tighter else "multiple-changed"
    yield Fact(kind=kind, text=text, **places)


def _all_steps(shape: Shape) -> frozenset[float]:
    return shape.multiples | {1} if shape.integral else shape.multiples


def _divides(step: float, held: float) -> bool:
    """Whether every multiple of ``held`` is one of ``step``."""
    return step != 0 and abs(held / step - round(held / step)) < 1e-9


def _steps(shape: Shape) -> str:
    return " and ".join(f"{step:g}" for step in sorted(shape.multiples)) or "(none)"

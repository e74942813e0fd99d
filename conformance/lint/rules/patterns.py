"""Patterns and formats: what cannot be matched, and what takes forever."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.lint.nearness import nearest
from conformance.lint.rule import ERROR, NOTE, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of, list_of
from conformance.spec.patterns.automaton import catastrophic, disjoint, text_lengths
from conformance.spec.pointer import join

AREA = "schemas"
_HEX = "[0-9A-Fa-f]"
_DAY, _CLOCK = r"\d{4}-\d{2}-\d{2}", r"\d{2}:\d{2}:\d{2}(\.\d+)?([zZ]|[+-]\d{2}:\d{2})"
_LANGUAGES = {
    "date": f"^{_DAY}$", "time": f"^{_CLOCK}$", "date-time": f"^{_DAY}[tT]{_CLOCK}$",
    "uuid": f"^{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}$",
    "ipv4": r"^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$", "ipv6": r"^[0-9A-Fa-f:.]{2,45}$",
    "email": "^[^@]+@.+$", "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]*$", "hostname": r"^[A-Za-z0-9.-]{1,253}$",
    "duration": r"^P[0-9A-Z.,]+$", "json-pointer": r"^(/.*)?$", "byte": r"^[A-Za-z0-9+/=]*$",
}  # fmt: skip
"""A pattern for at least everything that a format allows (JSON Schema validation 7.3)."""
FORMATS = (
    "date",
    "date-time",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uri-template",
    "uuid",
    "regex",
    "json-pointer",
    "relative-json-pointer",
    "byte",
    "binary",
    "password",
    "int32",
    "int64",
    "float",
    "double",
    "decimal",
)
# Names in use that are near to others and mean something of their own (registry of formats, and widespread ones).
_OWN = frozenset(
    {
        "url",
        "uri-ref",
        "int8",
        "int16",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "int",
        "integer",
        "long",
        "string",
        "text",
        "number",
        "guid",
        "ip",
        "cidr",
        "phone",
        "ulid",
        "base64",
        "base64url",
        "char",
        "sf-token",
        "media-range",
        "http-date",
        "date-time-local",
        "time-local",
        "double-int",
        "decimal128",
        "timestamp",
        "iso-8601",
        "rfc3339",
        "e164",
        "uid",
        "unixtime",
        "unix-time",
        "mac",
        "bin",
        "file",
        "fqdn",
        "commonmark",
        "html",
    }
)


_CODINGS = frozenset({"7bit", "8bit", "binary", "quoted-printable", "base16", "base32", "base32hex", "base64", "base64url"})


def content_encoding_unknown(subject: Subject) -> Iterator[Defect]:
    """Texts are encoded as RFC 2045 or RFC 4648 say."""
    for place in () if subject.is_30 else subject.having("contentEncoding"):
        coding = place.value["contentEncoding"]
        if isinstance(coding, str) and coding.lower() not in _CODINGS and not coding.lower().startswith("x-"):
            meant = nearest(coding.lower(), tuple(sorted(_CODINGS)))
            told = f"; {meant!r} may be meant" if meant is not None else ""
            yield Defect(join(place.pointer, "contentEncoding"), f"{coding!r} is no encoding of RFC 2045 or RFC 4648{told}")


def pattern_catastrophic(subject: Subject) -> Iterator[Defect]:
    """No pattern needs time that doubles with each character."""
    for place in subject.having("pattern", "patternProperties"):
        own = place.value.get("pattern")
        found = [(join(place.pointer, "pattern"), own)] if isinstance(own, str) else []
        found += [
            (join(place.pointer, "patternProperties", name), name) for name in dict_of(place.value.get("patternProperties"))
        ]
        for pointer, pattern in found:
            if catastrophic(pattern):
                yield Defect(pointer, f"the pattern {pattern!r:.80} can take exponential time on a text that nearly matches")


def format_pattern_contradictory(subject: Subject) -> Iterator[Defect]:
    """Some text has both the format and the pattern."""
    for place in subject.having("pattern"):
        name, pattern = place.value.get("format"), place.value["pattern"]
        if isinstance(name, str) and isinstance(pattern, str) and name in _LANGUAGES and disjoint(pattern, _LANGUAGES[name]):
            yield Defect(join(place.pointer, "pattern"), f"no text of the format {name!r} has the pattern {pattern!r:.80}")


def format_length_contradictory(subject: Subject) -> Iterator[Defect]:
    """Some text has both the format and the length."""
    for place in subject.having("format"):
        name = place.value["format"]
        if not isinstance(name, str) or name not in _LANGUAGES:
            continue
        shortest, longest = text_lengths(_LANGUAGES[name])
        least, most = place.value.get("minLength"), place.value.get("maxLength")
        if isinstance(most, int) and most < shortest:
            yield Defect(join(place.pointer, "maxLength"), f"a text of the format {name!r} has at least {shortest} characters")
        if isinstance(least, int) and longest is not None and least > longest:
            yield Defect(join(place.pointer, "minLength"), f"a text of the format {name!r} has at most {longest} characters")


def format_bounds_exceeded(subject: Subject) -> Iterator[Defect]:
    """Bounds lie within what the format can hold."""
    for place in subject.having("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        bits = {"int32": 31, "int64": 63}.get(str(place.value.get("format")))
        for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if bits else ():
            value = place.value.get(keyword)
            if (
                isinstance(value, (int, float))
                and not isinstance(value, bool)
                and bits
                and not -(2**bits) - 1 <= value <= 2**bits
            ):
                yield Defect(join(place.pointer, keyword), f"{value} is beyond what {place.value['format']} can hold")


def format_misspelt(subject: Subject) -> Iterator[Defect]:
    """Names of formats are not nearly those of others."""
    for place in subject.having("format"):
        name = place.value["format"]
        if isinstance(name, str) and name not in FORMATS and name not in _OWN and not name.startswith("x-"):
            meant = nearest(name, FORMATS)
            if meant is not None:
                yield Defect(join(place.pointer, "format"), f"{name!r} is not a known format; {meant!r} may be meant")


def enum_empty(subject: Subject) -> Iterator[Defect]:
    """An enumeration has a value."""
    for place in subject.having("enum"):
        if place.value["enum"] == []:
            yield Defect(join(place.pointer, "enum"), "no value is listed, so that none is valid")
    for place in subject.of("variable"):
        if "enum" in place.value and list_of(place.value["enum"]) == [] and isinstance(place.value["enum"], list):
            yield Defect(join(place.pointer, "enum"), "no value is listed for the variable")


RULES = (
    Rule(
        id="content-encoding-unknown", severity=WARNING, area=AREA, function=content_encoding_unknown,
        summary="A text is said to be encoded in a way that nobody knows.",
        fix="Use one of 7bit, 8bit, binary, quoted-printable, base16, base32, base64 and base64url.",
        why="Readers cannot decode the text (JSON Schema validation 8.3). What compresses a message is `Content-Encoding`.",
    ),
    Rule(
        id="enum-empty", severity=ERROR, area=AREA, function=enum_empty,
        summary="An enumeration lists no value.",
        fix="List the values, or remove `enum`.",
        why="No value is valid (JSON Schema validation 6.1.2; OpenAPI, Server Variable Object).",
    ),
    Rule(
        id="format-bounds-exceeded", severity=WARNING, area=AREA, function=format_bounds_exceeded,
        summary="A bound lies beyond what the format can hold.",
        fix="Use a bound within the format, or a wider format.",
        why="Typed clients cannot hold what the bound allows (OpenAPI, Data Types).",
    ),
    Rule(
        id="format-length-contradictory", severity=ERROR, area=AREA, function=format_length_contradictory,
        summary="A length rules out every text of the format.",
        fix="Correct the length, or the format.",
        why="No text satisfies both (JSON Schema validation 6.3 and 7.3).",
    ),
    Rule(
        id="format-misspelt", severity=NOTE, area=AREA, function=format_misspelt,
        summary="The name of a format is nearly that of a known one.",
        fix="Write the name of the format that is meant.",
        why="Tools ignore formats that they do not know (JSON Schema validation 7.2.3).",
    ),
    Rule(
        id="format-pattern-contradictory", severity=ERROR, area=AREA, function=format_pattern_contradictory,
        summary="No text has both the format and the pattern.",
        fix="Correct the pattern, or drop the format.",
        why="A value must satisfy both (JSON Schema validation 6.3.3 and 7.3).",
    ),
    Rule(
        id="pattern-catastrophic", severity=WARNING, area=AREA, function=pattern_catastrophic,
        summary="A pattern can take exponential time.",
        fix="Let no repeated part match the same text in two ways: write `(a+)+` as `a+`.",
        why="One short text that nearly matches stops a validator for minutes (denial of service).",
    ),
)  # fmt: skip

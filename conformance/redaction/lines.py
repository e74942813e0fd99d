"""Texts that are made of lines: tables, events of a stream, and names with their values. What a name says holds for its value."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable

from conformance.redaction.names import Kind, kind_of

Under = Callable[[Kind, str], str]
"""What becomes of a text under a name of some kind."""

TABLES = frozenset({"text/csv", "application/csv", "text/tab-separated-values"})
NAMED = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/vcard"})
EVENTS = "text/event-stream"
_DELIMITERS = ",;\t|"
_LINE = re.compile(r"(?m)^([ \t]*(?:- +)?)([A-Za-z_][\w-]*)((?:;[^:\n]*)?:[ \t]*)(['\"]?)([^'\"\n\r][^\n\r]*?)(\4)([ \t]*\r?)$")
# A name without quotation marks and a text in them, as GraphQL and programs write it.
_ARGUMENT = re.compile(r'(?<![\w"\\])([A-Za-z_]\w{0,80})(\s*[:=]\s*")((?:[^"\\\n]|\\.)*)(?=")')
_EVENT = re.compile(r"(?:^data:[^\n]*(?:\r?\n|\Z))+", re.MULTILINE)
_DATA = re.compile(r"(?m)^data:[ ]?(.*?)\r?$")


def table(text: str, under: Under) -> str:
    """A table with its first line as names; the same text when nothing had to be replaced."""
    head = text.partition("\n")[0]
    mark = max(_DELIMITERS, key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=mark, strict=True))
    except csv.Error:
        return text
    kinds = [kind_of(name.strip()) for name in rows[0]] if rows else []
    clean = (
        [rows[0], *[[under(kind, cell) for kind, cell in zip(_filled(kinds, row), row, strict=True)] for row in rows[1:]]]
        if rows
        else []
    )
    if clean == rows:
        return text
    found = io.StringIO()
    csv.writer(found, delimiter=mark, lineterminator="\r\n" if head.endswith("\r") else "\n").writerows(clean)
    return found.getvalue()


def _filled(kinds: list[Kind], row: list[str]) -> list[Kind]:
    return [*kinds[: len(row)], *[Kind.PLAIN] * (len(row) - len(kinds))]


def named(text: str, under: Under) -> str:
    """Lines of a name, a colon and a value."""
    return _LINE.sub(
        lambda found: f"{found[1]}{found[2]}{found[3]}{found[4]}{under(kind_of(found[2]), found[5])}{found[6]}{found[7]}", text
    )


def arguments(text: str, under: Under) -> str:
    """Names with texts in quotation marks, wherever they stand."""

    def clean(found: re.Match[str]) -> str:
        kind = kind_of(found[1])
        return (
            found[0] if kind is Kind.PLAIN else found[1] + found[2] + json.dumps(under(kind, found[3]), ensure_ascii=False)[1:-1]
        )

    return _ARGUMENT.sub(clean, text)


def events(text: str, whole: Callable[[str], str], under: Under) -> str:
    """The events of a stream (HTML section 9.2.6): JSON by its names; of what is none, more than a word is what somebody says."""

    def clean(found: re.Match[str]) -> str:
        data = [line[1] for line in _DATA.finditer(found[0])]
        joined = "\n".join(data)
        try:
            json.loads(joined)
        except ValueError:
            return "\n".join([f"data: {under(Kind.TEXT if ' ' in line.strip() else Kind.PLAIN, line)}" for line in data]) + "\n"
        after = whole(joined)
        return found[0] if after == joined else "".join([f"data: {line}\n" for line in after.split("\n")])

    return _EVENT.sub(clean, text)

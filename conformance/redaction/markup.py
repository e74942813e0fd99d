"""Texts in angle brackets, XML and HTML: what the name of an element, an attribute or a field says holds for its value."""

from __future__ import annotations

import re

from conformance.redaction.lines import Under
from conformance.redaction.names import Kind, kind_of

_ELEMENT = re.compile(r"(<([A-Za-z_][\w.:-]*)((?:\s[^<>]*)?)>)([^<>]+)(?=</\2\s*>)")
_ATTRIBUTE = re.compile(r"""(\s([A-Za-z_][\w.:-]{0,80})\s*=\s*)("[^"<>]*"|'[^'<>]*')""")
_TAG = re.compile(r"<[A-Za-z_][^<>]*\s(?:value|content)\s*=[^<>]*>", re.IGNORECASE)
# What a form, a page or a list of properties calls a value by, and where the value stands.
_LABEL = re.compile(r"""\s(?:name|id|key|property|itemprop)\s*=\s*["']?([^\s"'<>]{1,80})""", re.IGNORECASE)
_VALUE = re.compile(r"""(\s(?:value|content)\s*=\s*)("[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)""", re.IGNORECASE)


def markup(text: str, under: Under) -> str:
    """The text with what its names call secret, a number or somebody's words replaced."""

    def element(found: re.Match[str]) -> str:
        kind = _local(found[2])
        return found[1] + under(_called(found[3]) if kind is Kind.PLAIN else kind, found[4])

    def attribute(found: re.Match[str]) -> str:
        return _quoted(found[0], found[1], found[3], _local(found[2]), under)

    def tag(found: re.Match[str]) -> str:
        kind = _called(found[0])
        if kind is Kind.PLAIN:
            return found[0]
        return _VALUE.sub(lambda value: _quoted(value[0], value[1], value[2], kind, under), found[0])

    return _TAG.sub(tag, _ATTRIBUTE.sub(attribute, _ELEMENT.sub(element, text)))


def _quoted(whole: str, head: str, value: str, kind: Kind, under: Under) -> str:
    if kind is Kind.PLAIN:
        return whole
    mark = value[0] if value[0] in "\"'" else ""
    return head + mark + under(kind, value[1:-1] if mark else value) + mark


def _called(attributes: str) -> Kind:
    """What the value of an element is by what its attributes call it."""
    return next((kind for found in _LABEL.finditer(attributes) if (kind := _local(found[1])) is not Kind.PLAIN), Kind.PLAIN)


def _local(name: str) -> Kind:
    """What an element or attribute of XML holds, whatever space its name is of."""
    return kind_of(name.rpartition(":")[2])

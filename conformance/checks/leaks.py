"""Errors that tell what is nobody's business: the credentials of the request, or the code and the database behind the service.

A success may well show either: a service that echoes, a log, a session that is told its own token. An error has no use for
them, and ends in logs, in tickets and on screens. What the document says an error has (a field for a stack), and what the
client sent itself, is no leak.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from conformance.checks.subject import MOST_DECODED, Fault, Subject
from conformance.model.ports import Schema
from conformance.spec.codings import Uncoded, codings, decoded

_LEAST, _LONG = 8, 16
_DATABASE = "the error of a database"
_MOST = 100_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]*[ \t]+")
# Answers have headers whose work is to carry a credential.
_CARRIERS = frozenset({"set-cookie", "authorization", "authentication-info", "proxy-authentication-info"})

_SIGNS = (
    ("a stack of Python", (".py", "Traceback"), r'Traceback \(most recent call last\)|File "[^"\n]{1,300}\.py", line \d+, in \w'),
    ("a stack of the JVM", (".java:", ".kt:", ".scala:", ".groovy:"),
     r"\bat [\w$.<>]{1,300}\([\w$]{1,99}\.(?:java|kt|scala|groovy):\d+\)"),
    ("a stack of .NET", (":line ",), r"\bat [\w.<>`\[\],]{1,300}\([^)\n]{0,300}\) in [^\n]{1,300}:line \d+"),
    ("a stack of JavaScript", ("s:", "sx:", "node:"),
     r"\bat (?:[\w$.<>\[\] ]{1,99} )?\(?(?:node:[^\s():]{1,99}|[^\s()]{0,300}\.[cm]?[jt]sx?):\d+:\d+"),
    ("a stack of Go", ("goroutine", "panic"), r"\bgoroutine \d+ \[[a-z ,0-9]+\]:|\bpanic: runtime error: "),
    ("a stack of Ruby", (".rb:",), r"/[\w./-]{1,300}\.rb:\d+:in [`']"),
    ("a stack of PHP", (".php", "PHP ", "Uncaught"),
     r"#\d{1,4} /[\w./-]{1,300}\.php\(\d+\): |PHP (?:Fatal|Parse) error: |Uncaught [\w\\]{1,200}(?:Exception|Error): "),
    ("a stack of Rust", ("panicked",), r"\bthread '[^'\n]*' panicked at "),
    (_DATABASE, ("SQL", "ORA-", "PG::"),
     r"\bSQLSTATE(?:\[|: ?\[?)[0-9A-Z]{5}|\bORA-\d{5}: |\bPG::\w+: |an error in your SQL syntax"),
    (_DATABASE, ("syntax error",), r'syntax error at or near "|near "[^"\n]*": syntax error'),
    (_DATABASE, ("constraint",), r"violates (?:unique|foreign key|not-null|check) constraint"),
    (_DATABASE, ("Unknown column", "Duplicate entry"), r"Unknown column '[^'\n]*' in '|Duplicate entry '[^'\n]*' for key '"),
    (_DATABASE, ("quot",), "Unclosed quotation mark after the character string|unterminated quoted string at or near"),
    (_DATABASE, ("SQLITE_", "E11000", "Mongo"), r"\bSQLITE_(?:ERROR|CONSTRAINT)|E11000 duplicate key|\bMongo(?:Server)?Error: "),
    (_DATABASE, ("psycopg", "sqlite3", "asyncpg", "sqlalchemy"),
     r"\b(?:psycopg2?|sqlite3|asyncpg|sqlalchemy)\.[\w.]*(?:exc|Error)"),
)  # fmt: skip
"""What it shows, what stands in all such texts, and a line that nothing else looks like."""

# What a client sends to a service that takes the language of a database: its errors are about that.
_ASKED = re.compile(
    r"\bselect\W.*\Wfrom\b|\binsert\W+into\b|\bupdate\W+\w+\W+set\b|\bdelete\W+from\b|\b(?:create|drop|alter)\W+table\b",
    re.IGNORECASE | re.DOTALL,
)
_MEANT = re.compile(r"trace|stack|debug|exception|sql|quer(y|ies)|logs?$", re.IGNORECASE)


def credentials_are_kept(subject: Subject) -> Iterator[Fault]:
    """An error does not repeat what the request carried to be let in."""
    shown = _text(subject) + "\n".join(
        value for name, value in subject.response.headers if name.lower() not in _CARRIERS
    )  # fmt: skip
    told = f"{subject.request.url}\n{subject.request.body.decode('utf-8', 'replace')}"
    for name, secret in _carried(subject):
        if secret not in told and any(form in shown for form in {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}):
            yield Fault(message=f"{subject.status}, and the answer repeats what the request carried in {name}", detail=name)
            return


def leaks_apply(subject: Subject) -> str | None:
    """Errors that say something."""
    if subject.status < 400:
        return "it is no error"
    return None if subject.response.body or subject.response.headers else "the answer says nothing"


def _carried(subject: Subject) -> Iterator[tuple[str, str]]:
    """What a request carries to be let in, by the header: the value of a scheme, a key, a password."""
    schemes = () if subject.operation is None else [one for any_of in subject.operation.security for one in any_of]
    names = {"authorization"} | {one.parameter.lower() for one in schemes if one.kind == "apiKey" and one.location == "header"}
    cookies = {one.parameter for one in schemes if one.kind == "apiKey" and one.location == "cookie"}
    for name, value in subject.request.headers:
        found: list[str] = []
        if name.lower() in names:
            found = _secrets(value)
        elif name.lower() == "cookie" and cookies:
            crumbs = (crumb.strip().partition("=") for crumb in value.split(";"))
            found = [held for key, _, held in crumbs if key in cookies]
        yield from ((name, secret) for secret in found if _is_telling(secret))


def _secrets(value: str) -> list[str]:
    scheme = _SCHEME.match(value)
    bare = value[scheme.end() :].strip() if scheme else value.strip()
    found = [bare]
    if scheme and scheme.group().strip().lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            found.append(base64.b64decode(bare, validate=True).decode().partition(":")[2])
    return found


def _is_telling(secret: str) -> bool:
    """Whether a secret is none that stands in other texts by chance, such as a word."""
    return len(secret) >= _LONG or (len(secret) >= _LEAST and not secret.isalpha() and not secret.isdecimal())


def inside_is_kept(subject: Subject) -> Iterator[Fault]:
    """An error says nothing of the code that made it, nor in the words of a database."""
    whole = _text(subject)
    likely = [(what, pattern) for what, words, pattern in _SIGNS if any(word in whole for word in words)]
    told = f"{subject.request.url}\n{subject.request.body.decode('utf-8', 'replace')}" if likely else ""
    for place, text in _said(subject) if likely else ():
        for what, pattern in likely:
            match = re.search(pattern, text[:_MOST])
            if match is not None and not _is_in(match.group(), told) and not (what == _DATABASE and _ASKED.search(told)):
                yield Fault(
                    message=f"{subject.status}, and the answer shows {what}{place and f' in {place}'}", detail=what, place=place
                )
                return


def _is_in(text: str, told: str) -> bool:
    return text in told or json.dumps(text)[1:-1] in told


def _said(subject: Subject) -> Iterator[tuple[str, str]]:
    """The texts of an error with where they stand, but for those that the document has for such."""
    value = subject.json().value
    if isinstance(value, (dict, list, str)):
        yield from _texts(value, subject.media.schema if subject.media is not None else None, "")
    else:
        yield "", _text(subject)


def _texts(value: Any, schema: Schema | None, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        declared = schema.all_properties() if schema is not None else {}
        for name, held in value.items():
            if not (name in declared and _MEANT.search(name)):
                yield from _texts(held, declared.get(name), f"{at}/{name}")
    elif isinstance(value, list):
        items = schema.child("items") if schema is not None else None
        for held in value:
            yield from _texts(held, items, f"{at}/*")


def _text(subject: Subject) -> str:
    try:
        raw = decoded(subject.response.body, codings(subject.response.header("content-encoding")), most=MOST_DECODED)
    except Uncoded:
        return ""
    return raw[:_MOST].decode("utf-8", "replace")

"""A request as one line for a POSIX shell, with the credential left to an environment variable."""

from __future__ import annotations

import base64
import re
import shlex

from conformance.model.message import Request
from conformance.redaction.mask import Redactor

VARIABLE = "TELNYX_API_KEY"
LONGEST = 64 * 1024
"""Bodies over this many bytes do not fit on a command line everywhere (a Linux argument ends at 128 KiB)."""

# What curl writes by itself, or what belongs to one connection.
_OWN = frozenset({"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "user-agent", "keep-alive"})
_SCHEME = re.compile(r"(?i)(bearer|basic|digest|negotiate|token|apikey)\s+")
_PLAIN = re.compile(r"[\x20-\x7e]*")


def curl(request: Request, *, redactor: Redactor, variable: str = VARIABLE) -> str:
    """A line that sends the same request again.

    ``variable`` names the environment variable that holds the credential. A body that is not text comes through
    ``base64 -d``; one over ``LONGEST`` bytes is named and left out.
    """
    shown = redactor.request(request)
    before, body = _body(shown.body)
    words = ["curl", "-sS", "-i"]
    if shown.method.upper() == "HEAD":
        words.append("--head")
    elif shown.method != "GET" or body:
        words += ["-X", shlex.quote(shown.method)]
    if re.search(r"/\.{1,2}(/|$|\?)", shown.url):
        words.append("--path-as-is")
    if re.search(r"[\[\]{}]", shown.url):
        words.append("--globoff")
    words.append(_word(shown.url))
    for name, value in request.headers:
        if name.lower() not in _OWN:
            words += ["-H", _header(name, value, redactor, variable)]
    if body and request.header("content-type") is None:
        # Or curl would call it a form.
        words += ["-H", "'Content-Type:'"]
    return " ".join([*before, *words, *body])


def _header(name: str, value: str, redactor: Redactor, variable: str) -> str:
    if redactor.is_secret_header(name, value) and "cookie" not in name.lower():
        scheme = _SCHEME.match(value)
        return f'"{name}: {scheme.group().strip() + " " if scheme else ""}${variable}"'
    value = redactor.headers(((name, value),))[0][1]
    # An empty value is written with a semicolon, for a colon would take the header away.
    return _word(f"{name}: {value}" if value else f"{name};", "latin-1")


def _body(body: bytes) -> tuple[list[str], list[str]]:
    if not body:
        return [], []
    if len(body) > LONGEST:
        return [], ["--data-binary", "@body.bin", f"# body.bin: {len(body)} bytes, not shown"]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if all(character.isprintable() or character in "\n\t" for character in text):
        return [], ["--data-raw", shlex.quote(text)]
    return ["printf", "%s", shlex.quote(base64.b64encode(body).decode()), "|", "base64", "-d", "|"], ["--data-binary", "@-"]


def _word(text: str, encoding: str = "utf-8") -> str:
    """One shell word; what is not printable ASCII goes through ``printf``, so that the bytes stay the same."""
    if _PLAIN.fullmatch(text):
        return shlex.quote(text)
    octal = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b"\\'%" else f"\\{byte:03o}" for byte in text.encode(encoding, "replace")
    )
    return f"\"$(printf '{octal}')\""

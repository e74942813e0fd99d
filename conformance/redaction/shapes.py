"""What a value shows by its own shape, wherever it stands: numbers of the telephone, e-mail addresses, tokens, signed URLs."""

from __future__ import annotations

import re

# E.164: a plus and up to fifteen digits, the first not zero. Fewer than seven are no subscriber's.
NUMBER = re.compile(r"(?<![\w+])(?:\+|(?<!%)%2[Bb])[1-9][0-9]{6,14}(?![0-9])")
EMAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]*(?:@|%40)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
)
USER = re.compile(r"(?<=://)[^/?#\s@\"]+@(?=[^\s])")
URL_FRAGMENT = re.compile(r"(?i)(\bhttps?://[^\s\"'<>#]*#)([^\s\"'<>]*=[^\s\"'<>]*)")
URL_QUERY = re.compile(r"(?i)(\bhttps?://[^\s\"'<>?#]*\?)([^\s\"'<>#]+)")
BEARER = re.compile(r"(?i)(?<![a-z])((?:bearer|basic)\s+)((?=[^\s\"]*[0-9])[A-Za-z0-9._~+/=-]{16,})")

# What those who hand out tokens let them look like, so that they can be found where they should not be.
TOKEN = re.compile(
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"  # RFC 7519
    r"|\bKEY[0-9A-F]{20,}(?:_[A-Za-z0-9]{6,})?"
    r"|\b(?:(?:sk|rk|pk|whsec|gh[pousr]|github_pat|npm)_|(?:xox[abprs]|glpat|pypi)-|SG\.)[A-Za-z0-9_.-]{16,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)

# Cursors and the like: a text may hold all of this and not show it.
BASE64 = re.compile(
    r"(?:[A-Za-z0-9+/]{4}){5,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?|(?:[A-Za-z0-9_-]{4}){5,}[A-Za-z0-9_-]{0,3}={0,2}"
)


def is_plain(text: str) -> bool:
    """Whether nothing here can be of any of these shapes; quick, and right whenever it says so."""
    return not (len(text) >= 19 or "+" in text or "@" in text or "?" in text or " " in text or "%" in text)

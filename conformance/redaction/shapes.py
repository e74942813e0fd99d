"""What a value shows by its own shape, wherever it stands: numbers of the telephone, e-mail addresses, tokens, signed URLs."""

from __future__ import annotations

import re

# E.164: a plus and up to fifteen digits, the first not zero. Fewer than seven are no subscriber's.
NUMBER = re.compile(r"(?<![\w+])(?:\+|(?<!%)%2[Bb]|&#(?:43|x2[Bb]);)[1-9][0-9]{6,14}(?![0-9])")
EMAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]*(?:@|%40)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
)
USER = re.compile(r"(?<=://)[^/?#\s@\"]+@(?=[^\s])")
SIP_USER = re.compile(r"(?i)(\bsips?:[^\s:@;<>\"]+:)[^\s@<>\"]+(?=@)")
ENCODED = re.compile(r"[^\s?&=;,\"'<>]*%(?:25|3[DdFf])[^\s?&=;,\"'<>]*")
URL_FRAGMENT = re.compile(r"(?i)(\bhttps?://[^\s\"'<>#]*#)([^\s\"'<>]*=[^\s\"'<>]*)")
URL_QUERY = re.compile(r"(?i)(\b(?:https?://|mailto:|sms(?:to)?:)[^\s\"'<>?#]*\?)([^\s\"'<>#]+)")
BEARER = re.compile(r"(?i)(?<![a-z])((?:bearer|basic)\s+)((?=[^\s\"]*[0-9])[A-Za-z0-9._~+/=-]{16,})")

# What those who hand out tokens let them look like, so that they can be found where they should not be.
TOKEN = re.compile(
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"  # RFC 7519
    r"|\bKEY[0-9A-F]{20,}(?:_[A-Za-z0-9]{6,})?"
    r"|\b(?:(?:sk|rk|pk|whsec|gh[pousr]|github_pat|npm)_|(?:xox[abprs]|glpat|pypi)-|SG\.)[A-Za-z0-9_.-]{16,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Z])|\bAIza[0-9A-Za-z_-]{35}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)

# The same behind what is percent-encoded, where no word seems to begin.
CODED_TOKEN = re.compile(TOKEN.pattern.replace(r"\b", "(?<=%[0-9A-Fa-f]{2})"))
# Cursors and the like: a text may hold all of this and not show it. Of what is ASCII each group of four begins with one of these.
BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])(?:[I-Za-f][A-Za-z0-9+/_-]{3}){5,}[A-Za-z0-9+/_-]{0,3}={0,2}(?![A-Za-z0-9+/=_-])")

# A form, or a URL without its host, that stands in another text, such as that of who tells a request back.
FORM = re.compile(r"[\w.\[\]%-]+=[^\s&=<>{}\"]*(?:&[\w.\[\]%-]+=[^\s&=<>{}\"]*)*")
RELATIVE = re.compile(r"/[^\s?<>{}\"]*\?[^\s<>{}\"]+=[^\s<>{}\"]*")


# What begins each of the above, without a look at what stands before it: that lets the search skip what cannot begin one.
_TOKENISH = re.compile(r"eyJ|KEY|[srp]k_|whsec_|gh[pousr]_|github_|npm_|xox|glpat|pypi|SG\.|A[KS]IA|AIza|-----B|[Bb][EeAa][AaSs]")
# Long, frequent, and of a form that leaves nothing to find: a UUID, a time.
_SETTLED = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_is_settled, _is_odd = _SETTLED.fullmatch, re.compile(r"[+@? %]").search


def is_plain(text: str) -> bool:
    """Whether nothing here can be of any of these shapes; quick, and right whenever it says so."""
    return _is_settled(text) is not None if len(text) >= 19 else _is_odd(text) is None


def may_hold_a_token(text: str) -> bool:
    """Whether ``TOKEN`` or ``BEARER`` may find something; quick, and right whenever it says no."""
    return _TOKENISH.search(text) is not None

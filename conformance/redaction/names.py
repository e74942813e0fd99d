"""What a name says of the value under it: of a field, a parameter, a header or a cookie."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-. ]")
_CREDENTIAL = re.compile(
    r"(.*_)?(password|passwd|passphrase|passcode|secret|(api|private|secret|access|signing|encryption|shared)_?key|"
    r"(access|refresh|id|bearer|auth|session|security|csrf|xsrf|api|device|verification)_?token|credentials?|client_assertion|"
    r"signature|authorization|one_time_code|otp)|token|sig|hmac|jwt|pwd|apikey"
)
# What only the query of a signed URL has: Amazon's, Google's and Microsoft's ways to sign one (and those who copy them).
_SIGNED = frozenset({
    "awsaccesskey_id", "awsaccess_key_id", "google_access_id", "key_pair_id", "x_amz_credential", "x_amz_signature",
    "x_amz_security_token", "x_goog_credential", "x_goog_signature", "key", "auth", "hash",
})  # fmt: skip
_HEADER = re.compile(
    r"authorization|proxy-authorization|cookie2?|set-cookie2?|authentication-info|"
    r".*(token|secret|api-?key|access-?key|password|signature|credential|session-id).*",
    re.IGNORECASE,
)
_TEXT = re.compile(
    r"(.*_)?(text|body|message|content|subject|html|caption|prompt|transcript(ion)?|utterance|sms|mms|speech|greeting|"
    r"instructions?|payload|comment|note|notes|query_text|message_(text|body))"
)
_NUMBER = re.compile(r"(.*_)?(phone|phone_?numbers?|msisdn|mobile|fax|e164|caller_?id(_number)?|cell|telephone)|to|from|cc|bcc")


class Kind(Enum):
    """What stands under a name. ``PLAIN`` says nothing: the value's own shape decides."""

    PLAIN = "plain"
    CREDENTIAL = "credential"
    TEXT = "text"
    NUMBER = "number"


@lru_cache(maxsize=8192)
def kind_of(name: str) -> Kind:
    """What a field of this name (``apiKey``, ``message-text``, ``to``) holds."""
    plain = _HUMP.sub("_", name).lower()
    if _CREDENTIAL.fullmatch(plain):
        return Kind.CREDENTIAL
    if _NUMBER.fullmatch(plain):
        return Kind.NUMBER
    return Kind.TEXT if _TEXT.fullmatch(plain) else Kind.PLAIN


@lru_cache(maxsize=8192)
def parameter_kind(name: str) -> Kind:
    """What a query parameter of this name holds; a signed URL names more than a body."""
    inner = name.rpartition("[")[2].rstrip("]") if name.endswith("]") else name
    return Kind.CREDENTIAL if _HUMP.sub("_", inner).lower() in _SIGNED else kind_of(inner)


def is_secret(name: str) -> bool:
    """Whether what stands under a name (``apiKey``, ``client-secret``) is a credential."""
    return kind_of(name) is Kind.CREDENTIAL


@lru_cache(maxsize=8192)
def is_secret_header(name: str) -> bool:
    """Whether a header carries a credential by its name."""
    return _HEADER.fullmatch(name.strip()) is not None

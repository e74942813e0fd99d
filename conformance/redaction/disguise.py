"""What stands in the place of a value: as long, of the same kinds of characters, another for another value.

A telephone number stays one (``+12015550101``, from the range that is kept for fiction), an address is at ``example.com``, and
of anything else each letter becomes a letter and each digit a digit, so that lengths and most patterns still hold.
"""

from __future__ import annotations

import re
import string

_WORD = "redacted"
_LONG, _END = 80, 40
_PLAIN = str.maketrans({**dict.fromkeys(string.ascii_lowercase, "x"), **dict.fromkeys(string.ascii_uppercase, "X"),
                        **dict.fromkeys(string.digits, "0")})  # fmt: skip
_HEX = re.compile(r"[0-9a-f-]{16,}|[0-9A-F-]{16,}")
_AREAS = tuple(area for area in range(201, 990) if area % 100 != 11 and area not in {555, 700, 800, 900})


def number(value: str, count: int) -> str:
    """A telephone number for another, which may have no plus. ``count`` is from 1."""
    plus, digits = ("+", value[1:]) if value.startswith("+") else ("", value)
    if len(digits) == 11 and digits.startswith("1") and count < 100 * len(_AREAS):
        return f"{plus}1{_AREAS[count // 100]}55501{count % 100:02d}"
    # The country stays, and nobody's number is a count with zeros before it.
    head = digits[:2]
    return f"{plus}{head}{count % 10 ** (len(digits) - 2):0{len(digits) - 2}d}"


def email(count: int) -> str:
    """An e-mail address that nobody has (RFC 2606)."""
    return f"person{count}@example.com"


def text(value: str, count: int) -> str:
    """Anything else. Another count gives another text, if there is room for it."""
    if len(value) > _LONG and value.isascii():
        # Of a long text the end alone tells it from another.
        return value[:-_END].translate(_PLAIN) + text(value[-_END:], count)
    is_hex = _HEX.fullmatch(value) is not None and not value.isdigit()
    found, letter = list(value), 0
    for at, character in enumerate(value):
        if character.isalpha():
            small = "a" if is_hex else _WORD[letter % len(_WORD)]
            found[at], letter = small.upper() if character.isupper() else small, letter + 1
        elif character.isdigit():
            found[at] = "0"
    left = count
    for at in range(len(found) - 1, -1, -1):
        if not left:
            break
        character = found[at]
        base, first = (10, "0") if character == "0" else (6 if is_hex else 26, "a" if character.islower() else "A")
        if character.isascii() and character.isalnum():
            left, step = divmod(left, base)
            found[at] = chr((ord(character) - ord(first) + step) % base + ord(first))
    return "".join(found)

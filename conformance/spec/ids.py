"""What ids are called, by convention: nothing in OpenAPI says that a field is one."""

from __future__ import annotations

import re

KINDS = ("uuid", "guid", "gid", "uid", "sid", "id")
"""Words for an id, in lower case; one that ends with another stands before it."""

_CAPITAL = "|".join(kind.capitalize() for kind in KINDS)
ENDS_IN_ID = re.compile(rf"(?:_(?:{'|'.join(KINDS)})|{_CAPITAL}|ID)$")
"""The names of fields that hold an id and say of what: ``user_id``, ``callSid``."""

ENDS_IN_IDS = re.compile(rf"(?:_(?:{'|'.join(KINDS)})s?|(?:{_CAPITAL}|ID)s?)$")
"""The same, of one or several."""

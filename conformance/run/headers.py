"""Headers that a recorded answer had and a fresh one has not: those that clients act on, or that the document declares."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.model.message import Response
from conformance.model.operation import Operation
from conformance.run.shapes import Difference

# Clients act on them (RFC 9110, RFC 8288, RFC 6266, RFC 9745, RFC 8594), and go through lists by some; others are what servers
# and gateways on the way add.
_ACTED_ON = frozenset({
    "location", "content-location", "www-authenticate", "allow", "link", "etag", "last-modified", "retry-after",
    "content-disposition", "accept-ranges", "content-range", "deprecation", "sunset",
})  # fmt: skip
_LIMITS = ("x-ratelimit-", "ratelimit")
_PAGES = re.compile(r"(x-)?(total|next|total-(count|items|pages|results)|next-(page|cursor|token)|(pagination|page)-.*)")


def headers_gone(recorded: Response, live: Response, operation: Operation | None) -> Iterator[Difference]:
    """The headers that went, in the order of the recorded answer. Those that come with a body are not missed without one."""
    spec = operation.response_for(live.status) if operation is not None else None
    declared = {name.lower() for name in spec.headers} if spec is not None else set()
    have = {name.lower() for name, _ in live.headers}
    for name in dict.fromkeys(name.lower() for name, _ in recorded.headers):
        if name not in have and (name in _ACTED_ON or name in declared or name.startswith(_LIMITS) or _PAGES.fullmatch(name)):
            yield Difference(id="recording-header-removed", message=f"the recording has the header {name!r}, the answer has not",
                             detail=f"header {name}")  # fmt: skip
    if live.body and recorded.body and "content-type" not in have and recorded.header("content-type") is not None:
        yield Difference(id="recording-header-removed", message="the recording has the header 'content-type', the answer has not",
                         detail="header content-type")  # fmt: skip

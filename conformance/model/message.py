"""HTTP messages as they crossed the wire, and the record of one request with its answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, urlsplit

Headers = tuple[tuple[str, str], ...]

UNABLE = "x-sandbox-unable"
"""The header of a sandbox's answer that says: the document leaves no answer to this, so that no service is at fault."""


def header(headers: Headers, name: str) -> str | None:
    """The first value of the header ``name`` (any case), or ``None``."""
    wanted = name.lower()
    for key, value in headers:
        if key == wanted or key.lower() == wanted:
            return value
    return None


def _looked_up(first: dict[str, str], headers: Headers, name: str) -> str | None:
    """The same, of a message that is asked often: ``first`` is filled when it is asked first."""
    if headers and not first:
        for key, value in headers:
            first.setdefault(key.lower(), value)
    return first.get(name.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it was sent: nothing merged, nothing decoded, nothing refused.

    ``url`` is absolute, with the query percent-encoded as on the wire. ``headers`` are ordered
    pairs, latin-1 decoded, so that malformed traffic survives the trip.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    _first: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def header(self, name: str) -> str | None:
        """The first value of a header, or ``None``."""
        return _looked_up(self._first, self.headers, name)

    def parts(self) -> SplitResult:
        """The URL, split."""
        return urlsplit(self.url)

    def with_header(self, name: str, value: str | None) -> Request:
        """A copy with one header replaced, or removed when ``value`` is ``None``."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer as it arrived. ``elapsed`` is in seconds, from the last byte sent to the last received."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    elapsed: float = 0.0
    _first: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def header(self, name: str) -> str | None:
        """The first value of a header, or ``None``."""
        return _looked_up(self._first, self.headers, name)

    @property
    def media_type(self) -> str | None:
        """The media type of the body without its parameters, lower case, or ``None`` when not given."""
        value = self.header("content-type")
        return value.partition(";")[0].strip().lower() if value is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoResponse:
    """The target did not answer.

    ``kind`` is ``refused``, ``timeout``, ``reset``, ``protocol``, ``dns`` or ``tls``; or ``unsent``, when the request
    never left, which says nothing of the target. ``begun`` is what there was of an answer that broke off, where that is known.
    """

    kind: str
    reason: str
    elapsed: float = 0.0
    begun: Response | None = None

"""Where an operation is served when a base URL stands in for the server that the document gives.

The base URL stands in for the document's server, base path included: with the server
``https://api.example.com/v2``, the base URL ``http://127.0.0.1:8080/v2`` serves ``/things`` at
``http://127.0.0.1:8080/v2/things``. An operation that declares a server of its own is served relative to that:

- When the base URL's path ends with the base path of a server of the document (``/v2``), that end is taken off
  and the base path of the operation's server put in its place.
- When it does not (``http://127.0.0.1:8080``), the base URL is the document's server under another name. What the
  operation's base path adds to the document's is added; one that adds nothing (``https://api.example.com``)
  stands at the base URL itself, for there is nothing above it to go to.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from conformance.errors import UsageError
from conformance.model.operation import Operation
from conformance.spec.document import base_path

_PORTS = {"http": 80, "https": 443}


class Target:
    """A base URL in place of the document's servers.

    ``servers`` are the document's (``Document.servers``). ``origin`` is scheme, host and port, the port left out when
    it is the default one; ``base`` is the base URL without a slash at its end.

    Raises:
        UsageError: when the base URL has no scheme, another than http and https, or no host.
    """

    def __init__(self, base_url: str, *, servers: Sequence[str] = ("/",)) -> None:
        self.scheme, self.host, self.port = _checked(base_url)
        parts = urlsplit(base_url)
        self.origin = origin_of(base_url)
        self._path = parts.path.rstrip("/")
        self.base = self.origin + self._path
        self._servers = tuple(servers)
        self._document_bases = sorted({base_path(server) for server in servers}, key=len, reverse=True)
        self._root = self._above()

    def _above(self) -> str | None:
        """The path of the base URL with the document's base path taken off its end; ``None`` when it is not there."""
        for base in self._document_bases:
            if base and self._path.endswith(base):
                return self._path.removesuffix(base)
        return self._path if self._document_bases == [""] else None

    def url_for(self, operation: Operation, path_and_query: str) -> str:
        """The URL of an operation. ``path_and_query`` begins with the operation's own path, filled in."""
        return self.origin + self._base_of(operation) + path_and_query

    def _base_of(self, operation: Operation) -> str:
        if not operation.servers or operation.servers == self._servers:
            return self._path
        base = base_path(operation.servers[0])
        if self._root is not None:
            return self._root + base
        inside = next((own for own in self._document_bases if base == own or base.startswith(own + "/")), None)
        return self._path + (base.removeprefix(inside) if inside is not None else base)

    def rebased(self, url: str, operation: Operation | None) -> str:
        """A URL that was meant for another server, for this one.

        With the operation known, its own path is the end of the URL's path and everything before is replaced.
        Without, the base path of the document's server is taken off when it is there.
        """
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query or url.partition("#")[0].endswith("?") else ""
        if operation is not None:
            depth = len(operation.path.split("/")) - 1
            tail = "".join(f"/{segment}" for segment in parts.path.split("/")[-depth:])
            return self.url_for(operation, tail + query)
        for base in self._document_bases:
            if base and parts.path.startswith(base + "/"):
                return self.base + parts.path.removeprefix(base) + query
        return self.base + parts.path + query


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, lower case, the default port left out; empty when it has none."""
    scheme, _, rest = url.partition("://")
    authority = rest.partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2].lower()
    scheme = scheme.lower()
    if scheme not in _PORTS or not authority:
        return ""
    host, colon, port = authority.rpartition(":")
    if colon and (not port or port == str(_PORTS[scheme])):
        authority = host
    return f"{scheme}://{authority}"


def _checked(base_url: str) -> tuple[str, str, int]:
    example = "such as http://127.0.0.1:8080/v2"
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError as raised:
        raise UsageError(f"the base URL {base_url!r} cannot be read: {raised}; give one {example}") from None
    if "://" not in base_url or not parts.scheme:
        raise UsageError(f"the base URL {base_url!r} has no scheme; did you mean 'https://{base_url.lstrip('/')}'?")
    if parts.scheme not in _PORTS:
        raise UsageError(f"the base URL {base_url!r} has the scheme {parts.scheme!r}; it must be http or https, {example}")
    if not host:
        raise UsageError(f"the base URL {base_url!r} names no host; give one {example}")
    if parts.query or parts.fragment:
        raise UsageError(f"the base URL {base_url!r} must end with its path, without a query or fragment; give one {example}")
    if parts.username is not None or parts.password is not None:
        raise UsageError("the base URL must not hold a user name or password; give credentials with --header")
    if any(character.isspace() for character in base_url):
        raise UsageError(f"the base URL {base_url!r} holds a space")
    return parts.scheme, host, port or _PORTS[parts.scheme]

"""A token as the headers that the document's security schemes ask for."""

from __future__ import annotations

from conformance.model.message import Headers, header
from conformance.spec.document import Document

_BEARER = frozenset({"oauth2", "openIdConnect"})


def credential_headers(document: Document, token: str, given: Headers = ()) -> Headers:
    """Headers that carry ``token`` for every scheme that is used, leaving out those that are given already.

    HTTP allows one ``Authorization``: bearer wins over basic where a document uses both.
    """
    schemes = {scheme.name: scheme for operation in document.operations for any_of in operation.security for scheme in any_of}
    found: dict[str, str] = {}
    for scheme in schemes.values():
        if scheme.kind in _BEARER or (scheme.kind == "http" and scheme.scheme != "basic"):
            found["Authorization"] = f"Bearer {token}"
        elif scheme.kind == "http":
            found.setdefault("Authorization", f"Basic {token}")
        elif scheme.kind == "apiKey" and scheme.location == "header":
            found[scheme.parameter] = token
    return tuple((name, value) for name, value in found.items() if header(given, name) is None)

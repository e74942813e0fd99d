"""A document as operations: references followed, servers and security worked out, defects isolated.

A document that has a defect still gives every operation it can. What cannot be used is an operation
whose ``broken`` says why, so that it is reported once and the others run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.errors import UnknownName
from conformance.model.operation import Operation, SecurityScheme
from conformance.spec import dialect
from conformance.spec.load import Source, load
from conformance.spec.misplaced import settled
from conformance.spec.older import is_named
from conformance.spec.operations import OperationReader, template_names
from conformance.spec.schema import SchemaNode, SchemaSet
from conformance.spec.servers import server_urls
from conformance.spec.webhooks import Webhook, callbacks, webhooks

__all__ = ["Document", "base_path", "template_names"]

# What 3.1 has no more, in JSON or YAML: looked for in the text, so that most documents need not be walked for it.
_LEFT_OVER = re.compile(r"exclusiveM(?:in|ax)imum[\"']?\s*:\s*(?:true|false)")


class Document:
    """An OpenAPI 3.0 or 3.1 document.

    ``raw`` is what the author wrote; ``schemas`` and ``operations`` mean the same in one dialect.
    A document is picklable: it travels as its source and is read again on the other side.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.raw: dict[str, Any] = source.value
        self.version = str(self.raw.get("openapi", ""))
        is_30 = self.version.startswith("3.0")
        is_left_over = _LEFT_OVER.search(source.text) is not None or is_named(source.text)
        tree = dialect.to_2020_12(self.raw) if is_30 else dialect.mended(self.raw) if is_left_over else self.raw
        written = (lambda pointer: dialect.as_written(self.raw, pointer)) if is_30 else (lambda pointer: pointer)
        self.schemas = SchemaSet(tree, written=written)

    @classmethod
    def load(cls, source: str | Path, *, allow_remote: bool = False) -> Document:
        """Read a document from a path, a URL or ``-``; see ``spec.load.load`` for the errors."""
        return cls(load(source, allow_remote=allow_remote))

    def __reduce__(self) -> tuple[type[Document], tuple[Source]]:
        return Document, (self.source,)

    @cached_property
    def digest(self) -> str:
        """Hex digest of the text, for caches and reports."""
        return hashlib.sha256(self.source.text.encode()).hexdigest()

    @property
    def title(self) -> str:
        """The title in ``info``; empty when there is none."""
        info = self.raw.get("info")
        title = info.get("title") if isinstance(info, dict) else None
        return title if isinstance(title, str) else ""

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The document for whoever knows references by pointer only, and only where OpenAPI has them."""
        names = self.schemas.validators.names
        return settled(names.plain() if names else self.raw)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation under ``paths``, in the document's order; broken ones say so."""
        return tuple(self._reader.operations())

    @cached_property
    def by_label(self) -> Mapping[str, Operation]:
        """Operations by label (``GET /path``)."""
        return {operation.label: operation for operation in self.operations}

    @cached_property
    def webhooks(self) -> tuple[Webhook, ...]:
        """The messages that the service sends without an operation that they are tied to, in the document's order."""
        return tuple(webhooks(self.schemas.tree, self._reader.follow, self._reader.operation))

    @cached_property
    def callbacks(self) -> Mapping[str, tuple[Webhook, ...]]:
        """The messages that follow operations, by the label of the operation."""
        return callbacks(self.schemas.tree, self.operations, self._reader.follow, self._reader.operation)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags that operations use, in order of first use."""
        return tuple(dict.fromkeys(tag for operation in self.operations for tag in operation.tags))

    def select(self, *, tags: tuple[str, ...] = (), operation_ids: tuple[str, ...] = ()) -> tuple[Operation, ...]:
        """The operations that carry one of the tags or ids; all of them when neither is named.

        Raises:
            UnknownName: when the document has no such tag or id.
        """
        ids = [operation.operation_id for operation in self.operations if operation.operation_id]
        for kind, wanted, known in (("tag", tags, self.tags), ("operation id", operation_ids, ids)):
            for name in wanted:
                if name not in known:
                    raise UnknownName(kind=kind, name=name, known=known)
        if not tags and not operation_ids:
            return self.operations
        return tuple(
            operation for operation in self.operations
            if (not tags or set(tags) & set(operation.tags)) and (not operation_ids or operation.operation_id in operation_ids)
        )  # fmt: skip

    @cached_property
    def servers(self) -> tuple[str, ...]:
        """The document's server URLs, variables filled in with their defaults; ``/`` when none is given."""
        return server_urls(self.raw.get("servers")) or ("/",)

    def schema(self, pointer: str) -> SchemaNode:
        """The schema at a pointer.

        Raises:
            LookupError: when there is none.
        """
        return self.schemas.node(pointer)

    @cached_property
    def security_schemes(self) -> Mapping[str, SecurityScheme]:
        """The declared security schemes that can be used, by name."""
        return self._reader.security_schemes

    @cached_property
    def _reader(self) -> OperationReader:
        return OperationReader(self.raw, self.schemas, self.servers)


def base_path(server: str) -> str:
    """The path of a server URL, without a slash at its end; empty when the URL cannot be read."""
    try:
        return urlsplit(server).path.rstrip("/")
    except ValueError:
        return ""

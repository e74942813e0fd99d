"""The user's mistakes, each saying what, where, and what to do.

ConformanceError
├── UsageError            an option or name that cannot be right
│   └── UnknownName       a tag or operation id that the document does not have
├── DocumentError         a document that cannot be used at all
│   ├── DocumentMissing   no such file, or it cannot be read
│   ├── DocumentSyntax    JSON or YAML that does not parse
│   └── NotOpenAPI        something else than OpenAPI 3.0 or 3.1
├── RecordingError        a recording that cannot be read
├── TargetError           the target cannot be reached, or wants a token that is not there
└── OutputError           the output folder cannot be written
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


class ConformanceError(Exception):
    """The base of every error that the user can mend. ``str()`` is one sentence and its remedy."""


class UsageError(ConformanceError):
    """An option whose value cannot be right."""


class UnknownName(UsageError):
    """A tag, operation id or other name that the document does not have."""

    def __init__(self, *, kind: str, name: str, known: Sequence[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        super().__init__(kind, name)

    def __str__(self) -> str:
        by_folded = {known.casefold(): known for known in self.known}
        close = get_close_matches(self.name.casefold(), by_folded, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(repr(by_folded[name]) for name in close)}?" if close else self._listing()
        return f"the document has no {self.kind} {self.name!r}: {hint}"

    def _listing(self) -> str:
        shown = ", ".join(repr(name) for name in self.known[:5])
        more = f" and {len(self.known) - 5} more" if len(self.known) > 5 else ""
        return f"it has {shown}{more}" if self.known else f"it has no {self.kind} at all"


class DocumentError(ConformanceError):
    """A document that cannot be used at all."""


class DocumentMissing(DocumentError):
    """The document cannot be read from where it should be."""

    def __init__(self, *, source: str, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(source, reason)

    def __str__(self) -> str:
        return f"cannot read the document {self.source}: {self.reason}; check the path or URL"


class DocumentSyntax(DocumentError):
    """The document is not well-formed JSON or YAML. ``line`` and ``column`` count from 1."""

    def __init__(self, *, source: str, form: str, line: int, column: int, reason: str) -> None:
        self.source, self.form, self.line, self.column, self.reason = source, form, line, column, reason
        super().__init__(source, form, line, column, reason)

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}: not well-formed {self.form}: {self.reason}"


class NotOpenAPI(DocumentError):
    """Well-formed, but not an OpenAPI 3.0 or 3.1 document."""

    def __init__(self, *, source: str, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(source, reason)

    def __str__(self) -> str:
        return f"{self.source} is not an OpenAPI 3.0 or 3.1 document: {self.reason}"


class RecordingError(ConformanceError):
    """A recording that cannot be read; the others still run."""

    def __init__(self, *, source: str, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(source, reason)

    def __str__(self) -> str:
        return f"cannot read the recording {self.source}: {self.reason}"


class TargetError(ConformanceError):
    """The target cannot be reached, or refuses to talk without a token."""


class OutputError(ConformanceError):
    """The output folder or file cannot be written."""

    def __init__(self, *, path: str, reason: str, option: str = "--out") -> None:
        self.path, self.reason, self.option = path, reason, option
        super().__init__(path, reason)

    def __str__(self) -> str:
        return f"cannot write to {self.path}: {self.reason}; choose another folder with {self.option}"

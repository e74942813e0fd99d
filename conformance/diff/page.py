"""The page of changes for readers, made from the table: ``python -m conformance.diff.page > docs/diff.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from conformance.diff.change import Level
from conformance.diff.kind import Kind
from conformance.diff.table import KINDS

_HEAD = """# Changes between two documents

The classes below are made from the table of changes (`python -m conformance.diff.page`).

```
conformance diff OLD NEW [--format text|json|markdown|sarif] [--fail-on breaking|warning|info|none] [--names]
```

says what changed between two documents, and exits with 1 when a change is as bad as `--fail-on` says (breaking, when it says
nothing). `conformance run --since OLD` and `conformance gate --since OLD` test the operations whose contract changed.

## What is a change

What counts is what is accepted. A schema is brought into a normal form first: references are followed, every `allOf` is
merged, what stands beside a union is moved into its branches, null is told apart from the rest, values that can have one
form only are listed. So these are no changes: a component that is renamed, inlined or taken out; `nullable` of 3.0, `type:
[x, "null"]` and a union with null; `const` and an `enum` of one value; bounds as 3.0 and as 3.1 write them; a union of one;
lists in another order; descriptions, examples and titles. What only generated code sees of these (schemas that are called
otherwise, parameters in another order) is said with `--names`.

Two verdicts are given for each change:

- **level** is for the wire: clients that were built for the old document talk to a service that follows the new one. What
  clients send must not be narrowed; what they receive must not be widened. Webhooks and callbacks are received.
  In a query, a header or a form, 1 is "1"; a parameter that takes several values takes one as before.
- **sdk** is for generated SDKs: code that was written against the one that was generated from the old document is compiled
  against the one from the new document.

Each is `breaking`, `warning` (it depends on the client) or `info`. A change in a shared component is reported for every
operation that it reaches (in JSON; text, Markdown and SARIF show it once, with the operations), and once for requests and
once for answers where it is in both.

## JSON

```json
{"version": 1, "changes": [{"id": "enum-value-removed", "level": "breaking", "sdk": "breaking", "operation": "POST /pets",
  "message": "request body, kind: the value 'dog' was removed", "old_pointer": "/components/schemas/Pet/properties/kind/enum",
  "new_pointer": "/components/schemas/Pet/properties/kind/enum"}]}
```

`operation` is the label in the new document (in the old one when the operation is gone), and `null` for what concerns the
whole document. Pointers into a file that the document refers to have its name before them (`models.yaml#/Pet`).
Where something was added, `old_pointer` is the place that it was added to, and the other way round. The
order is always the same.
"""


def page(rows: Iterable[Kind] = KINDS) -> str:
    """The page as Markdown: how changes are judged, and each class with its levels, why, and an example."""
    kept = list(rows)
    lines = [_HEAD, "## All classes", "", "| Change | In requests | In answers | What it is |", "| --- | --- | --- | --- |"]
    lines += [f"| [{row.id}](#{row.id}) | {_level(row.request)} | {_level(row.response)} | {row.summary} |" for row in kept]
    for area in sorted({row.area for row in kept}):
        lines += ["", f"## {area.capitalize()}"]
        for row in kept:
            if row.area == area:
                lines += ["", *_entry(row)]
    return "\n".join(lines) + "\n"


def _entry(row: Kind) -> list[str]:
    sdk = row.sdk_request.value if row.sdk_request is row.sdk_response else f"{row.sdk_request.value}, {row.sdk_response.value}"
    return [
        f"### {row.id}",
        "",
        f"{row.summary[:1].upper()}{row.summary[1:]}. {row.why}",
        "",
        f"In requests: {_level(row.request)}; in answers: {_level(row.response)}; generated SDKs: {sdk}.",
        "",
        "Before, and after:",
        "",
        "```yaml",
        _shown(row, row.example.old),
        "```",
        "",
        "```yaml",
        _shown(row, row.example.new),
        "```",
    ]


def _shown(row: Kind, text: str) -> str:
    """A fragment as it stands in a document; members of an operation and of the document stand for themselves."""
    return text if row.example.place in {"operation", "document"} else f"{row.example.place}: {text}"


def _level(level: Level | None) -> str:
    return level.value if level is not None else "-"


if __name__ == "__main__":
    sys.stdout.write(page())

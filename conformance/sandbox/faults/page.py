"""The page of faults for readers: ``python -m conformance.sandbox.faults.page > docs/faults.md``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from conformance.sandbox.faults.fault import Family, Fault
from conformance.sandbox.faults.table import DRIFTS, FAULTS

_HEAD = """# Faults

This page is made from the table of faults (`python -m conformance.sandbox.faults.page`).

The sandbox keeps every promise of its document, unless it is told to break one. A fault is a defect that it has on
request: to see what a client makes of it, or whether a test suite finds it.

```console
$ conformance sandbox --fault state-create-lost
$ conformance sandbox --fault 'list-total-wrong@GET /billing_groups' --fault 'crash-*@Messages=0.1' --latency 50ms-200ms
$ conformance run --fault state-delete-ignored --only fuzz
```

- `NAME` is an id from the table, or stands for several with `*`.
- `@OPERATION` is a label (`GET /things/{id}`), an operation id, a path or a tag, with `*` for the rest of one. Without it,
  the fault is everywhere where it can show.
- `=RATE` is the share of requests that meet the fault, from 0 to 1. Without it, it is every request.

Which requests meet a fault, and which field it hits, is decided by `--seed`: the same requests meet the same defect. A fault
that cannot show at an operation (a bad enum where there is none) is refused with a sentence that says so.

`--latency` makes answers take time: `0.2` or `200ms`, a range such as `0.1-0.5`, or a median and a spread such as `0.2~0.5`
(log-normal, so that a few take long).
"""

_WORDS = {
    Family.RESPONSE: "What is answered is not what the document says.",
    Family.INPUT: "What breaks the document is taken in, or what keeps it is turned away.",
    Family.CRASH: "Some value makes the service fail with 500. Nothing is carried out then.",
    Family.AUTH: "Who may come in, and what is whose. `auth-any-token` shows where the sandbox knows its tokens (`--token` or "
                 "`--users`), the last two where it knows its users (`--users`).",
    Family.STATE: "What was written is lost, late, mixed up, or kept when it should not be.",
    Family.LISTS: "What a list shows is not what was asked for.",
    Family.PROTOCOL: "What HTTP itself asks for is missing, or a connection ends badly.",
    Family.DRIFT: "The service is not what it was. Much of this keeps the document, so that only a "
                  "[recording](replay.md) shows it; `conformance prove` leaves these out.",
}  # fmt: skip


def page(faults: Sequence[Fault] = (*FAULTS, *DRIFTS)) -> str:
    """The page as Markdown: a table a family."""
    lines = [_HEAD]
    for family in Family:
        rows = [fault for fault in faults if fault.family is family]
        lines += [f"## {family.value.capitalize()}", "", _WORDS[family], ""]
        lines += ["| Fault | The promise that it breaks | Seen by |", "| --- | --- | --- |"]
        lines += [f"| `{fault.id}` | {fault.promise} | {_seen_by(fault)} |" for fault in rows]
        lines.append("")
    return "\n".join(lines)


def _seen_by(fault: Fault) -> str:
    return ", ".join(f"[{check}](checks.md#{check})" for check in fault.checks) or "no check yet"


if __name__ == "__main__":
    sys.stdout.write(page())

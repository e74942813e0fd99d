"""``coverage.html``: coverage by tag on one page that needs no script and nothing from outside.

The page unfolds with native ``<details>``: tag, then operation, then what was missed. How many missed keys an
operation shows is chosen so that the page stays below ``BUDGET``; ``coverage.json`` has them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from conformance.checks.latency import told
from conformance.coverage.dimensions import DIMENSIONS, TITLES
from conformance.coverage.summary import UNTAGGED, percent, share

BUDGET = 2_400_000
"""Characters of the page."""

_LIMITS = (60, 40, 20, 10, 5, 2, 0)
_ABOUT = {
    "operations": "Operations that answered at least once.",
    "success": "Operations that answered with a 2xx, or with their documented redirect where no 2xx is promised.",
    "parameters": "Declared parameters that were sent; an object counts by its leaves, such as filter[status][eq].",
    "values": "Values listed by enum, const or boolean, in parameters and request bodies.",
    "request_media": "Documented media types of request bodies.",
    "request_fields": "Properties of request bodies, through every branch of their schemas.",
    "statuses": "Documented statuses, ranges such as 4XX, and default.",
    "response_media": "Documented media types of answers, by status.",
    "response_fields": "Properties of answers, by status and media type.",
}

Counts = Mapping[str, Mapping[str, Any]]


def coverage_html(coverage: Mapping[str, Any], *, title: str, facts: Iterable[str] = ()) -> str:
    """The page for what ``coverage.summary.summary`` gives.

    Args:
        coverage: the content of ``coverage.json``; untagged operations are expected under ``UNTAGGED``.
        title: of the document.
        facts: short phrases on the run, such as its time and target; they stand under the heading.
    """
    limit = next((limit for limit in _LIMITS if _estimate(coverage["operations"], limit) < BUDGET), _LIMITS[-1])
    return "".join(_Page(coverage, limit).parts(title, tuple(facts)))


def _estimate(operations: Mapping[str, Counts], limit: int) -> int:
    """About how many characters the page takes; building it several times would take seconds."""
    lists = [count["missed"] for counts in operations.values() for count in counts.values() if limit and count["missed"]]
    return 1_100 * len(operations) + sum(110 + sum(len(key) + 14 for key in missed[:limit]) for missed in lists)


class _Page:
    def __init__(self, coverage: Mapping[str, Any], limit: int) -> None:
        self.totals: Counts = coverage["totals"]
        self.tags: Mapping[str, Counts] = coverage["tags"]
        self.operations: Mapping[str, Counts] = coverage["operations"]
        self.limit = limit
        latency = coverage.get("latency")
        self.latency: Mapping[str, Any] = latency if isinstance(latency, dict) else {}
        self.members: dict[str, list[str]] = {}
        for label, tags in coverage["operation_tags"].items():
            for tag in tags:
                self.members.setdefault(tag, []).append(label)
        self.order = sorted(self.tags, key=lambda tag: (tag == UNTAGGED, tag.casefold(), tag))
        self.anchors = {tag: f"tag-{index}" for index, tag in enumerate(self.order, 1)}

    def parts(self, title: str, facts: tuple[str, ...]) -> Iterator[str]:
        tags = len(self.tags.keys() - {UNTAGGED})
        listed = " · ".join(escape(fact) for fact in (f"{len(self.operations):,} operations in {tags:,} tags", *facts))
        yield (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            f"<title>Coverage of {escape(title)}</title><style>{_style()}</style></head>\n<body><main>"
            f"<header><h1>Coverage of {escape(title)}</h1><p>{listed}</p></header>\n"
        )
        yield from self._tiles()
        yield self._first()
        yield from self._about()
        yield '<h2>By tag</h2>\n<div class="scroll"><div class="grid">'
        heads = "".join(f"<span>{TITLES[name]}</span>" for name in DIMENSIONS)
        yield f'<div class="row head" aria-hidden="true"><span>Tag and operations</span>{heads}</div>\n'
        for tag in self.order:
            yield from self._tag(tag)
        yield "</div></div>\n<footer>Per cent are rounded down, so 100 % means all. "
        yield "A dash stands where there is nothing to cover. The full lists of what was missed are in coverage.json.</footer>"
        yield "</main></body></html>\n"

    def _tiles(self) -> Iterator[str]:
        yield '<ul class="tiles">'
        for name in DIMENSIONS:
            count = self.totals[name]
            found = percent(count)
            sources = "".join(f"<dt>{escape(source)}</dt><dd>{number:,}</dd>" for source, number in count["sources"].items())
            yield (
                f"<li><h3>{TITLES[name]}</h3><strong>{_dash(found)}</strong>"
                f'<div class="bar {_level(found)}" style="--p:{found or 0}"></div>'
                f"<p>{count['covered']:,} of {count['total']:,}</p><dl>{sources}</dl></li>"
            )
        yield "</ul>\n"

    def _first(self) -> str:
        """Links to the tags with the least covered, for there the reader has most to gain."""
        means = {tag: _mean(counts) for tag, counts in self.tags.items()}
        weakest = sorted((tag for tag in self.order if means[tag] < 1), key=lambda tag: means[tag])[:6]
        if not weakest or len(self.tags) < 8:
            return ""
        links = " · ".join(f'<a href="#{self.anchors[tag]}">{escape(tag)}</a> {int(means[tag] * 100)} %' for tag in weakest)
        return f'<p class="first">Least covered on average: {links}</p>\n'

    def _about(self) -> Iterator[str]:
        yield '<details class="about"><summary>What is counted</summary><dl>'
        for name in DIMENSIONS:
            yield f"<dt>{TITLES[name]}</dt><dd>{_ABOUT[name]}</dd>"
        yield "</dl><p>What a request sent counts once an answer came, whatever the answer. A key that two sources "
        yield "covered counts for both of them, and once in the sum.</p></details>\n"

    def _tag(self, tag: str) -> Iterator[str]:
        counts, labels = self.tags[tag], self.members.get(tag, [])
        noun = "operation" if len(labels) == 1 else "operations"
        cells = "".join(_cell(name, counts[name], both=True) for name in DIMENSIONS)
        yield f'<details class="tag" id="{self.anchors[tag]}"><summary class="row"><span class="name">{escape(tag)}'
        yield f'<small>{len(labels)} {noun}</small></span>{cells}</summary><div class="inside">\n'
        for source in counts["operations"]["sources"]:
            numbers = "".join(
                f'<span class="n"><span class="v">{TITLES[name]} </span>{counts[name]["sources"].get(source, 0):,}</span>'
                for name in DIMENSIONS
            )
            yield f'<div class="row by"><span class="name">covered by {escape(source)}</span>{numbers}</div>\n'
        for label in labels:
            yield from self._operation(label)
        yield "</div></details>\n"

    def _operation(self, label: str) -> Iterator[str]:
        counts = self.operations[label]
        method, _, path = label.partition(" ")
        took = _took(self.latency.get(label))
        name = f'<span class="name"><span class="m">{escape(method)}</span> <span class="p">{escape(path)}</span>{took}</span>'
        row = name + "".join(_cell(dimension, counts[dimension]) for dimension in DIMENSIONS)
        missed = {dimension: counts[dimension]["missed"] for dimension in DIMENSIONS if counts[dimension]["missed"]}
        if not missed or not self.limit:
            yield f'<div class="row">{row}</div>\n'
            return
        lists = "".join(self._missed(dimension, keys) for dimension, keys in missed.items())
        yield f'<details><summary class="row">{row}</summary><div class="missed"><dl>{lists}</dl></div></details>\n'

    def _missed(self, dimension: str, keys: list[str]) -> str:
        shown = keys[: self.limit]
        more = f" and {len(keys) - len(shown):,} more" if len(keys) > len(shown) else ""
        lines = []
        for prefix, group in groupby(shown, key=lambda key: _prefix(dimension, key)):
            chips = " ".join(f"<code>{escape(key[len(prefix) :])}</code>" for key in group)
            lines.append(f"{escape(prefix.rstrip(':').replace(':', ' '))} {chips}".strip())
        return f"<dt>{TITLES[dimension]}<small>{len(keys):,} missed</small></dt><dd>{'<br>'.join(lines)}{more}</dd>"


@cache
def _style() -> str:
    return Path(__file__).with_name("coverage.css").read_text("utf-8")


def _took(measured: Mapping[str, Any] | None) -> str:
    """How long an operation took; nothing where no time passed, as on the sandbox in this process."""
    if measured is None or not measured["p95"]:
        return ""
    limit = measured["limit"]
    promised = f", {escape(str(measured['category']))}: {told(limit)}" if limit is not None else ""
    level = ' class="l0"' if limit is not None and measured["p95"] > limit else ""
    return f"<small{level}>median {told(measured['median'])}, 95 % within {told(measured['p95'])}{promised}</small>"


def _cell(name: str, count: Mapping[str, Any], *, both: bool = False) -> str:
    found = percent(count)
    title = f'<span class="v">{TITLES[name]} </span>'
    if found is None:
        return f'<span class="n">{title}&ndash;</span>'
    numbers = f"{count['covered']:,}/{count['total']:,}"
    text = f"<b>{found} %</b><small>{numbers}</small>" if both else numbers
    return f'<span class="c {_level(found)}" style="--p:{found}">{title}{text}</span>'


def _level(found: int | None) -> str:
    """The colour of a bar; the number beside it says the same, so nothing hangs on colour alone."""
    if found is None or found == 100:
        return "l3"
    return "l2" if found >= 90 else "l1" if found >= 50 else "l0"


def _dash(found: int | None) -> str:
    return "&ndash;" if found is None else f"{found} %"


def _mean(counts: Counts) -> float:
    shares = [found for name in DIMENSIONS if (found := share(counts[name])) is not None]
    return sum(shares) / len(shares) if shares else 1.0


def _prefix(dimension: str, key: str) -> str:
    """What the fields of one body have in common: ``200:application/json:``."""
    if dimension not in {"request_fields", "response_fields"}:
        return ""
    head, colon, _ = key.partition(":/")
    return head + ":" if colon else ""

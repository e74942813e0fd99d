"""Values at the edge of what a service may have thought of: wherever the contract lets them in, and where it does not.

A probe puts one kind of them into every place that takes them at once, so that a handful of requests asks what a
service makes of quotes, NUL, emoji, blanks, nothing, or huge numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from conformance.cases.everywhere import body_schema, fitted, in_parameter, leaves, nulled, plain_parameters
from conformance.cases.probe import Probe
from conformance.cases.rewriting import GONE, path_parameters, path_values, with_json, with_path, with_query
from conformance.cases.spots import changed
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.model.record import Intent
from conformance.spec.reading import RequestReading
from conformance.spec.values import wire_types

_LONG = 5000
_LONG_SEGMENT = 300
_EDGE = "Values at the edge"
_CONTROLS = "conformance\x01\x1b\x7f\x00"  # the first of them may end a text, and that is to name nothing
_CLIMBING = "%2e%2e%2fconformance-not-there"
_NUMERIC = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True)
class Extreme:
    """A kind of unusual values. ``day`` is a date, for no date when empty; ``is_empty`` empties lists too."""

    name: str
    text: str
    numbers: tuple[float, ...]
    day: str = ""
    is_empty: bool = False

    def of_a_url(self) -> Extreme:
        """The same, not longer than URLs may be."""
        return replace(self, text=self.text[:_LONG_SEGMENT])

    def allowed(self, schema: Schema, held: Any) -> Any:
        """The extreme in place of what stands somewhere."""
        if held is GONE:
            is_list = self.is_empty and "array" in schema.types() and schema.is_valid([], direction="request")
            return [] if is_list else self.leaf(schema)
        if isinstance(held, list):
            is_wanted = self.is_empty and held and schema.is_valid([], direction="request")
            return [] if is_wanted else None
        if isinstance(held, bool) or held is None:
            return None
        if isinstance(held, str):
            return replace(self, numbers=()).leaf(schema)
        return replace(self, text="").leaf(schema) if isinstance(held, (int, float)) else None

    def leaf(self, schema: Schema | None, _held: Any = GONE) -> str | float | None:
        """The extreme value for a string or number, ``None`` where the schema lets none in."""
        if schema is None:
            return None
        types = schema.types()
        candidates: tuple[str | float, ...] = ()
        if "string" in types:
            longest, form = schema.get("maxLength"), schema.get("format")
            text = self.text[:longest] if isinstance(longest, int) and longest >= 0 else self.text
            # A format may mean more than it says, and some are known to no validator.
            candidates = (text,) if form is None else self._dated(form)
        elif types & _NUMERIC:
            candidates = self.numbers
        return next((edge for edge in candidates if schema.is_valid(edge, direction="request")), None)

    def _dated(self, form: object) -> tuple[str, ...]:
        return {"date": (self.day,), "date-time": (f"{self.day}T23:59:59.999Z",)}.get(str(form), ()) if self.day else ()


LETTERS = Extreme("letters of the world", "Ærø Łódź 日本語 Ελλάδα עברית e\u0301 😀", (-1,))
EXTREMES = (
    LETTERS,
    Extreme("control characters", "\x00\x01\x1b\x7f", (0,), day="0001-01-01"),
    Extreme("quotes and markup", "'\"`\\<b>&;--%s${{7*7}}\u202e\ufeff", (2**31,)),
    Extreme("nothing", "", (2**53, 1e300, 0.1), is_empty=True),
    Extreme("great length", "x" * _LONG, (2**64, -(2**53), -1e300), day="9999-12-31"),
    Extreme("blanks", " \t\n ", (2**31, 2**31 - 1)),
)


def allowed(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """Each extreme wherever a schema lets it in, and null wherever one does."""
    for extreme in EXTREMES:
        yield from fitted(operation, reading, request, query=extreme.of_a_url().leaf, body=extreme.allowed, further=extreme.leaf,
                          words=(_EDGE, extreme.name))  # fmt: skip
        if extreme is LETTERS:
            yield from _nulls(operation, reading, request)


def _nulls(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    schema = body_schema(operation, reading, request)
    body = nulled(reading, schema) if schema is not None else reading.body
    if body != reading.body:
        yield _probe(operation, with_json(request, body), Intent.POSITIVE, "Null wherever it is allowed")


def forbidden(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """Each extreme where no schema lets it in: it is to be refused, and not to make the service fail."""
    schema = body_schema(operation, reading, request)
    for extreme in EXTREMES[1:5]:
        short = extreme.of_a_url()
        query = {parameter.name: _raw(parameter.schema, short) for parameter in plain_parameters(operation)
                 if parameter.schema is not None and in_parameter(parameter, short.leaf) is None}  # fmt: skip
        query = {name: value for name, value in query.items() if value is not None}
        found = with_query(operation, request, query) if query else request
        if schema is not None:
            body = reading.body
            for spot in leaves(body, schema):
                value = _raw(spot.schema, extreme)
                if value is not None and not spot.schema.is_valid(value, direction="request"):
                    body = changed(body, spot.path, value)
            found = with_json(found, body) if body != reading.body else found
        if found is not request:
            yield _probe(operation, found, Intent.NEGATIVE, f"Values beyond the edge: {extreme.name}")
    if schema is not None:
        body = reading.body
        for spot in leaves(body, schema):
            if not spot.schema.is_valid(None, direction="request"):
                body = changed(body, spot.path, None)
        if body != reading.body:
            yield _probe(operation, with_json(request, body), Intent.NEGATIVE, "Null wherever it is not allowed")


def in_path(operation: Operation, request: Request, *, climbing: bool = False) -> Iterator[Probe]:
    """Ids such as nobody thinks of, in the last place of a path that takes texts.

    With ``climbing`` one of them leads out of its place for a server that resolves what is encoded.
    """
    values, parameters = path_values(operation, request), path_parameters(operation)
    if not values or len(values) != len(parameters):
        return
    if parameters[-1].style != "simple" or "string" not in wire_types(parameters[-1].schema):
        return
    tried = [
        (quote(f"{EXTREMES[2].text} {LETTERS.text}", safe=""), f"{EXTREMES[2].name}, {LETTERS.name}"),
        (quote(_CONTROLS), EXTREMES[1].name),
        (_CLIMBING, "a way out"),
        ("x" * _LONG_SEGMENT, "great length"),
    ]
    for text, words in tried if climbing else (one for one in tried if one[0] != _CLIMBING):
        filled = with_path(operation, request, (*values[:-1], text))
        yield _probe(operation, filled, Intent.PROBE, f"An odd {parameters[-1].name}: {words}")


def _probe(operation: Operation, request: Request, intent: Intent, description: str) -> Probe:
    return Probe(operation=operation.label, intent=intent, request=request, description=description)


def _raw(schema: Schema | None, extreme: Extreme) -> str | float | None:
    """The extreme value of the right type, whatever else the schema says."""
    types = wire_types(schema) if schema is not None else frozenset()
    if "string" in types:
        return extreme.text
    return next(iter(extreme.numbers), None) if types & _NUMERIC else None

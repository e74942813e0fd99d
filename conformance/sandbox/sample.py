"""Values that satisfy a schema: from nothing, or from a value that says part of it.

The same seed, salt and schema always give the same value, and no value leaves here that the schema does not accept.
Values may share parts with each other, so nobody may change one in place.
"""

from __future__ import annotations

from random import Random
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.keywords import is_plain
from conformance.sandbox.making import Unsatisfiable, attempted
from conformance.sandbox.moulds import Mould, Moulds, Trace, outline
from conformance.sandbox.shapes import NOTHING

__all__ = ["Sampler", "Unsatisfiable"]

_MUCH = 50


class Sampler:
    """Makes values for one direction (``request``, ``response`` or ``any``; see ``model.ports.Schema.errors``)."""

    def __init__(self, *, direction: str, seed: int = 0) -> None:
        self.direction, self.seed = direction, seed
        self._moulds = Moulds()

    def sample(self, schema: Schema, *, salt: str = "", rich: bool = True) -> Any:
        """A value that the schema accepts; optional properties included when ``rich``.

        Raises:
            Unsatisfiable: when the schema is broken, or none was found.
        """
        return self.complete(schema, NOTHING, salt=salt, rich=rich)

    def complete(self, schema: Schema, partial: Any, *, salt: str = "", rich: bool = True, fresh: bool = False) -> Any:
        """A value that the schema accepts and that keeps as much of ``partial`` as fits.

        ``fresh`` leaves examples and defaults aside, so that different salts give different values.

        Raises:
            Unsatisfiable: when the schema is broken, or none was found.
        """
        if schema.problem(direction=self.direction) is not None:
            raise Unsatisfiable(schema.problem())
        if fresh:
            return self._made(schema, partial, salt, Trace(), rich=rich, fresh=True)
        key = (schema, rich, outline(partial))
        mould = self._moulds.find(key, partial)
        if mould is not None:
            value = mould.cast(partial, self._random(salt))
            if self._is_as_good(schema, value, mould):
                return value
        value = self._mould(key, schema, partial, rich=rich).cast(partial, self._random(salt))
        # Chance can have found what does not go together.
        return value if self._is_good(schema, value) else self._made(schema, partial, salt, Trace(), rich=rich)

    def _mould(self, key: Any, schema: Schema, partial: Any, *, rich: bool) -> Mould:
        """A mould for ``partial``, the same whatever the salt; chance stays out of it where that goes wrong."""
        trace = Trace()
        value = self._made(schema, partial, schema.pointer, trace, rich=rich)
        mould = self._moulds.keep(key, partial, value, trace)
        if all(self._is_good(schema, mould.cast(partial, self._random(salt))) for salt in ("one", "two")):
            return mould
        return self._moulds.keep(key, partial, value, Trace(decisive=trace.decisive))

    def _made(self, schema: Schema, partial: Any, salt: str, trace: Trace, *, rich: bool, fresh: bool = False) -> Any:
        """A value that is made part by part."""
        for wealth, strict in ((rich, False), (rich, True), (False, True)):
            try:
                value = attempted(
                    schema, partial, self._random(salt), self.direction, trace, rich=wealth, strict=strict, fresh=fresh
                )
            except Unsatisfiable:
                value = NOTHING
            if value is not NOTHING and self._is_good(schema, value):
                return value
            trace.decisive.append(())
        raise Unsatisfiable(f"no value was found for {schema.pointer}")

    def _random(self, salt: str) -> Random:
        return Random(f"{self.seed}/{salt}")  # noqa: S311

    def _is_as_good(self, schema: Schema, value: Any, mould: Mould) -> bool:
        """Whether a cast is right; where most of it is as it was when it was checked before, the rest is looked at."""
        properties = schema.properties()
        if (
            mould.varied is None
            or mould.weight < _MUCH
            or not (is_plain(schema, "object") and properties.keys() >= {*mould.varied})
        ):
            return self._is_good(schema, value)
        return all(self._is_good(properties[name], value[name]) for name in mould.varied)

    def _is_good(self, schema: Schema, value: Any) -> bool:
        return schema.is_valid(value, direction=self.direction)

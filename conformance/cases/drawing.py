"""Values of strategies, drawn without the machinery of a test.

The engine asks for simplest values again and again, each as a property-based test with one example, where most of the work is to
run a test. The values are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis.control import BuildContext
from hypothesis.errors import StopTest
from hypothesis.internal.conjecture.choice import ChoiceTemplate
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.internal.entropy import deterministic_PRNG
from schemathesis.generation.hypothesis import examples

_OWN = "_is_direct"
_TRIES = 10
Generate = Callable[..., Any]


def simplest(strategy: Any) -> Any:
    """The simplest value.

    Raises:
        StopTest: where it does not stand every filter; others may then.
    """
    return _drawn(strategy, ConjectureData.for_choices((ChoiceTemplate("simplest", count=None),)))


def by_chance(strategy: Any, random: Random) -> Any:
    """A value that the random numbers lead to.

    Raises:
        StopTest: where none of several stands every filter.
    """
    for _ in range(_TRIES - 1):
        try:
            return _drawn(strategy, ConjectureData(random=random))
        except StopTest:
            continue
    return _drawn(strategy, ConjectureData(random=random))


def draw_directly() -> None:
    """Have the engine draw so in this process; doing it again changes nothing."""
    if not hasattr(examples.generate_one, _OWN):
        examples.generate_one = _directly(examples.generate_one)


def _drawn(strategy: Any, data: ConjectureData) -> Any:
    with deterministic_PRNG(), BuildContext(data, wrapped_test=_drawn):
        return data.draw(strategy)


def _directly(otherwise: Generate) -> Generate:
    def generate_one(strategy: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return simplest(strategy)
        except (Exception, StopTest):
            return otherwise(strategy, *arguments, **named)

    setattr(generate_one, _OWN, True)
    return generate_one

"""The table of rules, sorted by id. A new rule is one function and one row in the file of its area."""

from __future__ import annotations

from conformance.lint.rule import Rule
from conformance.lint.rules import examples, operations, parameters, references, schemas, security, structure

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *structure.RULES,
            *references.RULES,
            *operations.RULES,
            *parameters.RULES,
            *security.RULES,
            *examples.RULES,
            *schemas.RULES,
        ),
        key=lambda rule: rule.id,
    )
)


def rule(id_: str) -> Rule | None:
    """The rule with an id, or ``None``."""
    return next((row for row in RULES if row.id == id_), None)

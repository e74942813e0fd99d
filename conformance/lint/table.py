"""The table of rules, sorted by id. A new rule is one function and one row in the file of its area."""

from __future__ import annotations

from conformance.lint.rule import Rule
from conformance.lint.rules import (
    content,
    dialects,
    discriminators,
    examples,
    fields,
    house,
    links,
    names,
    operations,
    parameters,
    patterns,
    references,
    resources,
    satisfiable,
    schemas,
    security,
    serialisation,
    spelling,
    statuses,
    structure,
    superfluous,
    unions,
    vocabulary,
)

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *structure.RULES,
            *superfluous.RULES,
            *references.RULES,
            *links.RULES,
            *operations.RULES,
            *content.RULES,
            *names.RULES,
            *spelling.RULES,
            *parameters.RULES,
            *serialisation.RULES,
            *security.RULES,
            *examples.RULES,
            *schemas.RULES,
            *satisfiable.RULES,
            *unions.RULES,
            *patterns.RULES,
            *dialects.RULES,
            *discriminators.RULES,
            *resources.RULES,
            *statuses.RULES,
            *fields.RULES,
            *vocabulary.RULES,
            *house.RULES,
        ),
        key=lambda rule: rule.id,
    )
)


def rule(id_: str) -> Rule | None:
    """The rule with an id, or ``None``."""
    return next((row for row in RULES if row.id == id_), None)

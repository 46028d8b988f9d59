"""All guards, by what they are about."""

from typing import Final

from tests.mutations.guard import Guard
from tests.mutations.guards import bodies, callers, doors, operators, outside, passwords, repeats, rows, runs

GUARDS: Final[list[Guard]] = [
    *runs.GUARDS,
    *rows.GUARDS,
    *callers.GUARDS,
    *repeats.GUARDS,
    *passwords.GUARDS,
    *doors.GUARDS,
    *operators.GUARDS,
    *bodies.GUARDS,
    *outside.GUARDS,
]

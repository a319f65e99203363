"""The one error every solver raises for a problem it cannot accept.

Promises: names the field, the offending value and the rule, so that the caller can show it unchanged.
May not: be raised for "no solution found"; that is a status, see `result`.
Called by: every `problem.py` and `io.py` under `solvers`.
"""

from __future__ import annotations


class InvalidProblem(ValueError):
    """A field of a problem breaks a rule. `field` is a path such as ``tasks[T1].modes``."""

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(f"{field} = {value!r}: {rule}")
        self.field = field
        self.value = value
        self.rule = rule

    def __reduce__(self) -> tuple[type[InvalidProblem], tuple[str, object, str]]:
        """So that it gets back from a solver process whole."""
        return type(self), (self.field, self.value, self.rule)


def require(holds: bool, field: str, value: object, rule: str) -> None:
    """Raise `InvalidProblem` unless the rule holds."""
    if not holds:
        raise InvalidProblem(field, value, rule)

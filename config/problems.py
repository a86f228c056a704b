"""What can be wrong with the configuration, said so that a clinic's own people can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ConfigProblem:
    """One thing that is wrong.

    `where` is a file (as the reader knows it, e.g. `templates/welcome.toml`) or an environment name; `line` is
    1-based, None where there is no line; `what` and `fix` are sentences. Never carries a secret's value.
    """

    where: str
    what: str
    fix: str
    line: int | None = None

    def __str__(self) -> str:
        """The problem on one line, as the command line prints it."""
        place = self.where if self.line is None else f"{self.where} line {self.line}"
        return f"{place}: {self.what}. {self.fix}" + ("" if self.fix.endswith("?") else ".")


class ContentError(Exception):
    """The configuration cannot be used. Carries everything found at once."""

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class UnfitValueError(ValueError):
    """Raised by a validator: what is wrong, how to mend it, and where below the validated field (`inside`)."""

    def __init__(self, what: str, fix: str, inside: tuple[str | int, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.inside = inside

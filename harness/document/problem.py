"""What is wrong with a declaration, told so that its writer can put it right."""

from __future__ import annotations

from collections.abc import Iterable


class Problem(Exception):
    """One mistake in what a person declared: what is wrong, where, and how to mend it.

    `message` says what is wrong, what was expected and what was seen. `place` is `file:line`, or
    empty when the mistake stands in no file. `hint` is empty or proposes the repair.
    """

    def __init__(self, message: str, place: str = "", hint: str = "") -> None:
        super().__init__(message, place, hint)
        self.message = message
        self.place = place
        self.hint = hint

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problem itself, so that one and several are read alike."""
        return (self,)

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        tail = f"; {self.hint}" if self.hint else ""
        return f"{head}{self.message}{tail}"


class Problems(Exception):
    """All mistakes found together, in the order of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        by_text = {str(problem): problem for problem in problems}  # each is told once
        self.problems = tuple(sorted(by_text.values(), key=_by_place))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def refuse(problems: Iterable[Problem]) -> None:
    """Raise `Problems` when there is at least one, return otherwise."""
    found = tuple(problems)
    if found:
        raise Problems(found)


def _by_place(problem: Problem) -> tuple[str, int]:
    path, _, line = problem.place.rpartition(":")
    return (path, int(line)) if line.isdecimal() else (problem.place, 0)

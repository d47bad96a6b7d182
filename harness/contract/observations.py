"""observed.yaml: what a vendor did where no document says what it must do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.document.messages import guess
from harness.document.reader import Problem, read_document, refuse
from harness.document.schema import validate
from harness.model.requirement import Observed
from harness.model.scenario import OBSERVE, Scenario


def read_observed(path: Path) -> tuple[Observed, ...]:
    """Return what was observed of a vendor; a missing file has nothing.

    Raises `Problem` or `Problems`: malformed rows, a vendor that is not the folder's, a behaviour
    that is repeated for one target.
    """
    if not path.exists():
        return ()
    document = read_document(path)
    validate(document, "observed")
    problems: list[Problem] = []
    folder, named = path.parent.name, document.value["vendor"]
    if named != folder:
        message = f"vendor: expected the folder's name {folder}, saw '{named}'"
        problems.append(Problem(message, document.place(("vendor",))))
    found: dict[tuple[str, str], Observed] = {}
    for index, row in enumerate(document.value["observed"]):
        one = Observed(**row, place=document.place(("observed", index)))
        first = found.setdefault((one.check, one.target), one)
        if first is not one:
            message = f"{one.check} is repeated for {one.target}; its first use is at {first.place}"
            problems.append(Problem(message, one.place))
    refuse(problems)
    return tuple(found.values())


def unobservable(observed: Iterable[Observed], scenarios: Iterable[Scenario]) -> Iterator[Problem]:
    """Yield a problem for each behaviour that no expectation observes."""
    known = [
        f"scenario:{scenario.id}#{expectation.name}"
        for scenario in scenarios
        for expectation in scenario.expectations
        if OBSERVE in expectation.terms
    ]
    for one in observed:
        if one.check not in known:
            message = f"no expectation observes {one.check}"
            yield Problem(message, one.place, guess(one.check, known))

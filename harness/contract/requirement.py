"""What is asked of a vendor: its requirements, the laws, its waivers and its observed behaviour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from harness.contract.needs import unknown_promises
from harness.document.messages import guess
from harness.document.reader import Document, Problem, read_document, refuse
from harness.document.schema import validate
from harness.model.check_id import CheckId
from harness.model.requirement import Observed, Requirement, Waiver
from harness.model.scenario import OBSERVE, Scenario

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Law:
    """A requirement true of any points ledger, and what a vendor must have to be concerned."""

    requirement: Requirement
    needs: tuple[str, ...]


def read_requirements(path: Path) -> tuple[Requirement, ...]:
    """Return a vendor's own requirements, in order.

    Raises `Problem` or `Problems`: malformed rows, repeated ids, a row with neither or both of
    checks and excuse or with two items for one scenario, a vendor that is not the folder's.
    """
    document = validate(read_document(path), "requirements")
    found = _requirements(document, "requirements")
    refuse([*_faults(document, "requirements"), *repeated(found), *faults_of_vendor(document)])
    return found


def read_laws(path: Path) -> tuple[Law, ...]:
    """Return the requirements common to all vendors; raises as `read_requirements` does."""
    document = _optional(path, "laws")
    found = _requirements(document, "laws")
    needs = [tuple(row.get("needs", ())) for row in document.value["laws"]]
    problems = [*_faults(document, "laws"), *repeated(found)]
    for index, needed in enumerate(needs):
        problems += unknown_promises(document, needed, ("laws", index, "needs"))
    refuse(problems)
    return tuple(map(Law, found, needs))


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Return a vendor's waivers; a missing file has none.

    Raises `Problem` or `Problems`: malformed rows, days that are not in the calendar, two waivers
    of one check for one requirement.
    """
    document = _optional(path, "waivers")
    problems: list[Problem] = []
    waivers: list[Waiver] = []
    for index, row in enumerate(document.value["waivers"]):
        waivers.append(Waiver(**row, place=document.place(("waivers", index))))
        try:
            date.fromisoformat(row["expires"])
        except ValueError:
            message = f"expires: expected a day of the calendar, saw '{row['expires']}'"
            problems.append(document.problem(message, ("waivers", index, "expires")))
    for one, first in _repeats(waivers, lambda waiver: (waiver.requirement, waiver.check)):
        message = f"{one.check} is waived for {one.requirement} already, at {first.place}"
        problems.append(Problem(message, one.place, "remove one of the two waivers"))
    refuse(problems)
    return tuple(waivers)


def read_observed(path: Path) -> tuple[Observed, ...]:
    """Return what a vendor was observed to do; a missing file has nothing.

    Raises `Problem` or `Problems`: malformed rows, a vendor that is not the folder's, a behaviour
    that is repeated for one target.
    """
    document = _optional(path, "observed")
    rows = document.value["observed"]
    found = [Observed(**row, place=document.place(("observed", i))) for i, row in enumerate(rows)]
    problems = list(faults_of_vendor(document))
    for one, first in _repeats(found, lambda one: (one.check, one.target)):
        message = f"{one.check} is repeated for {one.target}; its first use is at {first.place}"
        problems.append(Problem(message, one.place))
    refuse(problems)
    return tuple(found)


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


def repeated(requirements: Iterable[Requirement]) -> Iterator[Problem]:
    """Yield a problem for every requirement whose id an earlier one has."""
    for one, first in _repeats(requirements, lambda requirement: requirement.id):
        message = f"the id '{one.id}' is repeated; its first use is at {first.place}"
        yield Problem(message, one.place, "give one of them another id")


def faults_of_vendor(document: Document) -> Iterator[Problem]:
    """Yield a problem if a file of a vendor names another vendor than its folder."""
    folder, named = document.path.parent.name, document.value["vendor"]
    if named != folder:
        message = f"vendor: expected the folder's name {folder}, saw '{named}'"
        yield document.problem(message, ("vendor",))


def _optional(path: Path, key: str) -> Document:
    """Return a file of rows; a missing one has none."""
    if not path.exists():
        return Document({"vendor": path.parent.name, key: []}, path, {})
    return validate(read_document(path), key)


def _repeats(rows: Iterable[Row], key: Callable[[Row], object]) -> Iterator[tuple[Row, Row]]:
    """Yield each row with the key of an earlier one, and the first such row."""
    seen: dict[object, Row] = {}
    for row in rows:
        first = seen.setdefault(key(row), row)
        if first is not row:
            yield row, first


def _faults(document: Document, key: str) -> Iterator[Problem]:
    for index, row in enumerate(document.value[key]):
        if "checks" not in row and "excuse" not in row:
            message = f"{row['id']} has neither checks nor an excuse; expected one of them"
            hint = "say which check tests it, or why none can"
            yield document.problem(message, (key, index), hint)
        if "checks" in row and "excuse" in row:
            message = f"{row['id']} has both checks and an excuse; expected one of them"
            yield document.problem(message, (key, index, "excuse"), "put remarks in note")
        seen: set[str] = set()
        for number, item in enumerate(row.get("checks", ())):
            check = CheckId.parse(item if isinstance(item, str) else next(iter(item)))
            if check.kind == "scenario" and check.family in seen:
                message = f"{row['id']} names {check.family} in two items; expected one"
                hint = f"write `{check.family}: [PART, …]`, or no part at all"
                yield document.problem(message, (key, index, "checks", number), hint)
            seen.add(check.family)


def _requirements(document: Document, key: str) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(
            **{name: row[name] for name in ("id", "title", "level", "basis", "source")},
            checks=tuple(_checks(row)),
            excuse=row.get("excuse", ""),
            place=document.place((key, index)),
        )
        for index, row in enumerate(document.value[key])
    )


def _checks(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the patterns of a row; an item `name: [a, b]` stands for `name#a` and `name#b`."""
    for item in row.get("checks", ()):
        if isinstance(item, str):
            yield item
        else:
            yield from (f"{name}#{part}" for name, parts in item.items() for part in parts)

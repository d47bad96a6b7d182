"""requirements.yaml, laws.yaml, waivers.yaml: what is asked of a vendor and what is forgiven."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from harness.contract.needs import misnamed
from harness.document.reader import Document, Problem, read_document, refuse
from harness.document.schema import validate
from harness.model.requirement import Requirement, Waiver


@dataclass(frozen=True, slots=True)
class Law:
    """A rule true of any points ledger, and what a vendor must have for it to be concerned."""

    requirement: Requirement
    needs: tuple[str, ...]


def read_requirements(path: Path) -> tuple[Requirement, ...]:
    """Return a vendor's own rules, in order.

    Raises `Problem` or `Problems`: malformed rows, ids that stand twice, a row with neither or both
    of checks and excuse, a vendor that is not the folder's.
    """
    document = read_document(path)
    validate(document, "requirements")
    rows = document.value["requirements"]
    folder = path.parent.name
    problems = list(_faults(document, "requirements"))
    if document.value["vendor"] != folder:
        message = f"vendor: expected the folder's name {folder}, saw '{document.value['vendor']}'"
        problems.append(Problem(message, document.place(("vendor",))))
    refuse(problems)
    return tuple(
        _requirement(row, document.place(("requirements", index))) for index, row in enumerate(rows)
    )


def read_laws(path: Path) -> tuple[Law, ...]:
    """Return the rules common to all vendors; a missing file has none. Raises as above."""
    if not path.exists():
        return ()
    document = read_document(path)
    validate(document, "laws")
    problems = list(_faults(document, "laws"))
    rows = document.value["laws"]
    for index, row in enumerate(rows):
        place = document.place(("laws", index, "needs"))
        needs = row.get("needs", ())
        problems.extend(Problem(text, place, hint) for text, hint in misnamed(needs))
    refuse(problems)
    return tuple(
        Law(_requirement(row, document.place(("laws", index))), tuple(row.get("needs", ())))
        for index, row in enumerate(rows)
    )


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Return a vendor's accepted deviations; a missing file has none.

    Raises `Problem` or `Problems`: malformed rows, days that are not in the calendar.
    """
    if not path.exists():
        return ()
    document = read_document(path)
    validate(document, "waivers")
    problems: list[Problem] = []
    for index, row in enumerate(document.value["waivers"]):
        try:
            date.fromisoformat(row["expires"])
        except ValueError:
            message = f"expires: expected a day of the calendar, saw '{row['expires']}'"
            problems.append(Problem(message, document.place(("waivers", index, "expires"))))
    refuse(problems)
    return tuple(
        Waiver(**row, place=document.place(("waivers", index)))
        for index, row in enumerate(document.value["waivers"])
    )


def repeated(requirements: Iterable[Requirement]) -> Iterator[Problem]:
    """Yield a problem for every rule whose id an earlier one has."""
    seen: dict[str, Requirement] = {}
    for requirement in requirements:
        first = seen.setdefault(requirement.id, requirement)
        if first is not requirement:
            message = f"the id '{requirement.id}' stands twice; it stands at {first.place} already"
            yield Problem(message, requirement.place, "give one of them another id")


def _faults(document: Document, key: str) -> Iterator[Problem]:
    rows = document.value[key]
    for index, row in enumerate(rows):
        place = document.place((key, index))
        if "checks" not in row and "excuse" not in row:
            message = f"{row['id']} has neither checks nor an excuse; expected one of them"
            yield Problem(message, place, "say which check tests it, or why none can")
        if "checks" in row and "excuse" in row:
            message = f"{row['id']} has both checks and an excuse; expected one of them"
            yield Problem(message, document.place((key, index, "excuse")), "put remarks in note")
    yield from repeated(
        _requirement(row, document.place((key, index))) for index, row in enumerate(rows)
    )


def _requirement(row: Mapping[str, Any], place: str) -> Requirement:
    return Requirement(
        id=row["id"],
        title=row["title"],
        level=row["level"],
        basis=row["basis"],
        source=row["source"],
        checks=tuple(row.get("checks", ())),
        excuse=row.get("excuse", ""),
        place=place,
    )

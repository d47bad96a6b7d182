"""requirements.yaml and laws.yaml: what is asked of a vendor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.contract.needs import misnamed
from harness.document.composer import Pointer
from harness.document.reader import Document, Problem, read_document, refuse
from harness.document.schema import validate
from harness.model.check_id import CheckId
from harness.model.requirement import Requirement


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
    """Return the requirements common to all vendors; a missing file has none. Raises as above."""
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


def repeated(requirements: Iterable[Requirement]) -> Iterator[Problem]:
    """Yield a problem for every requirement whose id an earlier one has."""
    seen: dict[str, Requirement] = {}
    for requirement in requirements:
        first = seen.setdefault(requirement.id, requirement)
        if first is not requirement:
            message = f"the id '{requirement.id}' is repeated; its first use is at {first.place}"
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
        yield from _split_scenarios(document, row, (key, index, "checks"))
    yield from repeated(
        _requirement(row, document.place((key, index))) for index, row in enumerate(rows)
    )


def _split_scenarios(
    document: Document, row: Mapping[str, Any], pointer: Pointer
) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, item in enumerate(row.get("checks", ())):
        check = CheckId.parse(item if isinstance(item, str) else next(iter(item)))
        if check.kind == "scenario" and check.family in seen:
            message = f"{row['id']} names {check.family} in two items; expected one"
            hint = f"write `{check.family}: [PART, …]`, or no part at all"
            yield Problem(message, document.place((*pointer, index)), hint)
        seen.add(check.family)


def _checks(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the patterns of a row; an item `name: [a, b]` stands for `name#a` and `name#b`."""
    for item in row.get("checks", ()):
        if isinstance(item, str):
            yield item
        else:
            yield from (f"{name}#{part}" for name, parts in item.items() for part in parts)


def _requirement(row: Mapping[str, Any], place: str) -> Requirement:
    return Requirement(
        id=row["id"],
        title=row["title"],
        level=row["level"],
        basis=row["basis"],
        source=row["source"],
        checks=tuple(_checks(row)),
        excuse=row.get("excuse", ""),
        place=place,
    )

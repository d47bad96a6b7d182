"""waivers.yaml: the deviations of a vendor that are accepted for a time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from harness.document.reader import Problem, read_document, refuse
from harness.document.schema import validate
from harness.model.requirement import Waiver


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Return a vendor's waivers; a missing file has none.

    Raises `Problem` or `Problems`: malformed rows, days that are not in the calendar, two waivers
    of one check for one requirement.
    """
    if not path.exists():
        return ()
    document = read_document(path)
    validate(document, "waivers")
    problems: list[Problem] = []
    seen: dict[tuple[str, str], Waiver] = {}
    for index, row in enumerate(document.value["waivers"]):
        waiver = Waiver(**row, place=document.place(("waivers", index)))
        try:
            date.fromisoformat(waiver.expires)
        except ValueError:
            message = f"expires: expected a day of the calendar, saw '{waiver.expires}'"
            problems.append(Problem(message, document.place(("waivers", index, "expires"))))
        first = seen.setdefault((waiver.requirement, waiver.check), waiver)
        if first is not waiver:
            message = f"{waiver.check} is waived for {waiver.requirement} already, at {first.place}"
            problems.append(Problem(message, waiver.place, "remove one of the two waivers"))
    refuse(problems)
    return tuple(seen.values())

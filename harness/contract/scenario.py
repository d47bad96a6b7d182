"""scenarios/*.yaml: scenarios, played in order, with what must hold of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.contract.cases import filled, lines_of, rounds
from harness.contract.needs import VERBS, misnamed
from harness.contract.validate.scenario import faults_of_scenario
from harness.document.composer import Pointer
from harness.document.messages import guess
from harness.document.reader import Document, Problem, place_of, read_document, refuse
from harness.document.schema import validate
from harness.model.binding import reads_balance
from harness.model.scenario import Expectation, Pages, Scenario, Step, Tampering, Wanted

_TIME = re.compile(r"([0-9.]+)([a-z]+)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
BALANCE = "balance"
"""The key of `expect` that speaks of balances instead of a step."""


def read_scenarios(folder: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of all YAML files of a folder, in the order of file names and lines.

    A missing folder has none. A scenario with a table of cases becomes one Scenario for each line.
    An expectation of several balances becomes one Expectation called `balance` for each. Raises
    `Problems` with the mistakes of all files: malformed keys and values, steps, members and needs
    that nothing declares, ids that stand twice.
    """
    problems: list[Problem] = []
    found: list[Scenario] = []
    known: dict[str, Scenario] = {}
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        if path.suffix == ".yml":
            hint = f"call it {path.stem}.yaml"
            problems.append(Problem("a scenario file must end in .yaml", place_of(path), hint))
        if path.suffix != ".yaml":
            continue
        try:
            scenarios = read_scenario_file(path)
        except Exception as error:
            problems.extend(_told(error))
            continue
        for scenario in scenarios:
            first = known.setdefault(scenario.id, scenario)
            if first.place != scenario.place:
                problems.append(_twice(scenario, first))
            found.append(scenario)
    refuse(problems)
    return tuple(found)


def read_scenario_file(path: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of one file; raises as `read_scenarios` does."""
    document = read_document(path)
    problems: list[Problem] = []
    for cast in rounds(document):
        validate(cast, "scenarios")
        for index, raw in enumerate(cast.value):
            problems.extend(_faults_of_needs(cast, raw, (index,)))
            problems.extend(faults_of_scenario(cast, raw, (index,)))
    # What is wrong in every line of a table is told once.
    refuse({str(problem): problem for problem in problems}.values())
    return tuple(
        _scenario(document, filled(document, index, line), (index,), line[0])
        for index, scenario in enumerate(document.value)
        for line in lines_of(scenario)
    )


def _told(error: Exception) -> tuple[Problem, ...]:
    problems = getattr(error, "problems", None)
    if problems is None:
        raise error
    return tuple(problems)


def _twice(scenario: Scenario, first: Scenario) -> Problem:
    message = f"the scenario '{scenario.id}' stands twice; it stands at {first.place} already"
    return Problem(message, scenario.place, "give one of them another id")


def _faults_of_needs(
    document: Document, raw: Mapping[str, Any], pointer: Pointer
) -> Iterator[Problem]:
    needs = raw.get("needs", [])
    for index, need in enumerate(needs):
        for message, hint in misnamed([need]):
            yield Problem(message, document.place((*pointer, "needs", index)), hint)
    for index, step in enumerate(raw["do"]):
        verb = step.get("call")
        if verb is not None and verb not in needs:
            meant = guess(verb, needs) if verb not in VERBS else ""
            yield Problem(
                f"the scenario calls '{verb}' without needing it",
                document.place((*pointer, "do", index, "call")),
                meant
                or f"add {verb} to its needs, so that vendors without it pass the scenario over",
            )
    terms = raw["expect"].get(BALANCE, [])
    of_points = ["wallet" not in term for term in (terms if isinstance(terms, list) else [terms])]
    place = document.place((*pointer, "expect", BALANCE))
    if not all(of_points) and not any(reads_balance(need) for need in needs if need != BALANCE):
        message = "the scenario reads the balance of a wallet without needing a verb that reads one"
        yield Problem(message, place, "add the verb, such as credit_balance, to its needs")
    if any(of_points) and BALANCE not in needs:
        message = "the scenario reads balances without needing the verb balance"
        yield Problem(message, place, "add balance to its needs")


def _scenario(document: Document, raw: Mapping[str, Any], pointer: Pointer, case: str) -> Scenario:
    given = raw.get("given", {})
    return Scenario(
        id=raw["id"],
        title=raw["title"],
        needs=tuple(raw.get("needs", ())),
        members={name: terms.get("funds") for name, terms in given.items()},
        steps=tuple(
            _step(step, document.place((*pointer, "do", index)))
            for index, step in enumerate(raw["do"])
        ),
        expectations=tuple(_expectations(document, raw["expect"], (*pointer, "expect"))),
        place=document.place(pointer),
        wanted={
            name: Wanted(terms.get("kind", ""), terms.get("new", False))
            for name, terms in given.items()
            if {"kind", "new"} & set(terms)
        },
        case=case,
    )


def _step(raw: Mapping[str, Any], place: str) -> Step:
    rows = raw.get("rows")
    return Step(
        name=raw["as"],
        verb=raw.get("call"),
        operation=raw.get("operation"),
        member=raw.get("member"),
        units=raw.get("units"),
        reference=raw.get("reference"),
        rows=tuple(rows) if isinstance(rows, list) else rows,
        send=raw.get("send", {}),
        without=tuple(raw.get("without", ())),
        auth=raw.get("auth", "normal"),
        concurrent=raw.get("at_once", 1),
        entry=raw.get("target"),
        place=place,
        extract=raw.get("capture", {}),
        group=raw.get("race"),
        advance=_seconds(raw.get("advance")),
        raw_units=raw.get("raw_units"),
        pages=Pages(**raw["pages"]) if "pages" in raw else None,
        idempotent=raw.get("again", False),
        tamper=_tampering(raw["alter"]) if "alter" in raw else None,
    )


def _tampering(raw: Mapping[str, Any]) -> Tampering:
    return Tampering(raw.get("send", {}), tuple(raw.get("without", ())))


def _seconds(text: str | None) -> float | None:
    found = None if text is None else _TIME.fullmatch(text)
    return float(found[1]) * _SECONDS[found[2]] if found else None


def _expectations(
    document: Document, raw: Mapping[str, Any], pointer: Pointer
) -> Iterator[Expectation]:
    for name, terms in raw.items():
        below = (*pointer, name)
        if isinstance(terms, list):
            for index, each in enumerate(terms):
                yield Expectation(name, each, document.place((*below, index)))
        else:
            yield Expectation(name, terms, document.place(below))

"""scenarios/*.yaml: scenarios, played in order, with what must hold of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.contract.cases import cases_of, filled_in, rounds
from harness.contract.duration import seconds_of
from harness.contract.needs import VERBS, misnamed
from harness.contract.validate.scenario import faults_of_scenario
from harness.document.composer import Pointer
from harness.document.messages import guess
from harness.document.reader import Document, Problem, place_of, read_document, refuse
from harness.document.schema import validate
from harness.model.binding import reads_balance
from harness.model.scenario import (
    BALANCE,
    Expectation,
    Pagination,
    Scenario,
    Step,
    Tampering,
    Wanted,
)

_FIELD_OF_KEY = {"id": "name", "concurrent_group": "group"}
"""Keys of a step that are called otherwise in its record."""


def read_scenarios(folder: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of all YAML files of a folder, in the order of file names and lines.

    A missing folder has none. A scenario with a table of cases becomes one Scenario for each case.
    The `expect` of a step becomes an Expectation with the name of the step, and each balance one
    called `balance`. Raises `Problems` with the mistakes of all files: malformed keys and values,
    steps, members and needs that nothing declares, duplicate ids.
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
            problems.extend(_problems_of(error))
            continue
        for scenario in scenarios:
            first = known.setdefault(scenario.id, scenario)
            if first.place != scenario.place:
                problems.append(_duplicate(scenario, first))
            found.append(scenario)
    refuse(problems)
    return tuple(found)


def read_scenario_file(path: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of one file; raises as `read_scenarios` does."""
    document = read_document(path)
    problems: list[Problem] = []
    for filled in rounds(document):
        validate(filled, "scenarios")
        for index, raw in enumerate(filled.value["scenarios"]):
            problems.extend(_faults_of_needs(filled, raw, ("scenarios", index)))
            problems.extend(faults_of_scenario(filled, raw, ("scenarios", index)))
    # What is wrong in every case of a table is told once.
    refuse({str(problem): problem for problem in problems}.values())
    return tuple(
        _scenario(document, filled_in(document, index, case), ("scenarios", index), case[0])
        for index, scenario in enumerate(document.value["scenarios"])
        for case in cases_of(scenario)
    )


def _problems_of(error: Exception) -> tuple[Problem, ...]:
    problems = getattr(error, "problems", None)
    if problems is None:
        raise error
    return tuple(problems)


def _duplicate(scenario: Scenario, first: Scenario) -> Problem:
    message = f"duplicate scenario '{scenario.id}'; the first is at {first.place}"
    return Problem(message, scenario.place, "give one of them another id")


def _faults_of_needs(
    document: Document, raw: Mapping[str, Any], pointer: Pointer
) -> Iterator[Problem]:
    needs = raw.get("needs", [])
    for index, need in enumerate(needs):
        for message, hint in misnamed([need]):
            yield Problem(message, document.place((*pointer, "needs", index)), hint)
    for index, step in enumerate(raw["steps"]):
        verb = step.get("verb")
        if verb is not None and verb not in needs:
            meant = guess(verb, needs) if verb not in VERBS else ""
            hint = f"add {verb} to needs, so that the scenario is left out for vendors without it"
            place = document.place((*pointer, "steps", index, "verb"))
            yield Problem(f"the verb '{verb}' is not among the needs", place, meant or hint)
    balances = _listed(raw.get("expect", {}).get(BALANCE, []))
    of_points = ["wallet" not in balance for balance in balances]
    place = document.place((*pointer, "expect", BALANCE))
    if not all(of_points) and not any(reads_balance(need) for need in needs if need != BALANCE):
        message = "the balance of a wallet is expected and no verb that reads one is needed"
        yield Problem(message, place, "add the verb, such as credit_balance, to needs")
    if any(of_points) and BALANCE not in needs:
        message = "a balance is expected and the verb balance is not among the needs"
        yield Problem(message, place, "add balance to needs")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _scenario(document: Document, raw: Mapping[str, Any], pointer: Pointer, case: str) -> Scenario:
    members = raw.get("members", {})
    return Scenario(
        id=raw["id"],
        title=raw["title"],
        needs=tuple(raw.get("needs", ())),
        members={name: terms.get("balance_at_least") for name, terms in members.items()},
        steps=tuple(
            _step(step, document.place((*pointer, "steps", index)))
            for index, step in enumerate(raw["steps"])
        ),
        expectations=tuple(_expectations(document, raw, pointer)),
        place=document.place(pointer),
        wanted={
            name: Wanted(terms.get("kind", ""), terms.get("new", False))
            for name, terms in members.items()
            if {"kind", "new"} & set(terms)
        },
        case=case,
    )


def _step(raw: Mapping[str, Any], place: str) -> Step:
    fields = {_FIELD_OF_KEY.get(key, key): value for key, value in raw.items() if key != "expect"}
    converted = {key: convert(fields[key]) for key, convert in _CONVERTED.items() if key in fields}
    return Step(**{**fields, **converted}, place=place)


def _tampering(raw: Mapping[str, Any]) -> Tampering:
    return Tampering(raw.get("send", {}), tuple(raw.get("without", ())))


_CONVERTED: Mapping[str, Callable[[Any], Any]] = {
    "rows": lambda rows: tuple(rows) if isinstance(rows, list) else rows,
    "without": tuple,
    "tamper": _tampering,
    "pagination": lambda raw: Pagination(**raw),
    "advance": seconds_of,
}
"""How the value of a key becomes the value of its field, where they differ."""


def _expectations(
    document: Document, raw: Mapping[str, Any], pointer: Pointer
) -> Iterator[Expectation]:
    for index, step in enumerate(raw["steps"]):
        if "expect" in step:
            place = document.place((*pointer, "steps", index, "expect"))
            yield Expectation(step["id"], step["expect"], place)
    below: Pointer = (*pointer, "expect", BALANCE)
    terms = raw.get("expect", {}).get(BALANCE, [])
    places: Iterable[Pointer] = (
        [(*below, index) for index in range(len(terms))] if isinstance(terms, list) else [below]
    )
    for place_at, balance in zip(places, _listed(terms), strict=True):
        yield Expectation(BALANCE, balance, document.place(place_at))

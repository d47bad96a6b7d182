"""scenarios/*.yaml: steps that are played in order, and what must hold of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.contract.needs import VERBS, unknown_promises
from harness.contract.validate.scenario import balances_of, faults_of_scenario
from harness.contract.validate.source import faults_of_sources
from harness.contract.workload import seconds_of
from harness.document.files import place_of
from harness.document.messages import Problem, Problems, guess, kind, refuse
from harness.document.pointer import MISSING
from harness.document.reader import Document, Pointer, read_document
from harness.document.schema import validate
from harness.model.binding import reads_balance
from harness.model.scenario import (
    BALANCE,
    UNTIL,
    Expectation,
    Pagination,
    Scenario,
    Step,
    Tampering,
    Wanted,
)

_FIELD_OF_KEY = {"id": "name", "concurrent_group": "group"}
"""Keys of a step that are called otherwise in its record."""

_SCENARIOS = "scenarios"
_CASES = "cases"
_Case = tuple[str, Mapping[str, Any]]
"""The name of a case and its values."""

_MARK = re.compile(r"\$\{case\.([a-z][a-z0-9_]*)(\??)\}")


def read_scenarios(folder: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of all YAML files of a folder, in the order of file names and lines.

    A missing folder has none. A scenario with a table of cases becomes one Scenario for each case.
    Raises `Problems` with the mistakes of all files: malformed keys and values, steps, members and
    needs that nothing declares, duplicate ids.
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
        except (Problem, Problems) as error:
            problems.extend(error.problems)
            continue
        for scenario in scenarios:
            first = known.setdefault(scenario.id, scenario)
            if first.place != scenario.place:
                message = f"duplicate scenario '{scenario.id}'; the first is at {first.place}"
                hint = "give one of them another id"
                problems.append(Problem(message, scenario.place, hint))
            found.append(scenario)
    refuse(problems)
    return tuple(found)


def read_scenario_file(path: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of one file; raises as `read_scenarios` does."""
    document = read_document(path)
    problems: list[Problem] = []
    for filled in _rounds(document):
        validate(filled, "scenarios")
        for index, raw in enumerate(filled.value["scenarios"]):
            at: Pointer = ("scenarios", index)
            problems.extend(_faults_of_needs(filled, raw, at))
            problems.extend(faults_of_scenario(filled, raw, at))
            for number, step in enumerate(raw["steps"]):
                below: Pointer = (*at, "steps", number)
                for key in ("extract", "pagination"):
                    problems.extend(faults_of_sources(filled, step.get(key, {}), (*below, key)))
    refuse(problems)
    return tuple(
        _scenario(document, _filled_in(document, index, case), ("scenarios", index), case[0])
        for index, scenario in enumerate(document.value["scenarios"])
        for case in _cases_of(scenario)
    )


def _faults_of_needs(
    document: Document, raw: Mapping[str, Any], pointer: Pointer
) -> Iterator[Problem]:
    needs = raw.get("needs", [])
    yield from unknown_promises(document, needs, (*pointer, "needs"))
    for index, step in enumerate(raw["steps"]):
        verb = step.get("verb")
        if verb is not None and verb not in needs:
            meant = guess(verb, needs) if verb not in VERBS else ""
            hint = f"add {verb} to needs, so that the scenario is left out for vendors without it"
            message = f"the verb '{verb}' is not among the needs"
            yield document.problem(message, (*pointer, "steps", index, "verb"), meant or hint)
    of_points = ["wallet" not in balance for balance, _ in balances_of(raw)]
    at = (*pointer, "expect", BALANCE)
    if not all(of_points) and not any(reads_balance(need) for need in needs if need != BALANCE):
        message = "the balance of a wallet is expected and no verb that reads one is needed"
        yield document.problem(message, at, "add the verb, such as credit_balance, to needs")
    if any(of_points) and BALANCE not in needs:
        message = "a balance is expected and the verb balance is not among the needs"
        yield document.problem(message, at, "add balance to needs")


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


_CONVERTED: Mapping[str, Callable[[Any], Any]] = {
    "rows": lambda rows: tuple(rows) if isinstance(rows, list) else rows,
    "without": tuple,
    "tamper": lambda raw: Tampering(raw.get("send", {}), tuple(raw.get("without", ()))),
    "pagination": lambda raw: Pagination(**raw),
    "advance": seconds_of,
    "within": seconds_of,
}
"""How the value of a key becomes the value of its field, where they differ."""


def _expectations(
    document: Document, raw: Mapping[str, Any], pointer: Pointer
) -> Iterator[Expectation]:
    for index, step in enumerate(raw["steps"]):
        key = "expect" if "expect" in step else UNTIL
        if key in step:
            place = document.place((*pointer, "steps", index, key))
            waited = {UNTIL: step[UNTIL]} if UNTIL in step else {}
            yield Expectation(step["id"], {**waited, **step.get("expect", {})}, place)
    for balance, below in balances_of(raw):
        yield Expectation(BALANCE, balance, document.place((*pointer, *below)))


def _cases_of(scenario: Any) -> tuple[_Case, ...]:
    """Return the cases of a scenario; without a table there is one without name and values."""
    table = scenario.get(_CASES) if isinstance(scenario, Mapping) else None
    if not isinstance(table, Mapping) or not table:
        return (("", {}),)
    return tuple((str(n), case if isinstance(case, Mapping) else {}) for n, case in table.items())


def _rounds(document: Document) -> Iterator[Document]:
    """Yield the document once for each case of its longest table, with the places as they are."""
    scenarios = document.value.get(_SCENARIOS) if isinstance(document.value, Mapping) else None
    if not isinstance(scenarios, list):
        yield document
        return
    tables = [_cases_of(scenario) for scenario in scenarios]
    for number in range(max(map(len, tables), default=1)):
        cases = [table[min(number, len(table) - 1)] for table in tables]
        value = [_filled_in(document, index, case) for index, case in enumerate(cases)]
        yield replace(document, value={**document.value, _SCENARIOS: value})


def _filled_in(document: Document, index: int, case: _Case) -> Any:
    """Return the scenario of that index, filled in as `template.fill` does with `${case.name}`."""
    scenario = document.value[_SCENARIOS][index]
    name, values = case
    if not name:
        return scenario
    at: Pointer = (_SCENARIOS, index)
    return {
        key: item if key == _CASES else _filled(item, values, document, (*at, key))
        for key, item in scenario.items()
    }


def _filled(node: Any, values: Mapping[str, Any], document: Document, at: Pointer) -> Any:
    if isinstance(node, str):
        return _text(node, values, document, at)
    if isinstance(node, dict):
        pairs = ((k, _filled(item, values, document, (*at, k))) for k, item in node.items())
        return {key: item for key, item in pairs if item is not MISSING}
    if isinstance(node, list):
        items = (_filled(item, values, document, (*at, i)) for i, item in enumerate(node))
        return [item for item in items if item is not MISSING]
    return node


def _text(text: str, values: Mapping[str, Any], document: Document, at: Pointer) -> Any:
    whole = _MARK.fullmatch(text)
    if whole is not None:
        name, optional = whole.groups()
        if name in values:
            return values[name]
        if optional:
            return MISSING

    def written(mark: re.Match[str]) -> str:
        name = mark[1]
        if name not in values:
            raise document.unknown(f"the case has no value '{name}'", at, name, values)
        value = values[name]
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            message = f"'{name}' of the case cannot be written into a text; it is {kind(value)}"
            raise document.problem(message, at)
        return str(value)

    return _MARK.sub(written, text)

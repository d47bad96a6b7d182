"""The table of cases of a scenario, which is read once for each case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.document.composer import Pointer
from harness.document.messages import kind
from harness.document.pointer import MISSING
from harness.document.reader import Document

SCENARIOS = "scenarios"
CASES = "cases"
Case = tuple[str, Mapping[str, Any]]
"""The name of a case and its values."""

_MARK = re.compile(r"\$\{case\.([a-z][a-z0-9_]*)(\??)\}")


def cases_of(scenario: Any) -> tuple[Case, ...]:
    """Return the cases of a scenario; without a table there is one without name and values."""
    table = scenario.get(CASES) if isinstance(scenario, Mapping) else None
    if not isinstance(table, Mapping) or not table:
        return (("", {}),)
    return tuple((str(n), case if isinstance(case, Mapping) else {}) for n, case in table.items())


def rounds(document: Document) -> Iterator[Document]:
    """Yield the document once for each case of its longest table, every scenario filled in.

    A scenario with fewer cases is filled in with its last one, so that each place stays as it is.
    Raises `Problem` for a value that the case does not have.
    """
    scenarios = document.value.get(SCENARIOS) if isinstance(document.value, Mapping) else None
    if not isinstance(scenarios, list):
        yield document
        return
    tables = [cases_of(scenario) for scenario in scenarios]
    for number in range(max(map(len, tables), default=1)):
        cases = [table[min(number, len(table) - 1)] for table in tables]
        value = [filled_in(document, index, case) for index, case in enumerate(cases)]
        yield replace(document, value={**document.value, SCENARIOS: value})


def filled_in(document: Document, index: int, case: Case) -> Any:
    """Return the scenario of that index with the values of the case in their places.

    A text that is one `${case.name}` takes the value with its type, and the field of one
    `${case.name?}` that the case lacks is left out; in other texts values are written out.
    """
    scenario = document.value[SCENARIOS][index]
    name, values = case
    if not name:
        return scenario
    at: Pointer = (SCENARIOS, index)
    return {
        key: item if key == CASES else _filled(item, values, document, (*at, key))
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

"""The table of cases of a scenario, which is read once for each line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.document.composer import Pointer
from harness.document.messages import choice, guess, kind
from harness.document.pointer import MISSING
from harness.document.reader import Document, Problem

CASES = "cases"
Line = tuple[str, Mapping[str, Any]]
"""The name of a case and its values."""

_MARK = re.compile(r"\$\{case\.([a-z][a-z0-9_]*)(\??)\}")


def lines_of(scenario: Any) -> tuple[Line, ...]:
    """Return the lines of a scenario's table; without a table there is one line without a name."""
    table = scenario.get(CASES) if isinstance(scenario, Mapping) else None
    if not isinstance(table, Mapping) or not table:
        return (("", {}),)
    return tuple((str(n), line if isinstance(line, Mapping) else {}) for n, line in table.items())


def rounds(document: Document) -> Iterator[Document]:
    """Yield the document of scenarios for each line of its longest table, every scenario filled in.

    A scenario with fewer lines stands in with its last one, so that each place stays where it was.
    Raises `Problem` for a value that the line does not have.
    """
    scenarios = document.value
    if not isinstance(scenarios, list):
        yield document
        return
    tables = [lines_of(scenario) for scenario in scenarios]
    for number in range(max(map(len, tables), default=1)):
        lines = [table[min(number, len(table) - 1)] for table in tables]
        value = [filled(document, index, line) for index, line in enumerate(lines)]
        yield replace(document, value=value)


def filled(document: Document, index: int, line: Line) -> Any:
    """Return the scenario of that index with the values of the line in their places.

    A text that is one `${case.name}` takes the value with its type, and the field of one
    `${case.name?}` that the line lacks is left out; in other texts values are written out.
    """
    scenario = document.value[index]
    name, values = line
    if not name:
        return scenario
    return {
        key: item if key == CASES else _filled(item, values, document, (index, key))
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
            message = f"the case has no value '{name}'; expected {choice(values)}"
            raise Problem(message, document.place(at), guess(name, values))
        value = values[name]
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            message = f"'{name}' of the case cannot be written into a text; it is {kind(value)}"
            raise Problem(message, document.place(at))
        return str(value)

    return _MARK.sub(written, text)

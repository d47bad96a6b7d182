"""Thresholds of a workload: `response_ms: ["p(90)<=5000"]`, as k6 writes them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from harness.document.messages import choice, guess
from harness.document.reader import Document, Problem
from harness.model.workload import Threshold

_METRIC = re.compile(r"([a-z_]+)(?:\{(.+)\})?")
_EXPRESSION = re.compile(r"(?:(p\(([0-9]+)\)|max)\s*)?(<=|>=)\s*([0-9.]+)")


def read_thresholds(
    sources: Sequence[Document], entries: Collection[str]
) -> tuple[tuple[Threshold, ...], list[Problem]]:
    """Return the thresholds of documents with the key `thresholds`, and what is wrong with them.

    A metric of a later document takes the place of the same metric of an earlier one. `entries`
    are the names of the mix, one of which `metric{name}` limits.
    """
    declared = {
        metric: (document, expressions)
        for document in sources
        for metric, expressions in document.value.get("thresholds", {}).items()
    }
    found: list[Threshold] = []
    problems: list[Problem] = []
    for metric, (document, expressions) in declared.items():
        problems += _faults(document, metric, expressions, entries)
        places = [document.place(("thresholds", metric, i)) for i in range(len(expressions))]
        found += map(_threshold, [metric] * len(places), expressions, places)
    return tuple(found), problems


def _faults(
    document: Document, metric: str, expressions: Sequence[str], entries: Collection[str]
) -> Iterator[Problem]:
    name, entry = _parts(metric)
    if entry is not None and entry not in entries:
        message = f"unknown entry '{entry}'; expected {choice(entries)}"
        yield Problem(message, document.place(("thresholds", metric)), guess(entry, entries))
    is_time = name.endswith("_ms")
    for index, expression in enumerate(expressions):
        found = _EXPRESSION.fullmatch(expression)
        if found is not None and bool(found[1]) is not is_time:
            expected = "p(50), p(90), p(99) or max first" if is_time else "a limit alone"
            message = f"thresholds.{metric}[{index}]: expected {expected}, saw '{expression}'"
            hint = f"write {'p(99)' if is_time else ''}{found[3]}{found[4]}"
            yield Problem(message, document.place(("thresholds", metric, index)), hint)


def _threshold(metric: str, expression: str, place: str) -> Threshold:
    name, entry = _parts(metric)
    found = _EXPRESSION.fullmatch(expression)
    if found is None:
        raise ValueError(f"not a threshold: {expression}")
    quantile = f"_p{found[2]}" if found[2] else "_max" if found[1] else ""
    limit = float(found[4]) if "." in found[4] else int(found[4])
    at_most, at_least = (limit, None) if found[3] == "<=" else (None, limit)
    return Threshold(name + quantile, entry, at_most, at_least, place)


def _parts(metric: str) -> tuple[str, str | None]:
    found = _METRIC.fullmatch(metric)
    return (found[1], found[2]) if found else (metric, None)

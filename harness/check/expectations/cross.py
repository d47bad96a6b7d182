"""Expectations across responses: items of several lists, and values that change between steps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.check.expectations.record import ScenarioRecord, StepRecord, TermResult
from harness.check.values import finite_number, same_value
from harness.document.messages import counted
from harness.document.pointer import MISSING, every, find
from harness.document.template import fill
from harness.model.verdict import Verdict

_SHOWN_MAX = 3


def same_body_as(step: StepRecord, wanted: str, scenario: ScenarioRecord) -> TermResult:
    """Check that the first response equals that of another step."""
    other = scenario.step(wanted)
    same = step.bodies[:1] == other.bodies[:1]
    return step.result(
        same,
        f"the response of {step.name} equals that of {wanted}",
        f"the responses {'are equal' if same else 'differ'}",
        other.ids + step.ids,
    )


def unique(step: StepRecord, wanted: str, scenario: ScenarioRecord) -> TermResult:
    """Check that no value comes twice: `entry` or `balance` of the responses, or a pointer."""
    if wanted in ("entry", "balance"):
        found = [exchange.seen.get(wanted) for exchange in step.exchanges]
    else:
        found = list(_all_at(step, wanted))
    values = [repr(value) for value in found if value is not None]
    if not values:
        seen = "no response shows it"
        return TermResult(Verdict.INAPPLICABLE, f"{wanted} is shown", seen, step.ids)
    repeated = sorted(value for value, times in Counter(values).items() if times > 1)
    each = "item" if "*" in wanted else "response"
    return step.result(
        not repeated,
        f"every {each} of {step.name} has its own {wanted}",
        f"{len(set(values))} of {counted(len(values), 'value')} distinct; "
        f"repeated: {', '.join(repeated[:_SHOWN_MAX]) or 'none'}",
    )


def contains(
    step: StepRecord, wanted: Mapping[str, Any], scenario: ScenarioRecord, *, present: bool = True
) -> TermResult:
    """Check that each value is somewhere in the responses, or none anywhere, by pointer.

    The values may be personal, so the result shows none of them.
    """
    for pointer in wanted:
        if unreadable := _unreadable(step, pointer):
            return unreadable
    odd = []
    for pointer, values in fill(wanted, scenario.variables).items():
        there = list(_all_at(step, pointer))
        found = [any(same_value(one, value) for one in there) for value in values]
        wrong = found.count(not present)
        if wrong:
            word = "missing" if present else "present"
            odd.append(f"{wrong} of {counted(len(values), 'value')} {word} at {pointer}")
            odd.append(f"{counted(len(there), 'value')} at {pointer}")
    word = "contain the" if present else "contain none of the"
    return step.result(
        not odd,
        f"the responses of {step.name} {word} given values at {', '.join(wanted)}",
        "; ".join(odd) or "as expected",
    )


def disjoint(step: StepRecord, wanted: Mapping[str, Any], scenario: ScenarioRecord) -> TermResult:
    """Check that no value at a pointer is in the responses of other steps too."""
    pointer = wanted["at"]
    if unreadable := _unreadable(step, pointer):
        return unreadable
    own = {repr(value) for value in _all_at(step, pointer)}
    shared = {
        name: own & {repr(value) for value in _all_at(scenario.step(name), pointer)}
        for name in wanted["with"]
    }
    odd = [f"{counted(len(values), 'value')} also in {n}" for n, values in shared.items() if values]
    return step.result(
        not odd,
        f"{step.name} shares no value at {pointer} with {', '.join(wanted['with'])}",
        "; ".join(odd) or f"{counted(len(own), 'value')}, none of them shared",
    )


def _all_at(step: StepRecord, pointer: str) -> Iterator[Any]:
    for body in step.bodies:
        yield from every(body, pointer)


def _unreadable(step: StepRecord, pointer: str) -> TermResult | None:
    """Return that no response has the list of a pointer, or its items nothing of what it names."""
    path, star, inner = pointer.partition("/*")
    lists = [found for body in step.bodies if isinstance(found := find(body, path, None), list)]
    readable = lists and (not any(lists) or any(every(one, f"/*{inner}") for one in lists))
    if readable or not star:
        return None
    return TermResult(
        Verdict.INCONCLUSIVE,
        f"the responses of {step.name} have a value at {pointer}",
        f"no response has a value at {pointer}, so the list may have another form",
        step.ids,
    )


def changed(step: StepRecord, wanted: Mapping[str, Any], scenario: ScenarioRecord) -> TermResult:
    """Check that numbers changed since an earlier step: by an amount, or `up` or `down`."""
    earlier = scenario.step(wanted["since"])
    odd = []
    for pointer, by in wanted["by"].items():
        before, after = (
            finite_number(find(one.bodies[0], pointer, MISSING)) for one in (earlier, step)
        )
        if before is None or after is None:
            odd.append(f"{pointer} is not a number")
        elif not _changed_by(after - before, by):
            odd.append(f"{pointer} changed by {after - before:+g}, from {before:g} to {after:g}")
    changes = ", ".join(
        f"{pointer} goes {by}" if isinstance(by, str) else f"{pointer} changes by {by:+g}"
        for pointer, by in wanted["by"].items()
    )
    return step.result(
        not odd,
        f"from {wanted['since']} to {step.name}: {changes}",
        "; ".join(odd) or "as expected",
        earlier.ids[:1] + step.ids[:1],
    )


def _changed_by(change: float, by: float | str) -> bool:
    if isinstance(by, str):
        return change > 0 if by == "up" else change < 0
    return math.isclose(change, by, abs_tol=1e-9)


def exclusive_with(step: StepRecord, wanted: Sequence[str], scenario: ScenarioRecord) -> TermResult:
    """Check that this step and the named ones are not ok together."""
    steps = [step, *(scenario.step(name) for name in wanted)]
    accepted = [one.name for one in steps if one.count_ok]
    return step.result(
        len(accepted) < 2 or step.name not in accepted,
        f"outcome ok for {step.name} or for {' and '.join(wanted)}, not for both",
        f"outcome ok for {' and '.join(accepted) or 'none'}",
        tuple(identity for one in steps for identity in one.ids[:1]),
    )

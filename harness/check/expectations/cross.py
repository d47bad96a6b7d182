"""Expectations that look across answers: the items of lists, and numbers that moved."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.check.expectations.facts import (
    Facts,
    Played,
    Result,
    alike,
    bodies_of,
    ids_of,
    number_of,
    said,
)
from harness.document.pointer import MISSING, every, find
from harness.document.template import fill
from harness.model.verdict import Outcome, Verdict

_SHOWN = 3


def _all_at(played: Played, pointer: str) -> Iterator[Any]:
    for body in bodies_of(played):
        yield from every(body, pointer)


def _distinct(played: Played, wanted: str, facts: Facts) -> Result:
    if wanted in ("entry", "balance"):
        values = [exchange.seen.get(wanted) for exchange in played.exchanges]
    else:
        values = list(_all_at(played, wanted))
    shown = [repr(value) for value in values if value is not None]
    twice = sorted({value for value in shown if shown.count(value) > 1})
    if not shown:
        return Result(
            Verdict.INAPPLICABLE, f"{wanted} is told", "no response shows it", ids_of(played)
        )
    each = "every item" if "*" in wanted else "every response"
    return said(
        not twice,
        f"{each} of {played.name} has its own {wanted}",
        f"{len(set(shown))} different in {len(shown)}; "
        f"repeated: {', '.join(twice[:_SHOWN]) or 'none'}",
        ids_of(played),
    )


def _holds(played: Played, wanted: Mapping[str, list[Any]], facts: Facts) -> Result:
    return _held(played, wanted, facts, there=True)


def _holds_no(played: Played, wanted: Mapping[str, list[Any]], facts: Facts) -> Result:
    return _held(played, wanted, facts, there=False)


def _held(played: Played, wanted: Mapping[str, list[Any]], facts: Facts, *, there: bool) -> Result:
    """Hold values against those in the responses; they may be personal, so none is shown."""
    for pointer in wanted:
        if not _readable(played, pointer):
            return _unread(played, pointer)
    odd = []
    for pointer, values in fill(wanted, facts.captures).items():
        seen = list(_all_at(played, pointer))
        found = [any(alike(one, value) for one in seen) for value in values]
        if not all(one is there for one in found):
            odd.append(f"{found.count(not there)} of {len(values)} are {_there(not there)}")
            odd.append(f"{len(seen)} values stand at {pointer}")
    pointers = ", ".join(wanted)
    return said(
        not odd,
        f"the values asked for are {_there(there)} at {pointers} in the responses of {played.name}",
        "; ".join(odd) or "so it was",
        ids_of(played),
    )


def _readable(played: Played, pointer: str) -> bool:
    """Say whether a response has the list of a pointer, and its items, if any, what it names."""
    listed, star, inner = pointer.partition("/*")
    bodies = bodies_of(played)
    if not star:
        return True
    lists = [found for body in bodies if isinstance(found := find(body, listed, None), list)]
    return bool(lists) and (not any(lists) or any(every(one, f"/*{inner}") for one in lists))


def _unread(played: Played, pointer: str) -> Result:
    return Result(
        Verdict.INCONCLUSIVE,
        f"the responses of {played.name} have something at {pointer}",
        f"no response shows anything at {pointer}, so its list may have another form",
        ids_of(played),
    )


def _there(there: bool) -> str:
    return "there" if there else "not there"


def _disjoint(played: Played, wanted: Mapping[str, Any], facts: Facts) -> Result:
    pointer = wanted["at"]
    if not _readable(played, pointer):
        return _unread(played, pointer)
    own = {repr(value) for value in _all_at(played, pointer)}
    shared = {
        name: own & {repr(value) for value in _all_at(facts.step(name), pointer)}
        for name in wanted["from"]
    }
    odd = [f"{len(values)} also in {name}" for name, values in shared.items() if values]
    others = ", ".join(wanted["from"])
    return said(
        not odd,
        f"nothing at {pointer} in the responses of {played.name} stands in those of {others}",
        "; ".join(odd) or f"{len(own)} of its own",
        ids_of(played),
    )


def _at_most(played: Played, wanted: Mapping[str, float], facts: Facts) -> Result:
    seen = {
        pointer: [number_of(find(body, pointer, MISSING)) for body in bodies_of(played)]
        for pointer in wanted
    }
    odd = [
        f"{pointer} is {'no number' if number is None else f'{number:g}'}"
        for pointer, most in wanted.items()
        for number in seen[pointer]
        if number is None or number > most
    ]
    limits = ", ".join(f"{pointer} is at most {most:g}" for pointer, most in wanted.items())
    return said(
        not odd,
        f"in each response of {played.name} {limits}",
        "; ".join(odd[:_SHOWN]) or "so it was",
        ids_of(played),
    )


def _moved(played: Played, wanted: Mapping[str, Any], facts: Facts) -> Result:
    earlier = facts.step(wanted["since"])
    odd = []
    for pointer, by in wanted["by"].items():
        before, after = (
            number_of(find(bodies_of(step)[0], pointer, MISSING)) for step in (earlier, played)
        )
        if before is None or after is None:
            odd.append(f"{pointer} is no number")
        elif not _so_far(after - before, by):
            odd.append(f"{pointer} moved by {after - before:+g}, from {before:g} to {after:g}")
    moves = ", ".join(
        f"{pointer} moves {by}" if isinstance(by, str) else f"{pointer} moves by {by:+g}"
        for pointer, by in wanted["by"].items()
    )
    return said(
        not odd,
        f"from {wanted['since']} to {played.name} {moves}",
        "; ".join(odd) or "so it was",
        ids_of(earlier)[:1] + ids_of(played)[:1],
    )


def _so_far(change: float, by: float | str) -> bool:
    if isinstance(by, str):
        return change > 0 if by == "up" else change < 0
    return math.isclose(change, by, abs_tol=1e-9)


def _excludes(played: Played, wanted: list[str], facts: Facts) -> Result:
    steps = [played, *(facts.step(name) for name in wanted)]
    done = [s.name for s in steps if any(e.outcome is Outcome.OK for e in s.exchanges)]
    others = " and ".join(wanted)
    return said(
        len(done) < 2 or played.name not in done,
        f"{played.name} is not ok together with {others}",
        f"ok were {' and '.join(done) or 'none'}",
        tuple(identity for step in steps for identity in ids_of(step)[:1]),
    )


ACROSS: Mapping[str, Callable[[Played, Any, Facts], Result]] = {
    "distinct": _distinct,
    "holds": _holds,
    "holds_no": _holds_no,
    "disjoint": _disjoint,
    "at_most": _at_most,
    "moved": _moved,
    "excludes": _excludes,
}

"""Whether a scenario declares every name that it uses, and uses its keys together as it may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from harness.document.messages import choice, dotted, guess, near
from harness.document.reader import Document, Pointer, Problem
from harness.document.template import marks
from harness.model.scenario import BALANCE, LEFT_OUT, UNTIL

_GROUP = "concurrent_group"
_SCOPE = (
    "member",
    "value",
    "secret",
    "reference",
    "fresh",
    "number",
    "scenario",
    "scenario_number",
)
_CONFLICTS = (
    *combinations(("units", "units_from", "raw_units", "rows"), 2),
    ("pagination", "concurrent"),
    ("pagination", _GROUP),
    *((UNTIL, other) for other in ("pagination", "concurrent", _GROUP, "advance")),
)
_OF_OTHER_STEPS = ("same_body_as", "unique", "disjoint", "changed", "exclusive_with", "observe")
"""Terms that a step cannot wait for, because they are about more than its response."""

_VERB_ONLY = ("units", "units_from", "raw_units", "rows", "reference", "entry")


def faults_of_scenario(
    document: Document, raw: Mapping[str, Any], pointer: Pointer
) -> Iterator[Problem]:
    """Yield what is wrong with a scenario that has passed its schema."""
    run = _Scenario(document, raw, pointer)
    yield from run.steps()
    yield from run.groups()
    yield from run.expectations()
    yield from run.idle_members()


@dataclass(frozen=True, slots=True)
class _Scenario:
    document: Document
    raw: Mapping[str, Any]
    pointer: Pointer

    def problem(self, message: str, pointer: Pointer, hint: str = "") -> Problem:
        return Problem(message, self.document.place((*self.pointer, *pointer)), hint)

    def unknown(
        self, what: str, name: str, known: Iterable[str], pointer: Pointer
    ) -> Iterator[Problem]:
        options = list(dict.fromkeys(known))
        if name not in options:
            expected = f"expected {choice(options)}" if options else "there is none"
            message = f"unknown {what} '{name}'; {expected}"
            yield self.problem(message, pointer, guess(name, options))

    def steps(self) -> Iterator[Problem]:
        members = self.raw.get("members", {})
        earlier: list[str] = []
        extracted: list[str] = []
        references: list[str] = []
        for index, step in enumerate(self.raw["steps"]):
            at: Pointer = ("steps", index)
            name = step["id"]
            if name in earlier:
                message = f"duplicate step '{name}'"
                yield self.problem(message, (*at, "id"), "give each step an id of its own")
            if name == BALANCE:
                message = "a step cannot have the id balance; final balances are checked under it"
                yield self.problem(message, (*at, "id"), "use another id, such as read")
            for who, below in _members_of(step, at):
                yield from self.unknown("member", who, members, below)
            if "entry" in step:
                known = [*earlier, *extracted]
                yield from self.unknown("earlier step", step["entry"], known, (*at, "entry"))
            yield from self.conflicts(step, at)
            references += _references_of(step)
            scope = [*_SCOPE, *members, *earlier, *extracted, *references]
            if "units_from" in step:
                at_name = (*at, "units_from")
                yield from self.unknown("extracted value", step["units_from"], extracted, at_name)
            for key in ("send", "tamper"):
                yield from self.placeholders(step.get(key, {}), scope, references, (*at, key))
            earlier.append(name)
            extracted += step.get("extract", {})

    def conflicts(self, step: Mapping[str, Any], at: Pointer) -> Iterator[Problem]:
        for one, other in _CONFLICTS:
            if one in step and other in step:
                message = f"the step '{step['id']}' has both {one} and {other}; expected one"
                yield self.problem(message, (*at, other))
        for key in _VERB_ONLY if "operation" in step else ():
            if key in step:
                message = f"a step of an operation cannot have '{key}'; it is for verbs"
                hint = "put values under send"
                if key == "reference":
                    hint = "name it under send, such as ${reference.a}"
                yield self.problem(message, (*at, key), hint)
        for key in sorted(step.keys() - {"id", "advance"}) if "advance" in step else ():
            message = f"a step with advance sends no request and cannot have '{key}'"
            yield self.problem(message, (*at, key), "make it a step of its own")
        for key in sorted(set(_OF_OTHER_STEPS) & set(step.get(UNTIL, {}))):
            message = f"the step '{step['id']}' cannot wait for '{key}'"
            yield self.problem(message, (*at, UNTIL, key), "put it under expect")
        if isinstance(step.get("rows"), dict) and "member" not in step:
            message = f"the rows of the step '{step['id']}' have no member; expected the key member"
            yield self.problem(message, (*at, "rows"))

    def placeholders(
        self, send: Any, known: list[str], references: list[str], at: Pointer
    ) -> Iterator[Problem]:
        try:
            found = list(marks(send))
        except Problem as problem:
            yield self.problem(problem.message, at, problem.hint)
            return
        for mark in found:
            root = mark.parts[0]
            if root not in known and near(root, known):
                message = f"{dotted(at)}: unknown variable ${{{mark.name}}}"
                yield self.problem(f"{message}; expected {choice(known)}", at, guess(root, known))
            elif root == "reference" and len(mark.parts) == 2:
                yield from self.unknown("reference", mark.parts[1], references, at)

    def groups(self) -> Iterator[Problem]:
        places: dict[str, list[int]] = {}
        for index, step in enumerate(self.raw["steps"]):
            if _GROUP in step:
                places.setdefault(step[_GROUP], []).append(index)
        for group, indexes in places.items():
            at: Pointer = ("steps", indexes[0], _GROUP)
            if len(indexes) == 1 and "concurrent" not in self.raw["steps"][indexes[0]]:
                message = f"only one step is in the concurrent group '{group}'"
                message += "; expected at least two"
                yield self.problem(message, at, guess(group, set(places) - {group}))
            elif indexes[-1] - indexes[0] >= len(indexes):
                message = f"other steps are between those of the concurrent group '{group}'"
                yield self.problem(message, at, "place them next to each other")

    def expectations(self) -> Iterator[Problem]:
        steps = [step["id"] for step in self.raw["steps"] if "advance" not in step]
        for index, step in enumerate(self.raw["steps"]):
            at: Pointer = ("steps", index, "expect")
            terms = step.get("expect", {})
            for other, below in _other_steps(terms, at):
                yield from self.unknown("step", other, steps, below)
            if "same_body_as" in terms:
                others = [other for other in steps if other != step["id"]]
                at = (*at, "same_body_as")
                yield from self.unknown("step", terms["same_body_as"], others, at)
        judged = any({"expect", UNTIL} & set(step) for step in self.raw["steps"])
        if "expect" not in self.raw and not judged:
            expected = "expected the key expect, in a step or below all"
            yield self.problem(f"the scenario expects nothing; {expected}", ())
        for balance, at in balances_of(self.raw):
            members = self.raw.get("members", {})
            yield from self.unknown("member", balance["member"], members, (*at, "member"))
            change = balance.get("change")
            for name in change["effect_of"] if isinstance(change, dict) else ():
                yield from self.unknown("step", name, steps, (*at, "change", "effect_of"))

    def idle_members(self) -> Iterator[Problem]:
        used = {who for step in self.raw["steps"] for who, _ in _members_of(step, ())}
        used |= {balance["member"] for balance, _ in balances_of(self.raw)}
        text = str([step.get("send") for step in self.raw["steps"]])
        for name in self.raw.get("members", {}):
            # An operation without a member acts on the first one of the scenario.
            plain = any("operation" in step for step in self.raw["steps"])
            if name not in used and f"${{{name}" not in text and not plain:
                message = f"no step and no balance names the member '{name}'"
                yield self.problem(message, ("members", name), guess(name, used))


def balances_of(raw: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Pointer]]:
    """Yield the balances that a scenario expects, each with its pointer within the scenario."""
    at: Pointer = ("expect", BALANCE)
    balances = raw.get("expect", {}).get(BALANCE, [])
    if isinstance(balances, list):
        yield from ((balance, (*at, index)) for index, balance in enumerate(balances))
    else:
        yield balances, at


def _other_steps(terms: Mapping[str, Any], at: Pointer) -> Iterator[tuple[str, Pointer]]:
    if "changed" in terms:
        yield terms["changed"]["since"], (*at, "changed", "since")
    disjoint, exclusive = terms.get("disjoint", {}).get("with", ()), terms.get("exclusive_with", ())
    yield from ((step, (*at, "disjoint", "with", i)) for i, step in enumerate(disjoint))
    yield from ((step, (*at, "exclusive_with", i)) for i, step in enumerate(exclusive))


def _members_of(step: Mapping[str, Any], at: Pointer) -> Iterator[tuple[str, Pointer]]:
    if "member" in step:
        yield step["member"], (*at, "member")
    rows = step.get("rows")
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        yield row["member"], (*at, "rows", index, "member")


def _references_of(step: Mapping[str, Any]) -> Iterator[str]:
    rows = step.get("rows", ())
    named = [step, *(rows if isinstance(rows, list) else [rows.get("each", {})] if rows else [])]
    own = (each.get("reference", "fresh") for each in named)
    yield from (name for name in own if name not in ("fresh", LEFT_OUT))

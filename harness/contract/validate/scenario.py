"""Whether the names a scenario speaks of are all declared in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.document.composer import Pointer
from harness.document.messages import choice, dotted, guess, near
from harness.document.reader import Document, Problem
from harness.document.template import marks

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
    ("units", "raw_units"),
    ("units", "rows"),
    ("raw_units", "rows"),
    ("pages", "at_once"),
    ("pages", "race"),
)
_VERB_ONLY = ("units", "raw_units", "rows", "reference", "target")


def faults_of_scenario(
    document: Document, raw: Mapping[str, Any], pointer: Pointer
) -> Iterator[Problem]:
    """Yield what is wrong with a scenario that has passed its schema."""
    run = _Scenario(document, raw, pointer)
    yield from run.steps()
    yield from run.races()
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
            message = f"unknown {what} '{name}'"
            message += f"; expected {choice(options)}" if options else "; there is none"
            yield self.problem(message, pointer, guess(name, options))

    def steps(self) -> Iterator[Problem]:
        members = self.raw.get("given", {})
        earlier: list[str] = []
        captured: list[str] = []
        references: list[str] = []
        for index, step in enumerate(self.raw["do"]):
            at: Pointer = ("do", index)
            name = step["as"]
            if name in earlier:
                message = f"the step '{name}' stands twice"
                yield self.problem(message, (*at, "as"), "give each step its own name")
            if name == "balance":
                message = "no step may be called balance; expect speaks of balances by that word"
                yield self.problem(message, (*at, "as"), "call it read")
            for who, below in _members_of(step, at):
                yield from self.unknown("member", who, members, below)
            if "target" in step:
                known = [*earlier, *captured]
                yield from self.unknown("earlier step", step["target"], known, (*at, "target"))
            yield from self.conflicts(step, at)
            references += _references_of(step)
            scope = [*_SCOPE, *members, *earlier, *captured, *references]
            for key in ("send", "alter"):
                yield from self.placeholders(step.get(key, {}), scope, references, (*at, key))
            earlier.append(name)
            captured += step.get("capture", {})

    def conflicts(self, step: Mapping[str, Any], at: Pointer) -> Iterator[Problem]:
        for one, other in _CONFLICTS:
            if one in step and other in step:
                message = f"the step '{step['as']}' has both {one} and {other}; expected one"
                yield self.problem(message, (*at, other))
        for key in _VERB_ONLY if "operation" in step else ():
            if key in step:
                message = f"a step of an operation cannot have '{key}'; it is for verbs"
                hint = "name it under send, such as ${reference.a}"
                yield self.problem(
                    message, (*at, key), hint if key == "reference" else "put values under send"
                )
        for key in sorted(step.keys() - {"as", "advance"}) if "advance" in step else ():
            message = f"a step that lets time pass sends nothing and cannot have '{key}'"
            yield self.problem(message, (*at, key), "make it a step of its own")
        if isinstance(step.get("rows"), dict) and "member" not in step:
            message = f"the rows of the step '{step['as']}' belong to nobody; expected a member"
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
                message = f"{dotted(at)}: nothing is known as ${{{mark.name}}}"
                yield self.problem(f"{message}; expected {choice(known)}", at, guess(root, known))
            elif root == "reference" and len(mark.parts) == 2:
                yield from self.unknown("reference", mark.parts[1], references, at)

    def races(self) -> Iterator[Problem]:
        places: dict[str, list[int]] = {}
        for index, step in enumerate(self.raw["do"]):
            if "race" in step:
                places.setdefault(step["race"], []).append(index)
        for group, indexes in places.items():
            at: Pointer = ("do", indexes[0], "race")
            if len(indexes) == 1 and "at_once" not in self.raw["do"][indexes[0]]:
                message = f"only one step runs in the race '{group}'; expected at least two"
                yield self.problem(message, at, guess(group, set(places) - {group}))
            elif indexes[-1] - indexes[0] >= len(indexes):
                message = f"other steps stand between those of the race '{group}'"
                yield self.problem(message, at, "put them side by side")

    def expectations(self) -> Iterator[Problem]:
        steps = [step["as"] for step in self.raw["do"] if "advance" not in step]
        for name, terms in self.raw["expect"].items():
            at: Pointer = ("expect", name)
            if name == "balance":
                yield from self.balances(terms, steps, at)
                continue
            yield from self.unknown("step", name, [*steps, "balance"], at)
            for step, below in _other_steps(terms, at):
                yield from self.unknown("step", step, steps, below)
            if "same_as" in terms:
                others = [step for step in steps if step != name]
                yield from self.unknown("step", terms["same_as"], others, (*at, "same_as"))

    def balances(self, terms: Any, steps: list[str], at: Pointer) -> Iterator[Problem]:
        listed = isinstance(terms, list)
        for index, each in enumerate(terms if listed else [terms]):
            below = (*at, index) if listed else at
            members = self.raw.get("given", {})
            yield from self.unknown("member", each["member"], members, (*below, "member"))
            change = each.get("change")
            for step in change["ok_of"] if isinstance(change, dict) else ():
                yield from self.unknown("step", step, steps, (*below, "change", "ok_of"))

    def idle_members(self) -> Iterator[Problem]:
        used = {who for step in self.raw["do"] for who, _ in _members_of(step, ())}
        terms = self.raw["expect"].get("balance", [])
        used |= {each["member"] for each in (terms if isinstance(terms, list) else [terms])}
        text = str([step.get("send") for step in self.raw["do"]])
        for name in self.raw.get("given", {}):
            # An operation without a member acts on the first one of the scenario.
            plain = any("operation" in step for step in self.raw["do"])
            if name not in used and f"${{{name}" not in text and not plain:
                message = f"no step and no balance speaks of the member '{name}'"
                yield self.problem(message, ("given", name), guess(name, used))


def _other_steps(terms: Mapping[str, Any], at: Pointer) -> Iterator[tuple[str, Pointer]]:
    if "moved" in terms:
        yield terms["moved"]["since"], (*at, "moved", "since")
    for index, step in enumerate(terms.get("disjoint", {}).get("from", ())):
        yield step, (*at, "disjoint", "from", index)
    for index, step in enumerate(terms.get("excludes", ())):
        yield step, (*at, "excludes", index)


def _members_of(step: Mapping[str, Any], at: Pointer) -> Iterator[tuple[str, Pointer]]:
    if "member" in step:
        yield step["member"], (*at, "member")
    rows = step.get("rows")
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        yield row["member"], (*at, "rows", index, "member")


def _references_of(step: Mapping[str, Any]) -> Iterator[str]:
    rows = step.get("rows", ())
    named = [step, *(rows if isinstance(rows, list) else [rows.get("each", {})] if rows else [])]
    yield from (each["reference"] for each in named if each.get("reference", "each") != "each")

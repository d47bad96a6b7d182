"""What each secret, value and field of members of a target is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from harness.contract.inputs.names import (
    KINDS,
    kinds_of_scenario,
    names_in,
    names_of_points,
    names_of_scenario,
    optional_names,
    templates_of_kind,
    templates_of_operation,
    templates_of_step,
    templates_of_webhook,
)
from harness.contract.needs import lacking
from harness.contract.vendor import Vendor
from harness.document.messages import Problem, choice, counted, listed
from harness.model.binding import Binding
from harness.model.check_id import CheckId, covers_any
from harness.model.requirement import Requirement
from harness.model.scenario import Scenario
from harness.model.target import Input, Target

OWN_LEAST = 8
"""With as many members, generated requests get two of their own."""

_OWN = 2
_SHOWN_MAX = 3

POINTS_LOST = "every run needs it"
"""What is said of a name without which no run can succeed."""


@dataclass(frozen=True, slots=True)
class Need:
    """What one name is for: `secret.token`, `value.shop`, `member.id`.

    `needed`: whether nothing about points can be tested without it.
    `scenarios`, `operations`: those that are not played, or not requested, without it.
    `requirements`: those that nothing else checks.
    `kinds`: the kinds of members that cannot be enrolled without it.
    """

    name: str
    needed: bool
    scenarios: tuple[str, ...]
    requirements: tuple[str, ...]
    operations: tuple[str, ...]
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetNeeds:
    """A target with what its vendor needs of it, by name."""

    vendor: Vendor
    target: Target
    needs: Mapping[str, Need]

    def problem(self, text: str, place: str, hint: str = "") -> Problem:
        """Return a problem of the target."""
        return Problem(f"the target {self.target.name}: {text}", place, hint)

    def described(self, name: str) -> Input | None:
        """Return what the binding says of a name, None for nothing."""
        inputs = self.vendor.binding.inputs
        return None if inputs is None else inputs.known.get(name)

    def what(self, name: str) -> str:
        """Return the description of a name in brackets, empty where there is none."""
        known = self.described(name)
        return "" if known is None else in_brackets(known.description)


def in_brackets(description: str) -> str:
    """Return a description as it follows what it describes in a sentence, empty for none."""
    words = description.strip().rstrip(".")
    return f" ({words})" if words else ""


@dataclass(frozen=True, slots=True)
class Unlocking:
    """What each scenario that a vendor's binding can play asks a target for.

    `scenarios`: the names by scenario; scenarios of one id that differ in their case are one.
    `checking`: the scenarios that check a requirement, where nothing else does.
    """

    scenarios: Mapping[str, frozenset[str]]
    checking: Mapping[str, frozenset[str]]

    def without(self, names: Collection[str]) -> tuple[str, ...]:
        """Return the scenarios that are not played without one of the names."""
        return tuple(one for one, own in self.scenarios.items() if not own.isdisjoint(names))

    def unchecked(self, scenarios: Collection[str]) -> tuple[str, ...]:
        """Return the requirements that are not checked without the scenarios."""
        return tuple(one for one, by in self.checking.items() if by <= set(scenarios))


def needs_of(vendor: Vendor) -> Mapping[str, Need]:
    """Return every name that something of the vendor asks a target for, with what it is for."""
    binding, unlocking = vendor.binding, unlocking_of(vendor)
    points, kinds = names_of_points(binding), _kinds(binding)
    operations = {
        name: names_in(*templates) | names_in(*templates, optional=True)
        for name in vendor.specification.operations
        for templates in [templates_of_operation(binding, name)]
    }
    steps = (template for step in binding.auth for template in templates_of_step(step))
    auth = names_in(*steps, *templates_of_webhook(binding))
    asking = [*unlocking.scenarios.values(), *operations.values(), *kinds.values()]
    known = {*points, *auth, *optional_names(binding), *(name for one in asking for name in one)}
    needs: dict[str, Need] = {}
    described = list(binding.inputs.known) if binding.inputs is not None else []
    for name in sorted(known - _enrolled(binding), key=partial(_order, described)):
        scenarios = unlocking.without({name})
        needs[name] = Need(
            name,
            needed=name in points,
            scenarios=scenarios,
            requirements=unlocking.unchecked(scenarios),
            operations=tuple(one for one, names in operations.items() if name in names),
            kinds=tuple(kind for kind, names in kinds.items() if name in names),
        )
    return needs


def needs_of_target(vendor: Vendor, target: Target) -> TargetNeeds:
    """Return a target with every name that something of its vendor asks for."""
    return TargetNeeds(vendor, target, needs_of(vendor))


def lost_without(need: Need) -> str:
    """Return what is not tested without a name, empty for nothing."""
    if need.needed:
        return POINTS_LOST
    parts = []
    if need.scenarios:
        parts.append(f"{counted(len(need.scenarios), 'scenario')} cannot be played")
    if need.requirements:
        parts.append(f"{counted(len(need.requirements), 'requirement')} cannot be checked")
    if need.operations:
        parts.append(f"{listed(need.operations, _SHOWN_MAX)} cannot be requested")
    if need.kinds and not need.scenarios:
        parts.append(f"no member of the kind {choice(need.kinds)} can be enrolled")
    return choice(parts, "and") if parts else ""


def unlocking_of(vendor: Vendor) -> Unlocking:
    """Return what the scenarios that the vendor's binding can play ask a target for."""
    binding = vendor.binding
    names: dict[str, frozenset[str]] = {}
    checks: dict[str, list[str]] = {}
    for scenario in vendor.scenarios:
        if lacking(scenario.needs, binding):
            continue
        kinds = kinds_of_scenario(scenario, binding)
        enrolled = names_in(*(t for kind in kinds for t in templates_of_kind(binding, kind)))
        own = names_of_scenario(scenario, binding) | enrolled
        names[scenario.id] = names.get(scenario.id, frozenset()) | own
        checks.setdefault(scenario.id, []).extend(
            str(CheckId("scenario", scenario.id, scenario.case, expectation.name))
            for expectation in scenario.expectations
        )
    checking = {row.id: _checking(row, checks) for row in vendor.requirements}
    return Unlocking(names, {row: by for row, by in checking.items() if by})


def _checking(row: Requirement, checks: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return the scenarios that check a requirement, none if something else does too."""
    patterns = [CheckId.parse(check) for check in row.checks]
    if any(pattern.kind != "scenario" for pattern in patterns):
        return frozenset()
    exact = {pattern.name for pattern in patterns}
    named = checks if any("*" in name or not name for name in exact) else exact & checks.keys()
    return frozenset(one for one in named if any(covers_any(row.checks, c) for c in checks[one]))


def members_needed(vendor: Vendor) -> Mapping[str, int]:
    """Return the most members that one scenario plays with, by kind; the usual kind is empty.

    New members, which only an enrolment makes, are left out.
    """
    most: Counter[str] = Counter()
    for scenario in vendor.scenarios:
        if not lacking(scenario.needs, vendor.binding):
            most |= _members_of(scenario)
    return dict(most)


def enough_members(most: int) -> int:
    """Return how many members a target needs so that one scenario can have so many."""
    return most if most < OWN_LEAST - _OWN else most + _OWN


def _members_of(scenario: Scenario) -> Counter[str]:
    wanted = [scenario.wanted.get(name) for name in scenario.members]
    return Counter("" if w is None else w.kind for w in wanted if w is None or not w.new)


def _kinds(binding: Binding) -> Mapping[str, frozenset[str]]:
    names = binding.enroll.kinds if binding.enroll is not None else {}
    return {kind: names_in(names[kind]) for kind in names}


def _enrolled(binding: Binding) -> frozenset[str]:
    """Return the fields of members that an enrolment fills in."""
    fields = binding.enroll.member if binding.enroll is not None else {}
    return frozenset(f"member.{name}" for name in fields)


def _order(described: Sequence[str], name: str) -> tuple[int, int, str]:
    """Sort by kind, then as the binding describes them."""
    kind, _, field = name.partition(".")
    place = described.index(name) if name in described else len(described)
    return KINDS.index(kind), place, "" if field == "id" else field

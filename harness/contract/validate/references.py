"""Whether the declarations of one vendor fit each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.contract.needs import VERBS, lacking
from harness.contract.requirement import repeated
from harness.document.messages import choice, guess, near
from harness.document.reader import Problem
from harness.model.binding import AUTH_MODES, Binding, TokenAuth
from harness.model.check_id import CheckId, covers, includes
from harness.model.finding import INVARIANT_IDS, PROMISE_IDS, PROPERTY_IDS
from harness.model.operation import Specification
from harness.model.requirement import Requirement, Waiver
from harness.model.scenario import Scenario, Step

_EVERY = "every"


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared about one vendor.

    `requirements` are its own rules and the laws that concern it, `common` the scenarios shared by
    all vendors, `own` the ones it has alone.
    """

    specification: Specification
    binding: Binding
    requirements: tuple[Requirement, ...]
    common: tuple[Scenario, ...]
    own: tuple[Scenario, ...]
    waivers: tuple[Waiver, ...]


def misfits(declared: Declared) -> Iterator[Problem]:
    """Yield where a vendor's declarations do not fit each other, each with its place.

    Scenarios: ids of its own that a common one has, verbs and operations that nothing declares.
    Rules: ids that stand twice, checks that do not exist; and scenarios and expectations that can
    be played here and that no rule names. Waivers: of rules that do not exist, or of checks the
    rule does not have.
    """
    yield from _repeated_scenarios(declared)
    yield from _verbs_of_scenarios(declared.own, declared.binding.verbs)
    yield from _credentials(declared)
    for scenario in declared.own:
        yield from _operations(scenario, declared)
        yield from _kinds(scenario, declared.binding)
    yield from repeated(declared.requirements)
    for requirement in declared.requirements:
        yield from _checks(requirement, declared)
    yield from _unnamed(declared)
    for waiver in declared.waivers:
        yield from _waiver(waiver, declared.requirements)


def faults_of_common(scenarios: Sequence[Scenario], bound: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with scenarios shared by all vendors; `bound` are the verbs any binds."""
    yield from _verbs_of_scenarios(scenarios, bound)
    for scenario in scenarios:
        for step in scenario.steps:
            if step.operation not in (None, _EVERY):
                yield Problem(
                    f"a common scenario speaks in verbs; it calls the operation '{step.operation}'",
                    step.place,
                    "move the scenario to the vendor that has the operation",
                )


def _verbs_of_scenarios(scenarios: Iterable[Scenario], bound: Iterable[str]) -> Iterator[Problem]:
    known = sorted({*VERBS, *bound})
    for scenario in scenarios:
        named = [(need, scenario.place) for need in scenario.needs if ":" not in need]
        called = [(step.verb, step.place) for step in scenario.steps if step.verb]
        told: set[str] = set()
        for verb, place in [*called, *named]:
            if verb not in known and verb not in told:
                message = f"unknown verb '{verb}' in the scenario {scenario.id}"
                yield Problem(f"{message}; expected {choice(known)}", place, guess(verb, known))
            told.add(verb)


def _repeated_scenarios(declared: Declared) -> Iterator[Problem]:
    common = {scenario.id: scenario for scenario in declared.common}
    for scenario in declared.own:
        if scenario.id in common:
            first = common[scenario.id].place
            message = f"the scenario '{scenario.id}' stands twice; it stands at {first} already"
            yield Problem(message, scenario.place, "give the vendor's scenario another id")


def _credentials(declared: Declared) -> Iterator[Problem]:
    known = [*AUTH_MODES, *variants(declared.binding)]
    for scenario in (*declared.common, *declared.own):
        for step in scenario.steps:
            if step.auth not in known:
                message = f"unknown credentials '{step.auth}' in the scenario {scenario.id}"
                hint = guess(step.auth, known)
                yield Problem(f"{message}; expected {choice(known)}", step.place, hint)


def variants(binding: Binding) -> list[str]:
    """Return the names of the tokens that a binding can ask for besides the usual one."""
    steps = [step for step in binding.auth if isinstance(step, TokenAuth)]
    return [name for step in steps for name in step.variants]


def _operations(scenario: Scenario, declared: Declared) -> Iterator[Problem]:
    known = declared.specification.operations
    named = [(step.operation, step.place) for step in scenario.steps if _concrete(step)]
    samples = [need.partition(":")[2] for need in scenario.needs if need.startswith("sample:")]
    for operation, place in [*named, *((name, scenario.place) for name in samples)]:
        if operation not in known:
            message = f"unknown operation '{operation}' in the scenario {scenario.id}"
            expected = f"expected an operationId such as {choice(known)}"
            yield Problem(f"{message}; {expected}", place, guess(operation, known))
    sendable = {*declared.binding.samples, *_bound(declared.binding)}
    for operation, place in named:
        if operation in known and operation not in sendable:
            message = f"nothing says how to send {operation}; expected a sample or a verb of it"
            yield Problem(message, place, "add it to samples in binding.yaml")


def _kinds(scenario: Scenario, binding: Binding) -> Iterator[Problem]:
    kinds = list(binding.enroll.kinds) if binding.enroll is not None else []
    for name, wanted in scenario.wanted.items():
        if kinds and wanted.kind not in ("", *kinds):
            message = f"the scenario {scenario.id} wants {name} of the unknown kind '{wanted.kind}'"
            message += f"; expected {choice(kinds)}"
            yield Problem(message, scenario.place, guess(wanted.kind, kinds))
        elif wanted.kind not in ("", *kinds[:1]) and scenario.members[name] is not None:
            message = (
                f"the scenario {scenario.id} wants funds for {name} of the kind '{wanted.kind}'"
            )
            hint = f"the verbs speak of the kind {kinds[0]} alone" if kinds else ""
            yield Problem(message, scenario.place, hint)


def _concrete(step: Step) -> bool:
    return step.operation is not None and step.operation != _EVERY


def _bound(binding: Binding) -> Iterator[str]:
    yield from (verb.operation for verb in binding.verbs.values())
    yield from (step.operation for step in binding.auth if isinstance(step, TokenAuth))


def _checks(requirement: Requirement, declared: Declared) -> Iterator[Problem]:
    scenarios = (*declared.common, *declared.own)
    for pattern in requirement.checks:
        check = CheckId.parse(pattern)
        if check.kind == "scenario":
            yield from _scenario_check(requirement, pattern, scenarios)
        for what, name, known in _named(check, declared):
            if not any(covers(f"{check.kind}:{name}", f"{check.kind}:{one}") for one in known):
                message = f"{requirement.id} names the {what} '{name}', which does not exist"
                message = f"{message}; expected {choice(known)}"
                yield Problem(message, requirement.place, guess(name, known))
        if CheckId.parse(pattern).inferred and requirement.basis != "inferred":
            message = f"{requirement.id} is {requirement.basis} and names {pattern}"
            hint = "what is only our reading can be held against nobody: make a rule of its own"
            yield Problem(f"{message}; expected an inferred rule", requirement.place, hint)


def _named(check: CheckId, declared: Declared) -> Iterator[tuple[str, str, Collection[str]]]:
    """Yield what the name of a check stands for, piece by piece, and the names there are."""
    operations = declared.specification.operations
    if check.kind == "invariant":
        yield "invariant", check.name, INVARIANT_IDS
    elif check.kind == "promise":
        yield "promise", check.name, PROMISE_IDS
    elif check.stated_kind == "property":
        rule, _, operation = check.name.partition(":")
        yield "property", rule, PROPERTY_IDS
        yield "operation", operation or "*", operations
    elif check.stated_kind in ("response", "exchange", "balance"):
        yield "operation", check.name, operations


def _scenario_check(
    requirement: Requirement, pattern: str, scenarios: Sequence[Scenario]
) -> Iterator[Problem]:
    if any(covers(pattern, check) for scenario in scenarios for check in _check_ids(scenario)):
        return
    check = CheckId.parse(pattern)
    name, case, part = check.name, check.case, check.part
    known = [scenario for scenario in scenarios if scenario.id == name]
    cases = [scenario.case for scenario in known if scenario.case]
    if known and case and case not in cases:
        message = (
            f"{requirement.id} names the case '{case}', which the scenario {name} does not have"
        )
        yield Problem(message, requirement.place, guess(case, cases))
    elif known:
        parts = {expectation.name for expectation in known[0].expectations}
        message = f"{requirement.id} names '{part}', which the scenario {name} does not expect"
        expected = f"expected {choice(sorted(parts))}"
        yield Problem(f"{message}; {expected}", requirement.place, guess(part, parts))
    else:
        message = f"{requirement.id} names the scenario '{name}', which does not exist"
        ids = dict.fromkeys(scenario.id for scenario in scenarios)
        yield Problem(message, requirement.place, guess(name, ids))


def _unnamed(declared: Declared) -> Iterator[Problem]:
    patterns = [pattern for row in declared.requirements for pattern in row.checks]
    vendor = declared.binding.vendor
    scenarios = (*declared.common, *declared.own)
    misspelt = _misspelt(patterns, scenarios)
    named = {
        scenario.id
        for scenario in scenarios
        for c in _check_ids(scenario)
        for p in patterns
        if covers(p, c)
    }
    told: set[str] = set()
    for scenario in scenarios:
        # A scenario whose name is misspelt in a rule is told of once, at the rule.
        if scenario.id in misspelt or lacking(scenario.needs, declared.binding):
            continue
        checks = {check: i for i, check in enumerate(_check_ids(scenario))}
        bare = [c for c in checks if not any(covers(pattern, c) for pattern in patterns)]
        hint = f"name it in the checks of a rule of {vendor} or of a law"
        if bare and len(bare) == len(checks):
            known = scenario.id in named
            name = (
                f"the case {scenario.case} of {scenario.id}"
                if known
                else f"the scenario {scenario.id}"
            )
            if name not in told:
                yield Problem(f"no rule of {vendor} names {name}", scenario.place, hint)
            told.add(name)
            continue
        for check in bare:
            expectation = scenario.expectations[checks[check]]
            message = f"no rule of {vendor} names {check}"
            yield Problem(message, expectation.place, hint)


def _misspelt(patterns: Iterable[str], scenarios: Sequence[Scenario]) -> set[str | None]:
    """Return the scenarios that patterns which match nothing are most likely meant for."""
    checks = [check for scenario in scenarios for check in _check_ids(scenario)]
    ids = {scenario.id for scenario in scenarios}
    return {
        near(CheckId.parse(pattern).name, ids)
        for pattern in patterns
        if CheckId.parse(pattern).kind == "scenario" and not any(covers(pattern, c) for c in checks)
    }


def _check_ids(scenario: Scenario) -> list[str]:
    names = dict.fromkeys(e.name for e in scenario.expectations)
    return [str(CheckId("scenario", scenario.id, scenario.case, name)) for name in names]


def _waiver(waiver: Waiver, requirements: Collection[Requirement]) -> Iterator[Problem]:
    rows = {row.id: row for row in requirements}
    row = rows.get(waiver.requirement)
    if row is None:
        message = f"the waiver is of the rule '{waiver.requirement}', which does not exist"
        yield Problem(message, waiver.place, guess(waiver.requirement, rows))
    elif not any(includes(pattern, waiver.check) for pattern in row.checks):
        message = f"{row.id} has no check '{waiver.check}'; expected {choice(row.checks)}"
        exact = [pattern for pattern in row.checks if "*" not in pattern]
        yield Problem(message, waiver.place, guess(waiver.check, exact))

"""Whether the declarations of one vendor fit each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from harness.contract.inputs.described import faults_of_inputs
from harness.contract.needs import lacking, unknown_verbs
from harness.contract.requirement import repeated, unobservable
from harness.contract.validate.assumed import shown_by_responses
from harness.contract.validate.requests import Requests
from harness.contract.validate.traffic import faults_of_steps, faults_of_workloads
from harness.contract.vendor import Vendor
from harness.document.messages import choice, guess, near, unknown_name
from harness.document.reader import Problem
from harness.model.binding import AUTH_MODES, Binding, TokenAuth
from harness.model.check_id import (
    INVARIANT_IDS,
    PROMISE_IDS,
    PROPERTY_IDS,
    CheckId,
    Checks,
    covers,
    includes,
)
from harness.model.operation import only_reads
from harness.model.requirement import Requirement
from harness.model.scenario import Scenario

_EVERY = "every"


def misfits(
    vendor: Vendor, common: Sequence[Scenario], laws: Collection[Requirement]
) -> Iterator[Problem]:
    """Yield what does not fit in the scenarios, workloads, requirements and waivers of a vendor."""
    own = vendor.scenarios[len(common) :]
    firsts = {scenario.id: scenario.place for scenario in common}
    shown = shown_by_responses(vendor.binding)
    requests = Requests(vendor.specification, vendor.binding, lambda _: "", shown)
    for scenario in own:
        if scenario.id in firsts:
            message = f"the scenario '{scenario.id}' is repeated"
            message += f"; its first use is at {firsts[scenario.id]}"
            yield Problem(message, scenario.place, "give the vendor's scenario another id")
        yield from _verbs(scenario, vendor.binding.verbs)
        yield from _operations(scenario, vendor)
        yield from _kinds(scenario, vendor.binding)
    yield from _untils(vendor)
    yield from faults_of_steps(own, requests)
    yield from _faults_of_shared_steps(vendor, common, requests)
    yield from faults_of_workloads(vendor, requests)
    yield from _credentials(vendor)
    yield from repeated(vendor.requirements)
    yield from _checks(vendor, laws)
    yield from _waivers(vendor)
    yield from unobservable(vendor.observed, vendor.scenarios)
    yield from faults_of_inputs(vendor)


def faults_of_common(
    scenarios: Sequence[Scenario], bound: Iterable[str] | None
) -> Iterator[Problem]:
    """Yield what is wrong with scenarios shared by all vendors; `bound` are the verbs any binds.

    None says that they are not known.
    """
    hint = "move the scenario to the vendor that has the operation"
    for scenario in scenarios:
        yield from _verbs(scenario, bound)
        for step in scenario.steps:
            if step.operation not in (None, _EVERY):
                message = "a common scenario uses verbs alone"
                message += f"; this step has the operation '{step.operation}'"
                yield Problem(message, step.place, hint)


def _verbs(scenario: Scenario, bound: Iterable[str] | None) -> Iterator[Problem]:
    sent = [(step.verb, step.place) for step in scenario.steps if step.verb]
    named = [*sent, *((need, scenario.place) for need in scenario.needs)]
    yield from unknown_verbs(f"the scenario {scenario.id}", named, bound)


def _credentials(vendor: Vendor) -> Iterator[Problem]:
    tokens = [step for step in vendor.binding.auth if isinstance(step, TokenAuth)]
    known = [*AUTH_MODES, *(name for token in tokens for name in token.variants)]
    for scenario in vendor.scenarios:
        for step in scenario.steps:
            if step.auth not in known:
                message = f"unknown credentials '{step.auth}' in the scenario {scenario.id}"
                yield unknown_name(message, step.place, step.auth, known)


def _operations(scenario: Scenario, vendor: Vendor) -> Iterator[Problem]:
    known, binding = vendor.specification.operations, vendor.binding
    named = [
        (step.operation, step.place)
        for step in scenario.steps
        if step.operation not in (None, _EVERY)
    ]
    samples = [need.partition(":")[2] for need in scenario.needs if need.startswith("sample:")]
    for operation, place in [*named, *((name, scenario.place) for name in samples)]:
        if operation not in known:
            message = f"unknown operation '{operation}' in the scenario {scenario.id}"
            message += f"; expected an operationId such as {choice(known)}"
            yield Problem(message, place, guess(operation, known))
    bound = {verb.operation for verb in binding.verbs.values()}
    bound |= {step.operation for step in binding.auth if isinstance(step, TokenAuth)}
    for operation, place in named:
        if operation in known and operation not in {*binding.samples, *bound}:
            message = f"nothing says how to send {operation}; expected a sample or a verb of it"
            yield Problem(message, place, "add it to samples in binding.yaml")


def _faults_of_shared_steps(
    vendor: Vendor, common: Iterable[Scenario], requests: Requests
) -> Iterator[Problem]:
    """Yield the steps of the common scenarios that the vendor plays and that do not fit it."""
    played = [one for one in common if not lacking(one.needs, vendor.binding)]
    hint = "say in the binding how much a unit is, or replace the scenario by its id"
    for fault in faults_of_steps(played, requests):
        yield Problem(f"{vendor.name}: {fault.message}", fault.place, fault.hint or hint)


def _untils(vendor: Vendor) -> Iterator[Problem]:
    """Yield the steps that are sent until something holds although each request may change more."""
    operations, binding = vendor.specification.operations, vendor.binding
    for scenario in vendor.scenarios:
        for step in scenario.steps if not lacking(scenario.needs, binding) else ():
            verb = binding.verbs.get(step.verb or "")
            operation = operations.get(verb.operation if verb else step.operation or "")
            if not step.until or step.idempotent or operation is None:
                continue
            reads = only_reads(operation, binding.verbs_of(operation.id))
            if verb.writes if verb else not reads:
                message = f"the step '{step.name}' of {scenario.id} is sent until something holds"
                message += f", and {operation.id} may change something each time"
                yield Problem(message, step.place, "say idempotent: true if it does not")


def _kinds(scenario: Scenario, binding: Binding) -> Iterator[Problem]:
    kinds = list(binding.enroll.kinds) if binding.enroll is not None else []
    for name, wanted in scenario.wanted.items():
        if kinds and wanted.kind not in ("", *kinds):
            message = f"the scenario {scenario.id} wants {name} of the unknown kind '{wanted.kind}'"
            yield unknown_name(message, scenario.place, wanted.kind, kinds)
        elif wanted.kind not in ("", *kinds[:1]) and scenario.members[name] is not None:
            message = f"the scenario {scenario.id} wants funds"
            message += f" for {name} of the kind '{wanted.kind}'"
            hint = f"the verbs are about the kind {kinds[0]} alone" if kinds else ""
            yield Problem(message, scenario.place, hint)


def _checks(vendor: Vendor, laws: Collection[Requirement]) -> Iterator[Problem]:
    """Yield checks that do not exist or cannot be made, and those that no requirement names."""
    made = Checks(check for scenario in vendor.scenarios for check in _check_ids(scenario))
    rows = {law.id for law in laws}
    for requirement in vendor.requirements:
        unknown = list(_unknown(requirement, vendor, made))
        yield from unknown
        # A law may concern a vendor where no common scenario checks it; its row then says so.
        if not unknown and requirement.id not in rows:
            yield from _never_checked(requirement, vendor, made)
    yield from _unnamed(vendor, made)


def _waivers(vendor: Vendor) -> Iterator[Problem]:
    """Yield waivers of requirements that do not exist, or of checks that they do not have."""
    rows = {row.id: row for row in vendor.requirements}
    for waiver in vendor.waivers:
        row = rows.get(waiver.requirement)
        if row is None:
            message = f"there is no requirement '{waiver.requirement}' to waive"
            yield Problem(message, waiver.place, guess(waiver.requirement, rows))
        elif not any(includes(pattern, waiver.check) for pattern in row.checks):
            message = f"{row.id} has no check '{waiver.check}'; expected {choice(row.checks)}"
            exact = [pattern for pattern in row.checks if "*" not in pattern]
            yield Problem(message, waiver.place, guess(waiver.check, exact))


def _check_ids(scenario: Scenario) -> list[str]:
    """Return the ids of the checks that a scenario makes, one for each of its expectations."""
    names = dict.fromkeys(e.name for e in scenario.expectations)
    return [str(CheckId("scenario", scenario.id, scenario.case, name)) for name in names]


def _unknown(requirement: Requirement, vendor: Vendor, made: Checks) -> Iterator[Problem]:
    for pattern in requirement.checks:
        check = CheckId.parse(pattern)
        if check.kind == "scenario" and not any(made.covered_by(pattern)):
            yield _unknown_scenario(requirement, check, vendor.scenarios)
        for what, name, known in _named(check, vendor):
            if not any(covers(f"{check.kind}:{name}", f"{check.kind}:{one}") for one in known):
                message = f"{requirement.id} names the {what} '{name}', which does not exist"
                yield unknown_name(message, requirement.place, name, known)
        if check.inferred and requirement.basis != "inferred":
            message = f"{requirement.id} is {requirement.basis} and names {pattern}"
            hint = "what is only inferred cannot fail a vendor: make it a requirement of its own"
            yield Problem(f"{message}; expected the basis inferred", requirement.place, hint)


def _never_checked(requirement: Requirement, vendor: Vendor, made: Checks) -> Iterator[Problem]:
    if not requirement.checks or not all(
        CheckId.parse(pattern).kind == "scenario" for pattern in requirement.checks
    ):
        return
    covered = {CheckId.parse(check).row for check in _covered(requirement.checks, made)}
    missing: dict[str, None] = {}
    for scenario in vendor.scenarios:
        if (scenario.id, scenario.case) in covered:
            lacks = lacking(scenario.needs, vendor.binding)
            if not lacks:
                return
            missing.update(dict.fromkeys(lacks))
    message = f"{requirement.id} names only scenarios that cannot be played here"
    hint = "name a check that can be made, or say in an excuse why there is none"
    message += f"; the binding lacks {choice(missing, 'and')}"
    yield Problem(message, requirement.place, hint)


def _named(check: CheckId, vendor: Vendor) -> Iterator[tuple[str, str, Collection[str]]]:
    """Yield each piece of the name of a check: its kind, its text and the known names."""
    operations = vendor.specification.operations
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


def _unknown_scenario(
    requirement: Requirement, check: CheckId, scenarios: Sequence[Scenario]
) -> Problem:
    """Return what is wrong with the id of a scenario's check that no scenario makes."""
    name, case, part = check.name, check.case, check.part
    known = [scenario for scenario in scenarios if scenario.id == name]
    cases = [scenario.case for scenario in known if scenario.case]
    if known and case and case not in cases:
        message = f"{requirement.id} names the case '{case}', which the scenario {name} does not"
        message += " have"
        return Problem(message, requirement.place, guess(case, cases))
    if known:
        parts = sorted({expectation.name for expectation in known[0].expectations})
        message = f"{requirement.id} names '{part}', which the scenario {name} does not expect"
        return unknown_name(message, requirement.place, part, parts)
    message = f"{requirement.id} names the scenario '{name}', which does not exist"
    ids = dict.fromkeys(scenario.id for scenario in scenarios)
    return Problem(message, requirement.place, guess(name, ids))


def _unnamed(vendor: Vendor, made: Checks) -> Iterator[Problem]:
    patterns = [pattern for row in vendor.requirements for pattern in row.checks]
    hint = f"name it in the checks of a requirement of {vendor.name} or of a law"
    misspelt = _misspelt(patterns, vendor.scenarios, made)
    covered = _covered(patterns, made)
    named = {CheckId.parse(check).name for check in covered}
    for scenario in vendor.scenarios:
        # A scenario whose name a requirement misspells is reported there alone.
        if scenario.id in misspelt or lacking(scenario.needs, vendor.binding):
            continue
        checks = _check_ids(scenario)
        bare = [check for check in checks if check not in covered]
        places = {check: scenario.expectations[checks.index(check)].place for check in bare}
        if bare == checks:
            case = f"the case {scenario.case} of " if scenario.id in named else "the scenario "
            places = {f"{case}{scenario.id}": scenario.place}
        for name, place in places.items():
            yield Problem(f"no requirement of {vendor.name} names {name}", place, hint)


def _covered(patterns: Iterable[str], made: Checks) -> frozenset[str]:
    return frozenset(check for pattern in patterns for check in made.covered_by(pattern))


def _misspelt(
    patterns: Iterable[str], scenarios: Sequence[Scenario], made: Checks
) -> set[str | None]:
    """Return the scenarios whose ids the patterns that match nothing most likely misspell."""
    ids = {scenario.id for scenario in scenarios}
    return {
        near(CheckId.parse(pattern).name, ids)
        for pattern in patterns
        if CheckId.parse(pattern).kind == "scenario" and not any(made.covered_by(pattern))
    }

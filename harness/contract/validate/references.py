"""Whether the declarations of one vendor fit each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from harness.contract.needs import unknown_verbs
from harness.contract.requirement import repeated, unobservable
from harness.contract.validate.checks import faults_of_checks, faults_of_waivers
from harness.contract.vendor import Vendor
from harness.document.messages import choice, guess, unknown_name
from harness.document.reader import Problem
from harness.model.binding import AUTH_MODES, Binding, TokenAuth
from harness.model.requirement import Requirement
from harness.model.scenario import Scenario

_EVERY = "every"


def misfits(
    vendor: Vendor, common: Sequence[Scenario], laws: Collection[Requirement]
) -> Iterator[Problem]:
    """Yield what does not fit in the declarations of a vendor, each with its place.

    Scenarios: ids of its own that a common one has, verbs and operations that nothing declares.
    Requirements: repeated ids, checks that do not exist or cannot be made here; and scenarios and
    expectations that can be played here and that no requirement names. Waivers: of requirements
    that do not exist, or of checks they do not have.
    """
    own = vendor.scenarios[len(common) :]
    firsts = {scenario.id: scenario.place for scenario in common}
    for scenario in own:
        if scenario.id in firsts:
            message = f"the scenario '{scenario.id}' is repeated"
            message += f"; its first use is at {firsts[scenario.id]}"
            yield Problem(message, scenario.place, "give the vendor's scenario another id")
        yield from _verbs(scenario, vendor.binding.verbs)
        yield from _operations(scenario, vendor)
        yield from _kinds(scenario, vendor.binding)
    yield from _credentials(vendor)
    yield from repeated(vendor.requirements)
    yield from faults_of_checks(vendor, laws)
    yield from faults_of_waivers(vendor)
    yield from unobservable(vendor.observed, vendor.scenarios)


def faults_of_common(scenarios: Sequence[Scenario], bound: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with scenarios shared by all vendors; `bound` are the verbs any binds."""
    hint = "move the scenario to the vendor that has the operation"
    for scenario in scenarios:
        yield from _verbs(scenario, bound)
        for step in scenario.steps:
            if step.operation not in (None, _EVERY):
                message = "a common scenario uses verbs alone"
                message += f"; this step has the operation '{step.operation}'"
                yield Problem(message, step.place, hint)


def _verbs(scenario: Scenario, bound: Iterable[str]) -> Iterator[Problem]:
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

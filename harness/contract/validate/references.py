"""Whether the declarations of one vendor fit each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.contract.needs import VERBS
from harness.contract.requirement import repeated
from harness.contract.validate.checks import faults_of_checks, faults_of_waivers
from harness.contract.validate.declared import Declared
from harness.document.messages import choice, guess
from harness.document.reader import Problem
from harness.model.binding import AUTH_MODES, Binding, TokenAuth
from harness.model.scenario import Scenario, Step

_EVERY = "every"


def misfits(declared: Declared) -> Iterator[Problem]:
    """Yield where a vendor's declarations do not fit each other, each with its place.

    Scenarios: ids of its own that a common one has, verbs and operations that nothing declares.
    Requirements: repeated ids, checks that do not exist or cannot be made here; and scenarios and
    expectations that can be played here and that no requirement names. Waivers: of requirements
    that do not exist, or of checks they do not have.
    """
    yield from _repeated_scenarios(declared)
    yield from _verbs_of_scenarios(declared.own, declared.binding.verbs)
    yield from _credentials(declared)
    for scenario in declared.own:
        yield from _operations(scenario, declared)
        yield from _kinds(scenario, declared.binding)
    yield from repeated(declared.asked)
    yield from faults_of_checks(declared)
    yield from faults_of_waivers(declared)


def faults_of_common(scenarios: Sequence[Scenario], bound: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with scenarios shared by all vendors; `bound` are the verbs any binds."""
    yield from _verbs_of_scenarios(scenarios, bound)
    for scenario in scenarios:
        for step in scenario.steps:
            if step.operation not in (None, _EVERY):
                yield Problem(
                    "a common scenario uses verbs alone; "
                    f"this step has the operation '{step.operation}'",
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
            message = f"the scenario '{scenario.id}' is repeated; its first use is at {first}"
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
            hint = f"the verbs are about the kind {kinds[0]} alone" if kinds else ""
            yield Problem(message, scenario.place, hint)


def _concrete(step: Step) -> bool:
    return step.operation is not None and step.operation != _EVERY


def _bound(binding: Binding) -> Iterator[str]:
    yield from (verb.operation for verb in binding.verbs.values())
    yield from (step.operation for step in binding.auth if isinstance(step, TokenAuth))

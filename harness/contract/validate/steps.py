"""Whether the steps of scenarios that must succeed send what the specification allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.contract.validate.assumed import SHOWN
from harness.contract.validate.requests import Declared, Requests
from harness.document.messages import Problem
from harness.model.binding import Binding
from harness.model.operation import Specification
from harness.model.scenario import Scenario, Step

_PARTS = ("path", "query", "header", "cookie")


def faults_of_steps(
    scenarios: Sequence[Scenario], binding: Binding, specification: Specification
) -> Iterator[Problem]:
    """Yield what surely keeps a step that is expected to be ok from fitting its operation.

    A step that may be refused may break the specification on purpose.
    """
    for scenario in scenarios:
        shown = {name: SHOWN for step in scenario.steps for name in (step.name, *step.extract)}
        expected = {one.name: one.terms for one in scenario.expectations}
        for step in scenario.steps:
            units = _units(step, binding)
            if not (step.send or units) or not _must_succeed(step, expected.get(step.name)):
                continue
            request = _request(step, binding)
            if request is None:
                continue
            requests = Requests(specification, binding, _place_of(step), {**shown, **units})
            for fault in requests.faults([request]):
                message = f"the step {step.name} of {scenario.id} expects ok: {fault.message}"
                yield Problem(message, fault.place, fault.hint)


def _must_succeed(step: Step, terms: Any) -> bool:
    plain = step.auth == "normal" and step.tamper is None and step.raw_units is None
    whole = not step.without and not step.advance
    return plain and whole and isinstance(terms, Mapping) and terms.get("outcome") == "ok"


def _units(step: Step, binding: Binding) -> Mapping[str, Any]:
    """Return the amount that a step with a number of units writes, by its name in templates."""
    verb, units = binding.verbs.get(step.verb or ""), step.units
    return {"units": units * verb.unit} if verb is not None and isinstance(units, int) else {}


def _request(step: Step, binding: Binding) -> Declared | None:
    """Return the request of a step, None where nothing declares it."""
    send: Mapping[str, Any] | None = None
    operation, rows = step.operation or "", None
    if step.verb is not None and step.verb in binding.verbs:
        verb = binding.verbs[step.verb]
        operation, send, rows = verb.operation, verb.send, verb.rows
    elif operation in binding.samples:
        send = binding.samples[operation]
    elif verbs := binding.verbs_of(operation):
        send, rows = verbs[0].send, verbs[0].rows
    if send is None:
        return None
    over = step.send
    parts = {part: {**send.get(part, {}), **over.get(part, {})} for part in _PARTS}
    return Declared(operation, {**send, **parts}, ("send",), rows, ("rows",), over.get("body"))


def _place_of(step: Step) -> Any:
    return lambda _: step.place

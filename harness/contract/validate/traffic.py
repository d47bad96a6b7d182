"""Whether what scenarios and workloads send is what the specification allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.contract.needs import lacking
from harness.contract.validate.assumed import SHOWN, Known
from harness.contract.validate.requests import Declared, Requests, request_of
from harness.contract.vendor import Vendor
from harness.document.messages import Problem, counted
from harness.model.binding import Binding, Verb
from harness.model.scenario import Scenario, Step
from harness.model.workload import MixEntry

_PARTS = ("path", "query", "header", "cookie")


def faults_of_steps(scenarios: Iterable[Scenario], requests: Requests) -> Iterator[Problem]:
    """Yield what surely keeps a step that is expected to be ok from fitting its operation.

    A step that may be refused may break the specification on purpose.
    """
    for scenario in scenarios:
        shown = {name: SHOWN for step in scenario.steps for name in (step.name, *step.extract)}
        expected = {one.name: one.terms for one in scenario.expectations}
        for step in scenario.steps:
            if not _must_succeed(step, expected.get(step.name)):
                continue
            request = _request(step, requests.binding)
            if request is None:
                continue
            for units in _known_units(step, requests.binding) or ([{}] if step.send else []):
                holding = requests.knowing({**shown, **units}, _place_of(step))
                for fault in holding.faults([request]):
                    message = f"the step {step.name} of {scenario.id} expects ok: {fault.message}"
                    yield Problem(message, fault.place, fault.hint)


def faults_of_workloads(vendor: Vendor, requests: Requests) -> Iterator[Problem]:
    """Yield the entries of the vendor's workloads with units that surely do not fit its operations.

    Nothing is said where only a target decides how much a unit is.
    """
    for file in vendor.workloads.values():
        for entry in file.workload.mix if not lacking(file.needs, vendor.binding) else ():
            where = f"the entry '{entry.name}' of the workload {file.workload.id}"
            for units, fault in _faults_of_units(entry, requests):
                message = f"{where} sends {vendor.name} {counted(units, 'unit')}: {fault.message}"
                yield Problem(message, entry.place, "give the entry units that fit")


def _faults_of_units(entry: MixEntry, requests: Requests) -> Iterator[tuple[int, Problem]]:
    """Yield the first faults that any amount of an entry has, with its units."""
    verb = requests.binding.verbs.get(entry.verb)
    if verb is None:
        return
    lowest, highest = entry.units
    # The bounds of a range show whether it is too low or too high, two neighbours whether all of
    # it are multiples of a step.
    for units in dict.fromkeys((lowest, highest, min(lowest + 1, highest))):
        known = _units_sent(verb, units)
        holding = requests.knowing(known, lambda _: entry.place)
        if known and (faults := list(holding.faults([request_of(verb)]))):
            yield from ((units, fault) for fault in faults)
            return


def _units_sent(verb: Verb, units: int) -> Known:
    """Return the amount of a request by its name in templates, nothing where a target decides it.

    A verb with a price moves that, whatever is asked for.
    """
    decided = verb.price or "unit" in verb.unit_templates
    return {} if decided else {"units": units * verb.unit}


def _must_succeed(step: Step, terms: Any) -> bool:
    plain = step.auth == "normal" and step.tamper is None and step.raw_units is None
    whole = not step.without and not step.advance
    return plain and whole and isinstance(terms, Mapping) and terms.get("outcome") == "ok"


def _known_units(step: Step, binding: Binding) -> list[Known]:
    """Return the amounts that a step writes, each by its name in templates."""
    verb = binding.verbs.get(step.verb or "")
    if verb is None:
        return []
    rows = [step.rows["each"]] if isinstance(step.rows, Mapping) else step.rows or ()
    asked = [step.units, *(row.get("units", 1) for row in rows if "invalid" not in row)]
    most = binding.promises.units_max
    units = {most if one == "at_max" else one for one in asked}
    sent = [_units_sent(verb, one) for one in units if isinstance(one, int)]
    return [known for known in sent if known]


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

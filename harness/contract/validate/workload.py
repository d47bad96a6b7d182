"""Whether the amounts that workloads send are among those that the specification allows."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.needs import lacking
from harness.contract.validate.requests import Requests, request_of
from harness.contract.validate.steps import units_sent
from harness.contract.vendor import Vendor
from harness.document.messages import Problem, counted
from harness.model.binding import Verb
from harness.model.workload import MixEntry


def faults_of_workloads(vendor: Vendor, requests: Requests) -> Iterator[Problem]:
    """Yield the entries of the vendor's workloads with units that surely do not fit its operations.

    Nothing is said where only a target decides how much a unit is.
    """
    for file in vendor.workloads.values():
        for entry in file.workload.mix if not lacking(file.needs, vendor.binding) else ():
            where = f"the entry '{entry.name}' of the workload {file.workload.id}"
            for units, fault in _faults(entry, vendor.binding.verbs[entry.verb], requests):
                message = f"{where} sends {vendor.name} {counted(units, 'unit')}: {fault.message}"
                yield Problem(message, entry.place, "give the entry units that fit")


def _faults(entry: MixEntry, verb: Verb, requests: Requests) -> Iterator[tuple[int, Problem]]:
    """Yield the first faults that any amount of an entry has, with its units."""
    lowest, highest = entry.units
    # The bounds of a range show whether it is too low or too high, two neighbours whether all of
    # it are multiples of a step.
    for units in dict.fromkeys((lowest, highest, min(lowest + 1, highest))):
        known = units_sent(verb, units)
        holding = requests.knowing(known, lambda _: entry.place)
        if known and (faults := list(holding.faults([request_of(verb)]))):
            yield from ((units, fault) for fault in faults)
            return

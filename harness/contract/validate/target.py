"""Whether requests fit the specification with the values and members of a target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.contract.root import BINDING, CONTRACTS
from harness.contract.validate.assumed import shown_by_responses
from harness.contract.validate.requests import Requests, declared_requests
from harness.contract.vendor import Vendor
from harness.document.reader import Problem, read_document
from harness.model.target import Target


def misfits_of_target(vendor: Vendor, target: Target) -> Iterator[Problem]:
    """Yield what does not fit with the values and the first member of a target; shows no value."""
    known: dict[str, Any] = {**shown_by_responses(vendor.binding), "value": target.values}
    if target.members:
        known["member"] = target.members[0]
    document = read_document(vendor.root / CONTRACTS / vendor.name / BINDING)
    requests = Requests(vendor.specification, vendor.binding, document.place, known)
    for fault in requests.faults(declared_requests(vendor.binding)):
        message = f"with the values and members of the target {target.name}: {fault.message}"
        yield Problem(message, fault.place, fault.hint)

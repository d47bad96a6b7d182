"""What a vendor's declarations leave untested, or make doubtful, without being wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from harness.contract.needs import lacking, why_lacking
from harness.contract.requirement import Law
from harness.contract.root import BINDING, CONTRACTS
from harness.contract.validate.requests import unmet_needs
from harness.contract.vendor import Vendor
from harness.document.messages import choice, counted, guess, listed
from harness.document.reader import Document, Pointer, Problem, read_document
from harness.model.binding import TokenAuth
from harness.model.workload import Workload
from harness.spec.circles import WIDTH_MAX, is_wide
from harness.spec.promised import promised_at

RATE_HIGH = 10_000
"""Arrivals a second beyond which a workload is more likely a mistake than meant."""

HOURS_HIGH = 24
MEMBERS_HIGH = 100_000
_NAMES_MOST = 4
_CORE = ("earn", "burn", "balance")


def notes_on(vendor: Vendor, laws: tuple[Law, ...], today: date) -> tuple[Problem, ...]:
    """Return remarks on a vendor's declarations, in the form of problems."""
    found = (
        *_unsent(vendor),
        *_ungenerated(vendor),
        *_unpromised(vendor),
        *_unjudged(vendor, laws),
        *_expired(vendor, today),
        *_unlimited(vendor),
        *(note for file in vendor.workloads.values() for note in absurdities(file.workload)),
    )
    return tuple({str(note): note for note in found}.values())


def _document(vendor: Vendor) -> Document:
    return read_document(vendor.root / CONTRACTS / vendor.name / BINDING)


def _unsent(vendor: Vendor) -> Iterator[Problem]:
    place = _document(vendor).place(("samples",))
    for name in vendor.specification.operations:
        if missing := unmet_needs(vendor.binding, vendor.specification, name):
            message = f"no request of {name} is sent but by steps of enrolment and auth"
            message += f": it has no sample, and needs {choice(missing, 'and')}"
            yield Problem(message, place, "add one to samples")


def _ungenerated(vendor: Vendor) -> Iterator[Problem]:
    for name, operation in vendor.specification.operations.items():
        if is_wide(operation, vendor.specification.document):
            message = f"{vendor.name}: no requests of {name} are generated: its request stands for"
            message += f" more than {WIDTH_MAX} schemas, references written out"
            yield Problem(message, hint="leave optional fields out of its schema")


def _unpromised(vendor: Vendor) -> Iterator[Problem]:
    """Yield the values that are extracted from where no response is declared to have them."""
    for what, operation, pointer, place in _extracts(vendor):
        if operation not in vendor.specification.operations or not _is_pointer(pointer):
            continue
        found = promised_at(vendor.specification, operation, pointer)
        if found.promised:
            continue
        message = f"{what} is extracted from {pointer}"
        if found.open:
            message += f", and no response of {operation} says what stands there"
            yield Problem(message, place)
        else:
            message += f", which no response of {operation} is declared to have"
            yield Problem(message, place, guess(pointer.rpartition("/")[2], found.known))


def _extracts(vendor: Vendor) -> Iterator[tuple[str, str, Any, str]]:
    """Yield what is extracted, the operation, the pointer, and where this is declared."""
    where: Pointer
    binding, place = vendor.binding, _document(vendor).place
    for verb in binding.verbs.values():
        for name, form in verb.extract.items():
            what, where = f"{name} of the verb {verb.name}", ("verbs", verb.name, "extract", name)
            yield what, verb.operation, _pointer(form), place(where)
    for index, step in enumerate(binding.enroll.steps if binding.enroll else ()):
        for name, at in step.extract.items():
            where = ("enroll", "steps", index, "extract", name)
            yield f"{name} of the enrolment", step.operation, at, place(where)
    for index, auth in enumerate(binding.auth):
        if isinstance(auth, TokenAuth):
            for name, at in auth.extract.items():
                where = ("auth", index, "token", "extract", name)
                yield f"{name} of the token", auth.operation, at, place(where)
    for scenario in vendor.scenarios:
        for one in scenario.steps:
            bound = binding.verbs.get(one.verb or "")
            operation = one.operation or (bound.operation if bound else "")
            for name, at in one.extract.items():
                what = f"{name} of the step {one.name} of {scenario.id}"
                yield what, operation, at, one.place


def _pointer(form: Any) -> Any:
    """Return the pointer of an extract; of a list of balances, that to the balance of an item."""
    if isinstance(form, Mapping) and {"list", "balance"} <= form.keys():
        return f"{form['list']}/*/{form['balance']}"
    return form


def _is_pointer(form: Any) -> bool:
    return isinstance(form, str) and (form == "" or form.startswith("/"))


def _unjudged(vendor: Vendor, laws: tuple[Law, ...]) -> Iterator[Problem]:
    """Yield the laws that say nothing of the vendor for want of the verbs of any ledger."""
    without: dict[str, list[str]] = defaultdict(list)
    for law in laws:
        missing = [need for need in lacking(law.needs, vendor.binding) if need in _CORE]
        if missing:
            without[choice(missing, "and")].append(law.requirement.id)
    for verbs, names in without.items():
        which = f"{counted(len(names), 'law')} ({listed(names, _NAMES_MOST)})"
        yield Problem(f"{vendor.name}: no verb {verbs}, so that nothing is judged by {which}")
    every = [one for one in vendor.workloads.values() if lacking(one.needs, vendor.binding)]
    if every and len(every) == len(vendor.workloads):
        needs = sorted({n for one in every for n in lacking(one.needs, vendor.binding)})
        yield Problem(f"{vendor.name}: no workload can be run; {why_lacking(needs)}")


def _expired(vendor: Vendor, today: date) -> Iterator[Problem]:
    for waiver in vendor.waivers:
        if date.fromisoformat(waiver.expires) < today:
            message = f"the waiver of {waiver.check} for {waiver.requirement} expired"
            yield Problem(f"{message} on {waiver.expires}", waiver.place, "remove or renew it")


def _unlimited(vendor: Vendor) -> Iterator[Problem]:
    for target in vendor.targets.values():
        if target.rate is not None and target.rate > RATE_HIGH:
            message = f"the target {target.name} takes {target.rate:,.0f} requests a second"
            yield Problem(message, target.place)


def absurdities(workload: Workload) -> Iterator[Problem]:
    """Yield what a workload asks for that is more likely a mistake than meant."""
    rate = max(max(stage.start, stage.end) for stage in workload.stages)
    hours = sum(stage.seconds for stage in workload.stages) / 3600
    where = f"the workload {workload.id}"
    if rate > RATE_HIGH:
        yield Problem(f"{where} has {rate:,.0f} arrivals a second", workload.place)
    if hours > HOURS_HIGH:
        yield Problem(f"{where} lasts {hours:,.0f} hours", workload.place)
    if workload.members > MEMBERS_HIGH:
        yield Problem(f"{where} uses {workload.members:,} members", workload.place)

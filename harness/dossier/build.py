"""The dossier of an onboarding run: a vendor's conformance, and the open questions for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.contract.vendor import Vendor
from harness.document.messages import counted
from harness.dossier.questions import Sources, label_of, questions
from harness.dossier.side_effects import side_effects
from harness.model.check_id import CheckId
from harness.model.history import History
from harness.model.record import to_document
from harness.model.result import RequirementResult, RunSummary, VendorResult
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked, Verdict
from harness.spec.claims import Statement, statements

# The second word of a requirement's id names its capability.
CAPABILITIES: Mapping[str, str] = {
    "BAL": "Points and balances",
    "IDEM": "Idempotency",
    "BULK": "Bulk requests",
    "VOID": "Voids",
    "ATOM": "Single use and concurrency",
    "COND": "Preconditions",
    "LIM": "Limits and formats",
    "PAGE": "Lists and pagination",
    "STATE": "States",
    "ERR": "Errors",
    "AUTH": "Authentication",
    "PUB": "Stated on further pages",
    "READING": "Inferred parts of the specification",
    "LAW": "Laws of every points ledger",
}
_OTHER = "Further requirements"
_BASES = ("stated", "law", "inferred")
_OF_THE_RESULT = ("vendor", "title", "target", "kind", "verdict", "exit", "headline", "counts")
_REASONS_SHOWN = 60


def dossier(run: RunSummary, sources: Sources) -> dict[str, Any]:
    """Return the dossier of one vendor's run as plain values, complete for every rendering."""
    vendor, part, recorded = sources.vendor, sources.part, sources.recorded
    found = statements(vendor.specification)
    header = recorded.headers[0] if recorded.headers else RunHeader()
    return {
        "run": {**to_document(run), "declarations": header.declarations},
        "specification": vendor.specification.digest,
        **{key: to_document(getattr(part, key)) for key in _OF_THE_RESULT},
        "address": header.base_url,
        "by_basis": _by_basis(part.requirements),
        "capabilities": _capabilities(part.requirements),
        "findings": to_document(part.findings),
        "questions": questions(sources),
        "stated": _stated(found),
        "operations": _operations(vendor, recorded.history, part),
        "not_tested": _not_tested(part, recorded.checked, header.engines),
        "side_effects": side_effects(vendor, recorded.history),
    }


def _by_basis(rows: Iterable[RequirementResult]) -> dict[str, dict[str, int]]:
    """Count the requirements by basis (stated, law, inferred) and by verdict."""
    found: dict[str, Counter[str]] = {basis: Counter() for basis in _BASES}
    for row in rows:
        found[_basis(row)][row.verdict.value] += 1
    return {basis: dict(verdicts) for basis, verdicts in found.items()}


def _basis(row: RequirementResult) -> str:
    return row.basis if row.basis in _BASES else "stated"


def _capabilities(rows: Iterable[RequirementResult]) -> list[dict[str, Any]]:
    """Group the requirements by capability, the stated ones first, then laws."""
    groups: dict[str, list[RequirementResult]] = {
        title: [] for title in (*CAPABILITIES.values(), _OTHER)
    }
    for row in sorted(rows, key=lambda row: _BASES.index(_basis(row))):
        words = row.id.split("-")[:2]
        known = (CAPABILITIES[word] for word in words if word in CAPABILITIES)
        groups[next(known, _OTHER)].append(row)
    return [
        {"title": title, "rows": to_document(group)} for title, group in groups.items() if group
    ]


def _stated(found: Iterable[Statement]) -> list[dict[str, Any]]:
    """Return the parts of the specification that the vendor has stated, with their sources."""
    return [
        {
            "kind": one.kind,
            "name": label_of(one),
            "basis": one.provenance.basis,
            "source": one.source,
            "inferred_keywords": list(one.inferred_keywords),
        }
        for one in found
        if not one.provenance.inferred and one.name + one.owner
    ]


def _operations(vendor: Vendor, history: History, part: VendorResult) -> list[dict[str, Any]]:
    statuses: dict[str, Counter[int]] = defaultdict(Counter)
    for attempt in history.attempts:
        if attempt.status is not None:
            statuses[attempt.operation][attempt.status] += 1
    covered = {entry.operation: entry for entry in part.coverage}
    return [
        {
            **to_document(covered[name]),
            "request": f"{operation.method} {operation.path}",
            "basis": operation.provenance.basis,
            "confidence": operation.provenance.confidence,
            "statuses": [
                {"status": str(status), "count": count}
                for status, count in sorted(statuses[name].items())
            ],
        }
        for name, operation in vendor.specification.operations.items()
    ]


def _not_tested(
    part: VendorResult, checked: Iterable[Checked], engines: Sequence[str]
) -> list[dict[str, str]]:
    """Return what the run did not test, each with the reason."""
    found = [
        {"subject": f"{row.id}: {row.title}", "reason": row.reason or "not checked"}
        for row in part.requirements
        if row.verdict in ("inapplicable", "inconclusive")
    ]
    found += [
        {"subject": f"Operation {entry.operation}", "reason": "no request was sent"}
        for entry in part.coverage
        if entry.requests == 0
    ]
    scenarios: dict[str, list[str]] = defaultdict(list)
    for result in checked:
        check = CheckId.parse(result.check)
        if result.verdict is Verdict.INAPPLICABLE and check.kind == "scenario":
            scenarios[result.reason].append(check.name)
    found += [
        {"subject": f"Scenarios {', '.join(dict.fromkeys(names))}", "reason": reason}
        for reason, names in list(scenarios.items())[:_REASONS_SHOWN]
    ]
    if "load" not in engines:
        reason = "an onboarding run generates no load; see harness load"
        found.append({"subject": "Load", "reason": reason})
    if unknown := part.counts.unknown:
        subject = counted(unknown, "request")
        found.append({"subject": subject, "reason": "their outcome is unknown"})
    return found

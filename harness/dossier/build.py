"""The dossier of an onboarding run: a vendor's conformance, and the open questions for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.contract.vendor import Vendor
from harness.document.messages import counted
from harness.dossier.observed_fields import Response, observed_fields
from harness.dossier.questions import ObservedRun, questions
from harness.dossier.side_effects import side_effects
from harness.model.check_id import CheckId
from harness.model.history import Attempt, Recorded
from harness.model.record import to_document
from harness.model.requirement import MANDATORY_BASES
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
_OF_THE_RESULT = ("vendor", "title", "target", "kind", "verdict", "exit", "headline", "counts")
_OTHER = "Further requirements"
_REASONS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a dossier: one vendor's declarations, result, journal and responses.

    `part` is the vendor's part of the result. `sent` are the pairs of operation and value
    name in requests that succeeded. `engines` are those that ran.
    """

    vendor: Vendor
    part: VendorResult
    recorded: Recorded
    responses: Sequence[Response]
    sent: Collection[tuple[str, str]]
    engines: Sequence[str]


def dossier(run: RunSummary, sources: Sources) -> dict[str, Any]:
    """Return the dossier of one vendor's run as plain values, complete for every rendering."""
    vendor, part, recorded = sources.vendor, sources.part, sources.recorded
    found = statements(vendor.specification)
    schemas = observed_fields(vendor.specification, sources.responses)
    evidence = ObservedRun(part, recorded.history, schemas, sources.sent)
    header = recorded.headers[0] if recorded.headers else RunHeader()
    return {
        "run": {**to_document(run), "declarations": header.declarations},
        "specification": vendor.specification.digest,
        **{key: to_document(getattr(part, key)) for key in _OF_THE_RESULT},
        "address": header.base_url,
        "by_basis": _by_basis(part.requirements),
        "capabilities": _capabilities(part.requirements),
        "findings": to_document(part.findings),
        "questions": questions(vendor, evidence),
        "stated": _stated(found),
        "operations": _operations(vendor, recorded, part),
        "not_tested": _not_tested(part, recorded.checked, sources.engines),
        "side_effects": side_effects(vendor, recorded.history),
    }


def _by_basis(rows: Iterable[RequirementResult]) -> dict[str, dict[str, int]]:
    """Count the requirements by basis (stated, law, inferred) and by verdict."""
    found: dict[str, Counter[str]] = {
        "stated": Counter(),
        "law": Counter(),
        "inferred": Counter(),
    }
    for row in rows:
        found[_basis(row.basis)][row.verdict.value] += 1
    return {basis: dict(verdicts) for basis, verdicts in found.items()}


def _basis(basis: str) -> str:
    return basis if basis not in MANDATORY_BASES or basis == "law" else "stated"


def _capabilities(rows: Iterable[RequirementResult]) -> list[dict[str, Any]]:
    """Group the requirements by capability, the stated ones first, then laws."""
    groups: dict[str, list[RequirementResult]] = {}
    for row in rows:
        groups.setdefault(_capability(row.id), []).append(row)
    order = [*CAPABILITIES.values(), _OTHER]
    return [
        {
            "title": title,
            "rows": to_document(
                sorted(groups[title], key=lambda row: _ORDER.index(_basis(row.basis)))
            ),
        }
        for title in order
        if title in groups
    ]


_ORDER = ("stated", "law", "inferred")


def _capability(identity: str) -> str:
    words = identity.split("-")
    return next((CAPABILITIES[word] for word in words[:2] if word in CAPABILITIES), _OTHER)


def _stated(found: Iterable[Statement]) -> list[dict[str, Any]]:
    """Return the parts of the specification that the vendor has stated, with their sources."""
    return [
        {
            "kind": one.kind,
            "name": f"{one.owner}{one.name}" if one.name.startswith("/") else _of(one),
            "basis": one.provenance.basis,
            "source": one.source,
            "inferred_keywords": list(one.inferred_keywords),
        }
        for one in found
        if not one.provenance.inferred and one.name + one.owner
    ]


def _of(one: Statement) -> str:
    return f"{one.name} ({one.owner})" if one.name else one.owner


def _operations(vendor: Vendor, recorded: Recorded, part: VendorResult) -> list[dict[str, Any]]:
    attempts: dict[str, list[Attempt]] = {}
    for attempt in recorded.history.attempts:
        attempts.setdefault(attempt.operation, []).append(attempt)
    covered = {entry.operation: entry for entry in part.coverage}
    return [
        {
            "operation": name,
            "title": operation.title,
            "request": f"{operation.method} {operation.path}",
            "basis": operation.provenance.basis,
            "confidence": operation.provenance.confidence,
            "requests": covered[name].requests,
            "ok": covered[name].ok,
            "refused": covered[name].refused,
            "unknown": covered[name].unknown,
            "statuses": [
                {"status": str(status), "count": count}
                for status, count in sorted(_statuses(attempts.get(name, ())).items())
            ],
        }
        for name, operation in vendor.specification.operations.items()
    ]


def _statuses(attempts: Iterable[Attempt]) -> Counter[int]:
    return Counter(attempt.status for attempt in attempts if attempt.status is not None)


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
    scenarios: dict[str, list[str]] = {}
    for result in checked:
        if result.verdict is Verdict.INAPPLICABLE and result.check.startswith("scenario:"):
            name = CheckId.parse(result.check).name
            scenarios.setdefault(result.reason, []).append(name)
    found += [
        {"subject": f"Scenarios {', '.join(dict.fromkeys(names))}", "reason": reason}
        for reason, names in list(scenarios.items())[:_REASONS_SHOWN]
    ]
    if "load" not in engines:
        reason = "an onboarding run generates no load; see harness load"
        found.append({"subject": "Load", "reason": reason})
    unknown = part.counts.unknown
    if unknown:
        reason = "their outcome is unknown"
        found.append({"subject": counted(unknown, "request"), "reason": reason})
    return found

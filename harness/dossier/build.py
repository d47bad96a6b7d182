"""The dossier of an onboarding run: what a vendor keeps to, and what it is asked to confirm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.audit.vendor import Audited
from harness.dossier.observed_fields import Answered, sightings
from harness.dossier.questions import Seen, questions
from harness.dossier.side_effects import leftovers
from harness.model.check_id import CheckId
from harness.model.finding import Checked
from harness.model.history import Attempt, Recorded
from harness.model.requirement import MANDATORY_BASES
from harness.model.verdict import Verdict
from harness.spec.claims import CALL, Statement, statements

FORMAT = 1
# The second word of a rule's id says which capability it is about.
CAPABILITIES: Mapping[str, str] = {
    "BAL": "Points and balances",
    "IDEM": "Repeats and references",
    "BULK": "Many at once in one call",
    "VOID": "Voids",
    "ATOM": "Single use, also at once",
    "COND": "What a call needs",
    "LIM": "Limits and formats",
    "PAGE": "Lists and pages",
    "STATE": "States and answers",
    "ERR": "Refusals and errors",
    "AUTH": "Access",
    "PUB": "Stated by further pages",
    "READING": "The specification as we read it",
    "LAW": "Laws of every points ledger",
}
_OTHER = "Further rules"
_REASONS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Sources:
    """What a dossier is made from: one vendor's declarations, result, journal and answers.

    `sent` are the operations and the names of the values in calls that were done.
    """

    vendor: Audited
    part: Mapping[str, Any]
    recorded: Recorded
    responses: Sequence[Answered]
    sent: Collection[tuple[str, str]]
    engines: Sequence[str]


def dossier(run: Mapping[str, Any], sources: Sources) -> dict[str, Any]:
    """Return the dossier of one vendor's run as plain values; it renders without anything else."""
    vendor, part, recorded = sources.vendor, sources.part, sources.recorded
    found = statements(vendor.specification)
    sighted = sightings(vendor.specification, sources.responses)
    seen = Seen(part, recorded.history, sighted, sources.sent)
    header = recorded.headers[0] if recorded.headers else {}
    return {
        "format": FORMAT,
        "run": {**run, "declarations": header.get("declarations", "")},
        "specification": vendor.specification.digest,
        **{key: part[key] for key in ("vendor", "title", "target", "kind", "verdict", "exit")},
        **{key: part[key] for key in ("headline", "counts", "accounts", "load", "notes")},
        "address": header.get("base_url", ""),
        "standing": _standing(part["requirements"]),
        "capabilities": _capabilities(part["requirements"]),
        "findings": part["findings"],
        "questions": questions(vendor, seen),
        "facts": _facts(found),
        "operations": _operations(vendor, found, recorded, part),
        "untested": _untested(part, recorded.checked, sources.engines),
        "left": leftovers(vendor, recorded.history),
    }


def _standing(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Count the rules by who stands behind them and by their verdict."""
    counted: dict[str, Counter[str]] = {
        "stated": Counter(),
        "law": Counter(),
        "inferred": Counter(),
    }
    for row in rows:
        counted[_behind(row["basis"])][row["verdict"]] += 1
    return {who: dict(verdicts) for who, verdicts in counted.items()}


def _behind(basis: str) -> str:
    return basis if basis not in MANDATORY_BASES or basis == "law" else "stated"


def _capabilities(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Group the rules by capability, and in each those stated before laws and readings."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(_capability(row["id"]), []).append(row)
    order = [*CAPABILITIES.values(), _OTHER]
    return [
        {
            "title": title,
            "rows": sorted(groups[title], key=lambda row: _ORDER.index(_behind(row["basis"]))),
        }
        for title in order
        if title in groups
    ]


_ORDER = ("stated", "law", "inferred")


def _capability(identity: str) -> str:
    words = identity.split("-")
    return next((CAPABILITIES[word] for word in words[:2] if word in CAPABILITIES), _OTHER)


def _facts(found: Iterable[Statement]) -> list[dict[str, Any]]:
    """Return what the specification takes from the vendor, with where it is stated."""
    return [
        {
            "kind": one.kind,
            "what": f"{one.owner}{one.name}" if one.name.startswith("/") else _of(one),
            "basis": one.provenance.basis,
            "source": one.source,
            "unsure": list(one.unsure),
        }
        for one in found
        if not one.provenance.inferred and one.name + one.owner
    ]


def _of(one: Statement) -> str:
    return f"{one.name} ({one.owner})" if one.name else one.owner


def _operations(
    vendor: Audited, found: Iterable[Statement], recorded: Recorded, part: Mapping[str, Any]
) -> list[dict[str, Any]]:
    marked = {one.owner for one in found if one.kind == CALL}
    calls: dict[str, list[Attempt]] = {}
    for call in recorded.history.attempts:
        calls.setdefault(call.operation, []).append(call)
    covered = {entry["operation"]: entry for entry in part["coverage"]}
    return [
        {
            "operation": name,
            "title": operation.title,
            "call": f"{operation.method} {operation.path}",
            "basis": operation.provenance.basis,
            "confidence": operation.provenance.confidence,
            "marked": name in marked,
            "source": operation.source,
            **{key: covered[name][key] for key in ("calls", "ok", "refused", "unknown")},
            "statuses": [
                {"status": str(status), "count": count}
                for status, count in sorted(_statuses(calls.get(name, ())).items())
            ],
        }
        for name, operation in vendor.specification.operations.items()
    ]


def _statuses(calls: Iterable[Attempt]) -> Counter[int]:
    return Counter(call.status for call in calls if call.status is not None)


def _untested(
    part: Mapping[str, Any], checked: Iterable[Checked], engines: Sequence[str]
) -> list[dict[str, str]]:
    """Return what the run leaves open, with the reason of each."""
    found = [
        {"what": f"{row['id']}: {row['title']}", "why": row["reason"] or "no check came to it"}
        for row in part["requirements"]
        if row["verdict"] in ("inapplicable", "inconclusive")
    ]
    found += [
        {"what": f"Operation {entry['operation']}", "why": "it was never called"}
        for entry in part["coverage"]
        if entry["calls"] == 0
    ]
    scenarios: dict[str, list[str]] = {}
    for result in checked:
        if result.verdict is Verdict.INAPPLICABLE and result.check.startswith("scenario:"):
            name = CheckId.parse(result.check).name
            scenarios.setdefault(result.reason, []).append(name)
    found += [
        {"what": f"Scenarios {', '.join(dict.fromkeys(names))}", "why": reason}
        for reason, names in list(scenarios.items())[:_REASONS_SHOWN]
    ]
    if "load" not in engines:
        found.append({"what": "Load", "why": "an onboarding run puts none on; see harness load"})
    unknown = part["counts"]["unknown"]
    if unknown:
        found.append({"what": f"{unknown:,} calls", "why": "their outcome stayed unknown"})
    return found

"""Gather failed checks into findings that a reader can act on, each told once."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.audit.requirements import binds
from harness.audit.vendor import Audited
from harness.audit.waivers import Accepted
from harness.model.check_id import CheckId, covers_any
from harness.model.finding import Checked, Finding
from harness.model.requirement import Requirement, Waiver
from harness.model.verdict import Verdict

UNMAPPED = "UNMAPPED"
READING = "READING"
# What the harness's own declarations ask, a vendor's rule need not.
_OURS = frozenset({"threshold", "waiver", "measurement"})
_CALLS_SHOWN = 5
_CURLS_SHOWN = 3
_SUBJECTS_SHOWN = 5
_VARIABLE = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}\b"
    r"|\d+"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The requirements a check id belongs to, and what they make of its failure."""

    rows: tuple[Requirement, ...]
    binding: tuple[Requirement, ...]
    waivers: tuple[Waiver, ...]
    reading: bool = False

    @property
    def observed(self) -> bool:
        """Whether all behind the check is merely inferred, so that a failure is an observation."""
        return (bool(self.rows) or self.reading) and not self.binding

    @property
    def waived(self) -> bool:
        """Whether a live waiver covers every requirement that counts."""
        return bool(self.rows) and len(self.waivers) == len(self.binding or self.rows)


def map_check(
    check: str, requirements: Sequence[Requirement], accepted: Accepted, *, strict: bool
) -> Standing:
    """Return the requirements whose patterns match a check id, with the waivers that cover them."""
    rows = tuple(row for row in requirements if covers_any(row.checks, check))
    binding = tuple(row for row in rows if binds(row, strict=strict))
    waivers = (accepted.live.get((row.id, check)) for row in binding or rows)
    live = tuple(waiver for waiver in waivers if waiver is not None)
    return Standing(rows, binding, live, CheckId.parse(check).inferred and not strict)


def normalise(text: str) -> str:
    """Return a text with its numbers and ids replaced, so that like findings read alike."""
    return _VARIABLE.sub("#", text)


def gather(
    failed: Sequence[Checked], mappings: dict[str, Standing], vendor: Audited
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return findings and observations of the failed checks, in canonical order.

    Failures of one check that read alike are one entry with a count; its evidence is that of the
    first few.
    """
    groups: dict[tuple[str, str, str], list[tuple[Checked, Finding]]] = defaultdict(list)
    shared: dict[tuple[str, tuple[Requirement, ...]], tuple[str, str, str]] = {}
    for result in failed:
        finding = result.finding or Finding(
            title=f"Check {result.check} failed", expected="", seen=result.reason
        )
        alike = _alike(result, finding)
        if CheckId.parse(result.check).kind == "response-inferred":
            # Operations share schemas, so one wrong reading shows in many of them.
            alike = shared.setdefault((finding.title, mappings[result.check].rows), alike)
        groups[alike].append((result, finding))
    findings: list[dict[str, Any]] = []
    observations: list[dict[str, Any]] = []
    for (check, subject, title), group in sorted(groups.items()):
        key = "\n".join((check, subject, title))
        entry = _entry(hashlib.sha256(key.encode()).hexdigest()[:10], group, mappings[check])
        if not mappings[check].rows:
            entry["requirements"] = _unmapped(check, vendor)
        (observations if mappings[check].observed else findings).append(entry)
    findings.sort(key=lambda entry: entry["verdict"])  # fail before waived
    return findings, observations


def _alike(result: Checked, finding: Finding) -> tuple[str, str, str]:
    # Invariants speak of accounts, references and amounts, which differ from run to run; the
    # numbers of the other kinds (a status, a limit) tell their findings apart.
    if CheckId.parse(result.check).kind == "invariant":
        return result.check, normalise(result.subject), normalise(finding.title)
    return result.check, result.subject, finding.title


def _entry(
    identity: str, group: Sequence[tuple[Checked, Finding]], mapping: Standing
) -> dict[str, Any]:
    first, finding = group[0]
    subjects = list(dict.fromkeys(result.subject for result, _ in group))
    calls = dict.fromkeys(call for _, found in group for call in found.calls)
    curls = dict.fromkeys(curl for _, found in group for curl in found.curl)
    detail = list(finding.detail)
    if len(subjects) > 1:
        more = len(subjects) - 1 - _SUBJECTS_SHOWN
        others = ", ".join(subjects[1 : 1 + _SUBJECTS_SHOWN])
        detail.append(f"Also: {others}" + (f" and {more} more" if more > 0 else ""))
    return {
        "id": identity,
        "check": first.check,
        "subject": first.subject,
        "title": finding.title,
        "expected": finding.expected,
        "seen": finding.seen,
        "requirements": [
            {"id": row.id, "title": row.title, "basis": row.basis, "source": row.source}
            for row in mapping.rows
        ],
        "verdict": (Verdict.WAIVED if mapping.waived else Verdict.FAIL).value,
        "waiver": _waiver(mapping.waivers[0]) if mapping.waived else None,
        "place": finding.place or next((row.place for row in mapping.rows), ""),
        "calls": list(calls)[:_CALLS_SHOWN],
        "curl": list(curls)[:_CURLS_SHOWN],
        "detail": detail,
        "count": sum(result.count for result, _ in group),
    }


def _waiver(waiver: Waiver) -> dict[str, str]:
    return {
        "requirement": waiver.requirement,
        "check": waiver.check,
        "owner": waiver.owner,
        "reason": waiver.reason,
        "expires": waiver.expires,
        "place": waiver.place,
    }


def _unmapped(check: str, vendor: Audited) -> list[dict[str, str]]:
    known = CheckId.parse(check)
    if known.kind in _OURS:
        return []
    operation = vendor.specification.operations.get(known.operation)
    if known.inferred:
        source = operation.source if operation is not None else ""
        title = "Our reading of an operation, which the vendor has not stated"
        return [{"id": READING, "title": title, "basis": "inferred", "source": source}]
    if known.kind == "response" and operation is not None:
        title = "A response keeps to the vendor's specification"
        basis, source = "documented", operation.source
    else:
        title, basis, source = "No declared rule names this check", "law", ""
    return [{"id": UNMAPPED, "title": title, "basis": basis, "source": source}]

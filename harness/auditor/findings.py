"""Findings: failed checks grouped so that a reader can act on each once."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from harness.auditor.requirements import Accepted, is_mandatory
from harness.contract.vendor import Vendor
from harness.document.messages import listed
from harness.model.check_id import CheckId, Checks
from harness.model.requirement import Requirement, Waiver
from harness.model.result import FindingResult, RequirementReference
from harness.model.verdict import Checked, Finding, Verdict

UNMAPPED = "UNMAPPED"
INFERRED = "INFERRED"
# Checks of the harness's own declarations, which belong to no requirement of a vendor.
_OURS = frozenset({"threshold", "waiver", "measurement"})
_SHOWN = 5
_CURLS_SHOWN = 3
_VARIABLE = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}\b"
    r"|\d{1,3}(?:,\d{3})+\b|\d+"
)
_UNITS = re.compile(r"# units?\b")

_Key = tuple[str, str, str]
"""What findings that read alike share: check, subject and title."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The requirements that a check belongs to, and what they make of its failure.

    `mandatory` are those that can fail the vendor; `waivers` accept the failure, one for each
    requirement that counts. `inferred` says that the check is about what is merely inferred, in a
    run that is not strict.
    """

    requirements: tuple[Requirement, ...]
    mandatory: tuple[Requirement, ...]
    waivers: tuple[Waiver, ...]
    inferred: bool = False

    @property
    def observed(self) -> bool:
        """Whether all behind the check is merely inferred, so that a failure is an observation."""
        return (bool(self.requirements) or self.inferred) and not self.mandatory

    @property
    def waived(self) -> bool:
        """Whether a live waiver covers every requirement that counts."""
        return bool(self.requirements) and len(self.waivers) == len(
            self.mandatory or self.requirements
        )


def standings_of(
    checks: Collection[str],
    requirements: Sequence[Requirement],
    accepted: Accepted,
    *,
    strict: bool,
) -> Mapping[str, Standing]:
    """Return the standing of each check."""
    made, covering = Checks(checks), defaultdict[str, dict[str, Requirement]](dict)
    for row in requirements:
        for check in (check for pattern in row.checks for check in made.covered_by(pattern)):
            covering[check][row.id] = row
    return {
        check: _standing(check, tuple(covering[check].values()), accepted, strict=strict)
        for check in checks
    }


def _standing(
    check: str, named: tuple[Requirement, ...], accepted: Accepted, *, strict: bool
) -> Standing:
    """Return the requirements whose patterns cover a check, with the waivers that accept it."""
    mandatory = tuple(row for row in named if is_mandatory(row, strict=strict))
    waivers = (accepted.live.get((row.id, check)) for row in mandatory or named)
    live = tuple(waiver for waiver in waivers if waiver is not None)
    return Standing(named, mandatory, live, CheckId.parse(check).inferred and not strict)


def normalise(text: str) -> str:
    """Return a text with its numbers and ids replaced, so that like findings read alike."""
    return _UNITS.sub("# units", _VARIABLE.sub("#", text))


def group_findings(
    failed: Sequence[Checked], standings: Mapping[str, Standing], vendor: Vendor
) -> tuple[tuple[FindingResult, ...], tuple[FindingResult, ...]]:
    """Return findings and observations of the failed checks, in canonical order.

    Failures of one check that read alike are one entry with a count; its evidence is that of the
    first few.
    """
    groups: dict[_Key, list[tuple[Checked, Finding]]] = defaultdict(list)
    shared: dict[tuple[str, tuple[Requirement, ...]], _Key] = {}
    for result in failed:
        finding = result.finding or Finding(
            title=f"Check {result.check} failed", expected="", seen=result.reason
        )
        alike = _alike(result, finding)
        if CheckId.parse(result.check).kind == "response-inferred":
            # Operations share schemas, so one wrong inference shows in many of them.
            alike = shared.setdefault((finding.title, standings[result.check].requirements), alike)
        groups[alike].append((result, finding))
    findings: list[FindingResult] = []
    observations: list[FindingResult] = []
    for key, group in sorted(groups.items()):
        standing = standings[key[0]]
        one = _finding(key, group, standing, _references(key[0], standing, vendor))
        (observations if standing.observed else findings).append(one)
    findings.sort(key=lambda one: one.verdict.value)  # fail before waived
    return tuple(findings), tuple(observations)


def _alike(result: Checked, finding: Finding) -> _Key:
    # Invariants speak of accounts, references and amounts, which differ from run to run; the
    # numbers of the other kinds (a status, a limit) tell their findings apart.
    if CheckId.parse(result.check).kind == "invariant":
        return result.check, normalise(result.subject), normalise(finding.title)
    return result.check, result.subject, finding.title


def _finding(
    key: _Key,
    group: Sequence[tuple[Checked, Finding]],
    standing: Standing,
    references: tuple[RequirementReference, ...],
) -> FindingResult:
    first, finding = group[0]
    first_subject, *others = dict.fromkeys(result.subject for result, _ in group)
    attempts = dict.fromkeys(one for _, found in group for one in found.attempts)
    curls = dict.fromkeys(curl for _, found in group for curl in found.curl)
    return FindingResult(
        id=hashlib.sha256("\n".join(key).encode()).hexdigest()[:10],
        check=CheckId.parse(first.check),
        subject=first_subject,
        title=finding.title,
        expected=finding.expected,
        seen=finding.seen,
        requirements=references,
        verdict=Verdict.WAIVED if standing.waived else Verdict.FAIL,
        waiver=standing.waivers[0] if standing.waived else None,
        place=finding.place or next((row.place for row in standing.requirements), ""),
        attempts=tuple(attempts)[:_SHOWN],
        # A request that changes something repeats more than a read does.
        curl=tuple(sorted(curls, key=_is_read))[:_CURLS_SHOWN],
        detail=finding.detail + ((f"Also: {listed(others, _SHOWN)}",) if others else ()),
        count=sum(result.count for result, _ in group),
    )


def _is_read(curl: str) -> bool:
    return curl.startswith(("curl -sS -X GET ", "curl -sS --head "))


def _references(check: str, standing: Standing, vendor: Vendor) -> tuple[RequirementReference, ...]:
    """Return the requirements of a check; where none names it, what it is about all the same."""
    if standing.requirements:
        return tuple(
            RequirementReference(row.id, row.title, row.basis, row.source)
            for row in standing.requirements
        )
    known = CheckId.parse(check)
    if known.kind in _OURS:
        return ()
    operation = vendor.specification.operations.get(known.operation)
    if known.inferred:
        source = operation.source if operation is not None else ""
        title = "What is inferred of an operation and the vendor does not state"
        return (RequirementReference(INFERRED, title, "inferred", source),)
    if known.kind == "response" and operation is not None:
        title = "A response conforms to the vendor's specification"
        basis, source = "documented", operation.source
    else:
        title, basis, source = "No declared requirement names this check", "law", ""
    return (RequirementReference(UNMAPPED, title, basis, source),)

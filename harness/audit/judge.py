"""Give the verdict on a vendor and on a run, as the result document says it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.audit.coverage import coverage, never_called
from harness.audit.findings import Standing, gather, map_check
from harness.audit.load_stats import measure
from harness.audit.requirements import EXECUTED, Row, binds, judge_rows
from harness.audit.summary import named, run_headline, vendor_headline
from harness.audit.thresholds import judge_load
from harness.audit.vendor import Audited
from harness.audit.waivers import apply_waivers
from harness.contract.needs import NOT_OBSERVABLE
from harness.model.check_id import CheckId
from harness.model.finding import Checked
from harness.model.history import History, Recorded
from harness.model.verdict import Outcome, Verdict, merge
from harness.model.workload import Workload

FORMAT = 1
# What a run exits with, weightiest first: the harness's own fault, a contract violation, an
# invalid declaration, a missed threshold, a regression, no decision.
_EXITS = (6, 1, 2, 3, 4, 5, 0)
# These tell about the run or the declarations, so they are no evidence that anything was checked.
_NO_EVIDENCE = frozenset({"measurement", "waiver", "promise"})
_NOTES_MAX = 20


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a vendor is judged.

    `target` and its `kind` say which server spoke. `strict` lets inferred rules fail the vendor.
    `partial` says that the run left checks out on purpose, so that rules no check reached do not
    count. `today` is the ISO date that waivers are held against, the current UTC date if empty.
    """

    target: str
    kind: str
    strict: bool = False
    partial: bool = False
    today: str = ""


def judge_vendor(
    vendor: Audited,
    recorded: Recorded,
    checked: Sequence[Checked],
    terms: Terms,
    workloads: Sequence[Workload] = (),
) -> dict[str, Any]:
    """Return one vendor's part of the result document.

    `checked` comes from `replay`; load figures are measured here, against the thresholds of the
    `workloads` whose ids the journal names.
    """
    today = terms.today or datetime.datetime.now(datetime.UTC).date().isoformat()
    load, limits = judge_load(measure(recorded), workloads)
    # Threads and processes journal in any order; the document must not depend on it.
    results = tuple(sorted((*checked, *limits), key=_canonical))
    accepted = apply_waivers(
        vendor.waivers, vendor.requirements, results, today=today, partial=terms.partial
    )
    rows = judge_rows(vendor.requirements, results, accepted, partial=terms.partial)
    results = (*results, *accepted.checked)
    mappings = {
        check: map_check(check, vendor.requirements, accepted, strict=terms.strict)
        for check in {result.check for result in results}
    }
    failed = [result for result in results if result.verdict is Verdict.FAIL]
    findings, observations = gather(failed, mappings, vendor)
    decisive = [result for result in results if not mappings[result.check].observed]
    verdict = _verdict(rows, decisive, mappings, terms)
    covered = coverage(vendor, recorded.history, mappings)
    document: dict[str, Any] = {
        "vendor": vendor.name,
        "title": vendor.title,
        "target": terms.target,
        "kind": terms.kind,
        "verdict": verdict.value,
        "exit": _exit(verdict, findings),
        "headline": "",
        "counts": _counts(recorded.history, results, rows),
        "requirements": [row.document() for row in rows],
        "findings": findings,
        "observations": observations,
        "coverage": covered,
        "accounts": _accounts(results, recorded.history),
        "load": load,
        "notes": [*_open(decisive), *_unseen(rows), *_uncalled(covered), *_told(recorded)],
    }
    rules = _rules(rows, terms)
    document["headline"] = vendor_headline(document, rules=rules, partial=terms.partial)
    return document


def judge_run(vendors: Sequence[Mapping[str, Any]], run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole result document from its vendors' parts and what is known of the run."""
    verdict = merge(Verdict(vendor["verdict"]) for vendor in vendors)
    exits = {vendor["exit"] for vendor in vendors} or {5}
    return {
        "format": FORMAT,
        "run": dict(run),
        "verdict": verdict.value,
        "exit": worst_exit(exits),
        "headline": run_headline(verdict.value, vendors),
        "vendors": [dict(vendor) for vendor in vendors],
    }


def worst_exit(exits: set[int]) -> int:
    """Return the exit code that outranks the others: 6, then 1, 2, 3, 4, 5, 0."""
    return min(exits, key=_EXITS.index)


def _verdict(
    rows: Sequence[Row],
    decisive: Sequence[Checked],
    mappings: Mapping[str, Standing],
    terms: Terms,
) -> Verdict:
    verdicts = [
        row.verdict for row in rows if row.counts(strict=terms.strict, partial=terms.partial)
    ]
    for result in decisive:
        waived = result.verdict is Verdict.FAIL and mappings[result.check].waived
        verdicts.append(Verdict.WAIVED if waived else result.verdict)
    worst = merge(verdicts)
    if worst.rank < Verdict.INCONCLUSIVE.rank and not any(map(_is_evidence, decisive)):
        return Verdict.INCONCLUSIVE
    return worst


def _canonical(result: Checked) -> tuple[str, str, int, str, tuple[str, ...]]:
    finding = result.finding
    told = (finding.title, finding.seen, *finding.calls) if finding is not None else ()
    return (result.check, result.subject, result.verdict.rank, result.reason, told)


def _is_evidence(result: Checked) -> bool:
    return (
        result.verdict in EXECUTED
        and result.count > 0
        and CheckId.parse(result.check).kind not in _NO_EVIDENCE
    )


def _exit(verdict: Verdict, findings: Sequence[Mapping[str, Any]]) -> int:
    if verdict is Verdict.ERROR:
        return 6
    if verdict is Verdict.FAIL:
        failed = [entry["check"] for entry in findings if entry["verdict"] == "fail"]
        kinds = {CheckId.parse(check).kind for check in failed}
        return worst_exit({{"threshold": 3, "waiver": 2}.get(kind, 1) for kind in kinds} or {1})
    return 5 if verdict is Verdict.INCONCLUSIVE else 0


def _counts(history: History, results: Sequence[Checked], rows: Sequence[Row]) -> dict[str, int]:
    outcomes = [call.outcome for call in history.attempts]
    executed = [result for result in results if _is_evidence(result)]
    scenarios = {
        CheckId.parse(result.check).name
        for result in executed
        if CheckId.parse(result.check).kind == "scenario"
    }
    return {
        "requests": len(outcomes),
        "ok": outcomes.count(Outcome.OK),
        "refused": outcomes.count(Outcome.REFUSED),
        "unknown": outcomes.count(Outcome.UNKNOWN),
        "checks": sum(result.count for result in executed),
        "scenarios": len(scenarios),
        "requirements": len(rows),
        "requirements_checked": sum(row.executed for row in rows),
    }


def _rules(rows: Sequence[Row], terms: Terms) -> tuple[int, int]:
    """Return how many binding, applicable rules there are checked, and in all."""
    counting = [
        row
        for row in rows
        if binds(row.requirement, strict=terms.strict) and row.verdict is not Verdict.INAPPLICABLE
    ]
    return sum(row.executed for row in counting), len(counting)


def _accounts(results: Sequence[Checked], history: History) -> dict[str, int]:
    """Return how many accounts the invariants judged; a violated one is not also undecided.

    An invariant tells of its sound accounts in one check on the subject `accounts`, of the others
    by name, and leaves out those another has failed already; results on references or calls are
    not about accounts.
    """
    known = frozenset(history.accounts())
    named: dict[Verdict, set[str]] = {Verdict.FAIL: set(), Verdict.INCONCLUSIVE: set()}
    sound: dict[str, int] = {}
    open_: dict[str, set[str]] = {}
    for result in results:
        if CheckId.parse(result.check).kind != "invariant":
            continue
        if result.verdict is Verdict.PASS and result.subject == "accounts":
            sound[result.check] = sound.get(result.check, 0) + result.count
        elif result.verdict in named and result.subject in known:
            named[result.verdict].add(result.subject)
            open_.setdefault(result.check, set()).add(result.subject)
    violated = named[Verdict.FAIL]
    undecided = named[Verdict.INCONCLUSIVE] - violated
    judged = max(
        len(violated | undecided),
        *(
            sound.get(check, 0) + len(open_.get(check, set()) | violated)
            for check in {*sound, *open_}
        ),
        0,
    )
    return {
        "judged": judged,
        "consistent": judged - len(violated) - len(undecided),
        "violated": len(violated),
        "undecided": len(undecided),
    }


def _open(decisive: Sequence[Checked]) -> list[str]:
    """Return a line for each check that erred or could not decide, errors first."""
    lines = [
        f"{words}: {result.check} on {result.subject}: {result.reason or 'no reason given'}"
        for verdict, words in (
            (Verdict.ERROR, "The harness failed"),
            (Verdict.INCONCLUSIVE, "Undecided"),
        )
        for result in decisive
        if result.verdict is verdict
    ]
    distinct = list(dict.fromkeys(lines))
    more = len(distinct) - _NOTES_MAX
    return [*distinct[:_NOTES_MAX], *([f"Undecided: {more} more checks"] if more > 0 else [])]


def _unseen(rows: Sequence[Row]) -> list[str]:
    """Return a line for each way to look that the vendor lacks, with the rules it leaves open."""
    blind: dict[str, list[str]] = {}
    for row in rows:
        if row.verdict is Verdict.INAPPLICABLE and row.reason.startswith(NOT_OBSERVABLE):
            blind.setdefault(row.reason, []).append(row.requirement.id)
    return [
        f"{reason[0].upper()}{reason[1:]}. This leaves open {named(ids, _NOTES_MAX)}"
        for reason, ids in blind.items()
    ]


def _uncalled(covered: Sequence[dict[str, Any]]) -> list[str]:
    uncalled = never_called(covered)
    if not uncalled:
        return []
    return [f"Never called: {named(uncalled, _NOTES_MAX)} ({len(uncalled)} of {len(covered)})"]


def _told(recorded: Recorded) -> list[str]:
    lines = [f"{about}: {text}" if about else text for about, text in recorded.notes]
    return list(dict.fromkeys(lines))

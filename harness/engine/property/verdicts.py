"""Verdicts on an operation from the responses to its generated cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.document.messages import counted
from harness.engine.property.baseline import Case
from harness.model.exchange import Exchange
from harness.model.operation import Operation
from harness.model.verdict import Checked, Finding, Outcome, Verdict

Key = TypeVar("Key")

_EVIDENCE_MAX = 5

# The end of a finding's title for each kind of invalid value; `{}` is the field.
_ACCEPTED: Mapping[str, str] = {
    "object_missing_required_property": "accepts a request without {}",
    "missing_parameter": "accepts a request without {}",
    "incorrect_type": "accepts {} of the wrong type",
    "value_above_maximum": "accepts {} above its maximum",
    "value_below_minimum": "accepts {} below its minimum",
    "below_zero": "accepts {} below zero",
    "string_above_max_length": "accepts {} longer than allowed",
    "string_below_min_length": "accepts {} shorter than allowed",
    "array_above_max_items": "accepts more items of {} than allowed",
    "array_below_min_items": "accepts fewer items of {} than allowed",
    "invalid_enum_value": "accepts {} outside its enumeration",
    "invalid_format": "accepts {} in an invalid format",
    "invalid_pattern": "accepts {} that does not match its pattern",
    "not_multiple_of": "accepts {} that is not a multiple of its step",
    "non_unique_items": "accepts duplicate items of {}",
    "object_unexpected_properties": "accepts undeclared fields in {}",
}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case with the exchange that settled it, None when network faults kept it from that.

    The outcome is unknown when every response of the vendor left it open.
    """

    case: Case
    exchange: Exchange | None

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, None without an exchange; a bulk with a refused row counts as refused."""
        if self.exchange is None:
            return None
        rows = [row for row, _ in self.exchange.seen.get("rows", ())]
        if self.exchange.outcome is Outcome.OK and any(row != "ok" for row in rows):
            return Outcome.REFUSED if "refused" in rows else Outcome.UNKNOWN
        return self.exchange.outcome

    @property
    def status(self) -> int | None:
        """The status of the response, None without one."""
        response = self.exchange.response if self.exchange else None
        return None if response is None else response.status


Results = Sequence[CaseResult]


def judge(operation: Operation, tried: Results, must_accept: bool) -> Iterator[Checked]:
    """Yield the verdicts on an operation: responds, accepts valid and rejects invalid requests.

    Without `must_accept` the vendor may refuse a valid request, for example for lack of points.
    Cases that rest on inferred parts are judged by checks of their own, `property-inferred:…`.
    """
    yield from _responses(operation, tried)
    valid = [one for one in tried if one.case.positive]
    # Where even the minimal valid request was refused, the refusal of an invalid one says nothing.
    proven = not valid or bool(_ended(valid, Outcome.OK))
    judged = [one for one in tried if one.case.judged and one.outcome is not None]
    for kind in ("property", "property-inferred"):
        alike = [one for one in judged if one.case.inferred is (kind != "property")]
        if must_accept:
            yield from _accepts(operation, kind, [one for one in alike if one.case.positive])
        invalid = [one for one in alike if not one.case.positive]
        yield from _rejects(operation, kind, invalid, proven)


def judge_unsent(
    operation: Operation,
    made: Iterable[Checked],
    left: Sequence[Case],
    must_accept: bool,
    reason: str,
) -> Iterator[Checked]:
    """Yield what is not checked because cases were `left` unsent, for this reason.

    A check that other cases have made stands, but for whether the operation responds.
    """
    known = {one.check for one in made}
    why = f"{counted(len(left), 'generated request')} not sent: {reason}"
    yield Checked(_responds(operation), operation.id, Verdict.INCONCLUSIVE, why)
    unmade: dict[str, str] = {}
    for case in left:
        kind = "property-inferred" if case.inferred else "property"
        if case.judged and not case.positive:
            unmade[f"{kind}:rejects-invalid:{operation.id}#{case.part}"] = case.part
        elif case.judged and must_accept:
            unmade[f"{kind}:accepts-valid:{operation.id}"] = operation.id
    for check, subject in unmade.items():
        if check not in known:
            yield Checked(check, subject, Verdict.INCONCLUSIVE, f"not checked: {reason}")


def _responds(operation: Operation) -> str:
    """Return the check of whether an operation responds."""
    kind = "property-inferred" if operation.provenance.inferred else "property"
    return f"{kind}:responds:{operation.id}"


def refusals(tried: Results) -> str:
    """Return in words how many valid requests were refused and why, empty for none."""
    positive = [one for one in tried if one.case.positive and one.outcome is not None]
    refused = _ended(positive, Outcome.REFUSED)
    if not refused:
        return ""
    return (
        f"{len(refused):,} of {counted(len(positive), 'valid request')} refused "
        f"({_reasons(refused)}); this operation may refuse valid requests"
    )


def _responses(operation: Operation, tried: Results) -> Iterator[Checked]:
    check = _responds(operation)
    unknown = (one for one in _ended(tried, Outcome.UNKNOWN) if one.status is not None)
    open_ = _grouped(unknown, lambda one: one.status or 0)
    for status, group in sorted(open_.items()):
        title = f"returns status {status}, which leaves the outcome open"
        expected = "a response that shows success or refusal"
        seen = f"status {status} every time, for: {'; '.join(_descriptions(group)[:3])}"
        yield _failed(operation, check, f"status {status}", group, title, expected, seen)
    settled = [one for one in tried if one.outcome in (Outcome.OK, Outcome.REFUSED)]
    if settled:
        left_out = sum(one.outcome is None for one in tried)
        cases = counted(left_out, "further case")
        reason = f"{cases} without a response because of network faults" if left_out else ""
        yield Checked(check, operation.id, Verdict.PASS, reason, count=len(settled))
    elif tried and not open_:
        yield Checked(check, operation.id, Verdict.INCONCLUSIVE, "no case received a response")


def _accepts(operation: Operation, kind: str, judged: Results) -> Iterator[Checked]:
    check = f"{kind}:accepts-valid:{operation.id}"
    accepted, refused = _ended(judged, Outcome.OK), _ended(judged, Outcome.REFUSED)
    if refused:
        minimal = any(one.case.kind == "minimal" for one in refused)
        title = f"refuses {'its minimal' if minimal else 'a'} valid request"
        seen = f"refused ({_reasons(refused)})"
        yield _failed(operation, check, operation.id, refused, title, "ok", seen)
    if accepted:
        yield Checked(check, operation.id, Verdict.PASS, count=len(accepted))
    if judged and not accepted and not refused:
        yield Checked(check, operation.id, Verdict.INCONCLUSIVE, "every outcome is unknown")


def _rejects(operation: Operation, kind: str, judged: Results, proven: bool) -> Iterator[Checked]:
    for part, group in _grouped(judged, lambda one: one.case.part).items():
        check = f"{kind}:rejects-invalid:{operation.id}#{part}"
        accepted = _grouped(_ended(group, Outcome.OK), lambda one: one.case.kind)
        for change, wrong in accepted.items():
            statuses = sorted({one.status for one in wrong if one.status is not None})
            subject, expected = f"{part}: {change}", "refused, without effect"
            title = _ACCEPTED.get(change, "accepts an invalid {}").format(part)
            seen = f"ok (status {', '.join(map(str, statuses))})"
            yield _failed(operation, check, subject, wrong, title, expected, seen)
        refused = len(_ended(group, Outcome.REFUSED))
        if refused and proven:
            yield Checked(check, part, Verdict.PASS, count=refused)
        elif refused:
            reason = "valid requests were refused too, so a refusal proves nothing"
            yield Checked(check, part, Verdict.INCONCLUSIVE, reason, count=refused)


def _failed(
    operation: Operation,
    check: str,
    subject: str,
    group: Results,
    title: str,
    expected: str,
    seen: str,
) -> Checked:
    """Return the failed check of a group of cases, with its finding."""
    attempts = tuple(one.exchange.id for one in group[:_EVIDENCE_MAX] if one.exchange)
    detail = (*_descriptions(group)[:_EVIDENCE_MAX], f"Declared: {operation.source}")
    title = f"{operation.id} {title}"
    finding = Finding(title=title, expected=expected, seen=seen, attempts=attempts, detail=detail)
    return Checked(check, subject, Verdict.FAIL, finding=finding, count=len(group))


def _ended(tried: Iterable[CaseResult], outcome: Outcome) -> list[CaseResult]:
    return [one for one in tried if one.outcome is outcome]


def _grouped(
    tried: Iterable[CaseResult], key: Callable[[CaseResult], Key]
) -> dict[Key, list[CaseResult]]:
    groups: dict[Key, list[CaseResult]] = {}
    for one in tried:
        groups.setdefault(key(one), []).append(one)
    return groups


def _reasons(refused: Results) -> str:
    exchanges = (one.exchange for one in refused)
    return ", ".join(sorted({(one.reason if one else None) or "unspecified" for one in exchanges}))


def _descriptions(group: Results) -> list[str]:
    """Return what the cases of a group try, each once."""
    cases = (one.case for one in group)
    told = (f"{c.what} ({c.part} = {c.sent})" if c.sent else c.what for c in cases)
    return list(dict.fromkeys(told))

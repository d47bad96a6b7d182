"""Verdicts on an operation from the responses to its generated cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.document.messages import counted
from harness.engine.property.cases import Case
from harness.model.exchange import Exchange
from harness.model.operation import Operation
from harness.model.verdict import Checked, Finding, Outcome, Verdict

_CALLS_MAX = 5

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
    """A case with the exchange that settled it.

    `exchange` is None when network faults kept it from being settled. Its outcome is unknown when
    every response of the vendor left the outcome open.
    """

    case: Case
    exchange: Exchange | None

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, None when the case is left out."""
        return None if self.exchange is None else self.exchange.outcome


def judge(
    operation: Operation, tried: Sequence[CaseResult], must_accept: bool
) -> Iterator[Checked]:
    """Yield the verdicts on an operation: responds, accepts valid and rejects invalid requests.

    Without `must_accept` the vendor may refuse a valid request, for example for lack of points.
    Cases that rest on inferred parts are judged by checks of their own, `property-inferred:…`.
    """
    yield from _responses(operation, tried)
    for inferred in (False, True):
        alike = [one for one in tried if one.case.inferred is inferred]
        if must_accept:
            yield from _accepts(operation, [one for one in alike if one.case.positive], inferred)
        yield from _rejects(operation, alike, inferred, _proven(tried))


def refusals(tried: Sequence[CaseResult]) -> str:
    """Return in words how many valid requests were refused and why, empty for none."""
    positive = [one for one in tried if one.case.positive and one.outcome is not None]
    refused = [one for one in positive if one.outcome is Outcome.REFUSED]
    if not refused:
        return ""
    reasons = sorted({one.exchange.reason or "unspecified" for one in refused if one.exchange})
    return (
        f"{len(refused):,} of {counted(len(positive), 'valid request')} refused "
        f"({', '.join(reasons)}); this operation may refuse valid requests"
    )


def _responses(operation: Operation, tried: Sequence[CaseResult]) -> Iterator[Checked]:
    check = f"{_kind(operation.provenance.inferred)}:responds:{operation.id}"
    open_: dict[int, list[CaseResult]] = {}
    for one in tried:
        if one.outcome is Outcome.UNKNOWN and one.exchange and one.exchange.response:
            open_.setdefault(one.exchange.response.status, []).append(one)
    for status, group in sorted(open_.items()):
        descriptions = list(dict.fromkeys(_what(one.case) for one in group))
        finding = Finding(
            title=f"{operation.id} answers status {status}, which leaves the outcome open",
            expected="a response that shows success or refusal",
            seen=f"status {status} every time, for: {'; '.join(descriptions[:3])}",
            attempts=_calls(group),
            detail=_details(operation, group),
        )
        yield Checked(check, f"status {status}", Verdict.FAIL, finding=finding, count=len(group))
    settled = [one for one in tried if one.outcome in (Outcome.OK, Outcome.REFUSED)]
    if settled:
        left_out = sum(one.outcome is None for one in tried)
        reason = (
            f"{counted(left_out, 'further case')} without a response because of network faults"
            if left_out
            else ""
        )
        yield Checked(check, operation.id, Verdict.PASS, reason, count=len(settled))
    elif tried and not open_:
        yield Checked(check, operation.id, Verdict.INCONCLUSIVE, "no case received a response")


def _kind(inferred: bool) -> str:
    return "property-inferred" if inferred else "property"


def _accepts(
    operation: Operation, tried: Sequence[CaseResult], inferred: bool
) -> Iterator[Checked]:
    check = f"{_kind(inferred)}:accepts-valid:{operation.id}"
    judged = [one for one in tried if one.case.judged and one.outcome is not None]
    accepted = [one for one in judged if one.outcome is Outcome.OK]
    refused = [one for one in judged if one.outcome is Outcome.REFUSED]
    if refused:
        minimal = any(one.case.kind == "minimal" for one in refused)
        reasons = sorted({one.exchange.reason or "unspecified" for one in refused if one.exchange})
        finding = Finding(
            title=f"{operation.id} refuses {'its minimal' if minimal else 'a'} valid request",
            expected="ok",
            seen=f"refused ({', '.join(reasons)})",
            attempts=_calls(refused),
            detail=_details(operation, refused),
        )
        yield Checked(check, operation.id, Verdict.FAIL, finding=finding, count=len(refused))
    if accepted:
        yield Checked(check, operation.id, Verdict.PASS, count=len(accepted))
    if judged and not accepted and not refused:
        yield Checked(check, operation.id, Verdict.INCONCLUSIVE, "every outcome is unknown")


def _proven(tried: Sequence[CaseResult]) -> bool:
    # Where even the minimal valid request was refused, the refusal of an invalid one says nothing.
    valid = [one for one in tried if one.case.positive]
    return not valid or any(one.outcome is Outcome.OK for one in valid)


def _rejects(
    operation: Operation, tried: Sequence[CaseResult], inferred: bool, proven: bool
) -> Iterator[Checked]:
    fields: dict[str, list[CaseResult]] = {}
    for one in tried:
        if not one.case.positive and one.case.judged and one.outcome is not None:
            fields.setdefault(one.case.part, []).append(one)
    for part, group in fields.items():
        check = f"{_kind(inferred)}:rejects-invalid:{operation.id}#{part}"
        refused = [one for one in group if one.outcome is Outcome.REFUSED]
        accepted: dict[str, list[CaseResult]] = {}
        for one in group:
            if one.outcome is Outcome.OK:
                accepted.setdefault(one.case.kind, []).append(one)
        for kind, wrong in accepted.items():
            yield _accepted(operation, check, part, kind, wrong)
        if refused and proven:
            yield Checked(check, part, Verdict.PASS, count=len(refused))
        elif refused:
            reason = "valid requests were refused too, so a refusal proves nothing"
            yield Checked(check, part, Verdict.INCONCLUSIVE, reason, count=len(refused))


def _accepted(
    operation: Operation, check: str, part: str, kind: str, wrong: Sequence[CaseResult]
) -> Checked:
    words = _ACCEPTED.get(kind, "accepts an invalid {}")
    statuses = sorted(
        {o.exchange.response.status for o in wrong if o.exchange and o.exchange.response}
    )
    finding = Finding(
        title=f"{operation.id} {words.format(part)}",
        expected="refused, without effect",
        seen=f"ok (status {', '.join(map(str, statuses))})",
        attempts=_calls(wrong),
        detail=_details(operation, wrong),
    )
    return Checked(check, f"{part}: {kind}", Verdict.FAIL, finding=finding, count=len(wrong))


def _calls(group: Sequence[CaseResult]) -> tuple[str, ...]:
    return tuple(one.exchange.id for one in group[:_CALLS_MAX] if one.exchange)


def _details(operation: Operation, group: Sequence[CaseResult]) -> tuple[str, ...]:
    descriptions = list(dict.fromkeys(_what(one.case) for one in group))
    return (*descriptions[:_CALLS_MAX], f"Declared: {operation.source}")


def _what(case: Case) -> str:
    return f"{case.what} ({case.part} = {case.sent})" if case.sent else case.what

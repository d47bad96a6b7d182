"""Judge what an operation answered to its generated cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.engine.property.planner import Case
from harness.model.exchange import Exchange
from harness.model.finding import Checked, Finding
from harness.model.operation import Operation
from harness.model.verdict import Outcome, Verdict

_CALLS_MAX = 5

# How a finding says what was accepted; `{}` is the field.
_ACCEPTED: Mapping[str, str] = {
    "object_missing_required_property": "accepts a request without {}",
    "missing_parameter": "accepts a request without {}",
    "incorrect_type": "accepts {} of a wrong type",
    "value_above_maximum": "accepts {} above its maximum",
    "value_below_minimum": "accepts {} below its minimum",
    "below_nothing": "accepts {} below nothing",
    "string_above_max_length": "accepts {} longer than allowed",
    "string_below_min_length": "accepts {} shorter than allowed",
    "array_above_max_items": "accepts more items of {} than allowed",
    "array_below_min_items": "accepts fewer items of {} than allowed",
    "invalid_enum_value": "accepts {} outside its choices",
    "invalid_format": "accepts {} in a wrong format",
    "invalid_pattern": "accepts {} in a wrong form",
    "not_multiple_of": "accepts {} that is no multiple of its step",
    "non_unique_items": "accepts repeated items of {}",
    "object_unexpected_properties": "accepts unknown fields beside those of {}",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """A case with the exchange that settled it.

    `exchange` is None when faults kept it from being settled; its outcome is unknown when the
    vendor answered every time and no response could be read.
    """

    case: Case
    exchange: Exchange | None

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, None when the case is left out."""
        return None if self.exchange is None else self.exchange.outcome


def judge(operation: Operation, tried: Sequence[Tried], must_accept: bool) -> Iterator[Checked]:
    """Yield the verdicts on an operation: that it answers, accepts what is right, refuses the rest.

    Without `must_accept` the vendor may refuse a correct request for reasons of business. Cases
    that rest on our reading are judged by checks of their own, `property-inferred:…`.
    """
    yield from _responses(operation, tried)
    for inferred in (False, True):
        alike = [one for one in tried if one.case.inferred is inferred]
        if must_accept:
            yield from _accepts(operation, [one for one in alike if one.case.positive], inferred)
        yield from _rejects(operation, alike, inferred, _proven(tried))


def refusals(tried: Sequence[Tried]) -> str:
    """Return in words how many correct requests were refused and why, empty for none."""
    positive = [one for one in tried if one.case.positive and one.outcome is not None]
    refused = [one for one in positive if one.outcome is Outcome.REFUSED]
    if not refused:
        return ""
    reasons = sorted({one.exchange.reason or "unspecified" for one in refused if one.exchange})
    return (
        f"{len(refused)} of {len(positive)} correct requests were refused "
        f"({', '.join(reasons)}), which may be a matter of business"
    )


def _responses(operation: Operation, tried: Sequence[Tried]) -> Iterator[Checked]:
    check = f"{_kind(operation.provenance.inferred)}:responds:{operation.id}"
    mute: dict[int, list[Tried]] = {}
    for one in tried:
        if one.outcome is Outcome.UNKNOWN and one.exchange and one.exchange.response:
            mute.setdefault(one.exchange.response.status, []).append(one)
    for status, group in sorted(mute.items()):
        whats = list(dict.fromkeys(_what(one.case) for one in group))
        finding = Finding(
            title=f"{operation.id} answers {status} with no verdict that can be read",
            expected="a response that says whether the call worked",
            seen=f"status {status} every time, for: {'; '.join(whats[:3])}",
            calls=_calls(group),
            detail=_details(operation, group),
        )
        yield Checked(check, f"status {status}", Verdict.FAIL, finding=finding, count=len(group))
    settled = [one for one in tried if one.outcome in (Outcome.OK, Outcome.REFUSED)]
    if settled:
        left_out = sum(one.outcome is None for one in tried)
        reason = f"{left_out} more got no response because of faults" if left_out else ""
        yield Checked(check, operation.id, Verdict.PASS, reason, count=len(settled))
    elif tried and not mute:
        yield Checked(check, operation.id, Verdict.INCONCLUSIVE, "no case got a response")


def _kind(inferred: bool) -> str:
    return "property-inferred" if inferred else "property"


def _accepts(operation: Operation, tried: Sequence[Tried], inferred: bool) -> Iterator[Checked]:
    check = f"{_kind(inferred)}:accepts-valid:{operation.id}"
    judged = [one for one in tried if one.case.judged and one.outcome is not None]
    accepted = [one for one in judged if one.outcome is Outcome.OK]
    refused = [one for one in judged if one.outcome is Outcome.REFUSED]
    if refused:
        minimal = any(one.case.kind == "minimal" for one in refused)
        reasons = sorted({one.exchange.reason or "unspecified" for one in refused if one.exchange})
        finding = Finding(
            title=f"{operation.id} refuses {'its minimal' if minimal else 'a'} correct request",
            expected="ok",
            seen=f"refused ({', '.join(reasons)})",
            calls=_calls(refused),
            detail=_details(operation, refused),
        )
        yield Checked(check, operation.id, Verdict.FAIL, finding=finding, count=len(refused))
    if accepted:
        yield Checked(check, operation.id, Verdict.PASS, count=len(accepted))
    if judged and not accepted and not refused:
        yield Checked(check, operation.id, Verdict.INCONCLUSIVE, "no outcome could be read")


def _proven(tried: Sequence[Tried]) -> bool:
    # Where even the minimal correct request was refused, the refusal of a spoilt one says nothing.
    correct = [one for one in tried if one.case.positive]
    return not correct or any(one.outcome is Outcome.OK for one in correct)


def _rejects(
    operation: Operation, tried: Sequence[Tried], inferred: bool, proven: bool
) -> Iterator[Checked]:
    fields: dict[str, list[Tried]] = {}
    for one in tried:
        if not one.case.positive and one.case.judged and one.outcome is not None:
            fields.setdefault(one.case.part, []).append(one)
    for part, group in fields.items():
        check = f"{_kind(inferred)}:rejects-invalid:{operation.id}#{part}"
        refused = [one for one in group if one.outcome is Outcome.REFUSED]
        accepted: dict[str, list[Tried]] = {}
        for one in group:
            if one.outcome is Outcome.OK:
                accepted.setdefault(one.case.kind, []).append(one)
        for kind, wrong in accepted.items():
            yield _accepted(operation, check, part, kind, wrong)
        if refused and proven:
            yield Checked(check, part, Verdict.PASS, count=len(refused))
        elif refused:
            reason = "correct requests were refused as well, so a refusal proves nothing"
            yield Checked(check, part, Verdict.INCONCLUSIVE, reason, count=len(refused))


def _accepted(
    operation: Operation, check: str, part: str, kind: str, wrong: Sequence[Tried]
) -> Checked:
    words = _ACCEPTED.get(kind, "accepts an invalid {}")
    statuses = sorted(
        {o.exchange.response.status for o in wrong if o.exchange and o.exchange.response}
    )
    finding = Finding(
        title=f"{operation.id} {words.format(part)}",
        expected="a refusal without effect",
        seen=f"ok (status {', '.join(map(str, statuses))})",
        calls=_calls(wrong),
        detail=_details(operation, wrong),
    )
    return Checked(check, f"{part}: {kind}", Verdict.FAIL, finding=finding, count=len(wrong))


def _calls(group: Sequence[Tried]) -> tuple[str, ...]:
    return tuple(one.exchange.id for one in group[:_CALLS_MAX] if one.exchange)


def _details(operation: Operation, group: Sequence[Tried]) -> tuple[str, ...]:
    whats = list(dict.fromkeys(_what(one.case) for one in group))
    return (*whats[:_CALLS_MAX], f"Declared: {operation.source}")


def _what(case: Case) -> str:
    return f"{case.what} ({case.part} = {case.sent})" if case.sent else case.what

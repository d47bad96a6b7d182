"""Expectations on how a step ended: outcomes, reasons, rows, and the balance it shows."""

from __future__ import annotations

from collections.abc import Mapping

from harness.check.expectations.record import (
    ANY_OUTCOME,
    ScenarioRecord,
    StepRecord,
    TermResult,
    row_index,
)
from harness.check.outcome import explained, outcome_text
from harness.document.messages import counted
from harness.model.exchange import Amount, as_amount
from harness.model.verdict import Outcome, Verdict

_SHOWN_MAX = 3
_EXCHANGES_MAX = 6

_ACCEPTED: Mapping[str, tuple[Outcome, ...]] = {
    "ok": (Outcome.OK,),
    "refused": (Outcome.REFUSED,),
    "unknown": (Outcome.UNKNOWN,),
    "decided": (Outcome.OK, Outcome.REFUSED),
    "not_ok": (Outcome.REFUSED, Outcome.UNKNOWN),
}
# The outcome of a repeat, by the vendor's promise about repeats.
_OF_REPEATS: Mapping[str, str] = {
    "same": "ok",
    "ignored": "ok",
    "refused": "refused",
    "unspecified": "decided",
    "none": "decided",
}


def outcome(step: StepRecord, wanted: str, scenario: ScenarioRecord) -> TermResult:
    """Check that every exchange has the outcome; `as_promised` is that of a promised repeat."""
    word = _OF_REPEATS[scenario.promises.repeat] if wanted == "as_promised" else wanted
    accepted = _ACCEPTED[word]
    words = " or ".join(one.value for one in accepted)
    total = len(step.exchanges)
    odd = [exchange for exchange in step.exchanges if exchange.outcome not in accepted]
    each = f"each of {total} requests of " if total > 1 else ""
    seen = explained(odd[0]) if odd else outcome_text(step.exchanges[0])
    if odd and total > 1:
        ends = (f"{one.intent.operation} {explained(one)}" for one in odd[:_SHOWN_MAX])
        differ = "differs" if len(odd) == 1 else "differ"
        seen = f"{len(odd)} of {total} {differ}: {'; '.join(ends)}"
    ids = tuple(exchange.id for exchange in odd) or step.ids
    expected = f"outcome {words} for {each}{step.name}"
    return step.result(not odd, expected, seen, ids[:_EXCHANGES_MAX])


def count_ok(
    step: StepRecord, wanted: int, scenario: ScenarioRecord, *, or_fewer: bool = False
) -> TermResult:
    """Check that exactly so many exchanges are ok, or no more than so many."""
    found, of = step.count_ok, counted(len(step.exchanges), "request")
    return step.result(
        found <= wanted if or_fewer else found == wanted,
        f"outcome ok for {'at most' if or_fewer else 'exactly'} {wanted} of {of} of {step.name}",
        f"outcome ok for {found} of {len(step.exchanges)}",
    )


def reason(step: StepRecord, wanted: str, scenario: ScenarioRecord) -> TermResult:
    """Check that every exchange was refused for this reason."""
    reasons = sorted({exchange.reason or "none" for exchange in step.exchanges})
    return step.result(
        reasons == [wanted],
        f"reason {wanted} for the refusal of {step.name}",
        f"reason {', '.join(reasons)}",
    )


def refused_as(step: StepRecord, wanted: str, scenario: ScenarioRecord) -> TermResult:
    """Check that every refusal has the status that a promise names."""
    status = getattr(scenario.promises, wanted)
    refused = [one for one in step.exchanges if one.outcome is Outcome.REFUSED and one.response]
    odd = [one for one in refused if one.response and one.response.status != status]
    seen = "; ".join(outcome_text(one) for one in odd[:_SHOWN_MAX]) or "as expected"
    return step.result(not odd, f"status {status} for each refusal of {step.name}", seen)


def fail_index(step: StepRecord, wanted: int | str, scenario: ScenarioRecord) -> TermResult:
    """Check that every response names this row as the one that failed."""
    index = row_index(wanted, step.rows) + scenario.promises.index_base
    found = [exchange.seen.get("fail_index") for exchange in step.exchanges]
    other = next((value for value in found if value != index), index)
    return step.result(
        all(value == index for value in found),
        f"the response of {step.name} names {index} as the row that failed",
        f"it names {'no row' if other is None else other}",
    )


def row_outcomes(
    step: StepRecord, wanted: Mapping[str, str], scenario: ScenarioRecord
) -> TermResult:
    """Check that every response says this of each row; `others` are the rows not named."""
    named = {
        row_index(int(row) if row.isdecimal() else row, step.rows): outcome
        for row, outcome in wanted.items()
        if row != "others"
    }
    expected = ", ".join(f"{row} {outcome}" for row, outcome in wanted.items())
    odd = []
    for exchange in step.exchanges:
        results = exchange.seen.get("rows", ())
        if len(results) != step.rows:
            found, rows = counted(len(results), "result"), counted(step.rows, "row")
            odd.append(f"{found} for {rows}")
            continue
        for index, (outcome, _) in enumerate(results):
            if outcome != named.get(index, wanted.get("others", outcome)):
                odd.append(f"row {index} {outcome}")
    return step.result(
        not odd,
        f"the response of {step.name} says of the rows, counted from 0: {expected}",
        ", ".join(odd[:_SHOWN_MAX]) or "as expected",
    )


def balance_change(step: StepRecord, wanted: int, scenario: ScenarioRecord) -> TermResult:
    """Check that the first response shows the balance at the start of the scenario plus units."""
    if step.verb is not None and not {"balance", "balances"} & set(step.verb.extract):
        return TermResult(Verdict.INAPPLICABLE, "a balance in the response", "none is promised", ())
    start, shown = _balances(step, scenario)
    if start is None:
        expected = "a known balance at the start"
        return TermResult(Verdict.INCONCLUSIVE, expected, "none could be read", ())
    return step.result(
        shown == start + wanted,
        f"the response of {step.name} shows the balance {start + wanted}",
        "it shows no balance" if shown is None else f"it shows {shown}",
    )


def _balances(step: StepRecord, scenario: ScenarioRecord) -> tuple[Amount | None, Amount | None]:
    """Return the balance of a step's account at the start, and the one its first response shows."""
    first = step.exchanges[0]
    account = first.intent.account
    names = [name for name, known in scenario.accounts.items() if known == account]
    start = scenario.balances.get(names[0]) if names else None
    now = first.seen.get("balance")
    if now is None and account is not None:
        now = first.seen.get("balances", {}).get(account)
    return None if start is None else start.before, as_amount(now)


def observe(step: StepRecord, wanted: bool, scenario: ScenarioRecord) -> TermResult:
    """Pass, and say what the step did in words that are the same whenever it does the same."""
    ends = sorted({outcome_text(exchange) for exchange in step.exchanges})
    start, shown = _balances(step, scenario)
    moved = "" if start is None or shown is None else f", balance {shown - start:+}"
    return TermResult(Verdict.PASS, ANY_OUTCOME, "; ".join(ends) + moved, step.ids)

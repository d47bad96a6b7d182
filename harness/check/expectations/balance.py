"""Expectations on balances: what responses say took effect, and what the account shows of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.check.expectations.record import ScenarioRecord, TermResult, term_result, wallet_key
from harness.check.values import whole_number
from harness.document.messages import Problem
from harness.document.template import fill
from harness.model.binding import Promises
from harness.model.exchange import Exchange, Row
from harness.model.verdict import Outcome, Verdict


def evaluate_balance(term: Mapping[str, Any], scenario: ScenarioRecord) -> Iterator[TermResult]:
    """Yield the results of one `balance` expectation: its change, its lowest end, or both."""
    owner = wallet_key(term["member"], term.get("wallet", ""))
    balance = scenario.balances.get(owner)
    if balance is None:
        yield TermResult(Verdict.INCONCLUSIVE, f"a balance of {owner}", "none could be read", ())
        return
    if "change" in term:
        wanted = _wanted_change(term["change"], scenario.accounts[owner], scenario)
        if wanted is None:
            seen = f"the target's {term['change']} is not a whole number"
            yield TermResult(Verdict.INCONCLUSIVE, "a known change", seen, ())
            return
        change = balance.after - balance.before
        yield term_result(
            change == wanted,
            f"the balance of {owner} changes by {wanted:+}",
            f"it changed by {change:+} (from {balance.before} to {balance.after})",
            balance.exchanges,
        )
    if "at_least" in term:
        yield term_result(
            balance.after >= term["at_least"],
            f"the balance of {owner} ends at {term['at_least']} or more",
            f"it ended at {balance.after}",
            balance.exchanges,
        )


def _wanted_change(wanted: Any, account: str, scenario: ScenarioRecord) -> int | None:
    """Return the signed units: given, a value's, or those that took effect by the responses."""
    if isinstance(wanted, str):
        return whole_number(fill(wanted, scenario.variables))
    if not isinstance(wanted, Mapping):
        return int(wanted)
    # However often a step was voided, its units are taken back once.
    steps = [scenario.step(name) for name in wanted["effect_of"]]
    undone = {step.undoes for step in steps if step.undoes and step.count_ok} & set(scenario.steps)
    signed = [(1, step) for step in steps] + [(-1, scenario.steps[name]) for name in undone]
    return sum(
        sign * row.units
        for sign, step in signed
        for exchange in step.exchanges
        for row in _applied_rows(exchange, scenario.promises)
        if row.account == account
    )


def _applied_rows(exchange: Exchange, promises: Promises) -> tuple[Row, ...]:
    """Return the rows of an exchange that its response says took effect."""
    rows = exchange.intent.rows
    results = exchange.seen.get("rows")
    if results is not None and (results or exchange.outcome is Outcome.OK):
        found = [outcome for outcome, _ in results]
        if len(found) != len(rows) or Outcome.UNKNOWN.value in found:
            operation = exchange.intent.operation
            raise Problem(f"the response of {operation} does not say what came of each row")
        done = Outcome.OK.value
        return tuple(row for row, one in zip(rows, found, strict=True) if one == done)
    if exchange.outcome is Outcome.OK:
        return rows
    index = exchange.seen.get("fail_index")
    if promises.bulk_failure == "prefix" and isinstance(index, int):
        return rows[: max(0, index - promises.index_base)]
    return ()

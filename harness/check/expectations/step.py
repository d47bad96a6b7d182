"""Hold the declared expectations of a scenario against what was played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.check.conformance import NOT_JSON
from harness.check.expectations.cross import ACROSS
from harness.check.expectations.facts import (
    Facts,
    Played,
    Result,
    alike,
    applied_rows,
    applied_sum,
    bodies_of,
    ids_of,
    kept_in,
    row_index,
    said,
    told,
)
from harness.check.expectations.inferred import unread
from harness.check.expectations.single import WITHIN, shown
from harness.check.extract import whole
from harness.document.messages import Problem
from harness.document.pointer import MISSING, find
from harness.document.template import fill
from harness.model.verdict import Outcome, Verdict

OBSERVED = "whatever it did"
"""What is expected where a step is only observed; the result then says what was seen."""


def evaluate(name: str, terms: Any, facts: Facts) -> Iterator[Result]:
    """Yield a result for every term of the expectation called `name`.

    Raises Problem where it speaks of what the scenario never came to.
    """
    if name == "balance":
        if facts.halted:
            raise Problem(facts.halted)
        for term in terms if isinstance(terms, list | tuple) else [terms]:
            yield from _balance(term, facts)
        return
    played = facts.step(name)
    for word, wanted in terms.items():
        if why := _says_nothing(word, played, terms):
            yield Result(Verdict.INCONCLUSIVE, f"a response of {played.name}", why, ids_of(played))
            continue
        result = _TERMS[word](played, wanted, facts)
        yield _doubted(word, wanted, played, facts) or result if _failed(result) else result


# What a body that nobody can read would keep too, and what a refusal would.
_OF_BODIES = frozenset({"lacks", "same_as", "holds_no", "distinct", "disjoint"})
_OF_WHAT_IS_OK = _OF_BODIES - {"same_as"}


def _says_nothing(word: str, played: Played, terms: Mapping[str, Any]) -> str:
    """Return why the responses of a step are no evidence for a term, empty if they are."""
    if word in _OF_BODIES and all(body is NOT_JSON for body in bodies_of(played)):
        return "no body could be read"
    stated = word not in _OF_WHAT_IS_OK or {"outcome", "reason", "observed"} & set(terms)
    if not stated and all(one.outcome is Outcome.REFUSED for one in played.exchanges):
        return f"it was refused: {told(played.exchanges[0])}"
    return ""


def _failed(result: Result) -> bool:
    return result.verdict is Verdict.FAIL


def _doubted(word: str, wanted: Any, played: Played, facts: Facts) -> Result | None:
    """Return a failed term as undecided where it fails only at places that are our reading."""
    rest, absent = unread(word, wanted, played, facts)
    if not absent or (rest is not None and _failed(_TERMS[word](played, rest, facts))):
        return None
    where = ", ".join(absent)
    seen = f"nothing is at {where}, and that it stands there is only our reading"
    return Result(Verdict.INCONCLUSIVE, f"{played.name} has {where}", seen, ids_of(played))


def _balance(term: Mapping[str, Any], facts: Facts) -> Iterator[Result]:
    owner = kept_in(term["member"], term.get("wallet", ""))
    balance = facts.balances.get(owner)
    if balance is None:
        yield Result(Verdict.INCONCLUSIVE, "a readable balance", "no balance could be read", ())
        return
    change = balance.after - balance.before
    seen = f"it changed by {change:+d} (from {balance.before} to {balance.after})"
    calls = balance.calls
    if "change" in term:
        wanted = term["change"]
        if isinstance(wanted, Mapping):
            account = facts.accounts[owner]
            wanted = applied_sum(wanted["ok_of"], account, facts)
        elif isinstance(wanted, str):
            wanted = whole(fill(wanted, facts.captures))
            if wanted is None:
                seen = f"the target's {term['change']} is no whole number"
                yield Result(Verdict.INCONCLUSIVE, "a known change", seen, ())
                return
        yield said(change == wanted, f"the balance of {owner} changes by {wanted:+d}", seen, calls)
    if "at_least" in term:
        yield said(
            balance.after >= term["at_least"],
            f"the balance of {owner} ends at {term['at_least']} or more",
            f"it ended at {balance.after}",
            calls,
        )


_ACCEPTED: Mapping[str, frozenset[Outcome]] = {
    "ok": frozenset({Outcome.OK}),
    "refused": frozenset({Outcome.REFUSED}),
    "unknown": frozenset({Outcome.UNKNOWN}),
    "answered": frozenset({Outcome.OK, Outcome.REFUSED}),
    "not-ok": frozenset({Outcome.REFUSED, Outcome.UNKNOWN}),
}
_REPEAT: Mapping[str, str] = {
    "same": "ok",
    "ignored": "ok",
    "refused": "refused",
    "unspecified": "answered",
    "none": "answered",
}


def _outcome(played: Played, wanted: str, facts: Facts) -> Result:
    word = _REPEAT[facts.promises.repeat] if wanted == "per-promise" else wanted
    accepted = _ACCEPTED[word]
    odd = [exchange for exchange in played.exchanges if exchange.outcome not in accepted]
    every = "every call" if len(played.exchanges) > 1 else "the call"
    seen = (
        f"{len(odd)} of {len(played.exchanges)} were not: "
        + "; ".join(f"{exchange.intent.operation} {told(exchange)}" for exchange in odd[:3])
        if odd
        else told(played.exchanges[0])
    )
    ids = tuple(exchange.id for exchange in odd) or ids_of(played)
    return said(not odd, f"{every} of {played.name} is {_WORDS[word]}", seen, ids[:6])


_WORDS: Mapping[str, str] = {
    "ok": "ok",
    "refused": "refused",
    "unknown": "unknown",
    "answered": "answered as ok or refused",
    "not-ok": "not ok",
}


def _count(played: Played) -> int:
    return sum(exchange.outcome is Outcome.OK for exchange in played.exchanges)


def _ok_count(played: Played, wanted: int, facts: Facts) -> Result:
    count = _count(played)
    total = len(played.exchanges)
    return said(
        count == wanted,
        f"{wanted} of {total} calls of {played.name} are ok",
        f"{count} were ok",
        ids_of(played),
    )


def _ok_at_most(played: Played, wanted: int, facts: Facts) -> Result:
    count = _count(played)
    return said(
        count <= wanted,
        f"at most {wanted} of {len(played.exchanges)} calls of {played.name} are ok",
        f"{count} were ok",
        ids_of(played),
    )


def _reason(played: Played, wanted: str, facts: Facts) -> Result:
    reasons = sorted({exchange.reason or "none" for exchange in played.exchanges})
    return said(
        reasons == [wanted],
        f"{played.name} is refused with {wanted}",
        f"the reason was {', '.join(reasons)}",
        ids_of(played),
    )


def _fail_index(played: Played, wanted: int | str, facts: Facts) -> Result:
    index = row_index(wanted, played.rows) + facts.promises.index_base
    seen = [exchange.seen.get("fail_index") for exchange in played.exchanges]
    return said(
        all(value == index for value in seen),
        f"{played.name} reports the failing row as {index}",
        f"it reported {seen[0] if seen and seen[0] is not None else 'no row'}",
        ids_of(played),
    )


def _response(played: Played, wanted: Mapping[str, Any], facts: Facts) -> Result:
    odd = [
        f"{pointer} is {shown(found)}" if found is not MISSING else f"nothing is at {pointer}"
        for body in bodies_of(played)
        for pointer, value in fill(wanted, facts.captures).items()
        if not alike(found := find(body, pointer, MISSING), value)
    ]
    expected = ", ".join(
        f"{pointer} is {shown(value)}" for pointer, value in fill(wanted, facts.captures).items()
    )
    return said(
        not odd,
        f"in the response of {played.name} {expected}",
        "; ".join(odd[:3]) or "so it was",
        ids_of(played),
    )


def _has(played: Played, wanted: list[str], facts: Facts) -> Result:
    missing = [p for body in bodies_of(played) for p in wanted if find(body, p, MISSING) is MISSING]
    return said(
        not missing,
        f"the response of {played.name} has {', '.join(wanted)}",
        f"missing: {', '.join(sorted(set(missing)))}" if missing else "all there",
        ids_of(played),
    )


def _lacks(played: Played, wanted: list[str], facts: Facts) -> Result:
    there = [
        p for body in bodies_of(played) for p in wanted if find(body, p, None) not in (None, [], {})
    ]
    return said(
        not there,
        f"the response of {played.name} has no {', '.join(wanted)}",
        f"there: {', '.join(sorted(set(there)))}" if there else "none there",
        ids_of(played),
    )


def _same_as(played: Played, wanted: str, facts: Facts) -> Result:
    other = facts.step(wanted)
    same = bodies_of(played)[:1] == bodies_of(other)[:1]
    return said(
        same,
        f"the response of {played.name} equals that of {wanted}",
        "equal" if same else "the responses differ",
        ids_of(other) + ids_of(played),
    )


def _balance_change(played: Played, wanted: int, facts: Facts) -> Result:
    if played.verb is not None and not {"balance", "balances"} & set(played.verb.see):
        return Result(Verdict.INAPPLICABLE, "a balance in the response", "none is promised", ())
    start = _start(played, facts)
    if start is None:
        return Result(Verdict.INCONCLUSIVE, "a known starting balance", "none could be read", ())
    change = _shown_change(played, facts)
    seen = f"it shows {None if change is None else start + change}"
    expected = f"the response of {played.name} shows the balance {start + wanted}"
    return said(change == wanted, expected, seen, ids_of(played))


def _start(played: Played, facts: Facts) -> int | None:
    """Return the balance that the account of a step had at the start, None when unknown."""
    account = played.exchanges[0].intent.account
    names = [name for name, known in facts.accounts.items() if known == account]
    start = facts.balances.get(names[0]) if names else None
    return None if start is None else start.before


def _shown_change(played: Played, facts: Facts) -> int | None:
    """Return the balance that the first response shows, less the one at the start."""
    first, start = played.exchanges[0], _start(played, facts)
    now = first.seen.get("balance")
    if now is None and first.intent.account is not None:
        now = first.seen.get("balances", {}).get(first.intent.account)
    return now - start if isinstance(now, int) and start is not None else None


def _observed(played: Played, wanted: bool, facts: Facts) -> Result:
    """Tell what a step did, in words that come out alike as long as it does the same."""
    ways = sorted({told(exchange) for exchange in played.exchanges})
    change = _shown_change(played, facts)
    moved = "" if change is None else f", balance {change:+d}"
    return Result(Verdict.PASS, OBSERVED, "; ".join(ways) + moved, ids_of(played))


def _effects(played: Played, wanted: int, facts: Facts) -> Result:
    count = sum(len(applied_rows(exchange, facts.promises)) for exchange in played.exchanges)
    return said(
        count == wanted,
        f"{wanted} rows of {played.name} take effect by its response",
        f"{count} did",
        ids_of(played),
    )


_TERMS: Mapping[str, Callable[[Played, Any, Facts], Result]] = {
    "outcome": _outcome,
    "ok_count": _ok_count,
    "ok_at_most": _ok_at_most,
    "reason": _reason,
    "fail_index": _fail_index,
    "answer": _response,
    "has": _has,
    "lacks": _lacks,
    "same_as": _same_as,
    "balance_change": _balance_change,
    "effects": _effects,
    "observed": _observed,
    **ACROSS,
    **WITHIN,
}

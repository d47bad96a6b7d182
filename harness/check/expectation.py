"""Hold the declared expectations of a story against what was played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from harness.check.conformance import NOT_JSON, decode
from harness.check.facts import Facts, Played, Result, applied_rows, applied_units, row_index, told
from harness.document.pointer import MISSING, find
from harness.document.template import fill
from harness.model.verdict import Outcome, Verdict

_SHOWN_MAX = 120


def evaluate(name: str, terms: Any, facts: Facts) -> Iterator[Result]:
    """Yield a result for every term of the expectation called `name`."""
    if name == "balance":
        for term in terms if isinstance(terms, list | tuple) else [terms]:
            yield from _balance(term, facts)
        return
    played = facts.steps[name]
    for word, wanted in terms.items():
        yield _TERMS[word](played, wanted, facts)


def _balance(term: Mapping[str, Any], facts: Facts) -> Iterator[Result]:
    balance = facts.balances.get(term["member"])
    if balance is None:
        yield Result(Verdict.INCONCLUSIVE, "a readable balance", "no balance could be read", ())
        return
    change = balance.after - balance.before
    seen = f"it changed by {change:+d} (from {balance.before} to {balance.after})"
    calls = balance.calls
    if "change" in term:
        wanted = term["change"]
        if isinstance(wanted, Mapping):
            account = facts.accounts[term["member"]]
            wanted = sum(
                applied_units(facts.steps[step], account, facts.promises)
                for step in wanted["ok_of"]
            )
        yield _said(
            change == wanted, f"the balance of {term['member']} changes by {wanted:+d}", seen, calls
        )
    if "at_least" in term:
        yield _said(
            balance.after >= term["at_least"],
            f"the balance of {term['member']} ends at {term['at_least']} or more",
            f"it ended at {balance.after}",
            calls,
        )


def _said(holds: bool, expected: str, seen: str, calls: tuple[str, ...]) -> Result:
    return Result(Verdict.PASS if holds else Verdict.FAIL, expected, seen, calls)


def _ids(played: Played) -> tuple[str, ...]:
    return tuple(exchange.id for exchange in played.exchanges)


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
    ids = tuple(exchange.id for exchange in odd) or _ids(played)
    return _said(not odd, f"{every} of {played.name} is {_WORDS[word]}", seen, ids[:6])


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
    return _said(
        count == wanted,
        f"{wanted} of {total} calls of {played.name} are ok",
        f"{count} were ok",
        _ids(played),
    )


def _ok_at_most(played: Played, wanted: int, facts: Facts) -> Result:
    count = _count(played)
    return _said(
        count <= wanted,
        f"at most {wanted} of {len(played.exchanges)} calls of {played.name} are ok",
        f"{count} were ok",
        _ids(played),
    )


def _reason(played: Played, wanted: str, facts: Facts) -> Result:
    reasons = sorted({exchange.reason or "none" for exchange in played.exchanges})
    return _said(
        reasons == [wanted],
        f"{played.name} is refused with {wanted}",
        f"the reason was {', '.join(reasons)}",
        _ids(played),
    )


def _fail_index(played: Played, wanted: int | str, facts: Facts) -> Result:
    index = row_index(wanted, played.rows) + facts.promises.index_base
    seen = [exchange.seen.get("fail_index") for exchange in played.exchanges]
    return _said(
        all(value == index for value in seen),
        f"{played.name} reports the failing row as {index}",
        f"it reported {seen[0] if seen and seen[0] is not None else 'no row'}",
        _ids(played),
    )


def _bodies(played: Played) -> list[Any]:
    return [
        decode(exchange.answer) if exchange.answer is not None else NOT_JSON
        for exchange in played.exchanges
    ]


def _answer(played: Played, wanted: Mapping[str, Any], facts: Facts) -> Result:
    odd = [
        f"{pointer} is {_shown(found)}" if found is not MISSING else f"nothing is at {pointer}"
        for body in _bodies(played)
        for pointer, value in fill(wanted, facts.captures).items()
        if not _alike(found := find(body, pointer, MISSING), value)
    ]
    expected = ", ".join(
        f"{pointer} is {_shown(value)}" for pointer, value in fill(wanted, facts.captures).items()
    )
    return _said(
        not odd,
        f"in the answer of {played.name} {expected}",
        "; ".join(odd[:3]) or "so it was",
        _ids(played),
    )


def _shown(value: Any) -> str:
    # As JSON, because the journal hides the personal fields of JSON text.
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 3] + "..."


def _alike(seen: Any, wanted: Any) -> bool:
    # Vendors write numbers as numbers or as text; a story that cares says so by the schema.
    if isinstance(seen, bool) or isinstance(wanted, bool):
        return seen is wanted
    return seen == wanted or (seen is not MISSING and seen is not None and str(seen) == str(wanted))


def _has(played: Played, wanted: list[str], facts: Facts) -> Result:
    missing = [p for body in _bodies(played) for p in wanted if find(body, p, MISSING) is MISSING]
    return _said(
        not missing,
        f"the answer of {played.name} has {', '.join(wanted)}",
        f"missing: {', '.join(sorted(set(missing)))}" if missing else "all there",
        _ids(played),
    )


def _lacks(played: Played, wanted: list[str], facts: Facts) -> Result:
    there = [
        p for body in _bodies(played) for p in wanted if find(body, p, None) not in (None, [], {})
    ]
    return _said(
        not there,
        f"the answer of {played.name} has no {', '.join(wanted)}",
        f"there: {', '.join(sorted(set(there)))}" if there else "none there",
        _ids(played),
    )


def _same_as(played: Played, wanted: str, facts: Facts) -> Result:
    other = facts.steps[wanted]
    same = _bodies(played)[:1] == _bodies(other)[:1]
    return _said(
        same,
        f"the answer of {played.name} equals that of {wanted}",
        "equal" if same else "the answers differ",
        _ids(other) + _ids(played),
    )


def _distinct(played: Played, wanted: str, facts: Facts) -> Result:
    if wanted in ("entry", "balance"):
        values = [exchange.seen.get(wanted) for exchange in played.exchanges]
    else:
        values = [find(body, wanted, None) for body in _bodies(played)]
    shown = [repr(value) for value in values if value is not None]
    twice = sorted({value for value in shown if shown.count(value) > 1})
    if not shown:
        return Result(Verdict.INAPPLICABLE, f"{wanted} is told", "no answer shows it", _ids(played))
    return _said(
        not twice,
        f"every answer of {played.name} has its own {wanted}",
        f"{len(set(shown))} different in {len(shown)}; repeated: {', '.join(twice[:3]) or 'none'}",
        _ids(played),
    )


def _balance_change(played: Played, wanted: int, facts: Facts) -> Result:
    account = played.exchanges[0].intent.account
    names = [name for name, known in facts.accounts.items() if known == account]
    start = facts.balances.get(names[0]) if names else None
    seen = played.exchanges[0].seen.get("balance")
    if seen is None and account is not None:
        seen = played.exchanges[0].seen.get("balances", {}).get(account)
    if played.verb is not None and not {"balance", "balances"} & set(played.verb.see):
        return Result(Verdict.INAPPLICABLE, "a balance in the answer", "none is promised", ())
    if start is None:
        return Result(Verdict.INCONCLUSIVE, "a known starting balance", "none could be read", ())
    expected = f"the answer of {played.name} shows the balance {start.before + wanted}"
    holds = isinstance(seen, int) and seen - start.before == wanted
    return _said(holds, expected, f"it shows {seen}", _ids(played))


def _effects(played: Played, wanted: int, facts: Facts) -> Result:
    count = sum(len(applied_rows(exchange, facts.promises)) for exchange in played.exchanges)
    return _said(
        count == wanted,
        f"{wanted} rows of {played.name} take effect by its answer",
        f"{count} did",
        _ids(played),
    )


_TERMS: Mapping[str, Callable[[Played, Any, Facts], Result]] = {
    "outcome": _outcome,
    "ok_count": _ok_count,
    "ok_at_most": _ok_at_most,
    "reason": _reason,
    "fail_index": _fail_index,
    "answer": _answer,
    "has": _has,
    "lacks": _lacks,
    "same_as": _same_as,
    "distinct": _distinct,
    "balance_change": _balance_change,
    "effects": _effects,
}

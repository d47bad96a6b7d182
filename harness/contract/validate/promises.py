"""Whether what a binding promises of its ledger is used, and can be seen in responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.contract.promises import with_set
from harness.contract.validate.outcomes import faults_of_rules, terms_of
from harness.document.messages import dotted
from harness.document.reader import Document, Pointer, Problem

_Uses = tuple[str, Callable[[str, Mapping[str, Any]], bool]]


def _extracts(*names: str) -> Callable[[str, Mapping[str, Any]], bool]:
    return lambda _, verb: any(name in verb.get("extract", {}) for name in names)


_USES: Mapping[str, _Uses] = {
    "balance_lag": ("extracts a balance", _extracts("balance", "balances")),
    "reference_required": ("moves units", lambda _, verb: verb["effect"] != "none"),
    "repeat": ("moves units", lambda _, verb: verb["effect"] != "none"),
    "bulk_limit": ("has rows", lambda _, verb: "rows" in verb),
    "index_base": ("extracts fail_index", _extracts("fail_index")),
    "floor": ("extracts a balance", _extracts("balance", "balances")),
    "units_max": ("has the effect credit", lambda _, verb: verb["effect"] == "credit"),
    "consistency": ("extracts a balance", _extracts("balance", "balances")),
    "void_repeat": ("voids", lambda name, _: name.split("_")[0] == "void"),
    "entry_scope": ("extracts an entry", _extracts("entry")),
}
"""Which verbs the scenarios, invariants and properties that use a promise are about.

`bulk_failure` is left out: laws need it of a vendor without bulks too, and so it is always used.
"""


def faults_of_promises(document: Document) -> Iterator[Problem]:
    """Yield promises that nothing uses, and neutral verbs that do not exist or move units."""
    verbs: Mapping[str, Mapping[str, Any]] = document.value["verbs"]
    promises: Mapping[str, Any] = with_set(document.value["promises"])
    for promise, (verbs_that, uses) in _USES.items():
        # A null and a none promise nothing; they say that the vendor was asked.
        given = promises.get(promise) not in (None, "none")
        if given and not any(uses(name, verb) for name, verb in verbs.items()):
            message = f"promises.{promise} is used by no scenario, invariant or property"
            message += f"; expected a verb that {verbs_that}, and there is none"
            yield document.problem(message, ("promises", promise), "remove the promise")
    if "balance_lag" in promises and promises.get("consistency") in (None, "linearizable"):
        message = "promises: a balance that lags is not linearizable"
        hint = "say consistency: session, or a weaker one that the vendor promises"
        yield document.problem(message, ("promises", "balance_lag"), hint)
    for promise in ("announced", "announced_within", "announced_only"):
        if promises.get(promise) and "webhook" not in document.value:
            message = f"promises.{promise} is about a webhook, and none is declared"
            yield document.problem(message, ("promises", promise), "say under webhook how it is")
    if "reference_lifetime" in promises and promises.get("repeat", "none") == "none":
        message = "promises: a lifetime of references that are not deduplicated says nothing"
        hint = "say what a repeat does, or remove it"
        yield document.problem(message, ("promises", "reference_lifetime"), hint)
    for index, name in enumerate(promises.get("neutral", ())):
        at = ("promises", "neutral", index)
        if name not in verbs:
            yield document.unknown(f"unknown verb '{name}'", at, name, verbs)
        elif verbs[name]["effect"] != "none":
            message = f"{name} is neutral and has the effect {verbs[name]['effect']}"
            yield document.problem(f"{message}; expected one of the two", at)


def faults_of_amounts(document: Document) -> Iterator[Problem]:
    """Yield separators that cannot be told apart."""
    amounts = document.value.get("amounts", {})
    separators = amounts.get("thousands_separator"), amounts.get("decimal_separator", ".")
    if separators[0] == separators[1]:
        message = f"amounts: both separators are '{separators[0]}'; expected two characters"
        at = ("amounts", "thousands_separator")
        yield document.problem(message, at, "say which one stands before the decimal places")


def faults_of_row_results(
    document: Document, verb: Mapping[str, Any], at: Pointer
) -> Iterator[Problem]:
    """Yield what is wrong with the results by row of a verb, or with their absence."""
    by_row = document.value["promises"].get("bulk_failure") == "each"
    results, below = verb.get("extract", {}).get("rows"), (*at, "extract", "rows")
    if results is not None:
        yield from faults_of_rules(document, results["outcomes"], (*below, "outcomes"))
        for index, rule in enumerate(results["outcomes"]):
            for term in sorted({"status", "header", "fault"} & set(terms_of(rule["when"]))):
                message = f"{dotted(below)}: the result of a row is a value without {term}"
                at_rule = (*below, "outcomes", index)
                yield document.problem(message, at_rule, "ask for what stands in it, with body")
    if results is None and by_row and "rows" in verb:
        message = f"{dotted(at)}: bulk_failure is each, and no response shows what came of each row"
        yield document.problem(message, at, "add rows to its extract")
    if results is not None and not ("rows" in verb and by_row):
        message = f"{dotted(below)}: results by row are read of a verb with rows where the"
        message += " promise bulk_failure is each"
        yield document.problem(message, below)

"""Whether a binding has verbs that its promises are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from harness.document.messages import choice, guess
from harness.document.reader import Document, Problem

_Uses = tuple[str, Callable[[str, Mapping[str, Any]], bool]]


def _extracts(*names: str) -> Callable[[str, Mapping[str, Any]], bool]:
    return lambda _, verb: any(name in verb.get("extract", {}) for name in names)


_USES: Mapping[str, _Uses] = MappingProxyType(
    {
        "repeat": ("moves units", lambda _, verb: verb["effect"] != "none"),
        "bulk_limit": ("has rows", lambda _, verb: "rows" in verb),
        "index_base": ("extracts fail_index", _extracts("fail_index")),
        "floor": ("extracts a balance", _extracts("balance", "balances")),
        "units_max": ("has the effect credit", lambda _, verb: verb["effect"] == "credit"),
        "consistency": ("extracts a balance", _extracts("balance", "balances")),
        "void_repeat": ("voids", lambda name, _: name.split("_")[0] == "void"),
        "entry_scope": ("extracts an entry", _extracts("entry")),
    }
)
"""Which verbs the scenarios, invariants and properties that use a promise are about.

`bulk_failure` is left out: laws need it of a vendor without bulks too, and so it is always used.
"""


def faults_of_promises(document: Document) -> Iterator[Problem]:
    """Yield promises that nothing uses, and neutral verbs that do not exist or move units."""
    verbs: Mapping[str, Mapping[str, Any]] = document.value["verbs"]
    promises: Mapping[str, Any] = document.value["promises"]
    for promise, (verbs_that, uses) in _USES.items():
        # A null and a none promise nothing; they say that the vendor was asked.
        given = promises.get(promise) not in (None, "none")
        if given and not any(uses(name, verb) for name, verb in verbs.items()):
            message = f"promises.{promise} is used by no scenario, invariant or property"
            message += f"; expected a verb that {verbs_that}, and there is none"
            yield Problem(message, document.place(("promises", promise)), "remove the promise")
    for index, name in enumerate(promises.get("neutral", ())):
        place = document.place(("promises", "neutral", index))
        if name not in verbs:
            message = f"unknown verb '{name}'; expected {choice(verbs)}"
            yield Problem(message, place, guess(name, verbs))
        elif verbs[name]["effect"] != "none":
            message = f"{name} is neutral and has the effect {verbs[name]['effect']}"
            yield Problem(f"{message}; expected one of the two", place)

"""What a scenario, law or workload needs of a vendor, and whether its binding has it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from harness.document.messages import unknown_name
from harness.document.reader import Document, Pointer, Problem
from harness.document.template import names
from harness.model.binding import Binding, Promises

VERBS = (
    "earn",
    "burn",
    "void",
    "balance",
    "entries",
    "bulk_earn",
    "bulk_burn",
    "enroll",
    "issue_coupon",
    "use_coupon",
    "check_coupon",
    "buy",
)
"""Verbs that common scenarios may use although no vendor at hand binds them."""

BULK = "bulk"
"""The need of any verb that sends rows."""

PROMISES: Mapping[str, Callable[[Promises], bool]] = {
    "repeat": lambda promises: promises.repeat != "none",
    "repeat_skipped": lambda promises: promises.repeat not in ("none", "refused"),
    "bulk_limit": lambda promises: promises.bulk_limit is not None,
    "bulk_prefix": lambda promises: promises.bulk_failure == "prefix",
    "bulk_atomic": lambda promises: promises.bulk_failure == "atomic",
    "bulk_each": lambda promises: promises.bulk_failure == "each",
    "repeat_stored": lambda promises: promises.repeat_stored,
    "repeat_in_flight": lambda promises: promises.repeat_in_flight is not None,
    "repeat_changed": lambda promises: promises.repeat_changed is not None,
    "reference_required": lambda promises: promises.reference_required is not None,
    "floor": lambda promises: promises.floor is not None,
    "units_max": lambda promises: promises.units_max is not None,
    "price": lambda promises: bool(promises.prices),
    "webhook": lambda promises: bool(promises.announced_verbs),
    "announced_once": lambda promises: promises.announced == "once",
    "announced_within": lambda promises: promises.announced_within is not None,
    "announced_auth": lambda promises: promises.announced_auth,
}
"""Promise name to whether a vendor gives it."""

NOT_OBSERVABLE = "not observable"
"""How a reason begins that names no response from which something could be judged."""

_SIGHTS: Mapping[str, str] = {
    "balance": "no verb reads a balance",
    "sees:balance": "no response shows a balance",
    "sees:entry": "no response shows an entry",
}


def lacking(
    needs: Iterable[str], binding: Binding, values: Collection[str] | None = None
) -> tuple[str, ...]:
    """Return those of the needs that the binding and the target do not meet, in their order.

    A need is a verb with the value of its price, `bulk` for any verb with rows, `promise:NAME` of
    PROMISES, `sample:OPERATION`, which a sample or a verb of that operation meets, `sees:NAME`, a
    name that some verb reads from its response, or `value:NAME`, a value of the target. `values`
    are the names of the target's values, None as long as no target is chosen: any may then be
    there. Unknown promises are lacking.
    """
    return tuple(need for need in needs if not _met(need, binding, values))


def unseen(missing: Collection[str]) -> bool:
    """Say whether only responses that show it are missing, so that it may hold all the same."""
    return bool(missing) and all(need in _SIGHTS for need in missing)


def why_lacking(missing: Collection[str]) -> str:
    """Return why something that lacks these needs cannot be judged."""
    if unseen(missing):
        return f"{NOT_OBSERVABLE}: {', '.join(_SIGHTS[need] for need in missing)}"
    return f"not there: {', '.join(missing)}"


def unknown_promises(
    document: Document, needs: Iterable[str], pointer: Pointer
) -> Iterator[Problem]:
    """Yield a problem for each of the needs at the pointer that names an unknown promise."""
    for index, need in enumerate(needs):
        kind, _, name = need.partition(":")
        if kind == "promise" and name not in PROMISES:
            message = f"unknown promise '{name}'"
            yield document.unknown(message, (*pointer, index), name, PROMISES)


def unknown_verbs(
    where: str, named: Iterable[tuple[str, str]], bound: Iterable[str] | None
) -> Iterator[Problem]:
    """Yield a problem for each need, named at a place, that is a verb which nothing binds.

    `bound` is None where a binding cannot be read, so that any verb may be one of its own.
    """
    if bound is None:
        return
    known = sorted({*VERBS, BULK, *bound})
    for verb, place in dict(reversed([*named])).items():
        if ":" not in verb and verb not in known:
            yield unknown_name(f"unknown verb '{verb}' in {where}", place, verb, known)


def _met(need: str, binding: Binding, values: Collection[str] | None) -> bool:
    kind, colon, name = need.partition(":")
    if not colon:
        bulk = need == BULK and any(verb.rows for verb in binding.verbs.values())
        if values is not None and need in binding.verbs:
            priced = (name.partition(".")[2] for name in names(binding.verbs[need].price))
            return all(name in values for name in priced)
        return need in binding.verbs or bulk or (need == "enroll" and binding.enroll is not None)
    if kind == "value":
        return values is None or name in values
    if kind == "sees":
        return any(name in verb.extract for verb in binding.verbs.values())
    if kind == "promise":
        return name in PROMISES and PROMISES[name](binding.promises)
    return name in {*binding.samples, *(verb.operation for verb in binding.verbs.values())}

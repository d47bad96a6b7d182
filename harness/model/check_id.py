"""The id of a check, `kind:name@case#part`: its pieces, and which ids a pattern covers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

KINDS = (
    "scenario",
    "response",
    "property",
    "invariant",
    "threshold",
    "promise",
    "measurement",
    "waiver",
    "response-inferred",
    "property-inferred",
    "exchange-inferred",
    "balance-inferred",
)
"""What an id begins with. Kinds in `-inferred` check what no document of the vendor states."""

INVARIANT_IDS = (
    "void-once",
    "coupon-once",
    "distinct-coupons",
    "one-effect",
    "bulk-prefix",
    "bulk-each",
    "bulk-atomic",
    "price",
    "distinct-entries",
    "floor",
    "conservation",
    "bounds",
    "linearizable",
    "announced",
    "announced-once",
    "announced-truly",
    "announced-authentic",
)
"""What checks of the kind `invariant` can be called, the most specific first."""

PROPERTY_IDS = ("responds", "accepts-valid", "rejects-invalid")
"""What checks of the kind `property` say of an operation, whose id follows after a colon."""

PROMISE_IDS = ("repeat",)
"""What checks of the kind `promise` can be called."""

UNREACHED, GONE, UNTESTED = "measurement:unreached", "measurement:gone", "measurement:target"
"""Why a run ended before its end: no server was reached, it stopped responding, nothing to test."""

SPENT = "measurement:budget"
"""That the budget of the target was spent before a load had ended."""

LIMITS = "measurement:limits"
"""That responses were left unread, because they exceed the limits of the target."""

_INFERRED = "-inferred"


@dataclass(frozen=True, slots=True)
class CheckId:
    """The pieces of a check id; `str` writes it, `parse` reads it.

    kind   what checks, one of KINDS
    name   what is checked: a scenario, an operation, a figure; `rule:operation` of a property
    case   the row of a scenario's table, empty where it has none
    part   the expectation or field alone, empty for the whole check

    A pattern is an id in which `*` stands for any run of characters.
    """

    kind: str
    name: str
    case: str = ""
    part: str = ""

    @staticmethod
    def parse(text: str) -> CheckId:
        """Return the pieces of an id; every text has some, and `str` gives the text back."""
        return _parse(text)

    def __str__(self) -> str:
        part = f"#{self.part}" if self.part else ""
        return f"{self.family}{part}"

    @property
    def family(self) -> str:
        """The id without its part, which all parts of the check share."""
        case = f"@{self.case}" if self.case else ""
        return f"{self.kind}:{self.name}{case}" if self.name else f"{self.kind}{case}"

    @property
    def row(self) -> tuple[str, str]:
        """The name and the case: the scenario and the row of its table that check."""
        return self.name, self.case

    @property
    def operation(self) -> str:
        """The operation that a response, exchange, balance or property check is about."""
        return self.name.rpartition(":")[2]

    @property
    def inferred(self) -> bool:
        """Whether the check is about what is merely inferred, by its kind."""
        return self.kind.endswith(_INFERRED)

    @property
    def stated_kind(self) -> str:
        """The kind without the mark of the inferred: `response` of `response-inferred`."""
        return self.kind.removesuffix(_INFERRED)


def covers(pattern: str, check: str) -> bool:
    """Say whether a pattern speaks of a check.

    A pattern without a name, case or part covers every one. A check without a part, such as a
    scenario that could not run at all, speaks for every part of its name.
    """
    wanted, known = _parse(pattern), _parse(check)
    return (
        _matches(wanted.kind, known.kind)
        and (not wanted.name or _matches(wanted.name, known.name))
        and (not wanted.case or _matches(wanted.case, known.case))
        and (not wanted.part or not known.part or _matches(wanted.part, known.part))
    )


def covers_any(patterns: Iterable[str], check: str) -> bool:
    """Say whether at least one of the patterns speaks of the check."""
    return any(covers(pattern, check) for pattern in patterns)


class Checks:
    """Ids of checks, found by a pattern without comparing it with each of them."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = tuple(dict.fromkeys(ids))
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for one in self._ids:
            self._by_name[_parse(one).name].append(one)

    def covered_by(self, pattern: str) -> Iterator[str]:
        """Yield the ids that a pattern covers."""
        name = _parse(pattern).name
        near = self._by_name.get(name, ()) if name and "*" not in name else self._ids
        return (one for one in near if covers(pattern, one))


def includes(pattern: str, check: str) -> bool:
    """Say whether a pattern covers all of a check: a pattern with a part covers that part alone."""
    wanted, known = _parse(pattern), _parse(check)
    return pattern == check or (covers(pattern, check) and bool(known.part or not wanted.part))


@lru_cache(maxsize=16384)
def _parse(text: str) -> CheckId:
    family, _, part = text.partition("#")
    kind, _, rest = family.partition(":")
    name, _, case = rest.partition("@")
    return CheckId(kind, name, case, part)


def _matches(pattern: str, text: str) -> bool:
    return pattern == text or ("*" in pattern and _compiled(pattern).fullmatch(text) is not None)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(piece) for piece in pattern.split("*")))

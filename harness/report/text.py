"""Words and characters that every rendering of a result shares."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from harness.model.result import FindingResult, RequirementResult, ThresholdResult, VendorResult

VERDICT_WORDS: Mapping[str, str] = {
    "inapplicable": "not applicable",
    "pass": "passed",
    "waived": "waived",
    "inconclusive": "not decided",
    "observed": "to confirm",
    "fail": "failed",
    "error": "harness error",
}
EXIT_WORDS: Mapping[int, str] = {
    0: "pass",
    1: "contract violation",
    2: "invalid declaration",
    3: "load limit missed",
    4: "regression",
    5: "inconclusive or invalid measurement",
    6: "harness error",
}
_KEPT = frozenset("\n\t")
# Control, format (bidi overrides among them), surrogate and unassigned characters can rewrite a
# terminal line or break XML; they are shown as escapes.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})


def visible(text: object) -> str:
    """Return the text with every character that cannot be seen written as an escape."""
    string = str(text)
    if string.isascii() and string.isprintable():
        return string
    return "".join(_shown(character) for character in string)


def visible_document(value: Any) -> Any:
    """Return records, mappings, lists and values with every text in them made visible."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return visible(value)
    if is_dataclass(value):
        # A record is rebuilt field by field, as its fields are frozen.
        kind: Any = type(value)
        return kind(
            **{field.name: visible_document(getattr(value, field.name)) for field in fields(value)}
        )
    if isinstance(value, Mapping):
        return {key: visible_document(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [visible_document(item) for item in value]
    return value


def one_line(text: object) -> str:
    """Return the text on one line, all white space single."""
    return " ".join(visible(text).split())


def standing(row: RequirementResult, vendor: VendorResult) -> str:
    """Return a rule's verdict, or `observed` where it failed without counting: it is inferred."""
    if row.verdict != "fail":
        return str(row.verdict)
    behind = (rule.id for entry in vendor.findings for rule in entry.requirements)
    return "fail" if row.id in behind else "observed"


def tally(vendor: VendorResult) -> str:
    """Return how many of a vendor's rules got which verdict, worst first, in words."""
    counted = Counter(standing(row, vendor) for row in vendor.requirements)
    return ", ".join(
        f"{counted[verdict]:,} {words}"
        for verdict, words in reversed(tuple(VERDICT_WORDS.items()))
        if counted[verdict]
    )


def rule_of(entry: FindingResult) -> str:
    """Return the ids of the rules a finding belongs to, or its check if there is none."""
    return ", ".join(row.id for row in entry.requirements) or str(entry.check)


def milliseconds(value: float | None) -> str:
    """Return "12.4 ms", or a dash where too few samples stand behind the figure."""
    if value is None:
        return "-"
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.3g} ms"


def number(value: float | None) -> str:
    """Return a figure with thousands separated and no needless digits, or a dash."""
    if value is None:
        return "-"
    if abs(value) >= 1000 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.4g}"


def limit_of(threshold: ThresholdResult) -> str:
    """Return a threshold's limits in words."""
    bounds = (("at most", threshold.at_most), ("at least", threshold.at_least))
    return " and ".join(f"{words} {number(bound)}" for words, bound in bounds if bound is not None)


def _shown(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

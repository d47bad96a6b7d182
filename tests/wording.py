"""The words that the project does not use, and what does not yet keep to the house rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VENDORS_OWN = ("contracts/", "specs/", "harness/mock/", "tests/mock/")
# Nothing may be added to these.
LONG_FILES: set[str] = set()
LONG_CLASSES: set[str] = set()
FULL_FOLDERS: set[str] = set()
HOMONYMS: set[str] = set()


@dataclass(frozen=True)
class Word:
    """A banned word: what is said instead, where it is allowed, with the reason, and where not yet.

    `allowed` and `unfinished` are beginnings of paths.
    """

    pattern: str
    instead: str
    allowed: Mapping[str, str] = field(default_factory=dict)
    unfinished: tuple[str, ...] = ()


COUNTED = (
    "unit|request|response|member|account|second|time|scenario|requirement|check|finding|"
    "defect|trial|run"
)
WORDS = (
    Word(r"\bstor(y|ies)\b", "scenario"),
    Word(r"\bpurses?\b", "wallet"),
    Word(
        r"\bbreach(es|ed)?\b",
        "violation",
        unfinished=("tests/mock/",),
    ),
    Word(
        r"\baccus(e|es|ed|ing|ation|ations)\b",
        "finding, false positive",
    ),
    Word(
        r"\bflaw(s|ed)?\b|\bsinful\b|\bsins?\b",
        "seeded defect, network fault, seeded faulty auditor",
    ),
    Word(
        r"\bspoil(s|ed|t|ing)?\b",
        "invalid value, invalid_rows",
    ),
    Word(
        r"\bbefall(s|en)?\b|\bwhatever it did\b|\bso it was\b",
        "what happens, plainly",
    ),
    Word(
        r"\bplease confirm\b|\ba nod is enough\b",
        "open questions for the vendor",
    ),
    Word(r"\bbinding rules?\b", "mandatory requirements"),
    Word(r"\bleft behind\b", "side effects left on the target"),
    Word(r"\bnobody can read\b", "unparseable"),
    Word(
        r"\bour reading\b",
        "inferred",
    ),
    Word(r"\bstands twice\b", "is a duplicate"),
    Word(r"\bis no pointer\b", "is not a JSON pointer"),
    Word(r"\btwice-late\b", "duplicate, delayed-duplicate"),
    Word(r"\bby chance\b|\bof all chance\b", "random seed"),
    Word(
        r"\bpeople\b|\bsomebody\b",
        "member, user",
        {"specs/": "words of the vendors"},
        unfinished=("contracts/loga/",),
    ),
    Word(
        r"\bcustomers?\b",
        "member",
        dict.fromkeys(VENDORS_OWN, "a word of the vendors' own APIs"),
    ),
    Word(r"\bstand-ins?\b", "mock"),
    Word(
        rf"(?<![\d.,])1 ({COUNTED})s\b",
        "a count that agrees: 1 unit, 2 units",
    ),
)

"""The words that the project does not use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VENDORS_OWN = ("contracts/", "specs/", "docs/vendors/", "harness/mock/", "tests/mock/")


@dataclass(frozen=True)
class Word:
    """A banned word: what is said instead, and where it is allowed, with the reason.

    `allowed` are beginnings of paths. An underscore in the text counts as a space.
    """

    pattern: str
    instead: str
    allowed: Mapping[str, str] = field(default_factory=dict)


COUNTED = (
    "unit|request|response|member|account|second|time|scenario|requirement|check|finding|"
    "defect|trial|run"
)
WORDS = (
    Word(r"\bstor(y|ies)\b", "scenario"),
    Word(r"\bpurses?\b", "wallet"),
    Word(r"\bbreach(es|ed)?\b", "violation"),
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
    Word(r"\bchance\b", "random seed"),
    Word(
        r"\banswer(s|ed|ing)?\b",
        "response, to respond, to return",
        {
            "harness/report/": "what the vendor says to a question",
            "tests/report/golden/dossier": "what the vendor says to a question",
        },
    ),
    Word(
        r"\b(an?|the|each|every|one|no|this|of|first|last|second|many|few|late) calls?\b",
        "request, attempt, exchange",
    ),
    Word(r"\bat once\b", "concurrent, immediately"),
    Word(r"\bcopies\b|\bconcurrent copy\b", "duplicates, concurrent requests"),
    Word(
        r"\bbad (rows?|values?|bod(y|ies)|amounts?|json|networks?)\b|\bstrange\b",
        "invalid value, unparseable body",
    ),
    Word(r"(?<![.\w])walk(s|ed|ing)?\b", "pagination"),
    Word(r"\breadings\b|\breading: |\bgrounds?\b", "inferred, basis"),
    Word(r"\blimits? kept\b|\bpoints are safe\b|\bsound\b", "thresholds met, passed, valid"),
    Word(
        r"\b(is|are|stays?|not) good\b|\bgood (tokens?|until)\b|\bfor good\b", "valid, permanently"
    ),
    Word(r"\bvendors?'?s? rules?\b|\brules? (each|the) defect\b", "requirement"),
    Word(
        r"\bpeople\b|\bsomebody\b",
        "member, user",
        {"specs/": "words of the vendors"},
    ),
    Word(
        r"\bcustomers?\b",
        "member",
        dict.fromkeys(
            (*VENDORS_OWN, "bench/mock.py", "harness/scaffold/fields.py"),
            "a word of the vendors' own APIs",
        ),
    ),
    Word(r"\bstand-ins?\b", "mock"),
    Word(
        rf"(?<![\d.,])1 ({COUNTED})s\b",
        "a count that agrees: 1 unit, 2 units",
    ),
)

"""Words for findings: numbers with their nouns, effects with their references."""

from __future__ import annotations

from harness.document.messages import counted
from harness.invariant.history.changes import is_void
from harness.invariant.history.effects import Effect


def kind_of(effect: Effect) -> str:
    """Return what the effect is: earn, burn or void."""
    if is_void(effect.changes[0].attempt):
        return "void"
    return "earn" if effect.units > 0 else "burn"


def with_article(kind: str) -> str:
    """Return the kind of an effect with its article: "an earn"."""
    return f"an {kind}" if kind == "earn" else f"a {kind}"


def describe_effect(effect: Effect) -> str:
    """Return the effect with its reference: "earn of 5 units (r-1)"."""
    words = f"{kind_of(effect)} of {counted(abs(effect.units), 'unit')}"
    return f"{words} ({effect.reference})" if effect.reference else words

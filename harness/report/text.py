"""Characters and numbers as every rendering shows them."""

from __future__ import annotations

from harness.document.characters import visible


def one_line(text: object) -> str:
    """Return the text on one line, all white space single."""
    return " ".join(visible(text).split())


def milliseconds(value: float | None) -> str:
    """Return "12.4 ms", or a dash for a figure of too few samples."""
    if value is None:
        return "-"
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.3g} ms"


def number(value: float | None) -> str:
    """Return a figure with separated thousands and four digits at most, or a dash."""
    if value is None:
        return "-"
    if abs(value) >= 1000 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.4g}"

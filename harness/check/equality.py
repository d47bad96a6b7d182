"""When two values of a body are equal; the one place that says so for rules and expectations."""

from __future__ import annotations

from typing import Any


def equal(seen: Any, wanted: Any, *, text_as_number: bool = False) -> bool:
    """Say whether a value that was seen is the wanted one, of the same type.

    With `text_as_number` (`equality` of a binding) a wanted number also matches the text that
    writes it: 200 matches "200" and neither "0200" nor "200.0". A wanted text matches itself alone.
    """
    # 1 == True in Python, but a body that says true has not said 1.
    if type(seen) is type(wanted):
        return bool(seen == wanted)
    written = text_as_number and type(wanted) in (int, float) and isinstance(seen, str)
    return written and bool(seen == str(wanted))

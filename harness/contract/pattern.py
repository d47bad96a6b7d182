"""Which checks a requirement's pattern speaks of."""

from __future__ import annotations

import re
from functools import lru_cache


def covers(pattern: str, check: str) -> bool:
    """Say whether `kind:name` or `kind:name#part` covers a check id; `*` is any run of characters.

    A pattern without a part covers every part of the name, and one without a case (`name@case`)
    every case of it.
    """
    name, _, part = pattern.partition("#")
    known, _, known_part = check.partition("#")
    if "@" not in name:
        known = known.partition("@")[0]
    if not _compiled(name).fullmatch(known):
        return False
    return not part or _compiled(part).fullmatch(known_part) is not None


def is_reading(check: str) -> bool:
    """Say whether a check or a pattern is about our reading alone, by its kind `*-reading`."""
    return check.partition(":")[0].endswith("-reading")


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(piece) for piece in pattern.split("*")))

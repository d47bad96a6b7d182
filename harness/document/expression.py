"""Regular expressions of declarations, by an engine that takes as long as the text is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_ONLY_BY_TRYING = re.compile(r"\(\?<?[=!]|\(\?>|\\[1-9]|\(\?P=")


class NoExpression(ValueError):
    """A text is no regular expression of RE2, or one that needs too much memory."""


@lru_cache(maxsize=1024)
def expression(text: str) -> Any:
    """Return a compiled regular expression; raises `NoExpression`.

    It is written as for Python, without what an engine can only find by trying: look-around such as
    `(?=…)`, and the text of a group once more, `\\1`.
    """
    try:
        return re2.compile(text, _OPTIONS)
    except re2.error:
        raise NoExpression(text) from None


def remedy(text: str) -> str:
    """Return how a text that is no expression may become one."""
    if _ONLY_BY_TRYING.search(text):
        return "write it without look-around and without the text of a group once more"
    return "close its brackets, and put a backslash before a sign that stands for itself"


def found_in(text: str, pattern: str) -> Any:
    """Return the match of an expression somewhere in a text, None without one."""
    return expression(pattern).search(text.encode(errors="replace").decode())

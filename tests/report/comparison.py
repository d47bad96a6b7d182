"""The part of a result that two runs of the same inputs share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.model.record import to_document
from harness.model.result import Result

# Which keys tell of one run only, wherever they stand: ids, times, and what depends on them.
_OF_ONE_RUN = frozenset(
    {
        "started",
        "finished",
        "attempts",
        "python",
        "platform",
        "lateness_ms",
        "response_ms",
        "service_ms",
        "achieved_per_second",
        "offered_per_second",
        "series",
        "value",
    }
)
_PORT = re.compile(r"(127\.0\.0\.1|localhost|\[::1\]):\d+")


def comparable(result: Result) -> dict[str, Any]:
    """Return what two runs of the same inputs must share: no run id, no times, no local port."""
    document = to_document(result)
    for key in ("id", "command"):
        del document["run"][key]
    kept: dict[str, Any] = _kept(document)
    return kept


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _kept(item) for key, item in value.items() if key not in _OF_ONE_RUN}
    if isinstance(value, list):
        return [_kept(item) for item in value]
    if isinstance(value, str):
        return _PORT.sub(r"\1", value)
    return value

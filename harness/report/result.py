"""The result document as canonical JSON, and the part of it that two runs can share."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE_NAME = "result.json"
# Which keys tell of one run only, wherever they stand: ids, times, and what depends on them.
_OF_ONE_RUN = frozenset(
    {
        "started",
        "finished",
        "calls",
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


def canonical(result: Mapping[str, Any]) -> str:
    """Return the document as JSON: keys sorted, two spaces, a newline at the end.

    The same document gives the same bytes. Lone surrogates are replaced, so that the text can
    always be written as UTF-8; a value that JSON lacks (NaN) raises ValueError.
    """
    text = json.dumps(result, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace").decode("utf-8") + "\n"


def write_result(result: Mapping[str, Any], folder: Path) -> Path:
    """Write result.json into an existing folder and return its path."""
    path = folder / FILE_NAME
    path.write_text(canonical(result), encoding="utf-8")
    return path


def read_result(path: Path) -> dict[str, Any]:
    """Return the document of a result.json, or of the run folder that holds one."""
    file = path / FILE_NAME if path.is_dir() else path
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def comparable(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two runs of the same inputs must share: no run id, no times, no local port."""
    kept = _kept(result)
    run = dict(result["run"])
    kept["run"] = _kept({key: value for key, value in run.items() if key not in ("id", "command")})
    return dict(kept)


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _kept(item)
            for key, item in value.items()
            if key not in _OF_ONE_RUN or (isinstance(item, int) and key == "calls")
        }
    if isinstance(value, list | tuple):
        return [_kept(item) for item in value]
    if isinstance(value, str):
        return _PORT.sub(r"\1", value)
    return value

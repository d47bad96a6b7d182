"""The result document: written as canonical JSON, and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.document.characters import visible_json
from harness.document.files import read_bytes
from harness.document.messages import Problem
from harness.model.record import from_document, to_document
from harness.model.result import RESULT_FORMAT, Result

FILE_NAME = "result.json"

BYTES_MAX = 200_000_000
"""The most bytes of a result; one of ten thousand findings has a tenth."""


def canonical_json(document: Result | Mapping[str, Any]) -> str:
    """Return a result or another document as JSON: keys sorted, two spaces, a newline at the end.

    Equal documents give equal bytes. Invisible characters are escaped, and lone surrogates
    replaced, so that every text can be shown and be written as UTF-8; a value that JSON lacks (NaN)
    raises ValueError.
    """
    text = json.dumps(
        to_document(document), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False
    )
    return visible_json(text.encode("utf-8", "replace").decode("utf-8")) + "\n"


def read_result(path: str | Path) -> Result:
    """Return the result of a result.json, or of the run folder that holds one.

    Raises Problem where the file is missing, is no JSON, has another format, or is malformed.
    """
    given = Path(path)
    file = given / FILE_NAME if given.is_dir() else given
    try:
        document = json.loads(read_bytes(file, BYTES_MAX))
        result = from_document(Result, document)
    except (ValueError, RecursionError) as error:
        raise Problem(f"not a result: {error}", place=str(file)) from None
    if result.format != RESULT_FORMAT:
        message = f"format {result.format} of a result; expected {RESULT_FORMAT}"
        raise Problem(message, place=str(file))
    return result

"""Compare an answer with the status, media type and schema its operation declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import jsonschema_rs
import orjson

from harness.model.exchange import Answer
from harness.model.operation import Answers, Specification


class _NotJson:
    """The type of NOT_JSON."""

    def __repr__(self) -> str:
        return "NOT_JSON"


NOT_JSON: Final = _NotJson()
"""What `decode` returns for a body that is no JSON document."""

_BREACHES_MAX = 4
_MESSAGE_MAX = 240
# An infrastructure in front of the vendor answers with these when the vendor did not; they count
# as unknown outcomes and availability, not as the vendor's answers.
GATEWAY_STATUSES = frozenset({502, 503, 504})


def decode(answer: Answer) -> Any:
    """Return the body as JSON values, or NOT_JSON."""
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return NOT_JSON


class Conformance:
    """The answer schemas of one specification, compiled at first use of each operation."""

    def __init__(self, specification: Specification) -> None:
        self._specification = specification
        self._compiled: dict[tuple[str, int, str], Any] = {}

    def check(self, operation: str, answer: Answer, value: Any) -> tuple[str, ...]:
        """Return one sentence per breach, none when the answer conforms; `value` from `decode`."""
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        key = (operation, answer.status, media_type)
        if key not in self._compiled:
            self._compiled[key] = self._compile(*key)
        validator = self._compiled[key]
        if isinstance(validator, str):
            return (validator,)
        if validator is None:
            return ()
        if value is NOT_JSON:
            return (f"the body under status {answer.status} is not JSON",)
        if validator.is_valid(value):
            return ()
        return tuple(_sentence(error, value) for error in _first(validator, value))

    def _compile(self, operation: str, status: int, media_type: str) -> Any:
        """Return a validator, None where any content goes, or the breach as text."""
        if status in GATEWAY_STATUSES and self._declared(operation, status) is None:
            return None
        answers = self._declared(operation, status)
        if answers is None:
            return f"status {status} is not documented for this operation"
        if not answers.media:
            return None
        if media_type not in answers.media:
            expected = " or ".join(sorted(answers.media))
            return f"content type {media_type or 'none'} under status {status}, not {expected}"
        schema = answers.media[media_type]
        if schema is None or "json" not in media_type:
            return None
        return jsonschema_rs.Draft202012Validator(self._rooted(schema))

    def _declared(self, operation: str, status: int) -> Answers | None:
        answers = self._specification.operations[operation].answers
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in answers:
                return answers[key]
        return None

    def _rooted(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        # References of an OpenAPI document start at its root, so the schema takes the
        # components along.
        components = self._specification.document.get("components", {})
        return {"allOf": [schema], "components": components}


def _first(validator: Any, value: Any) -> list[Any]:
    found: list[Any] = []
    for error in validator.iter_errors(value):
        found += _nearest(error)
        if len(found) >= _BREACHES_MAX:
            break
    return found[:_BREACHES_MAX]


def _nearest(error: Any) -> list[Any]:
    """Return the errors of the branch that the value was most likely meant to match.

    Envelopes are told apart near the root, so the branch whose first error lies deepest is the one
    that was meant; "matches none of the schemas" would tell its reader nothing.
    """
    branches = getattr(error.kind, "context", None)
    if not branches or not all(branches):
        return [error]
    meant = max(branches, key=lambda errors: (min(map(_depth, errors)), -len(errors)))
    return [near for inner in meant for near in _nearest(inner)]


def _depth(error: Any) -> int:
    return len(error.instance_path)


def _sentence(error: Any, value: Any) -> str:
    at = "/" + "/".join(str(step) for step in error.instance_path)
    message = str(error.message).splitlines()[0]
    if len(message) > _MESSAGE_MAX:
        message = message[: _MESSAGE_MAX - 3] + "..."
    return f"{'the body' if at == '/' else at}: {message}"

"""Compare a response with the status, media type and schema its operation declares."""

from __future__ import annotations

import csv
import gc
import io
from codecs import BOM_UTF8
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import jsonschema_rs
import orjson

from harness.check.throttling import is_throttled
from harness.document.pointer import MISSING
from harness.model.exchange import Response
from harness.model.operation import Specification
from harness.spec.direction import as_received
from harness.spec.provenance import stated, stated_specification


class _NotJson:
    """The type of NOT_JSON."""

    def __repr__(self) -> str:
        return "NOT_JSON"


NOT_JSON: Final = _NotJson()
"""What `decode` returns for a body that is neither a JSON document nor a CSV file."""

CSV = "text/csv"

_VIOLATIONS_MAX = 4
_MESSAGE_MAX = 240
_LARGE_BYTES = 2**18
_EXPLAINED_BYTES_MAX = 2**17
_EXPLAINED_ITEMS_MAX = 100
_UNPLACED = "the body does not fit its schema, and is too long to say where"
# A gateway in front of the vendor responds with these when the vendor did not. Where they are not
# documented, they count as unknown outcomes and not as the vendor's responses.
TOO_MANY_REQUESTS = 429
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GATEWAY_STATUSES = frozenset({TOO_MANY_REQUESTS, 502, 503, 504})

# HTTP allows no body under these, whatever a response of their class has.
_WITHOUT_BODY = frozenset({204, 205, 304})


def decode(response: Response) -> Any:
    """Return the body as JSON values, or NOT_JSON; a CSV file as a list of its rows by column."""
    if response.headers.get("content-type", "").startswith(CSV):
        return _rows(response.body)
    try:
        return _loaded(response.body)
    except orjson.JSONDecodeError:
        return _behind_a_mark(response.body)


def _loaded(body: bytes) -> Any:
    """Return the JSON values of a body."""
    if len(body) <= _LARGE_BYTES or not gc.isenabled():
        return orjson.loads(body)
    # JSON has no cycles, and the collector would go through its values again and again.
    gc.disable()
    try:
        return orjson.loads(body)
    finally:
        gc.enable()


def _behind_a_mark(body: bytes) -> Any:
    """Return the JSON values behind a byte order mark, NOT_JSON for any other body.

    RFC 8259 forbids the mark to those who write JSON and lets those who read it ignore it.
    """
    with suppress(orjson.JSONDecodeError):
        if body.startswith(BOM_UTF8):
            return _loaded(body[len(BOM_UTF8) :])
    return NOT_JSON


def _rows(body: bytes) -> Any:
    """Return the rows of a CSV file whose first line names the columns, NOT_JSON for any other."""
    try:
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return NOT_JSON
    rows = [line for line in lines[1:] if line]
    if not lines or any(len(row) != len(lines[0]) for row in rows):
        return NOT_JSON
    return [dict(zip(lines[0], row, strict=True)) for row in rows]


@dataclass(frozen=True, slots=True)
class Violations:
    """Where a response violates its specification, one sentence for each violation.

    `stated` are violations of what the vendor states, `inferred` those of what is inferred alone.
    """

    stated: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Compiled:
    """How responses with one operation, status and media type are compared.

    `schema` validates the whole, None where any content conforms; `stated` what the vendor states:
    the same one where all of it is stated, None where nothing is. `violation` is the sentence that
    holds of every such response, empty if the schema decides; `inferred` that the response is.
    """

    schema: Any = None
    stated: Any = None
    violation: str = ""
    inferred: bool = False

    def violated(self, sentence: str) -> Violations:
        return Violations(inferred=(sentence,)) if self.inferred else Violations((sentence,))


class Conformance:
    """The response schemas of one specification, compiled at first use of each operation."""

    def __init__(self, specification: Specification) -> None:
        self._specification = specification
        known = stated_specification(specification)
        self._whole = _Schemas(specification.document)
        self._stated = None if known is specification else _Schemas(known.document)
        self._compiled: dict[tuple[str, int, str], _Compiled] = {}

    def check(self, operation: str, response: Response, value: Any) -> Violations:
        """Return where a response does not conform; `value` comes from `decode`."""
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        key = (operation, response.status, media_type)
        if is_throttled(response) and not self._names(operation, response.status):
            # Whatever stands in front of the vendor may have refused for now.
            return Violations()
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = self._compile(*key)
        if compiled.violation:
            return compiled.violated(compiled.violation)
        if compiled.schema is not None and value is NOT_JSON:
            kind = "a CSV file" if media_type == CSV else "JSON"
            return compiled.violated(f"the body under status {response.status} is not {kind}")
        if compiled.schema is None or compiled.schema.is_valid(value):
            return Violations()
        return _violations(compiled, value, len(response.body))

    def _compile(self, operation: str, status: int, media_type: str) -> _Compiled:
        declared = self._specification.operations[operation]
        responses = declared.under(status)
        if responses is None:
            if status in GATEWAY_STATUSES:
                return _Compiled()
            kind = ", a redirect," if status in REDIRECTS else ""
            text = f"status {status}{kind} is not documented for this operation"
            return _Compiled(violation=text, inferred=declared.closed.inferred)
        if declared.method == "HEAD" or status in _WITHOUT_BODY:
            return _Compiled()
        media, inferred = responses.media, responses.provenance.inferred
        if media and media_type not in media:
            expected = " or ".join(sorted(media))
            text = f"content type {media_type or 'none'} under status {status}, not {expected}"
            return _Compiled(violation=text, inferred=inferred)
        schema = media.get(media_type)
        if schema is None or ("json" not in media_type and media_type != CSV):
            return _Compiled()
        whole = self._whole.validator(schema)
        if inferred:
            return _Compiled(whole, inferred=True)
        if self._stated is None:
            return _Compiled(whole, whole)
        return _Compiled(whole, self._stated.validator(stated(schema)))

    def _names(self, operation: str, status: int) -> bool:
        """Say whether the operation declares the status itself, not by its class or by default."""
        return str(status) in self._specification.operations[operation].responses

    def from_gateway(self, operation: str, response: Response) -> bool:
        """Say whether something in front of the vendor must have given this response."""
        status = response.status
        declared = self._specification.operations[operation]
        return status in GATEWAY_STATUSES and declared.under(status) is None


class _Schemas:
    """The schemas of a document as they hold of responses."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._received = as_received(document)
        self._components = self._received.components()

    def validator(self, schema: Mapping[str, Any]) -> Any:
        """Return what validates the body of a response."""
        # References of a document start at its root, so the schema takes the components along.
        whole = {"allOf": [self._received.schema(schema)], "components": self._components}
        return jsonschema_rs.Draft202012Validator(whole, offline=True)


def _violations(compiled: _Compiled, value: Any, size: int) -> Violations:
    """Return the violations of a value that does not fit the whole schema; its body has a size."""
    part = value if size <= _EXPLAINED_BYTES_MAX else _excerpt(value)
    whole = _sentences(compiled.schema, part)
    if compiled.stated is compiled.schema:
        return Violations(whole or (_UNPLACED,))
    hard: tuple[str, ...] = ()
    if compiled.stated is not None:
        hard = _sentences(compiled.stated, part)
        if not hard and part is not value and not compiled.stated.is_valid(value):
            hard = (_UNPLACED,)
    soft = tuple(sentence for sentence in whole if sentence not in hard)
    return Violations(hard, soft if soft or hard else (_UNPLACED,))


def _excerpt(value: Any) -> Any:
    """Return a large value with its lists cut, MISSING where it is still large.

    Where each item violates, telling so takes a thousand times the memory of the body.
    """
    short = _shortened(value)
    return short if len(orjson.dumps(short)) <= _EXPLAINED_BYTES_MAX else MISSING


def _shortened(value: Any) -> Any:
    if isinstance(value, list):
        return [_shortened(item) for item in value[:_EXPLAINED_ITEMS_MAX]]
    if isinstance(value, dict):
        return {name: _shortened(item) for name, item in value.items()}
    return value


def _sentences(validator: Any, value: Any) -> tuple[str, ...]:
    if value is MISSING:
        return ()
    near = (one for error in validator.iter_errors(value) for one in _nearest(error))
    return tuple(map(_sentence, islice(near, _VIOLATIONS_MAX)))


def _nearest(error: Any) -> list[Any]:
    """Return the errors of the branch that the value was most likely meant to match.

    Envelopes differ near the root, so the branch whose first error lies deepest is the one that was
    meant; "matches none of the schemas" would not help the reader.
    """
    branches = getattr(error.kind, "context", None)
    if not branches or not all(branches):
        return [error]
    depths = [min(len(error.instance_path) for error in errors) for errors in branches]
    # Of equally deep branches the one with the fewest errors, and of those the first.
    meant = max(zip(depths, branches, strict=True), key=lambda one: (one[0], -len(one[1])))[1]
    return [near for inner in meant for near in _nearest(inner)]


def _sentence(error: Any) -> str:
    at = "/" + "/".join(str(step) for step in error.instance_path)
    message = str(error.message).splitlines()[0]
    return f"{'the body' if at == '/' else _cut(at)}: {_cut(message)}"


def _cut(text: str) -> str:
    return text if len(text) <= _MESSAGE_MAX else text[: _MESSAGE_MAX - 3] + "..."

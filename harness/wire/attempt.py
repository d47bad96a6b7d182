"""One attempt: what came of it, and its two lines in the journal."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import Any, Protocol

import orjson

from harness.check.conformance import CSV, NOT_JSON, Conformance, Violations, decode
from harness.check.outcome import Classifier
from harness.check.throttling import is_throttled
from harness.check.values import extract_values, why_no_amount
from harness.document.characters import visible_json
from harness.model.binding import Verb
from harness.model.exchange import WHOLE, AmountFormat, Failure, Intent, Request, Response
from harness.model.verdict import Outcome
from harness.wire.message.body import MULTIPART

BODY_CHARACTERS_MAX = 1500
"""Bodies are evidence, not archive: a longer one is cut and says how many bytes it had."""

_KEPT_CHARACTERS = 4 * BODY_CHARACTERS_MAX
_READ_BYTES = 65_536

ALTERED = "altered"
"""The `auth` of a request that was changed after it was signed."""

_LARGE_BYTES = 8_192
_HUGE_BYTES = 2**18
_SHARE_MAX = 0.05
"""Checking large responses may take this share of the time; beyond it they are sampled."""


class Redact(Protocol):
    """Hides secrets and personal values in a text."""

    def __call__(self, text: str, characters: int | None = None) -> str:
        """Return the text, or its first characters, without them."""
        ...


Check = Callable[[str, Response, Any], Violations | None]
"""Operation, response and decoded body to the violations; None where it does not check them."""


@dataclass(frozen=True, slots=True)
class AttemptJudgement:
    """What a response or a fault amounts to.

    `seen` is empty for a fault and an unknown outcome. `unread` says what stands where a balance is
    expected and is none. `violations` say where the response violates
    its specification, one sentence each; `inferred_violations` where it violates only what the
    specification lets one infer. `unchecked`: whether it was not checked against it. `throttled`:
    whether the server refused to serve the request for now.
    """

    outcome: Outcome
    reason: str | None
    seen: Mapping[str, Any]
    violations: tuple[str, ...] = ()
    inferred_violations: tuple[str, ...] = ()
    unchecked: bool = False
    unread: str = ""
    throttled: bool = False


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges every result of a run, in scenarios, property tests and loads alike.

    `check` is that of `conformance`, or of a sample where not every response can be checked.
    `amounts` is how the vendor writes balances.
    """

    classifier: Classifier
    conformance: Conformance
    check: Check
    amounts: AmountFormat = WHOLE
    _turn: Lock = field(default_factory=Lock, repr=False, compare=False)

    def judge(
        self, operation: str, verb: Verb | None, result: Response | Failure
    ) -> AttemptJudgement:
        """Return what a result amounts to; without a `verb` nothing is extracted.

        Of large bodies one is judged at a time, as its values take many times its memory.
        """
        if isinstance(result, Failure):
            return AttemptJudgement(*self.classifier.classify(None, result.fault, NOT_JSON), {})
        with self._turn if len(result.body) > _HUGE_BYTES else nullcontext():
            return self._judge(operation, verb, result)

    def _judge(self, operation: str, verb: Verb | None, result: Response) -> AttemptJudgement:
        value = decode(result)
        outcome, reason = self.classifier.classify(result, None, value)
        if self.conformance.from_gateway(operation, result):
            outcome, reason = Outcome.UNKNOWN, f"status {result.status}"
        seen: dict[str, Any] = {}
        unread = ""
        if verb is not None and outcome is not Outcome.UNKNOWN:
            seen = extract_values(verb, result, value, self.amounts)
            if verb.row_results is not None:
                seen["rows"] = self.classifier.classify_rows(verb.row_results, value)
            if outcome is Outcome.OK and "balance" in verb.extract and "balance" not in seen:
                unread = why_no_amount(verb, value, self.amounts)
        violated = self.check(operation, result, value)
        throttled = outcome is not Outcome.OK and is_throttled(result)
        unchecked, violated = violated is None, violated or Violations()
        return AttemptJudgement(
            outcome, reason, seen, violated.stated, violated.inferred, unchecked, unread, throttled
        )


class SampledConformance:
    """Checks every small response, and as many of the large ones as the budget allows.

    `large` counts the large responses, `sampled` those of them that were checked.
    """

    def __init__(self, conformance: Conformance) -> None:
        self._check = conformance.check
        self._began_ns = time.monotonic_ns()
        self._spent_ns = 0
        self.large = 0
        self.sampled = 0

    def check(self, operation: str, response: Response, value: Any) -> Violations | None:
        """Return the violations of a response, None where the budget did not allow to check it."""
        if len(response.body) < _LARGE_BYTES:
            return self._check(operation, response, value)
        self.large += 1
        began = time.monotonic_ns()
        if self._spent_ns > (began - self._began_ns) * _SHARE_MAX:
            return None
        violated = self._check(operation, response, value)
        self._spent_ns += time.monotonic_ns() - began
        self.sampled += 1
        return violated


def invoke_line(
    attempt_id: str,
    source: str,
    intent: Intent,
    request: Request,
    due_ns: int,
    sent_ns: int,
    redact: Redact,
    auth: str = "normal",
    body_file: str = "",
) -> bytes:
    """Return the line of an attempt about to leave, written before it leaves.

    `attempt_id` is unique in the run; `source` is what sends it: scenario:ID, property:ID,
    load:ENTRY, setup, auth or close. Times are nanoseconds of the monotonic clock. `request` is
    the one before authentication: [method, path with query, body], redacted, and `headers` are its
    headers by name, without the content type that its operation declares. `body_file` names the
    file beside the journal that keeps a body which the line cannot. The fields of the `Intent`
    (rows as [account, signed units, reference or null]), `headers`, `body_file` and `auth` are left
    out where they are null, empty or usual.
    """
    fields: dict[str, Any] = {
        "event": "invoke",
        "id": attempt_id,
        "source": source,
        "operation": intent.operation,
        "due_ns": due_ns,
        "sent_ns": sent_ns,
        "request": [request.method, redact(request.path), body_text(request.body, redact)],
    }
    if headers := told_headers(request, redact):
        fields["headers"] = headers
    if body_file:
        fields["body_file"] = body_file
    if intent.verb is not None:
        fields["verb"] = intent.verb
    if intent.account is not None:
        fields["account"] = intent.account
    if intent.rows:
        fields["rows"] = [[row.account, row.units, row.reference] for row in intent.rows]
    if intent.entry is not None:
        fields["entry"] = redact(intent.entry)
    if intent.opaque:
        fields["opaque"] = True
    if intent.lasting:
        fields["lasting"] = True
    if auth != "normal":
        fields["auth"] = auth
    return json_line(fields)


def told_headers(request: Request, redact: Redact) -> dict[str, str]:
    """Return the headers of a request that the journal keeps, redacted as the fields they are."""
    told = {
        name: value
        for name, value in request.headers
        if name.lower() != "content-type" or value.startswith(MULTIPART)
    }
    if not told:
        return {}
    hidden: dict[str, str] = orjson.loads(redact(orjson.dumps(told).decode()))
    return hidden


def outcome_line(
    attempt_id: str,
    done_ns: int,
    result: Response | Failure,
    judgement: AttemptJudgement,
    redact: Redact,
    evidence_only: bool = False,
) -> bytes:
    """Return the line of how an attempt ended; one without this line is unknown.

    It holds `fault` with its `cause`, or `status` and the redacted body as `response`: with
    `evidence_only` only a body that violates something or left the outcome unknown. Violations of
    what the specification only lets one infer are `inferred`, and `unread` is what stands in the
    place of a balance; `throttled` says that the server refused for now. Exact decimals are written
    as text. Fields that are null or empty are left out.
    """
    outcome = judgement.outcome
    violations, inferred = judgement.violations, judgement.inferred_violations
    fields: dict[str, Any] = {
        "event": "outcome",
        "id": attempt_id,
        "done_ns": done_ns,
        "outcome": outcome.value,
    }
    if judgement.reason is not None:
        fields["reason"] = judgement.reason
    if isinstance(result, Failure):
        fields["fault"] = result.fault.value
        if result.cause:
            fields["cause"] = redact(result.cause)
    else:
        fields["status"] = result.status
        if not evidence_only or violations or inferred or outcome is Outcome.UNKNOWN:
            fields["response"] = body_text(kept_body(result), redact)
    if judgement.seen:
        fields["seen"] = _hidden(judgement.seen, redact)
    if violations:
        fields["violations"] = [redact(sentence) for sentence in violations]
    if inferred:
        fields["inferred"] = [redact(sentence) for sentence in inferred]
    if judgement.unchecked:
        fields["unchecked"] = True
    if judgement.unread:
        fields["unread"] = redact(judgement.unread)
    if judgement.throttled:
        fields["throttled"] = True
    return json_line(fields)


def _hidden(value: Any, redact: Redact) -> Any:
    """Return what was seen with each of its texts redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: _hidden(item, redact) for name, item in value.items()}
    return [_hidden(item, redact) for item in value] if isinstance(value, list | tuple) else value


def kept_body(response: Response) -> bytes:
    """Return what of a body is kept: of a CSV file, whose rows cannot be redacted, its columns."""
    if not response.headers.get("content-type", "").startswith(CSV):
        return response.body
    columns, _, rows = response.body.partition(b"\n")
    return columns + b"\n(%d bytes of rows)" % len(rows)


def body_text(body: bytes, redact: Redact) -> str:
    """Return a body as the journal keeps it: decoded, redacted, and cut where it is long."""
    # What is behind the cut is read too, as a secret may begin before it.
    text = redact(body[:_READ_BYTES].decode(errors="replace"), _KEPT_CHARACTERS)
    if len(text) <= BODY_CHARACTERS_MAX and len(body) <= _KEPT_CHARACTERS:
        return text
    return f"{text[:BODY_CHARACTERS_MAX]}… ({len(body)} bytes)"


def fits_a_line(body: bytes) -> bool:
    """Say whether the journal keeps a body as it is, and a shell can repeat it."""
    if len(body) > BODY_CHARACTERS_MAX or b"\r" in body or b"\0" in body:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def json_line(fields: Mapping[str, Any]) -> bytes:
    """Return the fields as a line of JSON, its line break included."""
    return journal_text(orjson.dumps(fields, default=_exact, option=orjson.OPT_APPEND_NEWLINE))


def journal_text(json: bytes) -> bytes:
    """Return JSON as the journal holds it, with every invisible character escaped."""
    if json.isascii() and b"\x7f" not in json:
        return json
    return visible_json(json.decode()).encode()


def _exact(value: object) -> str:
    """Return an exact decimal as its text; nothing else has a form of its own in the journal."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"a journal line cannot hold {type(value).__name__}")

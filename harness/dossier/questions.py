"""The open questions for a vendor: each inferred statement, compared with what was observed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harness.auditor.requirements import EXECUTED
from harness.contract.vendor import Vendor
from harness.document.messages import counted
from harness.dossier.observed_fields import (
    ObservedField,
    ObservedSchema,
    Response,
    observed_fields,
    values_of,
)
from harness.model.history import History, Recorded
from harness.model.result import VendorResult
from harness.model.verdict import Outcome
from harness.spec.claims import FIELD, OPERATION, PARAMETER, RESPONSE, Statement, statements
from harness.spec.provenance import CONFIDENCES, reached

DIFFERS, NOT_OBSERVED, AGREES = "differs", "not-observed", "agrees"
COMPARISONS = (DIFFERS, NOT_OBSERVED, AGREES)
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Question:
    """One inferred statement that the vendor is asked to confirm or correct.

    `confidence` and `source` say how and why it was inferred. `comparison` is one of COMPARISONS;
    `observed` says in words what the run showed.
    """

    inferred: str
    confidence: str
    source: str
    comparison: str
    observed: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a dossier: one vendor's declarations, result, journal and responses.

    `part` is the vendor's part of the result. `sent` are the pairs of operation and value
    name in requests that succeeded.
    """

    vendor: Vendor
    part: VendorResult
    recorded: Recorded
    responses: Sequence[Response] = ()
    sent: Collection[tuple[str, str]] = ()


def questions(sources: Sources) -> list[dict[str, Any]]:
    """Return the open questions by subject; each group has a title, a kind and its questions.

    What differs from the observations comes first, then what was not observed.
    """
    marked = statements(sources.vendor.specification)
    found = [one for one in marked if one.provenance.inferred]
    owners = _response_owners(sources.vendor)
    groups = [
        ("behaviour", "Behaviour of the API", _behaviour(sources.part)),
        ("operation", "Paths and methods", _operations(found, sources.recorded.history)),
        ("request", "Contents of requests", _requests(found, owners, sources)),
        ("response", "Contents of responses", _responses(found, owners, sources)),
    ]
    return [
        {"kind": kind, "title": title, "questions": [asdict(q) for q in sorted(group, key=_rank)]}
        for kind, title, group in groups
    ]


def _rank(one: Question) -> tuple[int, int]:
    """Return a key that sorts by comparison, then the least certain first."""
    known = one.confidence in CONFIDENCES
    certainty = -CONFIDENCES.index(one.confidence) if known else 1
    return COMPARISONS.index(one.comparison), certainty


def _question(one: Statement, inferred: str, comparison: str, observed: str) -> Question:
    return Question(inferred, one.provenance.confidence, one.source, comparison, observed)


def _behaviour(part: VendorResult) -> Iterator[Question]:
    """Yield the inferred requirements with what the observations say of them."""
    observations = defaultdict(list)
    for entry in part.observations:
        for reference in entry.requirements:
            observations[reference.id].append(f"{entry.title}: {entry.seen}")
    for row in part.requirements:
        if row.basis != "inferred":
            continue
        if row.verdict in ("fail", "waived"):
            comparison = DIFFERS
            observed = "; ".join(observations.get(row.id, [row.reason])[:_SHOWN])
        elif row.verdict == "pass" and any(c.verdict in EXECUTED for c in row.checks):
            made = counted(sum(check.count for check in row.checks), "check")
            comparison, observed = AGREES, f"confirmed by {made}"
        else:
            comparison, observed = NOT_OBSERVED, row.reason or "not observed"
        yield Question(f"{row.id}: {row.title}", "", row.source, comparison, observed)


def _operations(found: Sequence[Statement], history: History) -> Iterator[Question]:
    for one in found:
        if one.kind == OPERATION:
            yield _question(one, label_of(one), *_outcomes(one.owner, history))


def _outcomes(operation: str, history: History) -> tuple[str, str]:
    """Return how an operation that exists only by inference responded to its requests."""
    attempts = [attempt for attempt in history.attempts if attempt.operation == operation]
    responded = [c for c in attempts if c.status is not None and c.auth == "normal"]
    if succeeded := sum(attempt.outcome is Outcome.OK for attempt in responded):
        return AGREES, f"succeeded {counted(succeeded, 'time')}"
    if not responded:
        return NOT_OBSERVED, "no request was sent" if not attempts else "no response was received"
    statuses = Counter(attempt.status for attempt in responded).most_common()
    listed = ", ".join(f"status {status} {counted(times, 'time')}" for status, times in statuses)
    return DIFFERS, f"never succeeded: {listed}"


def _requests(
    found: Sequence[Statement], in_responses: Collection[str], sources: Sources
) -> Iterator[Question]:
    """Yield what requests contain: parameters, and fields of schemas that no response uses."""
    refuted = _refuted(sources.part)
    for one in found:
        request = one.kind == PARAMETER or (one.kind == FIELD and one.owner not in in_responses)
        if not request or not one.name:
            continue
        name = one.name.rpartition(" ")[2].rpartition("/")[2]
        users = [user for user in one.operations if (user, name) in sources.sent]
        contrary = [text for user in one.operations for text in refuted.get((user, name), ())]
        if contrary:
            comparison, observed = DIFFERS, "; ".join(dict.fromkeys(contrary[:_SHOWN]))
        elif users:
            comparison = AGREES
            observed = f"sent in requests that succeeded ({', '.join(users[:2])})"
        else:
            comparison, observed = NOT_OBSERVED, "not sent in any request that succeeded"
        yield _question(one, label_of(one), comparison, observed)


def _refuted(part: VendorResult) -> Mapping[tuple[str, str], list[str]]:
    """Return what generated requests showed to be otherwise, by operation and field."""
    found = defaultdict(list)
    for entry in part.observations:
        check = entry.check
        if check.kind == "property-inferred" and check.part:
            found[check.operation, check.part.rpartition(".")[2]].append(entry.title)
    return found


def _responses(
    found: Sequence[Statement], in_responses: Collection[str], sources: Sources
) -> Iterator[Question]:
    """Yield the inferred fields of responses, the undeclared ones, and the inferred statuses."""
    schemas = observed_fields(sources.vendor.specification, sources.responses)
    for one in found:
        if one.kind == FIELD and one.name and one.owner in in_responses:
            yield _question(one, label_of(one), *_field(one, schemas.get(one.owner)))
    for name, schema in sorted(schemas.items()):
        for pointer, field in sorted(schema.undeclared.items()):
            inferred = f"{name}{pointer}: no such field"
            yield Question(inferred, "", "", DIFFERS, _contents(field, schema, pointer))
    users = _users_of_responses(sources.vendor)
    for one in found:
        if one.kind == RESPONSE:
            used = users.get(one.owner, [(one.owner, one.name)])
            yield _status(one, used, sources.recorded.history)


def _status(one: Statement, used: Sequence[tuple[str, str]], history: History) -> Question:
    """Return whether a response with this status came from an operation that may give it."""
    received = Counter((attempt.operation, str(attempt.status)) for attempt in history.attempts)
    times = {key: received[key] for key in used if received[key]}
    statuses = ", ".join(sorted({status for _, status in used}))
    inferred = f"status {statuses}" + (f": {one.title}" if one.title else f" ({one.owner})")
    if not times:
        return _question(one, inferred, NOT_OBSERVED, "never received")
    some = ", ".join(sorted({name for name, _ in times})[:2])
    observed = f"received {counted(sum(times.values()), 'time')}, for example from {some}"
    return _question(one, inferred, AGREES, observed)


def _users_of_responses(vendor: Vendor) -> Mapping[str, list[tuple[str, str]]]:
    """Return the operations and statuses that refer to each shared response."""
    found = defaultdict(list)
    for item in vendor.specification.document.get("paths", {}).values():
        for node in item.values():
            if not isinstance(node, Mapping) or "operationId" not in node:
                continue
            for status, response in node.get("responses", {}).items():
                if isinstance(response, Mapping) and "$ref" in response:
                    name = str(response["$ref"]).rpartition("/")[2]
                    found[name].append((node["operationId"], status))
    return found


def _field(one: Statement, schema: ObservedSchema | None) -> tuple[str, str]:
    if schema is None or not any(schema.objects.values()):
        return NOT_OBSERVED, "no such response was received"
    field = schema.declared.get(one.name)
    if field is not None:
        return AGREES, _contents(field, schema, one.name)
    possible = schema.objects_around(one.name)
    if not possible:
        return NOT_OBSERVED, "the object that contains it was not received"
    return (DIFFERS if one.required else NOT_OBSERVED), f"in none of {counted(possible, 'object')}"


def _contents(field: ObservedField, schema: ObservedSchema, pointer: str) -> str:
    possible = max(field.count, schema.objects_around(pointer))
    types = ", ".join(sorted(field.types))
    values = values_of(field)
    listed = f": {', '.join(values)}" if values else ""
    return f"in {field.count:,} of {counted(possible, 'object')}, {types}{listed}"


def label_of(one: Statement) -> str:
    """Return which part of the specification a statement is about."""
    if one.name.startswith("/"):
        return f"{one.owner}{one.name}"
    return f"{one.name} ({one.owner})" if one.name else one.owner


def _response_owners(vendor: Vendor) -> Collection[str]:
    """Return the owners of fields that occur in responses: components, and inline schemas."""
    found: set[str] = set()
    schemas: list[Any] = []
    for name, operation in vendor.specification.operations.items():
        for status, responses in operation.responses.items():
            found.add(f"{name} {status}")
            schemas += responses.media.values()
    references = reached(schemas, vendor.specification.document)
    return found | {reference.rpartition("/")[2] for reference in references}

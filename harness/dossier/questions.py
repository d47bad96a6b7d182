"""What a vendor is asked to confirm: each reading of ours, beside what was observed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.audit.requirements import EXECUTED
from harness.audit.vendor import Audited
from harness.dossier.observed_fields import SeenField, Sighting, words_of
from harness.model.history import Attempt, History
from harness.model.verdict import Outcome
from harness.spec.claims import CALL, FIELD, PARAMETER, RESPONSE, Statement, statements
from harness.spec.provenance import CONFIDENCES

DIFFERS, UNSEEN, AGREES = "differs", "unseen", "agrees"
STANDINGS = (DIFFERS, UNSEEN, AGREES)
_EXECUTED = frozenset(verdict.value for verdict in EXECUTED)
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Point:
    """One reading: what we read, how sure we are, why, and what was observed of it."""

    reading: str
    confidence: str
    source: str
    standing: str
    observed: str

    def document(self) -> dict[str, str]:
        """Return the point as it stands in a dossier."""
        return {
            "reading": self.reading,
            "confidence": self.confidence,
            "source": self.source,
            "standing": self.standing,
            "observed": self.observed,
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run showed of a vendor, as questions need it.

    `sent` are the operations and the names of the values that calls held which were done.
    """

    part: Mapping[str, Any]
    history: History
    sightings: Mapping[str, Sighting]
    sent: Collection[tuple[str, str]] = ()


def questions(vendor: Audited, seen: Seen) -> list[dict[str, Any]]:
    """Return what to ask, grouped by subject; each group has a title, a kind and its points.

    Points that differ from what we read come first, then those of which nothing was seen.
    """
    found = statements(vendor.specification)
    groups = [
        ("behaviour", "What the API does", _behaviour(seen)),
        ("call", "Where the operations are", _calls(found, seen)),
        ("request", "What requests hold", _requests(vendor, found, seen)),
        ("answer", "What answers hold", _responses(vendor, found, seen)),
    ]
    return [
        {"kind": kind, "title": title, "points": [point.document() for point in _ordered(points)]}
        for kind, title, points in groups
    ]


def _ordered(points: Iterable[Point]) -> list[Point]:
    return sorted(points, key=lambda one: (STANDINGS.index(one.standing), _doubt(one.confidence)))


def _doubt(confidence: str) -> int:
    return -CONFIDENCES.index(confidence) if confidence in CONFIDENCES else 1


def _behaviour(seen: Seen) -> Iterator[Point]:
    """Yield the inferred rules with their verdicts; what was observed stands in the findings."""
    told: dict[str, list[str]] = {}
    for entry in seen.part["observations"]:
        for row in entry["requirements"]:
            told.setdefault(row["id"], []).append(f"{entry['title']}: {entry['seen']}")
    for row in seen.part["requirements"]:
        if row["basis"] != "inferred":
            continue
        made = sum(check["count"] for check in row["checks"])
        if row["verdict"] in ("fail", "waived"):
            standing = DIFFERS
            observed = "; ".join(told.get(row["id"], [row["reason"]])[:_SHOWN])
        elif row["verdict"] == "pass" and any(c["verdict"] in _EXECUTED for c in row["checks"]):
            standing, observed = AGREES, f"so it was, {made:,} times"
        else:
            standing, observed = UNSEEN, row["reason"] or "nothing of it was seen"
        yield Point(f"{row['id']}: {row['title']}", "", row["source"], standing, observed)


def _calls(found: Sequence[Statement], seen: Seen) -> Iterator[Point]:
    for one in found:
        if one.kind == CALL and one.provenance.inferred:
            standing, observed = _called(one.owner, seen.history)
            reading = f"{one.name} ({one.owner})"
            yield Point(reading, one.provenance.confidence, one.source, standing, observed)


def _called(operation: str, history: History) -> tuple[str, str]:
    calls = [call for call in history.attempts if call.operation == operation]
    answered = [c for c in calls if c.status is not None and c.auth == "normal"]
    done = sum(call.outcome is Outcome.OK for call in answered)
    if done:
        return AGREES, f"done {done:,} times"
    if not answered:
        return UNSEEN, "never called" if not calls else "never answered"
    return DIFFERS, f"never done: {_statuses(answered)}"


def _statuses(calls: Sequence[Attempt]) -> str:
    counted = Counter(call.status for call in calls)
    return ", ".join(f"status {status} {count:,} times" for status, count in counted.most_common())


def _requests(vendor: Audited, found: Sequence[Statement], seen: Seen) -> Iterator[Point]:
    """Yield what requests hold: parameters, and fields of schemas that no response uses."""
    answered = _of_responses(vendor)
    refuted = _refuted(seen)
    for one in found:
        request = one.kind == PARAMETER or (one.kind == FIELD and one.owner not in answered)
        if not request or not one.provenance.inferred or not one.name:
            continue
        name = one.name.rpartition(" ")[2].rpartition("/")[2]
        users = [user for user in one.operations if (user, name) in seen.sent]
        wrong = [told for user in one.operations for told in refuted.get((user, name), ())]
        if wrong:
            standing, observed = DIFFERS, "; ".join(dict.fromkeys(wrong[:_SHOWN]))
        elif users:
            standing, observed = AGREES, f"sent in calls that were done ({', '.join(users[:2])})"
        else:
            standing, observed = UNSEEN, "in no call that was done"
        yield Point(_named(one), one.provenance.confidence, one.source, standing, observed)


def _refuted(seen: Seen) -> Mapping[tuple[str, str], list[str]]:
    """Return what generated requests showed to be otherwise, by operation and field."""
    found: dict[tuple[str, str], list[str]] = {}
    for entry in seen.part["observations"]:
        kind, _, rest = entry["check"].partition(":")
        name, _, part = rest.partition("#")
        if kind == "property-inferred" and part:
            key = (name.rpartition(":")[2], part.rpartition(".")[2])
            found.setdefault(key, []).append(entry["title"])
    return found


def _responses(vendor: Audited, found: Sequence[Statement], seen: Seen) -> Iterator[Point]:
    """Yield the fields that responses hold, and those of which our reading knows nothing."""
    answered = _of_responses(vendor)
    for one in found:
        if one.kind == FIELD and one.name and one.provenance.inferred:
            sighting = seen.sightings.get(one.owner)
            if one.owner in answered:
                yield _field(one, sighting)
    for name, sighting in sorted(seen.sightings.items()):
        for pointer, field in sorted(sighting.strange.items()):
            reading = f"{name}{pointer}: no such field"
            yield Point(reading, "", "", DIFFERS, _held(field, sighting, pointer))
    used = _users_of_responses(vendor)
    for one in found:
        if one.kind == RESPONSE and one.provenance.inferred:
            yield _status(one, used.get(one.owner, [(one.owner, one.name)]), seen.history)


def _status(one: Statement, used: Sequence[tuple[str, str]], history: History) -> Point:
    """Return whether a response of its status came from an operation that may give it."""
    met = Counter((call.operation, str(call.status)) for call in history.attempts)
    times = {key: met[key] for key in used if met[key]}
    statuses = ", ".join(sorted({status for _, status in used}))
    reading = f"status {statuses}: {one.title}" if one.title else f"status {statuses} ({one.owner})"
    standing = AGREES if times else UNSEEN
    some = ", ".join(sorted(dict.fromkeys(name for name, _ in times))[:2])
    observed = f"{sum(times.values()):,} times, such as from {some}" if times else "never seen"
    return Point(reading, one.provenance.confidence, one.source, standing, observed)


def _users_of_responses(vendor: Audited) -> Mapping[str, list[tuple[str, str]]]:
    """Return the operations and statuses under which each shared answer stands."""
    found: dict[str, list[tuple[str, str]]] = {}
    for item in vendor.specification.document.get("paths", {}).values():
        for node in item.values():
            if not isinstance(node, Mapping) or "operationId" not in node:
                continue
            for status, response in node.get("responses", {}).items():
                if isinstance(response, Mapping) and "$ref" in response:
                    name = str(response["$ref"]).rpartition("/")[2]
                    found.setdefault(name, []).append((node["operationId"], status))
    return found


def _field(one: Statement, sighting: Sighting | None) -> Point:
    reading, source = _named(one), one.source
    if sighting is None or not any(sighting.objects.values()):
        return Point(reading, one.provenance.confidence, source, UNSEEN, "no such answer was seen")
    field = sighting.declared.get(one.name)
    if field is None:
        _, of = sighting.of(one.name)
        standing = DIFFERS if of and one.required else UNSEEN
        observed = f"in none of {of:,}" if of else "what holds it was not seen"
        return Point(reading, one.provenance.confidence, source, standing, observed)
    observed = _held(field, sighting, one.name)
    return Point(reading, one.provenance.confidence, source, AGREES, observed)


def _held(field: SeenField, sighting: Sighting, pointer: str) -> str:
    of = max(field.count, sighting.objects[pointer.rpartition("/")[0]])
    types = ", ".join(sorted(field.types))
    words = words_of(field)
    told = f": {', '.join(words)}" if words else ""
    return f"in {field.count:,} of {of:,}, {types}{told}"


def _named(one: Statement) -> str:
    return f"{one.owner}{one.name}" if one.kind == FIELD else f"{one.name} ({one.owner})"


def _of_responses(vendor: Audited) -> Collection[str]:
    """Return the owners of fields that stand in responses."""
    root = vendor.specification.document.get("components", {}).get("schemas", {})
    found: set[str] = set()
    open_: list[Any] = []
    for name, operation in vendor.specification.operations.items():
        for status, responses in operation.responses.items():
            found.add(f"{name} {status}")
            open_ += list(responses.media.values())
    while open_:
        node = open_.pop()
        if isinstance(node, Mapping):
            reference = str(node.get("$ref", "")).rpartition("/")[2]
            if reference in root and reference not in found:
                found.add(reference)
                open_.append(root[reference])
            open_ += list(node.values())
        elif isinstance(node, list | tuple):
            open_ += list(node)
    return found

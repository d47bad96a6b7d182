"""The result as SARIF 2.1.0: a rule for each requirement, a result for each finding."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from harness.document.characters import visible
from harness.model.record import with_texts
from harness.model.result import (
    FindingResult,
    RequirementReference,
    RequirementResult,
    Result,
    VendorResult,
)
from harness.report.facts import waiver_text
from harness.report.result import canonical_json

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(result: Result) -> str:
    """Return the SARIF log as JSON text; a result is located where its requirement is declared."""
    result = with_texts(result, visible)
    rules: dict[str, dict[str, Any]] = {}
    results: list[dict[str, Any]] = []
    for vendor in result.vendors:
        for row in vendor.requirements:
            rules.setdefault(row.id, _rule(row.id, row.title, row))
        entries = [(entry, "error") for entry in vendor.findings]
        entries += [(entry, "note") for entry in vendor.observations]
        for entry, level in entries:
            for reference in entry.requirements:
                rules.setdefault(reference.id, _rule(reference.id, reference.title, reference))
            rule = entry.requirements[0].id if entry.requirements else entry.check.family
            rules.setdefault(rule, _rule(rule, entry.title))
            results.append(_result(entry, rule, vendor, level))
    order = {rule: index for index, rule in enumerate(sorted(rules))}
    for item in results:
        item["ruleIndex"] = order[item["ruleId"]]
    driver = {
        "name": "loyalty-harness",
        "version": result.run.version,
        "rules": [rules[rule] for rule in sorted(rules)],
    }
    invocation: dict[str, Any] = {
        "executionSuccessful": result.verdict != "error",
        "exitCode": result.exit,
        "commandLine": result.run.command,
    }
    if result.verdict in ("inconclusive", "error"):
        # Without a result a reader would take the run for a success.
        told = {"level": "error", "message": {"text": result.headline}}
        invocation["toolExecutionNotifications"] = [told]
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return canonical_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(
    rule: str, title: str, row: RequirementResult | RequirementReference | None = None
) -> dict[str, Any]:
    known = {key: getattr(row, key, "") for key in ("level", "basis", "source")}
    return {
        "id": rule,
        "shortDescription": {"text": title or rule},
        "properties": {key: value for key, value in known.items() if value},
    }


def _result(entry: FindingResult, rule: str, vendor: VendorResult, level: str) -> dict[str, Any]:
    message = (
        f"{vendor.title}: {entry.title}. "
        f"Expected: {entry.expected or '-'}; observed: {entry.seen or '-'} "
        f"({entry.check} on {entry.subject})."
    )
    item: dict[str, Any] = {
        "ruleId": rule,
        "level": level,
        "message": {"text": message},
        "locations": _locations(entry.place),
        "partialFingerprints": {"loyaltyHarnessFinding/v1": f"{vendor.vendor}/{entry.id}"},
        "occurrenceCount": max(1, entry.count),
        "properties": {
            "vendor": vendor.vendor,
            "check": str(entry.check),
            "requirements": [row.id for row in entry.requirements],
            "repeat": entry.repeat,
            "curl": entry.curl,
        },
    }
    if entry.waiver:
        reason = waiver_text(entry.waiver)
        item["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return item


def _locations(place: str) -> list[dict[str, Any]]:
    file, _, line = place.rpartition(":")
    if not line.isdecimal() or not file:
        file, line = place, "1"
    if not file:
        return []
    where = {"uri": quote(file.removeprefix("./"), safe="/:")}
    region = {"startLine": max(1, int(line))}
    return [{"physicalLocation": {"artifactLocation": where, "region": region}}]

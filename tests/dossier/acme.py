"""A made-up vendor with stated and inferred parts, and a run of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.contract.vendor import Vendor
from harness.model.binding import Binding, Promises, Verb
from harness.model.check_id import CheckId
from harness.model.operation import Specification
from harness.model.result import (
    AccountCounts,
    CheckResult,
    Counts,
    FindingResult,
    OperationCoverage,
    RequirementReference,
    RequirementResult,
    VendorResult,
)
from harness.model.verdict import Verdict
from harness.spec.openapi import read_specification
from tests.auditor.build import requirement, vendor_of

OPENAPI = """\
openapi: 3.1.0
info: {title: Acme}
paths:
  /points:
    post:
      operationId: add_points
      summary: Add points
      x-source: page 3
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Change'}}}
      responses:
        200:
          description: done
          content: {application/json: {schema: {$ref: '#/components/schemas/Receipt'}}}
        409: {$ref: '#/components/responses/Conflict'}
  /guess:
    get:
      operationId: get_balance
      summary: Balance
      x-source: index page
      x-basis: inferred
      x-confidence: low
      parameters:
        - {name: card, in: query, schema: {type: string}, x-basis: inferred, x-confidence: high}
        - {name: page, in: query, schema: {type: integer}, x-basis: documented, x-source: page 4}
      responses:
        200:
          description: done
          content:
            application/json:
              schema: {type: object, properties: {now: {type: integer}}}
components:
  responses:
    Conflict:
      description: Already stored.
      x-basis: inferred
      x-confidence: medium
      x-source: page 9
  schemas:
    Change:
      type: object
      x-basis: published
      x-source: page 3
      properties:
        card: {type: string}
        points: {type: integer, x-basis: inferred, x-confidence: medium}
    Receipt:
      type: object
      x-basis: inferred
      x-confidence: medium
      required: [id]
      properties:
        id: {type: string, x-basis: inferred, x-confidence: low, x-source: by analogy}
        kind: {type: string, x-basis: inferred, x-confidence: high}
        lines:
          type: array
          items:
            type: object
            properties:
              amount: {type: integer, x-basis: inferred, x-confidence: medium}
"""


def specification(folder: Path, text: str = OPENAPI) -> Specification:
    """Return the made-up specification, read from a file as a vendor's is."""
    path = folder / "openapi.yaml"
    path.write_text(text, "utf-8")
    return read_specification(path)


def vendor(folder: Path) -> Vendor:
    """Return the made-up vendor with a stated requirement, a law and two inferred ones."""
    verbs = (
        Verb("earn", "add_points", {}, {}, "credit"),
        Verb("balance", "get_balance", {}, {"balance": "/now"}, "none"),
    )
    binding = Binding(
        "acme", "Acme", (), (), {v.name: v for v in verbs}, {}, Promises(), {}, frozenset()
    )
    rows = (
        requirement("ACME-IDEM-1", "scenario:idempotency"),
        requirement("LAW-FLOOR", "invariant:floor", basis="law"),
        requirement("ACME-ERR-2", "scenario:errors", basis="inferred"),
        requirement("ACME-ODD-1", "scenario:odd", basis="inferred"),
    )
    return vendor_of(specification(folder), binding, rows)


def row(identity: str, verdict: str, basis: str = "documented", **more: Any) -> RequirementResult:
    """Return a requirement of a result."""
    count = more.get("count", 0 if verdict in ("inapplicable", "inconclusive") else 1)
    known = Verdict(verdict)
    checks = (CheckResult(CheckId.parse("scenario:x"), known, count),) if count else ()
    title, reason = f"Title of {identity}", more.get("reason", "")
    return RequirementResult(identity, title, "must", basis, "page 1", known, reason, checks)


def part(
    rows: Iterable[RequirementResult] = (), observations: Iterable[FindingResult] = ()
) -> VendorResult:
    """Return a vendor's part of a result."""
    return VendorResult(
        vendor="acme",
        title="Acme",
        target="mock",
        kind="mock",
        strict=False,
        partial=False,
        verdict=Verdict.PASS,
        exit=0,
        headline="Passed.",
        counts=Counts(9, 7, 1, 1, 5, 1, 0, 0, 0, 0),
        requirements=tuple(rows),
        findings=(),
        observations=tuple(observations),
        coverage=(
            OperationCoverage("add_points", "", 8, 0, 0, 0, 0),
            OperationCoverage("get_balance", "", 0, 0, 0, 0, 0),
        ),
        accounts=AccountCounts(0, 0, 0, 0),
        loads=(),
        notes=(),
    )


def observation(check: str, title: str, seen: str, *ids: str) -> FindingResult:
    """Return an observation on the inferred requirements with these ids."""
    references = tuple(RequirementReference(one, "", "inferred", "") for one in ids)
    known, verdict = CheckId.parse(check), Verdict.FAIL
    return FindingResult(
        "f", known, "s", title, "", seen, references, verdict, None, "", (), (), (), 1
    )

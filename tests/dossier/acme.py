"""A made-up vendor with stated and inferred parts, and a run of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.model.binding import Binding, Promises, Verb
from harness.model.operation import Specification
from harness.spec.openapi import read_specification
from tests.audit.build import Vendor, rule

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
        rule("ACME-IDEM-1", "scenario:idempotency"),
        rule("LAW-FLOOR", "invariant:floor", basis="law"),
        rule("ACME-ERR-2", "scenario:errors", basis="inferred"),
        rule("ACME-ODD-1", "scenario:odd", basis="inferred"),
    )
    return Vendor("acme", "Acme", specification(folder), binding, rows)


def row(identity: str, verdict: str, basis: str = "documented", **more: Any) -> dict[str, Any]:
    """Return a row of the result's requirements."""
    count = more.get("count", 0 if verdict in ("inapplicable", "inconclusive") else 1)
    checks = [{"check": "scenario:x", "verdict": verdict, "count": count}] if count else []
    return {
        "id": identity,
        "title": f"Title of {identity}",
        "basis": basis,
        "source": "page 1",
        "verdict": verdict,
        "reason": more.get("reason", ""),
        "checks": checks,
    }


def part(
    rows: Iterable[Mapping[str, Any]] = (), observations: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return a vendor's part of a result document, with so much of it as a dossier reads."""
    counts = {"requests": 9, "ok": 7, "refused": 1, "unknown": 1, "checks": 5, "scenarios": 1}
    covered = {"title": "", "ok": 0, "refused": 0, "unknown": 0, "requirements": 0}
    return {
        "vendor": "acme",
        "title": "Acme",
        "target": "mock",
        "kind": "mock",
        "verdict": "pass",
        "exit": 0,
        "headline": "Passed.",
        "counts": counts,
        "requirements": list(rows),
        "findings": [],
        "observations": list(observations),
        "coverage": [
            {"operation": "add_points", "calls": 8, **covered},
            {"operation": "get_balance", "calls": 0, **covered},
        ],
    }

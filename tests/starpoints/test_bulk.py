"""Bulks: a result for each row, all rows or none, and a job that is asked after."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.starpoints.project import BINDING, SPECIFICATION, TARGETS, VENDOR, Project

SEARCH_PATH = "  /v2/loyalty/events/search:\n"
BULK_PATH = """\
  /v2/loyalty/bulk:
    post:
      operationId: BulkAddPoints
      x-source: handbook, Bulk
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [rows]
              properties:
                rows:
                  type: array
                  minItems: 1
                  maxItems: 100
                  items:
                    type: object
                    required: [account_id, points, idempotency_key]
                    properties:
                      account_id: {type: string}
                      points: {type: integer}
                      idempotency_key: {$ref: "#/components/schemas/Key"}
      responses:
        "STATUS":
          description: what came of it
          content: {application/json: {schema: SCHEMA}}
        default: {$ref: "#/components/responses/Errors"}
"""
RESULTS = """\
{type: object, required: [results],
            properties: {results: {type: array, items: {type: object, required: [status]}}}}"""
JOB = "{type: object, required: [job]}"
JOB_PATH = """\
  /v2/loyalty/jobs/{job_id}:
    parameters: [{name: job_id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: GetJob
      x-source: handbook, Bulk
      responses:
        "200":
          description: a job
          content: {application/json: {schema: {type: object, required: [job]}}}
        default: {$ref: "#/components/responses/Errors"}
"""
ROW = {
    "account_id": "${member.id}",
    "points": "${units}",
    "idempotency_key": "${reference}",
}
BY_ROW = {
    "list": "/results",
    "outcomes": [
        {"when": {"body": "/status", "equals": 200}, "then": "ok"},
        {"when": {"body": "/status", "exists": True}, "then": "refused", "reason": "unspecified"},
        {"when": "always", "then": "unknown"},
    ],
}
JOB_SCENARIO = """\
format: 1
scenarios:
  - id: job.done
    title: A bulk is done in the end, and its points are there
    needs: [balance]
    members: {m: {}}
    steps:
      - id: ask
        operation: BulkAddPoints
        member: m
        extract: {job: /job/id}
        expect: {outcome: ok, body: {/job/state: pending}}
      - id: wait
        operation: GetJob
        send: {path: {job_id: "${job}"}}
        until: {body: {/job/state: done}}
        within: 5s
        expect: {outcome: ok, body: {/job/results/0/status: 200}}
    expect: {balance: {member: m, change: 1}}
"""


def test_a_bulk_whose_rows_stand_for_themselves_is_judged(project: Project) -> None:
    """20: 207 with a result for each row; refused rows are left out, and the others are done."""
    declare_bulk(project, 207, "each", {"rows": BY_ROW})
    project.serve()
    run = project.check("--only", "bulk.")
    run.passed()
    assert run.verdicts()["LAW-BULK-EACH"] == "pass"
    mixed = [one for one in run.outcomes("BulkAddPoints") if row_outcomes(one) == {"ok", "refused"}]
    assert mixed, "no bulk with an invalid row was sent"


def test_a_row_that_is_reported_and_not_done_is_found(project: Project) -> None:
    """20: a server that claims the rows behind a refused one fails."""
    declare_bulk(project, 207, "each", {"rows": BY_ROW})
    project.serve(defect="claims-rows")
    run = project.check("--only", "bulk.")
    assert run.exit == 1, run.output
    assert "LAW-BULK-EACH" in run.violated()


def test_an_atomic_bulk_passes(project: Project) -> None:
    """All rows are done or none is."""
    declare_bulk(project, 200, "atomic", {})
    project.serve("atomic-bulk")
    project.check("--only", "bulk.").passed()


def test_an_atomic_bulk_that_keeps_rows_is_found(project: Project) -> None:
    """A refused bulk that keeps the rows before the failure violates the law of atomic bulks."""
    declare_bulk(project, 200, "atomic", {})
    project.serve("atomic-bulk", defect="keeps-rows")
    run = project.check("--only", "bulk.")
    assert run.exit == 1, run.output
    assert "LAW-BULK-ATOMIC" in run.violated()


@pytest.mark.parametrize("seconds", [0.3, 60], ids=["done", "never-done"])
def test_a_job_is_asked_after_until_it_is_done(project: Project, seconds: float) -> None:
    """21: 202 names a job, a scenario waits for it; a job that takes too long is a violation."""
    declare_paths(project, 202, JOB, JOB_PATH)
    row = {"account_id": "${member.id}", "points": 1, "idempotency_key": "${fresh}"}
    binding = project.read(BINDING)
    binding["samples"]["BulkAddPoints"] = {"body": {"rows": [row]}}
    binding["samples"]["GetJob"] = {"path": {"job_id": "${value.job}"}}
    project.write(BINDING, binding)
    project.accept(202)
    project.edit(TARGETS, "location: L1", "location: L1, job: none")
    scenarios = project.root / f"contracts/{VENDOR}/scenarios"
    scenarios.mkdir()
    (scenarios / "job.yaml").write_text(JOB_SCENARIO, "utf-8")
    project.require("scenario:job.done")
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve("job", job_seconds=seconds)
    run = project.check("--only", "job.")
    asked = run.outcomes("GetJob")
    if seconds < 5:
        run.passed()
        assert run.verdicts()["STAR-EXTRA-1"] == "pass"
        assert [json.loads(one["response"])["job"]["state"] for one in asked[-2:]] == STATES
    else:
        assert run.exit == 1, run.output
        assert run.violated() == {"STAR-EXTRA-1"}
        assert run.seconds < 30
    assert 2 <= len(asked) <= 60


STATES = ["pending", "done"]


def declare_bulk(project: Project, status: int, failure: str, extract: dict[str, Any]) -> None:
    """Declare the bulk as a verb, what it promises and what its response shows."""
    declare_paths(project, status, RESULTS)
    binding = project.read(BINDING)
    binding["verbs"]["bulk_earn"] = {
        "operation": "BulkAddPoints",
        "effect": "credit",
        "rows": {"at": "/rows", "each": ROW},
        "extract": extract,
    }
    binding["promises"] |= {"bulk_limit": 100, "bulk_failure": failure}
    project.write(BINDING, binding)
    project.accept(status)
    lint = project.lint()
    assert lint.exit == 0, lint.output


def declare_paths(project: Project, status: int, schema: str, more: str = "") -> None:
    """Put the bulk into the specification, with the schema of its response."""
    path = BULK_PATH.replace("STATUS", str(status)).replace("SCHEMA", schema)
    project.edit(SPECIFICATION, SEARCH_PATH, f"{path}{more}{SEARCH_PATH}")


def row_outcomes(attempt: dict[str, Any]) -> set[str]:
    """Return the outcomes of the rows of a bulk, as its journal has them."""
    return {outcome for outcome, _ in attempt.get("seen", {}).get("rows", ())}

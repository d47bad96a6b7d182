"""What the declarations of a vendor may be, and what lint says where they are wrong."""

from __future__ import annotations

import shutil

import pytest

from tests.cli.running import harness, result_of
from tests.starpoints.project import BINDING, SPECIFICATION, VENDOR, Project

CURSOR = 'cursor: {type: string, pattern: "^[0-9]{1,9}$"}'
JOB_PATH = """\
  /v2/loyalty/jobs/{job_id}:
    parameters: [{name: job_id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: GetJob
      x-source: handbook, Jobs
      responses:
        "200": {description: a job, content: {application/json: {schema: {type: object}}}}
"""


def test_the_files_alone_are_valid(project: Project) -> None:
    """The made-up vendor as it is."""
    lint = project.lint()
    assert lint.exit == 0, lint.output
    assert f"{VENDOR}: valid (6 operations, " in lint.output


def test_a_vendor_by_files_alone_passes_the_gate(project: Project) -> None:
    """01: it has no mock; its journal can be audited, and its dossier written."""
    project.serve()
    run = project.gate()
    run.passed()
    verdicts = run.verdicts()
    for name in ("STAR-EARN-1", "LAW-CONSERVATION", "LAW-ONE-EFFECT", "LAW-FLOOR", "LAW-READS"):
        assert verdicts[name] == "pass"
    assert run.result["loads"]
    for words in (("audit", str(run.folder)), ("onboard", "--run", str(run.folder))):
        done = harness(*words, "--root", str(project.root))
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_only_target_is_the_default(project: Project) -> None:
    """01: nothing has to be named where there is no choice."""
    project.serve()
    run = project.check("--only", "ledger.mixed", target="")
    run.passed()
    assert run.result["target"] == "local"


def test_a_lost_update_is_found(project: Project) -> None:
    """01: a server that is wrong fails, as a vendor's mock with a seeded defect does."""
    project.serve(defect="loses-updates")
    run = project.check("--only", "race.")
    assert run.exit == 1, run.output
    assert "LAW-CONSERVATION" in run.violated()


def test_a_proof_without_a_mock_says_what_it_cannot_show(project: Project) -> None:
    """01: four files are enough; a gate of the vendor's own server is what can be run."""
    shutil.rmtree(project.root / "loadtests")
    project.serve()
    out = project.root / "proof"
    words = ("--root", str(project.root), "--out", str(out))
    done = harness("prove", VENDOR, *words, cwd=project.root, env=project.env)
    assert done.returncode == 5, done.stdout + done.stderr
    proof = result_of(out)
    assert (proof["verdict"], proof["problems"], proof["kills"]) == ("inconclusive", [], [])
    detected = {one["auditor"]: one["detected"] for one in proof["seeded_auditors"]}
    assert detected["tail-dropped"] == 1
    defects, false_positives = proof["not_shown"]
    assert "seeded defects, as the package has no mock" in defects
    assert "the gate of it passed" in false_positives


def test_openapi_3_0_is_read(project: Project) -> None:
    """02: `nullable` allows null, as it did in 3.0."""
    project.edit(SPECIFICATION, "openapi: 3.1.0", "openapi: 3.0.0")
    for name in ("detail", "category"):
        old = f"{name}: {{type: string}}"
        project.edit(SPECIFICATION, old, f"{name}: {{type: string, nullable: true}}")
    lint = project.lint()
    assert lint.exit == 0, lint.output


def test_a_path_in_another_file_is_followed(project: Project) -> None:
    """03: `$ref` of a path item to a file, as published documents have them."""
    specification = project.read(SPECIFICATION)
    path = "/v2/loyalty/events/search"
    project.write(f"specs/{VENDOR}/paths/search.yaml", _outside(specification["paths"][path]))
    specification["paths"][path] = {"$ref": "paths/search.yaml"}
    project.write(SPECIFICATION, specification)
    lint = project.lint()
    assert lint.exit == 0, lint.output
    assert "6 operations" in lint.output


def _outside(value: object) -> object:
    """Return a part of the specification as a file beside it writes it."""
    if isinstance(value, dict):
        return {k: f"../openapi.yaml{v}" if k == "$ref" else _outside(v) for k, v in value.items()}
    return [_outside(item) for item in value] if isinstance(value, list) else value


def test_the_laws_come_with_the_harness(project: Project) -> None:
    """36: a root with one vendor and nothing else is judged by the laws of points ledgers."""
    shutil.rmtree(project.root / "loadtests")
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve()
    run = project.check()
    run.passed()
    verdicts = run.verdicts()
    for name in ("LAW-CONSERVATION", "LAW-ONE-EFFECT", "LAW-FLOOR", "LAW-READS"):
        assert verdicts[name] == "pass"


def test_a_text_in_a_number_is_our_mistake(project: Project) -> None:
    """37: lint names the file and the line; the run sends nothing."""
    line = '        redeem_points: {points: "${units}"}'
    project.edit(BINDING, line, line.replace("${units}", "+${units}"))
    text = (project.root / BINDING).read_text("utf-8")
    number = text[: text.index("+${units}")].count("\n") + 1
    lint = project.lint()
    assert lint.exit == 2, lint.output
    assert f"binding.yaml:{number}" in lint.output
    assert "points" in lint.output
    project.serve()
    run = project.check("--only", "idempotency.")
    assert run.exit == 2, run.output
    assert not run.folder.exists()


def test_an_operation_without_a_sample_is_left_alone(project: Project) -> None:
    """43: lint names it; no request has braces in its path, and none is held against the vendor."""
    project.add_paths(JOB_PATH)
    lint = project.lint()
    project.serve()
    run = project.check()
    assert lint.exit == run.exit == 2 or (run.exit in (0, 5) and not run.findings), run.output
    sent = [*run.lines()] if run.folder.exists() else []
    assert not [line for line in sent if line["event"] == "invoke" and "{" in line["request"][1]]
    assert "GetJob" in lint.output


@pytest.mark.parametrize("declared", [False, True], ids=["undeclared", "declared"])
def test_a_cursor_is_never_made_up(project: Project, declared: bool) -> None:
    """34: a text that only the server makes, of which the specification can say no more."""
    project.edit(SPECIFICATION, CURSOR, "cursor: {type: string}")
    if declared:
        project.edit(BINDING, "\nsensitive: [", "\nopaque: [cursor]\nsensitive: [")
    assert project.lint().exit == 0
    project.serve()
    run = project.check()
    run.passed()
    sent = run.outcomes("SearchLoyaltyEvents")
    assert any(one["outcome"] == "ok" for one in sent)
    # What has another type than a text is sent to be refused.
    assert not [one for one in sent if '"cursor":"' in one["request"][2].replace(" ", "")]

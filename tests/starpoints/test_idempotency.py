"""Keys against repeats: where they stand, how repeats are refused, how long they are known."""

from __future__ import annotations

import pytest

from tests.starpoints.project import BINDING, WORKLOAD, Project, key_in_header


@pytest.mark.parametrize(
    "habit",
    [
        pytest.param("key-in-header", id="17-key-in-header"),
        pytest.param("conflict-in-flight", id="18-in-flight-409"),
        pytest.param("changed-key-422", id="19-changed-422"),
    ],
)
def test_the_usual_habits_of_keys_pass_the_gate(project: Project, habit: str) -> None:
    """The header Idempotency-Key; 409 while the first is under way; 422 for another request."""
    if habit == "key-in-header":
        key_in_header(project)
        lint = project.lint()
        assert lint.exit == 0, lint.output
    project.serve(habit)
    run = project.gate()
    run.passed()
    assert run.verdicts()["LAW-ONE-EFFECT"] == "pass"


def test_a_command_that_repeats_a_finding_sends_the_key(project: Project) -> None:
    """22: the key is a header and the server forgets it; each curl of a change carries it."""
    key_in_header(project)
    project.serve("key-in-header", defect="forgets-keys")
    run = project.check("--only", "idempotency.")
    assert run.exit == 1, run.output
    assert "LAW-ONE-EFFECT" in run.violated()
    commands = [command for one in run.findings for command in one["curl"]]
    changes = [one for one in commands if "/accumulate" in one or "/redeem" in one]
    assert changes
    assert all("idempotency-key:" in one.lower() for one in changes)
    assert all("--data" in one or " -d " in one for one in changes)


def test_a_key_that_is_forgotten_too_early_is_found(project: Project) -> None:
    """23: a second and a half after its use, although a repeat is promised the same response."""
    repeat_more(project)
    project.serve(defect="forgets-old-keys")
    run = project.gate()
    assert run.exit == 1, run.output
    assert "LAW-ONE-EFFECT" in run.violated()


def test_a_key_may_be_forgotten_after_its_declared_lifetime(project: Project) -> None:
    """23: no repeat after the lifetime that the vendor states is held against it."""
    known = "promises: {repeat: same, reference_lifetime: 1s,"
    project.edit(BINDING, "promises: {repeat: same,", known)
    repeat_more(project)
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve(defect="forgets-old-keys")
    run = project.gate()
    run.passed()
    assert run.verdicts()["LAW-ONE-EFFECT"] == "pass"


KEY_LAWS = {"LAW-KEY-REQUIRED", "LAW-KEY-CHANGED", "LAW-KEY-STORED", "LAW-KEY-IN-FLIGHT"}


@pytest.mark.parametrize("correct", [True, False], ids=["kept", "broken"])
def test_one_line_promises_all_of_the_draft(project: Project, correct: bool) -> None:
    """The Idempotency-Key draft; a changed request that is refused with 400 breaks it."""
    key_in_header(project)
    binding = project.read(BINDING)
    del binding["promises"]["repeat"]
    binding["promises"]["extends"] = "idempotency-key-draft"
    project.write(BINDING, binding)
    lint = project.lint()
    assert lint.exit == 0, lint.output
    changed = ("changed-key-422",) if correct else ()
    project.serve("key-in-header", "conflict-in-flight", *changed)
    run = project.check("--only", ".key-")
    verdicts = {name: verdict for name, verdict in run.verdicts().items() if name in KEY_LAWS}
    if correct:
        run.passed()
        assert verdicts == dict.fromkeys(KEY_LAWS, "pass")
    else:
        assert run.exit == 1, run.output
        assert run.violated() == {"LAW-KEY-CHANGED"}


def repeat_more(project: Project) -> None:
    """Let the load repeat many requests, also a while after the first one."""
    project.edit(WORKLOAD, "weight: 8, replay: true", "weight: 40, replay: true")
    project.edit(WORKLOAD, "duration: 3s, rate: 60", "duration: 4s, rate: 60")

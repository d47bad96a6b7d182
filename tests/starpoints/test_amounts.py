"""How amounts and balances may be written, and whose they are."""

from __future__ import annotations

import pytest

from tests.starpoints.project import BINDING, SPECIFICATION, WORKLOAD, Ended, Project

ODD_IDS = ("a/b", "a b", "50%", "1+1", "ก้อน", "😀", "a?b#c", "x%2Fy", "e&f=g;h")


@pytest.mark.parametrize("verbs", [("burn",), ("burn", "earn")], ids=["burn", "burn-and-earn"])
def test_a_negative_amount_takes_points(project: Project, verbs: tuple[str, ...]) -> None:
    """04: one operation adds points and takes them, by the sign of the amount."""
    binding = project.read(BINDING)
    send = {
        "path": {"account_id": "${member.id}"},
        "body": {"idempotency_key": "${reference}", "adjust_points": {"points": "${units}"}},
    }
    adjust = {"operation": "AdjustLoyaltyPoints", "send": send, "extract": {"entry": "/event/id"}}
    for name in verbs:
        signed = {"effect": "debit", "unit": -1} if name == "burn" else {"effect": "credit"}
        binding["verbs"][name] = {**adjust, **signed}
    del binding["samples"]["AdjustLoyaltyPoints"]
    body = {"idempotency_key": "${fresh}", "redeem_points": {"points": 1}}
    binding["samples"]["RedeemLoyaltyPoints"] = {"path": send["path"], "body": body}
    if "earn" in verbs:
        body = {"idempotency_key": "${fresh}", "accumulate_points": {"points": 1}}
        body["location_id"] = "${value.location}"
        sample = {"path": send["path"], "body": body}
        binding["samples"]["AccumulateLoyaltyPoints"] = sample
    project.write(BINDING, binding)
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve()
    run = project.check("--only", "ledger.")
    run.passed()
    assert run.verdicts()["LAW-CONSERVATION"] == "pass"
    taken = [one for one in run.outcomes("AdjustLoyaltyPoints") if one["verb"] == "burn"]
    assert all('"points":-' in one["request"][2].replace(" ", "") for one in taken)
    assert any(one["outcome"] == "ok" for one in taken)


FORMS = pytest.mark.parametrize(
    ("habit", "kind", "declared"),
    [
        pytest.param("half-points", "number", "{decimals: 1}", id="09-decimals"),
        pytest.param("thousands", "string", '{thousands_separator: ","}', id="10-thousands"),
    ],
)


@FORMS
def test_a_balance_that_cannot_be_read_is_named(
    project: Project, habit: str, kind: str, declared: str
) -> None:
    """Judged, or said which value is not a whole number; never that no balance is shown."""
    run = check_balances(project, habit, kind)
    assert run.exit in (0, 5), run.output
    assert run.findings == []
    if run.exit == 5:
        assert "shows no balance" not in run.output
        assert "whole number" in run.output
        assert ("1000.5" if kind == "number" else "12,345") in run.output


@FORMS
def test_a_declared_form_of_balances_is_judged(
    project: Project, habit: str, kind: str, declared: str
) -> None:
    """Conservation is judged in exact numbers."""
    project.edit(BINDING, "\nsensitive: [", f"\namounts: {declared}\nsensitive: [")
    run = check_balances(project, habit, kind)
    run.passed()
    assert run.verdicts()["LAW-CONSERVATION"] == "pass"
    assert run.result["accounts"]["consistent"] > 0


def check_balances(project: Project, habit: str, kind: str) -> Ended:
    """Check the ledger of a server whose specification says that balances are of this kind."""
    specification = project.root / SPECIFICATION
    text = specification.read_text("utf-8")
    for name in ("balance", "lifetime_points", "points"):
        text = text.replace(f" {name}: {{type: integer}}\n", f" {name}: {{type: {kind}}}\n")
    specification.write_text(text, "utf-8")
    project.cut(BINDING, "enroll:", "promises:")
    project.list_members(*(f"acc-{number:03}" for number in range(1, 9)))
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve(habit, initial_balance=1000 if kind == "number" else 12345)
    return project.check("--only", "ledger.")


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "undeclared"])
def test_a_balance_may_arrive_late_where_the_vendor_says_so(
    project: Project, declared: bool
) -> None:
    """Reads wait for it; without the promise it is a violation."""
    lag = "balance_lag: 0.6s, " if declared else ""
    project.edit(BINDING, "consistency: linearizable", f"{lag}consistency: session")
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve("late-balance")
    run = project.check("--only", "ledger.m")
    if declared:
        run.passed()
        assert run.verdicts()["LAW-CONSERVATION"] == "pass"
    else:
        assert run.exit == 1, run.output
        assert "LAW-CONSERVATION" in run.violated()


def test_members_may_have_any_number(project: Project) -> None:
    """33: what addresses keep for themselves: a slash, a blank, a plus, Thai, an emoji."""
    project.list_members(*(f"acc-{text}" for text in ODD_IDS))
    project.edit(WORKLOAD, "{count: 12, initial_balance: 500}", "{count: 9, initial_balance: 500}")
    # Adjusting moves points of listed members, whose balances would then be unknown.
    binding, specification = project.read(BINDING), project.read(SPECIFICATION)
    del binding["samples"]["AdjustLoyaltyPoints"]
    del specification["paths"]["/v2/loyalty/accounts/{account_id}/adjust"]
    project.write(BINDING, binding)
    project.write(SPECIFICATION, specification)
    project.serve()
    check = project.check()
    check.passed()
    project.load().passed()
    accounts = {line["account"] for line in check.lines() if "account" in line}
    assert accounts >= {f"acc-{text}" for text in ODD_IDS}

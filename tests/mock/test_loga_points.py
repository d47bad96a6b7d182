"""Adding and using points one by one on the clean mock."""

from __future__ import annotations

import pytest

from tests.mock.client import Client
from tests.mock.test_loga_account import refused


def plastic(client: Client) -> str:
    """Return the card id of a plastic member."""
    rows = client.call("get_customers", offset=0, limit=20)["data"]
    return str(next(row["pcard_id"] for row in rows if row["card_type"] == "plastic"))


def test_earn_returns_what_remains(clean: Client) -> None:
    """Each earn returns the balance after it, and a read agrees."""
    member = clean.member()
    assert clean.earn(member, 7)["data"] == {"point": {"now": 7}}
    assert clean.earn(member, 5)["data"] == {"point": {"now": 12}}
    assert clean.balance(member) == 12


def test_burn_returns_code_and_msg_only(clean: Client) -> None:
    """A burn lowers the balance, down to zero, and returns no data."""
    member = clean.member()
    clean.earn(member, 12)
    assert clean.burn(member, 5) == {"code": 200, "msg": "ok"}
    assert clean.burn(member, 7) == {"code": 200, "msg": "ok"}
    assert clean.balance(member) == 0


def test_overdraft_is_refused(clean: Client) -> None:
    """A burn above the balance is refused and leaves it as it was."""
    member = clean.member()
    clean.earn(member, 5)
    assert refused(clean.burn(member, 6))
    assert clean.balance(member) == 5


@pytest.mark.parametrize("point", ["0", "-5", "1.5", "abc", "", "1e3", " 5", "٥", "9" * 400])
def test_an_amount_that_is_none_is_refused(clean: Client, point: str) -> None:
    """Zero, negative and non-integer points are refused without effect, for earn and burn."""
    member = clean.member()
    clean.earn(member, 10)
    assert refused(clean.earn(member, point))
    assert refused(clean.burn(member, point))
    assert clean.balance(member) == 10


def test_cap_holds_on_both_sides(clean: Client) -> None:
    """One million passes and one point more does not, for earn, burn and ticket."""
    member = clean.member()
    assert clean.earn(member, 1_000_000)["code"] == 200
    assert refused(clean.earn(member, 1_000_001))
    assert clean.earn(member, 999_999)["data"]["point"]["now"] == 1_999_999
    assert refused(clean.burn(member, 1_000_001))
    assert clean.burn(member, 1_000_000)["code"] == 200
    assert clean.call("create_ticket", amount=1_000_000)["code"] == 200
    assert refused(clean.call("create_ticket", amount=1_000_001))


def test_repeat_is_ignored_and_returns_the_balance_now(clean: Client) -> None:
    """A known reference changes nothing, whatever amount comes with it."""
    member = clean.member()
    clean.earn(member, 5, reference="repeat-1")
    clean.earn(member, 3)
    assert clean.earn(member, 5, reference="repeat-1")["data"]["point"]["now"] == 8
    assert clean.earn(member, 50, reference="repeat-1", replace_duplicate="no")["code"] == 200
    assert clean.burn(member, 1, reference="repeat-1")["code"] == 200
    assert clean.balance(member) == 8


def test_repeat_of_a_burn_succeeds_when_points_have_run_out(clean: Client) -> None:
    """A repeated burn is ignored before anybody asks whether it could be paid."""
    member = clean.member()
    clean.earn(member, 5)
    assert clean.burn(member, 5, reference="burn-1")["code"] == 200
    assert clean.burn(member, 5, reference="burn-1")["code"] == 200
    assert clean.balance(member) == 0


def test_requests_without_reference_all_count(clean: Client) -> None:
    """Two equal earns without a reference, or with an empty one, count twice."""
    member = clean.member()
    for reference in (None, None, "", ""):
        clean.earn(member, 5, reference=reference)
    assert clean.balance(member) == 20


def test_references_are_taken_exactly(clean: Client) -> None:
    """References that differ in case, length or a trailing blank are different ones."""
    member = clean.member()
    for reference in ("Exact-A", "exact-a", "Exact-A ", "é-A", "e-A", "x" * 300 + "1", "x" * 300):
        clean.earn(member, 1, reference=reference)
    assert clean.balance(member) == 7


def test_reference_of_another_card_is_another_reference(clean: Client) -> None:
    """Each card has its own references and its own balances."""
    member = clean.member()
    clean.earn(member, 5, reference="two-cards")
    response = clean.earn(member, 3, reference="two-cards", card_id="1002")
    assert response["data"]["point"]["now"] == 3
    assert clean.balance(member) == 5


def test_refusal_does_not_use_up_the_reference(clean: Client) -> None:
    """After a refusal the same reference still works, for earn and burn."""
    member = clean.member()
    assert refused(clean.earn(member, 1_000_001, reference="again-1"))
    assert clean.earn(member, 5, reference="again-1")["data"]["point"]["now"] == 5
    assert refused(clean.burn(member, 6, reference="again-2"))
    clean.earn(member, 5)
    assert clean.burn(member, 6, reference="again-2")["code"] == 200
    assert clean.balance(member) == 4


def test_replacement_counts_alone(clean: Client) -> None:
    """replace_duplicate=yes leaves the balance as if only the replacement had been sent."""
    member = clean.member()
    assert clean.earn(member, 5, reference="rep-1", replace_duplicate="yes")["code"] == 200
    response = clean.earn(member, 9, reference="rep-1", replace_duplicate="yes")
    assert response["data"]["point"]["now"] == 9
    clean.burn(member, 4, reference="rep-2")
    clean.burn(member, 8, reference="rep-2", replace_duplicate="yes")
    assert clean.balance(member) == 1


def test_replacement_is_refused_when_it_does_not_fit(clean: Client) -> None:
    """Another customer's, another kind's, or one that would overdraw is refused without effect."""
    member, other = clean.member(), clean.member()
    clean.earn(member, 10, reference="fit-1")
    clean.earn(other, 10)
    clean.burn(member, 8, reference="fit-2")
    yes = {"replace_duplicate": "yes"}
    assert refused(clean.earn(other, 5, reference="fit-1", **yes))
    assert refused(clean.burn(member, 1, reference="fit-1", **yes))
    assert refused(clean.burn(member, 11, reference="fit-2", **yes))
    assert refused(clean.earn(member, 7, reference="fit-1", **yes))
    assert (clean.balance(member), clean.balance(other)) == (2, 10)


def test_member_is_named_by_exactly_one_identifier(clean: Client) -> None:
    """None, both, unknown, and the wrong kind of identifier are refused."""
    member, pcard_id = clean.member(), plastic(clean)
    for fields in (
        {"cuid": None},
        {"pcard_id": pcard_id},
        {"cuid": "999999999"},
        {"cuid": None, "pcard_id": member},
        {"cuid": pcard_id},
    ):
        assert refused(clean.earn(member, 5, **fields)), fields
    assert clean.balance(member) == 0


def test_plastic_member_earns_and_burns(clean: Client) -> None:
    """A plastic card has an account of its own."""
    pcard_id = plastic(clean)
    named = {"cuid": None, "pcard_id": pcard_id}
    before = clean.earn("", 10, **named)["data"]["point"]["now"]
    assert clean.burn("", 4, **named)["code"] == 200
    found = clean.call("get_customer_info", plastic_ident=f"885{int(pcard_id):010d}")["data"]
    assert found["point"]["now"] == before - 4


def test_remark_is_required_to_earn(clean: Client) -> None:
    """An earn without remark, or with an empty one, is refused."""
    member = clean.member()
    assert refused(clean.earn(member, 5, remark=None))
    assert refused(clean.earn(member, 5, remark=""))


def test_burn_needs_a_remark_or_a_reward(clean: Client) -> None:
    """Neither is refused; a reward must be known and its price met, with either sign."""
    member = clean.member()
    clean.earn(member, 100)
    price = clean.call("get_rewards")["data"][0]["display_amount"]
    reward = clean.call("get_rewards")["data"][0]["reward_id"]
    assert refused(clean.burn(member, 5, remark=None))
    assert refused(clean.burn(member, price - 1, remark=None, pp_id=reward))
    assert refused(clean.burn(member, price, remark=None, pp_id="no such reward"))
    assert clean.burn(member, price, remark=None, pp_id=reward)["code"] == 200
    assert clean.burn(member, -price, remark=None, pp_id=reward)["code"] == 200
    assert clean.balance(member) == 100 - 2 * price


def test_formula_turns_money_into_points(clean: Client) -> None:
    """Cost times multiplier, rounded down, wins over any point that is sent."""
    member = clean.member()
    formula = clean.call("get_card_detail")["data"]["point_product"]["add"][0]
    assert formula["multiplier"] == "0.04"
    by_formula = {"formula_id": formula["formula_id"]}
    for cost, points in (("25", 1), ("99.99", 3), ("100", 4), ("1e2", 4)):
        before = clean.balance(member)
        response = clean.earn(member, None, cost=cost, **by_formula)
        assert response["data"]["point"]["now"] == before + points
    before = clean.balance(member)
    assert clean.earn(member, "nonsense", cost="50", **by_formula)["code"] == 200
    assert clean.balance(member) == before + 2


def test_formula_that_does_not_apply_is_refused_or_ignored(clean: Client) -> None:
    """Half a formula needs a point; unknown ones and results outside the bounds are refused."""
    member = clean.member()
    for fields in (
        {"cost": "100"},
        {"formula_id": "1"},
        {"cost": "100", "formula_id": "77"},
        {"cost": "abc", "formula_id": "1"},
        {"cost": "-100", "formula_id": "1"},
        {"cost": "1", "formula_id": "1"},
        {"cost": "25000025", "formula_id": "1"},
        {"cost": "100", "formula_id": "1", "card_id": "1002"},
    ):
        assert refused(clean.earn(member, None, **fields)), fields
    assert clean.earn(member, 5, cost="100")["data"]["point"]["now"] == 5
    assert clean.earn(member, 5, formula_id="1")["data"]["point"]["now"] == 10
    off = clean.earn(member, 5, cost="100", formula_id="1", card_id="1002")
    assert off["data"]["point"]["now"] == 5


def test_ticket_has_a_serial_and_moves_nothing(clean: Client) -> None:
    """Tickets have serials of their own; no balance changes; an invalid amount is refused."""
    member = clean.member()
    serials = {clean.call("create_ticket", amount=5)["data"]["serial"] for _ in range(3)}
    assert len(serials) == 3
    assert clean.balance(member) == 0
    for amount in (None, 0, -1, "x"):
        assert refused(clean.call("create_ticket", amount=amount))

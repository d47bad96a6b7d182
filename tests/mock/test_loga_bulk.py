"""Adding and using points in bulk on the clean mock."""

from __future__ import annotations

import time

import pytest

from tests.mock.client import Client
from tests.mock.test_loga_account import refused

Rows = list[tuple[str, object, str]]


def rows(member: str, points: list[object], tag: str) -> Rows:
    """Return rows of one member with references of their own."""
    return [(member, point, f"{tag}-{number}") for number, point in enumerate(points)]


def test_bulk_earn_returns_users_and_transactions(clean: Client) -> None:
    """A full success returns each customer's points and the first and last transaction."""
    one, two = clean.member(), clean.member()
    value = clean.bulk("add", [(one, 5, ""), (two, 7, ""), (one, 3, "")])
    assert value["data"]["users"] == [{"cuid": one, "point": 8}, {"cuid": two, "point": 7}]
    transaction = value["data"]["transaction"]
    assert transaction["end"] == transaction["start"] + 2


def test_bulk_burn_returns_the_last_balance(clean: Client) -> None:
    """A bulk use returns the balance of the customer of its last row."""
    member = clean.member()
    clean.earn(member, 20)
    assert clean.bulk("use", rows(member, [5, 6], "")) == {
        "code": 200,
        "msg": "ok",
        "data": {"point": {"now": 9}},
    }


@pytest.mark.parametrize("at", [0, 1, 3])
def test_bulk_stops_at_the_first_invalid_row(clean: Client, at: int) -> None:
    """Rows before the invalid one stay, rows after it are not tried, and its index is returned."""
    member = clean.member()
    points: list[object] = [1, 10, 100, 1_000, 10_000]
    points[at] = 1_000_001
    value = clean.bulk("add", rows(member, points, f"stop-{at}"))
    assert (value["code"], value["data"]) == (503, {"fail_at": at})
    assert value["msg"]
    assert clean.balance(member) == sum((1, 10, 100, 1_000)[:at])


@pytest.mark.parametrize(
    "change",
    [
        {"cuid": "999999999"},
        {"point": "0"},
        {"point": "-1"},
        {"point": "x"},
        {"remark": ""},
        {"expired": "soon"},
        {"created": "-1"},
    ],
)
def test_a_row_is_held_to_the_rules_of_a_single_earn(clean: Client, change: dict[str, str]) -> None:
    """An unfit field of row one stops the run there, after row zero."""
    member = clean.member()
    columns = {
        "cuid": [member, member],
        "point": ["5", "5"],
        "remark": ["a", "b"],
        "expired": ["", ""],
        "created": ["", ""],
    }
    for name, text in change.items():
        columns[name] = [columns[name][0], text]
    value = clean.call("bulk_add_point", **columns)
    assert (value["code"], value["data"]) == (503, {"fail_at": 1})
    assert clean.balance(member) == 5


def test_bulk_takes_a_thousand_rows_and_not_one_more(clean: Client) -> None:
    """1,000 rows work; 1,001 are refused as a whole, for add and use."""
    member = clean.member()
    assert clean.bulk("add", [(member, 2, "")] * 1_000)["code"] == 200
    assert refused(clean.bulk("add", [(member, 2, "")] * 1_001))
    assert clean.balance(member) == 2_000
    assert clean.bulk("use", [(member, 1, "")] * 1_000)["code"] == 200
    assert refused(clean.bulk("use", [(member, 1, "")] * 1_001))
    assert clean.balance(member) == 1_000


def test_unequal_or_missing_arrays_are_refused_whole(clean: Client) -> None:
    """A shorter, longer or absent array stops the request before any row."""
    member = clean.member()
    full = {"cuid": [member] * 3, "point": ["5"] * 3, "remark": ["a"] * 3}
    for change in (
        {"point": ["5"] * 2},
        {"remark": ["a"] * 4},
        {"reference": ["r-1"]},
        {"cuid": None},
        {"point": None},
        {"remark": None},
        {"cuid": member},
    ):
        assert refused(clean.call("bulk_add_point", **{**full, **change})), change
    assert clean.balance(member) == 0


def test_references_are_one_namespace_over_single_and_bulk(clean: Client) -> None:
    """Known references are skipped as successes, inside one request, across requests and kinds."""
    member = clean.member()
    clean.earn(member, 5, reference="ns-1")
    value = clean.bulk("add", [(member, 7, "ns-1"), (member, 7, "ns-2"), (member, 7, "ns-2")])
    assert value["data"]["users"] == [{"cuid": member, "point": 12}]
    assert clean.earn(member, 9, reference="ns-2")["data"]["point"]["now"] == 12
    assert clean.bulk("use", [(member, 7, "ns-2"), (member, 2, "ns-3")])["code"] == 200
    assert clean.burn(member, 2, reference="ns-3")["code"] == 200
    assert clean.balance(member) == 10


def test_a_bulk_of_repeats_returns_the_stored_transactions(clean: Client) -> None:
    """Sending a whole bulk again returns the same and changes nothing."""
    member = clean.member()
    sent = rows(member, [1, 2, 3], "same")
    assert clean.bulk("add", sent) == clean.bulk("add", sent)
    assert clean.balance(member) == 6


def test_resending_after_a_stop_finishes_the_rest(clean: Client) -> None:
    """The corrected batch adds only what the first one did not."""
    member = clean.member()
    clean.bulk("add", rows(member, [1, 10, "bad", 1_000], "resend"))
    value = clean.bulk("add", rows(member, [1, 10, 100, 1_000], "resend"))
    assert value["data"]["users"] == [{"cuid": member, "point": 1_111}]


def test_each_row_sees_the_balance_left_by_the_one_before(clean: Client) -> None:
    """A batch that overspends in total fails at the row that would cross zero."""
    member = clean.member()
    clean.earn(member, 10)
    value = clean.bulk("use", rows(member, [4, 4, 4, 1], "cross"))
    assert value["data"] == {"fail_at": 2}
    assert clean.balance(member) == 2


def test_points_that_have_expired_do_not_count(clean: Client) -> None:
    """Rows expired in the past add nothing; those that expire later count until then."""
    member = clean.member()
    now = int(time.time())
    sent = [(member, 5, ""), (member, 7, ""), (member, 9, "")]
    expired = ["", str(now - 60), str(now + 2)]
    value = clean.bulk("add", sent, expired=expired, created=[str(now)] * 3)
    assert value["data"]["users"] == [{"cuid": member, "point": 14}]
    assert clean.burn(member, 8)["code"] == 200
    deadline = time.monotonic() + 5
    while clean.balance(member) == 6 and time.monotonic() < deadline:
        time.sleep(0.05)
    # The burn took from the points that expire first, so only one of them was left to expire.
    assert clean.balance(member) == 5


def test_bulk_use_knows_no_expiry(clean: Client) -> None:
    """An expired[] sent with a use is not looked at."""
    member = clean.member()
    clean.earn(member, 5)
    assert clean.bulk("use", [(member, 2, "")], expired=["1", "2"])["code"] == 200


def test_a_row_stands_at_the_time_it_gives(clean: Client) -> None:
    """A row with a date is listed at it, the one beside it without a date as made now."""
    member, then = clean.member(), 1_400_000_000
    sent = rows(member, [1, 2], "dated")
    made = clean.bulk("add", sent, created=[str(then), ""])["data"]["transaction"]
    listed = clean.call("get_activities", **{"from": then, "to": then})["data"]
    assert [(row["transaction_id"], row["created"]) for row in listed] == [(made["start"], then)]
    latest = clean.call("get_activities")["data"][0]
    assert latest["transaction_id"] == made["end"]
    assert abs(latest["created"] - time.time()) < 5

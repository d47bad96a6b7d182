"""Sessions, cards, rewards and customers of the clean mock."""

from __future__ import annotations

import json

from tests.mock.client import Client, md5


def device(client: Client, uuid: str) -> Client:
    """Log in from another device of the same user."""
    return Client(client.server, uuid).login()


def refused(value: dict[str, object]) -> bool:
    """Tell whether a response is a refusal in its documented form."""
    assert isinstance(value["code"], int)
    assert isinstance(value["msg"], str)
    return value["code"] != 200 and "data" not in value and bool(value["msg"])


def test_login_returns_a_token_and_the_merchant(clean: Client) -> None:
    """A login returns text for token, merchant, name and store."""
    secrets = clean.server.service.secrets
    fields = {"user": secrets["user"], "pass": md5(secrets["password"]).upper()}
    value = clean.call("login", **fields)
    assert value["code"] == 200
    assert set(value["data"]) == {"token", "mid", "name", "store_id"}
    assert all(isinstance(text, str) for text in value["data"].values())


def test_login_wants_the_hash_of_the_password(clean: Client) -> None:
    """The password itself, a wrong one and a wrong user are refused."""
    secrets = clean.server.service.secrets
    user, password = secrets["user"], secrets["password"]
    for pair in ((user, password), (user, md5("no")), ("no", md5(password)), (user, "")):
        assert refused(clean.call("login", user=pair[0], **{"pass": pair[1]}))


def test_token_works_only_with_its_device(clean: Client) -> None:
    """A token is refused with another uuid, without uuid, and when it is no token at all."""
    assert refused(clean.call("get_cards", uuid="another"))
    assert refused(clean.call("get_cards", uuid=None))
    assert refused(clean.call("get_cards", token="0" * 40))
    assert refused(clean.call("get_cards", token=None))


def test_logout_ends_one_device_only(clean: Client) -> None:
    """After logout the token is dead, those of other devices and logins live."""
    one, two, again = device(clean, "one"), device(clean, "two"), device(clean, "one")
    assert one.call("logout") == {"code": 200, "msg": "ok"}
    assert refused(one.call("get_cards"))
    assert refused(one.call("logout"))
    assert two.call("get_cards")["code"] == 200
    assert again.call("get_cards")["code"] == 200


def test_every_guarded_operation_refuses_without_token(clean: Client) -> None:
    """All operations but login and get_rewards need a token."""
    for operation in (
        *("logout", "get_cards", "get_card_detail", "get_customers", "get_customer_info"),
        *("add_customer_point", "use_customer_point", "bulk_add_point", "bulk_use_point"),
        "create_ticket",
    ):
        assert refused(clean.call(operation, token=None)), operation
    assert clean.call("get_rewards", token=None, uuid=None)["code"] == 200


def test_cards_are_the_merchants_own(clean: Client) -> None:
    """Two cards are listed; that of another merchant is refused everywhere."""
    cards = clean.call("get_cards")["data"]
    assert [set(card) for card in cards] == [{"card_id", "name"}] * 2
    assert clean.card in {card["card_id"] for card in cards}
    for foreign in ("2001", "no-such-card", ""):
        assert refused(clean.call("get_card_detail", card_id=foreign))
        assert refused(clean.call("add_customer_point", card_id=foreign, cuid="100001", point=1))


def test_card_detail_lists_formulas(clean: Client) -> None:
    """A card is one object whose formulas stand under point_product."""
    data = clean.call("get_card_detail")["data"]
    assert data["card_id"] == clean.card
    assert {"formula_id", "name", "multiplier"} == set(data["point_product"]["add"][0])


def test_rewards_have_a_negative_and_a_shown_amount(clean: Client) -> None:
    """The amount of a reward is negative, the one for display its opposite."""
    for reward in clean.call("get_rewards")["data"]:
        assert reward["point_amount"] == -reward["display_amount"] < 0
    assert refused(clean.call("get_rewards", card_id=None))


def test_pages_of_customers_are_disjoint_and_complete(clean: Client) -> None:
    """Pages laid side by side are the whole list; one past the end is empty."""
    whole = clean.call("get_customers", offset=0, limit=100_000)["data"]
    count = len(whole)
    assert count >= 406, "those the mock begins with, and whom other tests have added"
    starts = range(0, count, 90)
    pages = [clean.call("get_customers", offset=at, limit=90)["data"] for at in starts]
    assert [row for page in pages for row in page] == whole
    assert clean.call("get_customers", offset=count, limit=10)["data"] == []
    assert clean.call("get_customers", offset=0, limit=0)["data"] == []


def test_customers_show_the_fields_of_their_kind(clean: Client) -> None:
    """Plastic members have card ids and no user id, online ones the reverse."""
    for row in clean.call("get_customers", offset=0, limit=20)["data"]:
        kinds = {"online": {"uid", "username"}, "plastic": {"pcard_id", "pcard_no"}}
        assert set(row) == {"card_type", "fname", "lname", "tel"} | kinds[row["card_type"]]


def test_customers_need_offset_and_limit(clean: Client) -> None:
    """A page without offset or limit, or with one that is no number, is refused."""
    for offset, limit in ((None, 1), (0, None), (-1, 1), (0, -1), ("a", 1), (0, "1.5")):
        assert refused(clean.call("get_customers", offset=offset, limit=limit))


def test_customer_is_found_by_each_identifier(clean: Client) -> None:
    """A plastic card is found by serial, barcode and mobile; a user by id and mobile."""
    rows = clean.call("get_customers", offset=0, limit=20)["data"]
    plastic = next(row for row in rows if row["card_type"] == "plastic")
    pcard_id = plastic["pcard_id"]
    for ident in (f"04{pcard_id:012X}", f"885{pcard_id:010d}", plastic["tel"]):
        found = clean.call("get_customer_info", plastic_ident=ident)["data"]
        assert found["card_type"] == "plastic"
        assert found["user_info"]["pcard_id"] == pcard_id
        assert "uid" not in found["user_info"]
    online = next(row for row in rows if row["card_type"] == "online")
    for cuid in (online["uid"], online["tel"]):
        found = clean.call("get_customer_info", cuid=cuid)["data"]
        assert str(found["user_info"]["uid"]) == online["uid"]
        assert "pcard_id" not in found["user_info"]


def test_customer_needs_exactly_one_identifier(clean: Client) -> None:
    """None, both, and an unknown one are refused."""
    assert refused(clean.call("get_customer_info"))
    assert refused(clean.call("get_customer_info", cuid="100001", plastic_ident="x"))
    assert refused(clean.call("get_customer_info", cuid="999999999"))
    assert refused(clean.call("get_customer_info", plastic_ident="nothing"))


def test_reads_may_be_asked_by_get_and_writes_may_not(clean: Client) -> None:
    """A read takes its fields from the query of a GET; a write gets 405 and does nothing."""
    member = clean.member()
    fields = {"token": clean.token, "uuid": clean.uuid, "card_id": clean.card, "cuid": member}
    response = clean.send("get_customer_info", fields, "GET")
    assert json.loads(response.read())["data"]["point"]["now"] == 0
    response = clean.send("add_customer_point", {**fields, "point": 5, "remark": "x"}, "GET")
    assert (response.status, response.headers["allow"]) == (405, "POST")
    assert refused(json.loads(response.read()))
    assert clean.balance(member) == 0

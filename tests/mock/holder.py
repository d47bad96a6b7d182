"""Probes of members, credits, coupons and the helpdesk, each failing when a defect is on."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.mock.client import Client, at_once
from tests.mock.probes import ok, rich

FRESH = map(str, itertools.count(100_000))


def value_of(client: Client, name: str) -> str:
    """Return a value the mock gives to its clients."""
    return client.server.service.values[name]


def info(client: Client, **fields: Any) -> Any:
    """Show a customer; None when nobody is shown."""
    response = client.call("get_customer_info", **fields)
    return response["data"] if ok(response) else None


def profile_is_whole(client: Client) -> bool:
    """A level that does not exist leaves the remark as it was."""
    member = client.member()
    client.call("set_customer_profile", cuid=member, remark="new", level=999)
    return bool(info(client, cuid=member)["remark"] == "")


def profile_changes(client: Client) -> bool:
    """A remark that is set is shown."""
    member = client.member()
    client.call("set_customer_profile", cuid=member, remark="new")
    return bool(info(client, cuid=member)["remark"] == "new")


def holder_changes(client: Client) -> bool:
    """A last name that is set for the holder of a plastic card is shown."""
    pcard_id, ident = value_of(client, "pcard_id"), value_of(client, "plastic_ident")
    lname = f"L{next(FRESH)}"
    client.call("set_customer_profile", pcard_id=pcard_id, lname=lname)
    return bool(info(client, plastic_ident=ident)["user_info"]["lname"] == lname)


def no_such_level(client: Client) -> bool:
    """A level that does not exist is refused."""
    return not ok(client.call("set_customer_profile", cuid=client.member(), level=999))


def marks_of_a_card(client: Client) -> bool:
    """A plastic card is found by its serial."""
    return info(client, plastic_ident=value_of(client, "plastic_serial")) is not None


def blank_card(client: Client) -> str:
    """Register a plastic card and return its barcode."""
    number = next(FRESH)
    client.call("register_plastic_card", nfc=f"n{number}", barcode=f"b{number}")
    return f"b{number}"


def bind_and_unbind(client: Client) -> bool:
    """After unbinding another card can be bound."""
    member = client.member()
    client.call("bind_plastic_card", cuid=member, barcode=blank_card(client))
    client.call("unbind_plastic_card", cuid=member)
    return ok(client.call("bind_plastic_card", cuid=member, barcode=blank_card(client)))


def bind_without_serial(client: Client) -> bool:
    """A card is bound by its barcode alone."""
    barcode = blank_card(client)
    return ok(client.call("bind_plastic_card", cuid=client.member(), barcode=barcode))


def ticket_level(client: Client) -> bool:
    """A ticket is for the level it was made for."""
    code = client.call("create_member_ticket", level=3)["data"]["serial"]
    return bool(client.call("verify_code", code=code)["data"]["level"] == "3")


def phone_needed(client: Client) -> bool:
    """The holder of a plastic card is not taken on without a phone."""
    response = client.call("get_customer_info", plastic_ident=blank_card(client))
    pcard_id = response["data"]["plastic_card"]["pcard_id"]
    return not ok(client.call("add_member", pcard_id=pcard_id, fname="A"))


def subscribe(client: Client) -> dict[str, Any]:
    """Take a plastic member on."""
    number = next(FRESH)
    fields = {"serial": f"s{number}", "barcode": f"c{number}", "mobile": number, "fname": "A"}
    return client.call("subscribe_by_unregistered_card", **fields)


def quota_told(client: Client) -> bool:
    """Taking a member on tells how many more there may be."""
    return "credit" in subscribe(client)["data"]


def pages_of_a_growing_list(client: Client) -> bool:
    """A member who comes between two pages repeats nobody."""

    def page(offset: int) -> set[str]:
        rows = client.call("get_customers", offset=offset, limit=3)["data"]
        return {row["tel"] for row in rows}

    one = page(0)
    subscribe(client)
    return not one & page(3)


def credit(client: Client, member: str, amount: int, kind: str = "701", **more: Any) -> Any:
    """Add credits."""
    fields = {"cuid": member, "cdid": kind, "amount": amount, "remark": "x", **more}
    return client.call("add_customer_credits", **fields)


def spend(client: Client, member: str, amount: int, **more: Any) -> Any:
    """Use credits."""
    fields = {"cuid": member, "cdid": "701", "amount": amount, "remark": "x", **more}
    return client.call("use_customer_credits", **fields)


def kinds_apart(client: Client) -> bool:
    """One kind of credit is not another, and neither is points."""
    member = client.member()
    credit(client, member, 7, "702")
    shown = info(client, cuid=member)
    amounts = [kind["current_amount"] for kind in shown["credits"]]
    return amounts == [0, 7] and shown["point"]["now"] == 0


def credits_points_apart(client: Client) -> bool:
    """Credits are no points."""
    member = client.member()
    credit(client, member, 7)
    return client.balance(member) == 0


def credits_left(client: Client) -> bool:
    """A change answers what is left."""
    member = client.member()
    credit(client, member, 7)
    return bool(spend(client, member, 2)["data"]["credits"]["current"] == 5)


def code(client: Client, **more: Any) -> dict[str, Any]:
    """Make a QR."""
    return client.call("create_credit_qr", **{"cdid": "701", "amount": 15, "remark": "x", **more})


def code_cap(client: Client) -> bool:
    """A QR keeps to the cap."""
    return not ok(code(client, amount=1_000_001))


def static_code(client: Client) -> bool:
    """A static QR has no serial."""
    return "serial" not in code(client)


def status(client: Client) -> dict[str, Any]:
    """Show the state of a new remote QR."""
    serial = code(client, type="remote")["serial"]
    shown: dict[str, Any] = client.call("get_credit_qr_status", serial=serial)["data"]
    return shown


def pays_once(client: Client) -> bool:
    """A QR pays once, also when it is shown at once."""
    member, serial = client.member(), code(client, type="remote")["serial"]
    credit(client, member, 500)
    responses = at_once(4, lambda _: spend(client, member, 15, serial=serial))
    return sum(map(ok, responses)) == 1


def coupons(client: Client, member: str) -> int:
    """Return how many coupons of the first kind there are."""
    listed = client.call("get_customer_coupons", cuid=member)["data"]["coupons"]
    return int(listed[0]["num"])


def use(client: Client, member: str) -> dict[str, Any]:
    """Use a coupon."""
    return client.call("force_use_coupon", cuid=member, cupon_id="401")


def coupon_counts(client: Client) -> bool:
    """A use takes one coupon, and none is used that is not there."""
    member = client.member()
    before = coupons(client, member)
    used = sum(ok(use(client, member)) for _ in range(before + 1))
    return used == before and coupons(client, member) == 0


def listed(client: Client, **fields: Any) -> list[Any]:
    """List the numbers of activities."""
    rows = client.call("get_activities", **fields)["data"]
    return [row["transaction_id"] for row in rows]


def coupon_listed(client: Client) -> bool:
    """A use stands in the list."""
    number = use(client, client.member())["data"]["transaction_id"]
    return number in listed(client, filter="C")


def latest(client: Client) -> bool:
    """The list holds the ten latest."""
    member = client.member()
    rows = [(member, 1, "")] * 12
    span = client.bulk("add", rows)["data"]["transaction"]
    numbers = listed(client)
    return len(numbers) == 10 and numbers[0] == span["end"]


def one_kind(client: Client) -> bool:
    """A filter leaves out other kinds."""
    number = use(client, client.member())["data"]["transaction_id"]
    return number not in listed(client, filter="D")


def spans(client: Client) -> bool:
    """Nothing happened before 1970."""
    rich(client)
    return listed(client, to=1) == []


def detail(client: Client) -> Any:
    """Show an earn of five by its reference, after another."""
    member, reference = client.member(), f"detail-{next(FRESH)}"
    client.earn(member, 5, reference=reference)
    client.earn(member, 2)
    response = client.call("get_activity_detail", transaction_id=reference)
    return response["data"] if ok(response) else {}


def dated_row(client: Client) -> bool:
    """A row of a bulk call stands at the time it gives."""
    rows = [(client.member(), 1, "")]
    span = client.bulk("add", rows, created=["1500000000"])["data"]["transaction"]
    return span["end"] in listed(client, **{"from": 1_500_000_000, "to": 1_500_000_000})


def credit_detail(client: Client) -> bool:
    """A change of credits shows what it left."""
    member = client.member()
    credit(client, member, 7)
    credit(client, member, 4)
    number = listed(client, filter="D")[0]
    shown = client.call("get_activity_detail", transaction_id=number)["data"]
    return bool(shown["left"] == 11)


def say(client: Client, **fields: Any) -> dict[str, Any]:
    """Write on the helpdesk."""
    return client.call("helpdesk_postmsg", **{"msg": "hello", **fields})


def messages(client: Client, **fields: Any) -> list[dict[str, Any]]:
    """List messages."""
    rows: list[dict[str, Any]] = client.call("helpdesk_getmsg", **fields)["result"]
    return rows


def ten_messages(client: Client) -> bool:
    """Ten messages are listed."""
    for _ in range(12):
        say(client)
    return len(messages(client)) == 10


def boards(client: Client, **fields: Any) -> dict[str, Any]:
    """List boards."""
    return client.call("helpdesk_getallboard", **fields)


def next_page(client: Client) -> bool:
    """The next page has other boards."""
    one = boards(client, limit=4)
    two = boards(client, limit=4, page_handle=one["next_page"])
    shown = [{row["board_id"] for row in page["result"]} for page in (one, two)]
    return not shown[0] & shown[1]


def no_gap(client: Client) -> bool:
    """The next page begins with the board after the last one of this page."""
    one = boards(client, limit=4)
    two = boards(client, limit=4, page_handle=one["next_page"])
    both = boards(client, limit=8)["result"]
    return bool(one["result"] + two["result"] == both)


def found_by_phone(client: Client) -> bool:
    """A search knows the phones of customers."""
    phone = info(client, cuid=value_of(client, "board_uid"))["user_info"]["tel"]
    return bool(boards(client, search=phone)["result"])


def merchant_reads(client: Client, **fields: Any) -> list[dict[str, Any]]:
    """Read the staff's own board as the merchant."""
    board = messages(client)[0]["board_id"]
    return messages(client, user_type="M", board_id=board, **fields)


def unread_first(client: Client) -> bool:
    """The first board has unread messages, although another was written on last."""
    board = value_of(client, "board_id")
    messages(client, user_type="M", board_id=board)
    uid = value_of(client, "board_uid")
    say(client, user_type="M", board_id=board, board_uid=uid)
    return bool(boards(client, orderby="unread")["result"][0]["num_unread"] > 0)


def closed_boards(client: Client) -> bool:
    """An open board is not among the closed ones, whichever are open by now."""
    closed = boards(client, board_status="C")["result"]
    open_ = boards(client, board_status="N")["result"]
    return not {board["board_id"] for board in closed} & {board["board_id"] for board in open_}


def read_once(client: Client) -> bool:
    """A message is read once the merchant has listed it."""
    say(client)
    merchant_reads(client)
    return messages(client)[0]["status"] == "R"


def all_cards(client: Client) -> bool:
    """The merchant's unread messages are those of both cards."""
    count = client.call("helpdesk_checknewmsg", card_id=None, mid="501", user_type="M")["result"]
    say(client, card_id=value_of(client, "second_card_id"))
    more = client.call("helpdesk_checknewmsg", card_id=None, mid="501", user_type="M")["result"]
    return int(more) == int(count) + 1


def board_needed(client: Client) -> bool:
    """A merchant names a board."""
    return "result" not in client.call("helpdesk_getmsg", user_type="M", card_id=None)


def desk_failure(client: Client) -> bool:
    """A failure of the helpdesk has a result_code."""
    return "result_code" in client.call("helpdesk_removemsg", msg_id=1)


def post_failure(client: Client) -> bool:
    """A failed post has a word and no number."""
    response = client.call("post_removemsg", post_id=1)
    return set(response) == {"result", "msg"}


def download(client: Client, **fields: Any) -> tuple[str, str]:
    """Download the members; return media type and text."""
    base = {"token": client.token, "uuid": client.uuid, "card_id": client.card}
    response = client.send("member_download", {**base, **fields})
    return response.headers["content-type"], response.read().decode()


def failed_download(client: Client) -> bool:
    """A failed download has code 403."""
    return bool(json.loads(download(client, card_id="none")[1])["code"] == 403)


def empty_day(client: Client) -> bool:
    """Nobody was a member in 2001."""
    return json.loads(download(client, output="json", date="01-01-2001")[1])["data"] == []


def day_ahead(client: Client) -> bool:
    """Nobody was made or edited at the end of the century."""
    return bool(json.loads(download(client, output="json", date="31-12-2099")[1])["data"] == [])


def json_download(client: Client) -> bool:
    """JSON is JSON."""
    return download(client, output="json")[0] == "application/json"


PROBES: Mapping[str, Callable[[Client], bool]] = {
    "profile-changed-by-half": profile_is_whole,
    "profile-change-lost": profile_changes,
    "unknown-level-taken": no_such_level,
    "plastic-found-by-barcode-only": marks_of_a_card,
    "unbind-does-nothing": bind_and_unbind,
    "bind-demands-serial": bind_without_serial,
    "ticket-forgets-level": ticket_level,
    "contact-of-plastic-not-needed": phone_needed,
    "quota-not-told": quota_told,
    "new-members-first": pages_of_a_growing_list,
    "credits-share-wallet": kinds_apart,
    "credits-move-points": credits_points_apart,
    "credit-answer-is-amount": credits_left,
    "qr-without-cap": code_cap,
    "static-qr-has-serial": static_code,
    "new-qr-is-used": lambda client: status(client)["status"] == "N",
    "new-qr-shows-user": lambda client: "uid" not in status(client),
    "serial-pays-twice": pays_once,
    "serial-pays-race": pays_once,
    "coupon-not-counted-down": coupon_counts,
    "coupon-use-unlisted": coupon_listed,
    "page-holds-one-more": latest,
    "oldest-first": latest,
    "activity-filter-ignored": one_kind,
    "activity-time-ignored": spans,
    "activity-only-by-id": lambda client: "left" in detail(client),
    "activity-left-is-now": lambda client: detail(client)["left"] == 5,
    "list-without-default-limit": ten_messages,
    "next-page-overlaps": next_page,
    "more-promised-always": lambda client: boards(client, limit=1_000)["has_more"] is False,
    "lastupdate-ignored": lambda client: boards(client, lastupdate=4_102_444_800)["result"] == [],
    "search-ignored": lambda client: boards(client, search="nobody")["result"] == [],
    "unread-order-ignored": unread_first,
    "board-status-ignored": closed_boards,
    "message-stays-unread": read_once,
    "merchant-count-of-one-card": all_cards,
    "board-need-not-be-named": board_needed,
    "desk-fails-otherwise": desk_failure,
    "post-answers-code": post_failure,
    "download-fails-otherwise": failed_download,
    "download-ignores-date": empty_day,
    "download-always-csv": json_download,
    "row-date-ignored": dated_row,
    "download-until-day": day_ahead,
    "next-page-skips-one": no_gap,
    "search-by-user-only": found_by_phone,
    "holder-fields-kept": holder_changes,
    "credit-left-is-amount": credit_detail,
}

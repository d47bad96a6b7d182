"""The forty operations of Loga: where they are, what handles them, and in which envelope."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.mock.message import Fields
from harness.mock.vendors.loga import account, coupon, credits, helpdesk, member, points, post
from harness.mock.vendors.loga.shop import Shop

MAIN, DESK, POST, DOWNLOAD = "main", "desk", "post", "download"
"""The families of responses: code and msg, result_code, result alone, and a file."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what handles it, and whether it needs a token and may be asked by GET.

    `says_success` marks those of the helpdesk whose result is a word.
    """

    path: str
    handler: Callable[[Shop, Fields], Awaitable[Any]]
    token: bool = True
    reads: bool = False
    family: str = MAIN
    says_success: bool = False


_ACCOUNT: Mapping[str, Operation] = {
    "login": Operation("/main/login", account.login, token=False, reads=True),
    "logout": Operation("/main/logout", account.logout),
    "get_cards": Operation("/main/get_cards", account.get_cards, reads=True),
    "get_card_detail": Operation("/main/get_card_detail", account.get_card_detail, reads=True),
    "get_rewards": Operation("/main/get_rewards", account.get_rewards, token=False, reads=True),
    "get_customers": Operation("/main/get_customers", account.get_customers, reads=True),
    "get_customer_info": Operation(
        "/main/get_customer_info", account.get_customer_info, reads=True
    ),
}
_MEMBER: Mapping[str, Operation] = {
    "subscribe_by_unregistered_card": Operation(
        "/main/subscribe_by_unregistered_card", member.subscribe_by_unregistered_card
    ),
    "register_plastic_card": Operation("/main/register_plastic_card", member.register_plastic_card),
    "add_member": Operation("/main/add_member", member.add_member),
    "set_customer_profile": Operation("/main/set_customer_profile", member.set_customer_profile),
    "bind_plastic_card": Operation("/main/bind_plastic_card", member.bind_plastic_card),
    "unbind_plastic_card": Operation("/main/unbind_plastic_card", member.unbind_plastic_card),
    "create_member_ticket": Operation("/main/create_member_ticket", member.create_member_ticket),
    "verify_code": Operation("/main/verify_code", member.verify_code, reads=True),
    "member_download": Operation("/member/download", member.download, reads=True, family=DOWNLOAD),
}
_MOVES: Mapping[str, Operation] = {
    "add_customer_point": Operation("/points/add_customer_point", points.add_customer_point),
    "use_customer_point": Operation("/points/use_customer_point", points.use_customer_point),
    "bulk_add_point": Operation("/points/bulk_add_point", points.bulk_add_point),
    "bulk_use_point": Operation("/points/bulk_use_point", points.bulk_use_point),
    "create_ticket": Operation("/points/create_ticket", points.create_ticket),
    "add_customer_credits": Operation(
        "/credits/add_customer_credits", credits.add_customer_credits
    ),
    "use_customer_credits": Operation(
        "/credits/use_customer_credits", credits.use_customer_credits
    ),
    "create_credit_qr": Operation("/credits/create_credit_qr", credits.create_credit_qr),
    "get_credit_qr_status": Operation(
        "/credits/get_credit_qr_status", credits.get_credit_qr_status, reads=True
    ),
    "get_customer_coupons": Operation(
        "/coupon/get_customer_coupons", coupon.get_customer_coupons, reads=True
    ),
    "force_use_coupon": Operation("/coupon/force_use_coupon", coupon.force_use_coupon),
    "get_activities": Operation("/activities/get_activities", coupon.get_activities, reads=True),
    "get_activity_detail": Operation(
        "/activities/get_activity_detail", coupon.get_activity_detail, reads=True
    ),
}


def _desk(
    name: str, handler: Callable[[Shop, Fields], Awaitable[Any]], **more: bool
) -> dict[str, Operation]:
    path = f"/helpdesk/{name}"
    return {f"helpdesk_{name}": Operation(path, handler, family=DESK, **more)}


OPERATIONS: Mapping[str, Operation] = {
    **_ACCOUNT,
    **_MEMBER,
    **_MOVES,
    **_desk("checkinvalidapp", helpdesk.checkinvalidapp, token=False, reads=True),
    **_desk("getmsg", helpdesk.getmsg, reads=True),
    **_desk("postmsg", helpdesk.postmsg, says_success=True),
    **_desk("removemsg", helpdesk.removemsg, says_success=True),
    **_desk("checknewmsg", helpdesk.checknewmsg, reads=True),
    **_desk("checkreadmsg", helpdesk.checkreadmsg, reads=True),
    **_desk("getallboard", helpdesk.getallboard, reads=True),
    **_desk("updatestatusmsg", helpdesk.updatestatusmsg, says_success=True),
    "post_postmsg": Operation("/post/postmsg", post.postmsg, family=POST),
    "post_removemsg": Operation("/post/removemsg", post.removemsg, family=POST),
}

"""Wrong behaviours of an API with exchange tokens, receipts, spans of time and coupons given."""

from __future__ import annotations

from harness.mock.defects import Defect

_EARN, _BURN, _VOID, _LIST = ("earn",), ("burn",), ("void",), ("list",)
_LOGIN, _ANY, _GIVE, _USE = ("login",), ("any",), ("issue_coupon",), ("use_coupon",)

RECEIPTS = (
    Defect("exchange-token-reusable", "access", "A used exchange token is accepted again", _LOGIN),
    Defect(
        "exchange-token-race",
        "access",
        "Concurrent uses of one exchange token all succeed, as it is looked at too early",
        _LOGIN,
        "concurrent",
    ),
    Defect(
        "exchange-token-expires-late",
        "access",
        "An exchange token is valid for ten minutes",
        _LOGIN,
    ),
    Defect(
        "exchange-token-expires-early",
        "access",
        "An exchange token is valid for 30 seconds",
        _LOGIN,
    ),
    Defect(
        "connect-token-issues-exchange-tokens",
        "access",
        "An add-on's token makes exchange tokens",
        _LOGIN,
        "single",
    ),
    Defect("renewal-requires-header", "access", "A refresh token alone renews nothing", _LOGIN),
    Defect(
        "renewal-requires-valid-token",
        "access",
        "A refresh token renews nothing once the access token has expired",
        _LOGIN,
    ),
    Defect("expired-token-forbidden", "access", "An expired token gets HTTP 403", _ANY),
    Defect(
        "value-added-unconverted", "limit", "A value is added as so many points", _EARN, "single"
    ),
    Defect("points-converted-too", "limit", "Points are converted as if they were a value", _EARN),
    Defect("value-optional", "limit", "A conversion without a value adds a point", _EARN, "single"),
    Defect(
        "burn-response-without-card",
        "response",
        "The response of a burn lacks the card's number",
        _BURN,
        "single",
        "yes",
    ),
    Defect(
        "burn-message-as-number",
        "response",
        "The response of a burn has a number for a message",
        _BURN,
        "single",
        "yes",
    ),
    Defect(
        "void-doubles-points", "void", "A void moves double the points of its transaction", _VOID
    ),
    Defect(
        "void-by-reference-takes-newest",
        "void",
        "A void by reference id voids the newest transaction of the card",
        _VOID,
    ),
    Defect(
        "span-end-ignored", "list", "The end of a span is not looked at where it has a start", _LIST
    ),
    Defect("span-end-inside", "list", "A span holds its end too", _LIST),
    Defect("span-start-outside", "list", "A span does not hold its start", _LIST),
    Defect(
        "offset-time-accepted", "list", "A time with an offset is accepted", _LIST, "single", "yes"
    ),
    Defect("page-of-1001-accepted", "list", "A page of 1,001 is given", _LIST, "single", "partly"),
    Defect("page-of-1000-refused", "list", "A page of 1,000 is refused", _LIST, "single", "partly"),
    Defect(
        "transactions-page-overlaps",
        "list",
        "A page of transactions begins with the last one of the page before",
        _LIST,
    ),
    Defect(
        "every-third-transaction-missing", "list", "One transaction in three is not listed", _LIST
    ),
    Defect("first-page-of-50", "list", "A page holds 50 where no size is given", _LIST),
    Defect("set-pages-identical", "list", "Every page of coupon sets is the first one", _LIST),
    Defect("history-of-all-members", "list", "Other members' coupons are listed too", _LIST),
    Defect(
        "history-page-overlaps",
        "list",
        "A page of coupons begins with the last one of the page before",
        _LIST,
    ),
    Defect(
        "old-void-without-effect",
        "void",
        "In the first generation a void by receipt number or reference id moves nothing",
        _VOID,
    ),
    Defect(
        "old-mark-without-effect",
        "coupon",
        "In the first generation a coupon that is marked stays usable",
        _USE,
    ),
    Defect(
        "old-set-of-stock",
        "coupon",
        "A set created in the first generation is of another kind",
        _GIVE,
        "single",
    ),
    Defect("created-set-of-stock", "coupon", "A created set is of another kind", _GIVE, "single"),
    Defect("coupon-code-repeats", "coupon", "Two coupons in a row share a code", _GIVE),
    Defect(
        "coupon-code-race",
        "coupon",
        "Coupons issued concurrently share a code, as it is counted up too late",
        _GIVE,
        "concurrent",
    ),
    Defect(
        "voided-coupon-usable",
        "coupon",
        "A coupon that was taken back can be used",
        ("use_coupon",),
    ),
    Defect(
        "voided-coupon-stays-with-member",
        "coupon",
        "A coupon that was taken back is still the member's",
        ("void_coupon",),
    ),
    Defect(
        "static-code-accepted",
        "coupon",
        "A static code finds one of the coupons that share it",
        ("check_coupon",),
        "single",
    ),
)

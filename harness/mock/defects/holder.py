"""Wrong behaviours around members, what they hold besides points, helpdesks and lists."""

from __future__ import annotations

from harness.mock.defects import Defect

_MEMBER, _CARD, _CREDIT, _QR = ("profile",), ("plastic",), ("earn_credit", "burn_credit"), ("qr",)
_COUPON, _LIST, _DESK, _ANY = ("use_coupon",), ("list",), ("message",), ("any",)

HOLDERS = (
    Defect(
        "profile-partly-updated",
        "member",
        "A profile that is refused for one field keeps the others",
        _MEMBER,
    ),
    Defect("profile-change-lost", "member", "A change of a profile does nothing", _MEMBER),
    Defect(
        "unknown-level-accepted",
        "member",
        "A level that does not exist is taken for the lowest",
        _MEMBER,
        "single",
    ),
    Defect(
        "plastic-found-by-barcode-only",
        "card",
        "A plastic card is not found by its serial or its holder's phone",
        _CARD,
        "single",
    ),
    Defect("unbind-does-nothing", "card", "A plastic card stays bound", _CARD),
    Defect(
        "bind-requires-serial",
        "card",
        "A plastic card cannot be bound without its serial",
        _CARD,
        "single",
        "partly",
    ),
    Defect("ticket-forgets-level", "member", "A ticket is for the lowest level", ("ticket",)),
    Defect(
        "plastic-contact-optional",
        "member",
        "The holder of a plastic card needs no phone",
        ("enroll",),
        "single",
        "partly",
    ),
    Defect(
        "quota-omitted",
        "member",
        "Adding a member does not return how many more there may be",
        ("enroll",),
        "single",
        "yes",
    ),
    Defect(
        "new-members-first",
        "list",
        "New members come first, so that the next page repeats a member",
        _LIST,
    ),
    Defect("credits-share-wallet", "ledger", "All kinds of credit share one wallet", _CREDIT),
    Defect("credits-move-points", "ledger", "Adding credits adds points too", _CREDIT),
    Defect(
        "credit-response-is-amount",
        "ledger",
        "A change of credits returns its amount instead of what is left",
        _CREDIT,
    ),
    Defect(
        "qr-without-cap", "limit", "A QR may ask for more than the cap", _QR, "single", "partly"
    ),
    Defect("static-qr-has-serial", "response", "A static QR has a serial", _QR, "single", "partly"),
    Defect("new-qr-is-used", "response", "A QR that was not scanned is used", _QR),
    Defect(
        "new-qr-shows-user", "response", "A QR that was not scanned shows a user", _QR, fuzzer="no"
    ),
    Defect("serial-reusable", "ledger", "One QR pays as often as it is shown", _QR),
    Defect(
        "serial-race",
        "ledger",
        "One QR pays for several concurrent requests, as it is looked up too early",
        _QR,
        "concurrent",
    ),
    Defect("coupon-not-counted-down", "ledger", "Using a coupon leaves as many as before", _COUPON),
    Defect("coupon-use-unlisted", "list", "The use of a coupon is no activity", _COUPON),
    Defect("activity-filter-ignored", "list", "A list of one kind shows every kind", _LIST),
    Defect("activity-time-ignored", "list", "A list of a span of time shows all times", _LIST),
    Defect("activity-only-by-id", "list", "A reference does not find its transaction", _LIST),
    Defect(
        "activity-balance-is-current",
        "list",
        "A transaction shows the balance of today and not the one it left",
        _LIST,
    ),
    Defect("list-without-default-limit", "list", "Without a limit everything is listed", _LIST),
    Defect(
        "next-page-overlaps", "list", "The next page begins with the last one of this page", _LIST
    ),
    Defect("has-more-always-true", "list", "The last page says that more follow", _LIST),
    Defect("lastupdate-ignored", "list", "What is older than asked for is listed too", _LIST),
    Defect("search-ignored", "list", "A search finds everything", _LIST),
    Defect("unread-order-ignored", "list", "Unread boards do not come first", _LIST),
    Defect("board-status-ignored", "desk", "Open and closed boards are listed alike", _DESK),
    Defect("message-stays-unread", "desk", "A message that was read stays unread", _DESK),
    Defect(
        "merchant-count-of-one-card",
        "desk",
        "The unread messages of a merchant are those of one card",
        _DESK,
    ),
    Defect(
        "board-optional",
        "desk",
        "A merchant who names no board is shown the first one",
        _DESK,
        "single",
        "partly",
    ),
    Defect(
        "desk-error-envelope",
        "response",
        "The helpdesk reports a failure in the envelope of the other operations",
        _ANY,
        "single",
        "yes",
    ),
    Defect("post-returns-code", "response", "A post returns a number", _ANY, "single", "yes"),
    Defect(
        "download-error-code",
        "response",
        "A failed download has the number of another failure",
        _ANY,
        "single",
    ),
    Defect("download-ignores-date", "list", "A download of one day holds every day", _LIST),
    Defect(
        "download-always-csv",
        "response",
        "A download is CSV for any output",
        _ANY,
        "single",
    ),
    Defect(
        "row-date-ignored",
        "bulk",
        "A row of a bulk request counts as made now, whatever date it gives",
        ("bulk_earn", "bulk_burn"),
    ),
    Defect(
        "download-until-day", "list", "A download of one day holds all days before it too", _LIST
    ),
    Defect("next-page-skips-one", "list", "Between two pages one is left out", _LIST),
    Defect(
        "search-by-user-only", "list", "A search knows neither names nor phones", _LIST, "single"
    ),
    Defect(
        "holder-fields-kept",
        "member",
        "The phone and last name of a plastic card's holder never change",
        _MEMBER,
    ),
    Defect(
        "credit-balance-is-amount",
        "list",
        "A transaction in credits shows its amount as what it left",
        _LIST,
    ),
    Defect("token-ends-after-a-day", "access", "A token ends a day after its login", _ANY),
)

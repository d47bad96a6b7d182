"""Wrong behaviours of programmes with cards, stamps, rewards, lists in pages and pushes."""

from __future__ import annotations

from harness.mock.defects import Defect

_ENROLL, _STAMP, _REWARD = ("enroll",), ("stamp",), ("use_reward",)
_LIST, _PUSH, _ANY = ("list",), ("push",), ("any",)

CARDS = (
    Defect(
        "duplicate-client-phone", "enroll", "A phone that is taken makes a second client", _ENROLL
    ),
    Defect(
        "duplicate-client-email", "enroll", "An e-mail that is taken makes a second client", _ENROLL
    ),
    Defect(
        "taken-without-id", "enroll", "A refusal for a taken contact does not say whose", _ENROLL
    ),
    Defect(
        "update-takes-contact", "enroll", "An update takes the phone of another client", _ENROLL
    ),
    Defect(
        "update-of-first-name-only", "enroll", "An update changes the first name alone", _ENROLL
    ),
    Defect(
        "contact-optional",
        "enroll",
        "A client is made with neither phone nor e-mail",
        _ENROLL,
        "single",
        "yes",
    ),
    Defect(
        "foreign-card-served",
        "card",
        "The card of another company is served like the company's own",
        _ANY,
        "single",
    ),
    Defect(
        "foreign-card-as-unknown",
        "card",
        "The card of another company is refused as an unknown one",
        _ANY,
        "single",
    ),
    Defect(
        "unknown-card-accepted",
        "card",
        "A request for an unknown card succeeds",
        _ANY,
        "single",
    ),
    Defect(
        "missing-as-invalid",
        "card",
        "A missing parameter gets another error number",
        _ANY,
        "single",
    ),
    Defect("stamps-doubled", "card", "Stamps are credited twice", _STAMP),
    Defect("lifetime-stamps-fall", "card", "Using a reward takes stamps off the total", _REWARD),
    Defect("reward-for-any-stamp", "card", "Any stamp credits a reward", _STAMP),
    Defect("reward-not-credited", "card", "Reaching a reward's stamps credits nothing", _STAMP),
    Defect(
        "auto-reward-stays",
        "card",
        "A reward that is used by itself is still there after the next visit",
        _STAMP,
    ),
    Defect("reward-not-written-off", "card", "A used reward is still there", _REWARD),
    Defect("rewards-overdrawn", "card", "More rewards are used than there are", _REWARD),
    Defect(
        "reward-race",
        "card",
        "One reward is used by two concurrent requests, as it is looked up too early",
        _REWARD,
        "concurrent",
    ),
    Defect(
        "reward-on-any-card", "card", "A reward counts as used on cards without stamps", _REWARD
    ),
    Defect("total-only-rises", "card", "Taking money off the total spent does nothing", ("burn",)),
    Defect("visit-not-deducted", "card", "Taking a visit off does nothing", ("burn",)),
    Defect("visit-without-points", "card", "A visit gives none of its points", _STAMP),
    Defect(
        "expiry-ignored", "card", "A card that has expired is still listed as valid", ("expire",)
    ),
    Defect(
        "expiry-refused-on-coupons",
        "card",
        "Coupons and memberships take no expiry",
        ("expire",),
        "single",
    ),
    Defect("fields-always-shown", "card", "Fields that were left empty are shown", _ANY, "single"),
    Defect(
        "existence-always-true", "card", "Every phone is said to have a card", ("check",), "single"
    ),
    Defect("foreign-cards-listed", "card", "Cards of other companies are listed too", _LIST),
    Defect("page-holds-one-more", "list", "A page holds one more than its limit", _LIST),
    Defect("page-required", "list", "A list without a page is refused", _LIST, "single", "yes"),
    Defect("oldest-first", "list", "Operations are listed with the oldest first", _LIST),
    Defect("states-overlap", "list", "Deleted cards are listed as installed too", _LIST),
    Defect("push-part-of-eleven", "push", "Eleven messages go out in one request", _PUSH),
    Defect(
        "push-count-stays-full", "push", "Every part of a mass push says that more follow", _PUSH
    ),
    Defect("push-reaches-uninstalled", "push", "Cards that are not installed get messages", _PUSH),
    Defect("push-variables-raw", "push", "Variables of a message are not filled in", _PUSH),
    Defect(
        "push-variables-swapped", "push", "Points and per cent change places in a message", _PUSH
    ),
    Defect(
        "push-number-refused",
        "push",
        "A template's number is not accepted as text",
        _PUSH,
        "single",
    ),
)

"""The catalogue of wrong behaviours the mock can be told to show."""

from __future__ import annotations

from harness.mock.defects import Defect
from harness.mock.defects.card import CARDS
from harness.mock.defects.command import COMMANDS
from harness.mock.defects.holder import HOLDERS
from harness.mock.defects.rare import RARE
from harness.mock.defects.receipt import RECEIPTS
from harness.mock.defects.redemption import REDEMPTIONS

__all__ = ["DEFECTS", "Defect"]

_EARN, _BURN = ("earn",), ("burn",)
_MOVES = ("earn", "burn")
_BULK, _ALL = ("bulk_earn", "bulk_burn"), ("earn", "burn", "bulk_earn", "bulk_burn")

_CATALOGUE = (
    Defect("no-dedupe", "repeat", "A repeated earn counts again", _EARN),
    Defect("no-dedupe-burn", "repeat", "A repeated burn counts again", _BURN),
    Defect(
        "dedupe-race",
        "repeat",
        "Concurrent repeats all count, as the reference is looked up too early",
        _MOVES,
        "concurrent",
    ),
    Defect(
        "reference-consumed-by-refusal",
        "repeat",
        "A refused request uses up its reference, so the corrected one is ignored",
        _MOVES,
    ),
    Defect(
        "references-fold-case",
        "repeat",
        "References that differ only in case count as one, and points are lost",
        _ALL,
    ),
    Defect(
        "references-cut-short",
        "repeat",
        "Only the first 20 characters of a reference count, and points are lost",
        _ALL,
    ),
    Defect(
        "replace-duplicate-adds",
        "repeat",
        "A replacement adds a second effect instead of taking the first one's place",
        _MOVES,
    ),
    Defect("replace-duplicate-ignored", "repeat", "A replacement changes nothing", _MOVES),
    Defect(
        "equal-requests-merged",
        "repeat",
        "Two equal requests within a second, without a reference, count once",
        _MOVES,
    ),
    Defect(
        "replace-ignores-balance", "repeat", "A replacement may take the balance below zero", _BURN
    ),
    Defect(
        "no-dedupe-in-bulk",
        "bulk",
        "A reference repeated within one bulk request counts again",
        _BULK,
    ),
    Defect(
        "bulk-forgets-single-references",
        "bulk",
        "A bulk row counts although a single request has used its reference",
        _BULK,
    ),
    Defect(
        "bulk-limit-1001-accepted",
        "bulk",
        "One row above the limit is accepted",
        _BULK,
        "single",
        "partly",
    ),
    Defect("bulk-limit-999", "bulk", "Exactly the limit is refused", _BULK, "single", "partly"),
    Defect(
        "bulk-limit-cuts-silently",
        "bulk",
        "Rows above the limit are dropped and the request succeeds",
        _BULK,
        "single",
    ),
    Defect(
        "bulk-unequal-arrays-accepted",
        "bulk",
        "Arrays of unequal length are cut to the shortest",
        _BULK,
    ),
    Defect("bulk-rolls-back", "bulk", "After a failing row the rows before it are undone", _BULK),
    Defect("bulk-continues-after-failure", "bulk", "Rows after a failing one are applied", _BULK),
    Defect("bulk-fail-at-off-by-one", "bulk", "The failing row is named one too high", _BULK),
    Defect(
        "bulk-row-zero-omits-fail-at",
        "bulk",
        "When the first row fails its index is left out",
        _BULK,
        "single",
    ),
    Defect(
        "bulk-resend-doubles-prefix",
        "bulk",
        "A stopped bulk request sent again counts its first part again",
        _BULK,
    ),
    Defect(
        "bulk-burn-checks-first-balance",
        "bulk",
        "Each row is held against the balance before the request, so one request overdraws",
        ("bulk_burn",),
    ),
    Defect("bulk-applies-out-of-order", "bulk", "Rows run from last to first", _BULK),
    Defect("overdraft-allowed", "ledger", "A burn above the balance is accepted", _BURN),
    Defect(
        "overdraft-race",
        "ledger",
        "Concurrent burns overdraw, as the balance is looked up too early",
        _BURN,
        "concurrent",
    ),
    Defect("exact-balance-refused", "ledger", "A burn of the whole balance is refused", _BURN),
    Defect(
        "refused-burn-applied",
        "ledger",
        "A burn above the balance is refused and takes effect",
        _BURN,
    ),
    Defect(
        "spurious-refusal",
        "ledger",
        "One burn in 50 is refused although there are points enough",
        _BURN,
        "load",
    ),
    Defect(
        "lost-update",
        "ledger",
        "Of two concurrent changes one is overwritten",
        _MOVES,
        "concurrent",
    ),
    Defect("stale-response-balance", "ledger", "An earn returns the balance before it", _EARN),
    Defect("stale-read", "ledger", "A read within 600 ms of a change misses it", ("balance",)),
    Defect(
        "wrong-member-credited", "ledger", "One change in 300 goes to another member", _ALL, "load"
    ),
    Defect(
        "acked-not-applied",
        "ledger",
        "One change in 300 is acknowledged and never made",
        _ALL,
        "load",
    ),
    Defect("double-apply-1-in-200", "ledger", "One change in 200 is applied twice", _ALL, "load"),
    Defect(
        "ticket-moves-points",
        "ledger",
        "Making a ticket takes its points from every member",
        ("ticket",),
    ),
    Defect("ticket-serial-repeats", "ledger", "Two tickets share a serial", ("ticket",)),
    Defect(
        "cap-off-by-one", "limit", "One point above the cap is accepted", _ALL, "single", "partly"
    ),
    Defect("cap-at-999999", "limit", "Exactly the cap is refused", _ALL, "single", "partly"),
    Defect(
        "negative-accepted",
        "limit",
        "A negative amount is accepted and moves points the other way",
        _ALL,
        "single",
        "partly",
    ),
    Defect(
        "missing-remark-accepted",
        "limit",
        "A required remark may be absent",
        _MOVES,
        "single",
        "yes",
    ),
    Defect(
        "missing-point-accepted", "limit", "An absent amount counts as one", _EARN, "single", "yes"
    ),
    Defect(
        "formula-ignored", "limit", "The amount sent wins over cost and formula", _EARN, "single"
    ),
    Defect(
        "refusal-without-message", "response", "A refusal has no message", ("any",), "single", "yes"
    ),
    Defect(
        "wrong-envelope-on-error", "response", "A refusal is bare text", ("any",), "single", "yes"
    ),
    Defect(
        "error-500-on-missing-field",
        "response",
        "A missing field gets HTTP 500 and a stack trace",
        ("any",),
        "single",
        "yes",
    ),
    Defect(
        "use-returns-data", "response", "A burn returns undocumented data", _BURN, "single", "yes"
    ),
    Defect(
        "balance-as-text",
        "response",
        "A balance is returned as text",
        ("earn", "balance", "bulk_earn", "bulk_burn"),
        "single",
        "yes",
    ),
    Defect(
        "customers-page-overlaps",
        "response",
        "A page of customers begins with the last one of the page before",
        ("list",),
    ),
    Defect("token-not-bound-to-uuid", "access", "A token works from another device", ("any",)),
    Defect("token-survives-logout", "access", "A token still works after logout", ("logout",)),
    Defect(
        "second-login-ends-first",
        "access",
        "A second login ends the token of the first",
        ("login",),
    ),
    Defect(
        "one-operation-without-auth",
        "access",
        "One operation works without a token",
        ("balance",),
        "single",
        "yes",
    ),
    Defect(
        "wrong-password-accepted", "access", "Any password logs in", ("login",), "single", "partly"
    ),
)

_TABLES = (_CATALOGUE, RARE, CARDS, COMMANDS, HOLDERS, REDEMPTIONS, RECEIPTS)
DEFECTS: dict[str, Defect] = {defect.id: defect for table in _TABLES for defect in table}

"""Wrong behaviours of a points ledger that are rare, late, or shown in a narrow moment only."""

from __future__ import annotations

from harness.mock.defects import Defect

_EARN, _BURN, _READ = ("earn",), ("burn",), ("balance",)
_MOVES, _ALL = ("earn", "burn"), ("earn", "burn", "bulk_earn", "bulk_burn")
_BULK, _SHOWN = ("bulk_earn", "bulk_burn"), ("earn", "balance", "bulk_earn", "bulk_burn")

RARE = (
    Defect(
        "dedupe-window-5ms",
        "repeat",
        "A repeat within 5 ms of the first counts again",
        _MOVES,
        "concurrent",
    ),
    Defect(
        "dedupe-needs-equal-amount",
        "repeat",
        "A known reference with another amount counts again",
        _MOVES,
    ),
    Defect(
        "dedupe-on-one-node",
        "repeat",
        "Every second repeat counts again, as one of two nodes does not know the reference",
        _MOVES,
    ),
    Defect(
        "reference-forgotten-after-1s",
        "repeat",
        "A reference is forgotten a second after its use",
        _MOVES,
        "load",
    ),
    Defect(
        "reference-forgotten-after-10000",
        "repeat",
        "A reference is forgotten after 10,000 later changes",
        _MOVES,
    ),
    Defect(
        "bulk-loses-last-row-of-limit",
        "bulk",
        "A bulk request of exactly as many rows as allowed loses its last one",
        _BULK,
        "sequence",
        "partly",
    ),
    Defect("bulk-undoes-first-row", "bulk", "After a failing row the first one is undone", _BULK),
    Defect(
        "bulk-undoes-row-before-failure", "bulk", "The row before a failing one is undone", _BULK
    ),
    Defect(
        "neighbour-credited-1-in-500",
        "ledger",
        "One change in 500 goes to a neighbour",
        _ALL,
        "load",
    ),
    Defect(
        "balance-wrong-1-in-50",
        "response",
        "One returned balance in 50 is off by one",
        _SHOWN,
        "load",
    ),
    Defect(
        "balance-wrong-1-in-300",
        "response",
        "One returned balance in 300 is off by one",
        _SHOWN,
        "load",
    ),
    Defect(
        "balance-text-1-in-300",
        "response",
        "One returned balance in 300 is text",
        _SHOWN,
        "load",
        "partly",
    ),
    Defect(
        "stale-read-1-in-50", "ledger", "One read in 50 misses the change before it", _READ, "load"
    ),
    Defect("read-takes-point-1-in-50", "ledger", "One read in 50 takes a point", _READ, "load"),
    Defect(
        "applied-after-response",
        "ledger",
        "A change takes effect 100 ms after its response",
        _MOVES,
    ),
    Defect(
        "delayed-duplicate-1-in-200",
        "ledger",
        "One change in 200 is made again a second later",
        _ALL,
        "load",
    ),
    Defect(
        "refused-burn-applied-1-in-100",
        "ledger",
        "One burn in 100 is refused and takes effect",
        _BURN,
        "load",
    ),
    Defect(
        "balance-stops-at-cap",
        "ledger",
        "A balance never rises above what one earn may give",
        _EARN,
    ),
)

"""A made-up result document with one of everything, for the renderings to show."""

from __future__ import annotations

from typing import Any

from harness.model.record import from_document
from harness.model.result import Result
from tests.report.example_load import load

HOSTILE = (
    "<script>alert(1)</script> \x1b[31mred\x1b[0m \x00 ]]> ${7*7} {{7*7}} | `x` \u202egnp \ud800"
)


def result_of(document: dict[str, Any]) -> Result:
    """Return the record that a document of result.json is read as."""
    return from_document(Result, document)


def example() -> dict[str, Any]:
    """Return a run over two made-up vendors: one fails in several ways, one passes."""
    vendors = [_acme(), _borealis()]
    return {
        "format": 1,
        "run": {
            "id": "20261121-221504-7",
            "command": "harness gate acme borealis --target mock --seed 7 --profile full",
            "started": "2026-11-21T22:15:04Z",
            "finished": "2026-11-21T22:16:41Z",
            "seed": 7,
            "profile": "full",
            "version": "0.1.0",
            "python": "3.11.7",
            "platform": "Linux-6.1-x86_64",
        },
        "verdict": "fail",
        "exit": 1,
        "headline": "2 vendors: 1 failed (Acme Points), 1 passed (Borealis Club).",
        "vendors": vendors,
    }


def hostile() -> dict[str, Any]:
    """Return the example with a hostile text in every field that comes from outside."""
    result = example()
    vendor = result["vendors"][0]
    result["headline"] = vendor["headline"] = vendor["title"] = HOSTILE
    result["run"]["command"] = HOSTILE
    for entry in [*vendor["findings"], *vendor["observations"]]:
        for key in ("title", "expected", "seen", "subject", "place"):
            entry[key] = HOSTILE
        entry["curl"] = entry["detail"] = entry["attempts"] = [HOSTILE]
        for row in entry["requirements"]:
            row["title"] = row["source"] = HOSTILE
    for row in vendor["requirements"]:
        row["title"] = row["reason"] = row["source"] = HOSTILE
    vendor["notes"] = [HOSTILE]
    vendor["coverage"][0]["title"] = HOSTILE
    vendor["loads"][0]["title"] = vendor["loads"][0]["mix"][0]["name"] = HOSTILE
    vendor["loads"][0]["reason"] = HOSTILE
    return result


def requirement(
    identity: str, title: str, verdict: str, reason: str = "", **more: Any
) -> dict[str, Any]:
    """Return one row of a result's requirements."""
    check = more.get("check", f"scenario:{identity.lower()}#balance")
    count = 0 if verdict in ("inconclusive", "inapplicable") else 3
    checks = (
        [] if verdict == "inapplicable" else [{"check": check, "verdict": verdict, "count": count}]
    )
    return {
        "id": identity,
        "title": title,
        "level": "must",
        "basis": more.get("basis", "documented"),
        "source": more.get("source", "API page, line 21"),
        "verdict": verdict,
        "reason": reason,
        "checks": checks,
    }


def finding(identity: str, rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return one finding that belongs to the given rows."""
    return {
        "id": identity,
        "check": "scenario:idempotency.earn-repeated#balance",
        "subject": "m",
        "title": "The same reference earned twice moved points twice",
        "expected": "the balance of m changes by +5",
        "seen": "it changed by +10 (from 1200 to 1210)",
        "requirements": [
            {key: row[key] for key in ("id", "title", "basis", "source")} for row in rows
        ],
        "verdict": "fail",
        "waiver": None,
        "place": "contracts/common/scenarios/idempotency.yaml:12",
        "attempts": ["c-000017", "c-000018"],
        "curl": [
            "curl -sS -X POST -H 'content-type: application/x-www-form-urlencoded' "
            "--data-raw 'member=***&point=5&reference=h7-a' --data-urlencode \"token=$TOKEN\" "
            '"http://127.0.0.1:8080/points/add"'
        ],
        "detail": [],
        "count": 1,
        "repeat": [
            "harness check acme --only idempotency.earn-repeated --seed 1",
            "# $TOKEN: /token in the response of login",
        ],
        **more,
    }


def _acme() -> dict[str, Any]:
    twice = requirement(
        "ACME-IDEM-1",
        "A second add with a reference already stored changes nothing",
        "fail",
        "The same reference earned twice moved points twice",
    )
    bulk = requirement(
        "ACME-BULK-3",
        "A bulk of more than 1,000 rows is refused without effect",
        "waived",
        "J. Doe, until 2027-01-31: fixed in their release 4.2",
        source="API page, line 88",
    )
    law = requirement(
        "LAW-ONE-EFFECT",
        "Concurrent requests with one reference take effect once",
        "fail",
        "Two requests with one reference both took effect",
        basis="law",
        source="",
        check="invariant:one-effect",
    )
    guess = requirement(
        "ACME-VOID-4",
        "Voiding an entry twice is refused the second time",
        "fail",
        "A second void of one entry returned ok",
        basis="inferred",
        source="inferred from line 97",
    )
    rows = [
        twice,
        bulk,
        requirement("ACME-EARN-1", "Adding points raises the balance by as many", "pass"),
        requirement("ACME-BURN-2", "Using more points than there are is refused", "pass"),
        requirement("ACME-PAGE-1", "A list shows at most 50 rows", "inconclusive", "never checked"),
        requirement(
            "ACME-MAIL-1", "A receipt is mailed", "inapplicable", "mail is outside the API"
        ),
        guess,
        law,
    ]
    return {
        "vendor": "acme",
        "title": "Acme Points",
        "target": "mock",
        "kind": "mock",
        "route": [],
        "rate": 5.0,
        "budget": 5000,
        "strict": False,
        "partial": False,
        "verdict": "fail",
        "exit": 1,
        "headline": "Failed: 2 requirements violated: ACME-IDEM-1, LAW-ONE-EFFECT; "
        "1 threshold missed: response_ms_p99.",
        "counts": {
            "requests": 4812,
            "ok": 4031,
            "refused": 769,
            "unknown": 12,
            "unsent": 0,
            "checks": 3211,
            "scenarios": 44,
            "requirements": len(rows),
            "requirements_checked": 6,
            "mandatory": 6,
            "mandatory_checked": 5,
        },
        "requirements": rows,
        "findings": [*_acme_findings(twice, law, bulk)],
        "observations": [
            finding(
                "0c8d1e22f7",
                [guess],
                check="scenario:void.twice#again",
                title="A second void of one entry returned ok",
                expected="refused",
                seen="ok, HTTP 200, balance unchanged",
            )
        ],
        "coverage": [
            _operation("add_point", "Add points", 2204, 2101, 97, 6, 4),
            _operation("get_balance", "Balance of a member", 1620, 1618, 0, 2, 5),
            _operation("use_point", "Use points", 988, 312, 672, 4, 2),
            _operation("send_mail", "Mail a receipt", 0, 0, 0, 0, 0),
        ],
        "accounts": {"judged": 48, "consistent": 45, "violated": 2, "inconclusive": 1},
        "loads": [load()],
        "notes": [
            "Inconclusive: invariant:linear on acct-31: search stopped after 200000 states",
            "Never requested: send_mail (1 of 4)",
            "clean-up: 3 entries of scenario void.twice are left on the target",
        ],
    }


def _acme_findings(
    twice: dict[str, Any], law: dict[str, Any], bulk: dict[str, Any]
) -> list[dict[str, Any]]:
    return [
        finding(
            "5b1a90cc41",
            [law],
            check="invariant:one-effect",
            subject="acct-07",
            title="Two requests with one reference both took effect",
            expected="one effect of reference h7-r-0031 on acct-07",
            seen="two: +40 at 3.102 s and +40 at 3.105 s",
            place="",
            detail=[
                "earn  +40 h7-r-0031  |--ok--|            3.098 .. 3.102 s",
                "earn  +40 h7-r-0031    |----ok----|      3.099 .. 3.105 s",
                "balance = 180                    |--|    3.110 .. 3.112 s   (140 expected)",
                "Also: acct-12",
            ],
            count=2,
        ),
        finding("91fe03d2aa", [twice], count=3),
        finding(
            "c07b55e1f0",
            [],
            check="threshold:response_ms_p99",
            subject="earn-burn/all",
            title="Load figure response_ms_p99 of all is above its limit",
            expected="at most 50",
            seen="61.208 in workload earn-burn",
            place="loadtests/earn-burn.yaml:24",
            attempts=[],
            curl=[],
        ),
        finding(
            "e5d4c3b2a1",
            [bulk],
            verdict="waived",
            check="scenario:bulk.over-limit#send",
            title="A bulk over the limit was accepted",
            expected="refused with too_many_rows",
            seen="ok, 1001 rows took effect",
            waiver={
                "requirement": "ACME-BULK-3",
                "check": "scenario:bulk.over-limit",
                "owner": "J. Doe",
                "reason": "fixed in their release 4.2",
                "expires": "2027-01-31",
                "place": "contracts/acme/waivers.yaml:3",
            },
        ),
    ]


def _borealis() -> dict[str, Any]:
    rows = [
        requirement("BOR-EARN-1", "Earning raises the balance by as many points", "pass"),
        requirement("BOR-BURN-1", "Burning lowers the balance by as many points", "pass"),
    ]
    return {
        "vendor": "borealis",
        "title": "Borealis Club",
        "target": "mock",
        "kind": "mock",
        "route": [],
        "rate": None,
        "budget": None,
        "strict": False,
        "partial": False,
        "verdict": "pass",
        "exit": 0,
        "headline": "Passed: 2 of 2 mandatory requirements hold.",
        "counts": {
            "requests": 310,
            "ok": 300,
            "refused": 10,
            "unknown": 0,
            "unsent": 0,
            "checks": 41,
            "scenarios": 1,
            "requirements": 2,
            "requirements_checked": 2,
            "mandatory": 2,
            "mandatory_checked": 2,
        },
        "requirements": rows,
        "findings": [],
        "observations": [],
        "coverage": [_operation("earn", "Earn", 310, 300, 10, 0, 2)],
        "accounts": {"judged": 4, "consistent": 4, "violated": 0, "inconclusive": 0},
        "loads": [],
        "notes": [],
    }


def _operation(
    operation: str, title: str, requests: int, ok: int, refused: int, unknown: int, rules: int
) -> dict[str, Any]:
    return {
        "operation": operation,
        "title": title,
        "requests": requests,
        "ok": ok,
        "refused": refused,
        "unknown": unknown,
        "requirements": rules,
    }

"""A made-up result in which every count is 0, 1 or 2."""

from __future__ import annotations

from typing import Any

from tests.report.example import example, requirement


def counts() -> dict[str, Any]:
    """Return a run over three vendors in which every count is 0, 1 or 2."""
    result = example()
    vendors = [_counted(number) for number in range(3)]
    return {**result, "headline": "3 vendors: 3 failed (None, One, Two).", "vendors": vendors}


def _counted(number: int) -> dict[str, Any]:
    acme = example()["vendors"][0]
    rows, load = acme["requirements"][:number], acme["loads"][0]
    entry = {**acme["findings"][1], "count": max(1, number)}
    loads = [
        {
            **load,
            "workload": f"workload-{n}",
            "arrivals": number,
            "dropped": number,
            "mix": [
                {**mix, "requests": number, "ok": 0, "refused": 0, "unknown": number}
                for mix in load["mix"][:number]
            ],
            "series": load["series"][:number],
            "thresholds": load["thresholds"][-number:] if number else [],
        }
        for n in range(number)
    ]
    return {
        **acme,
        "vendor": ("none", "one", "two")[number],
        "title": ("None", "One", "Two")[number],
        "headline": "Failed: see the counts.",
        "counts": dict.fromkeys(acme["counts"], number),
        "accounts": dict.fromkeys(acme["accounts"], number),
        "requirements": [
            *({**row, "id": f"{row['id']}-{number}"} for row in rows),
            *(
                requirement(f"ACME-{state.upper()}-{n}", "Some state", state, reason)
                for n in range(number)
                for state, reason in (
                    ("error", "crashed"),
                    ("inconclusive", "left out of this run"),
                )
            ),
        ],
        "findings": [{**entry, "id": f"f{number}{n}"} for n in range(number)],
        "observations": [
            {**acme["observations"][0], "id": f"o{number}{n}", "count": number}
            for n in range(number)
        ],
        "coverage": [
            {**acme["coverage"][0], **dict.fromkeys(("requests", "ok", "requirements"), number)}
        ],
        "loads": loads,
        "notes": [],
    }

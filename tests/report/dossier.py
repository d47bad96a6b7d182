"""A made-up dossier with one of everything."""

from __future__ import annotations

from typing import Any

from tests.report.example import example


def question(comparison: str, text: str = "POST /points (add)") -> dict[str, str]:
    """Return one question of a dossier."""
    return {
        "inferred": text,
        "confidence": "low",
        "source": "by analogy",
        "comparison": comparison,
        "observed": f"observed of {comparison}",
    }


def made(**changes: Any) -> dict[str, Any]:
    """Return a made-up dossier that rests on the example's first vendor."""
    result = example()
    part = result["vendors"][0]
    comparisons = ("differs", "not-observed", "agrees")
    return {
        "run": {**result["run"], "declarations": "d" * 40},
        "specification": "s" * 40,
        "address": "http://127.0.0.1:8080",
        **{key: part[key] for key in ("vendor", "title", "target", "kind", "verdict", "exit")},
        **{key: part[key] for key in ("headline", "counts", "findings")},
        "by_basis": {"stated": {"pass": 4, "fail": 1}, "law": {"pass": 1}, "inferred": {"fail": 1}},
        "capabilities": [{"title": "Idempotency", "rows": part["requirements"]}],
        "questions": [
            {
                "kind": "operation",
                "title": "Paths and methods",
                "questions": [question(one) for one in comparisons],
            },
            {"kind": "request", "title": "Contents of requests", "questions": []},
            {
                "kind": "response",
                "title": "Contents of responses",
                "questions": [question("agrees", "Receipt/id")],
            },
        ],
        "stated": [
            {
                "kind": "field",
                "name": "Change/card",
                "basis": "published",
                "source": "page 3",
                "inferred_keywords": ["maxLength"],
            }
        ],
        "operations": [
            {
                "operation": "add",
                "title": "Add points",
                "request": "POST /points",
                "basis": "inferred",
                "confidence": "low",
                "requests": 3,
                "ok": 2,
                "refused": 1,
                "unknown": 0,
                "statuses": [{"status": "200", "count": 2}, {"status": "409", "count": 1}],
            }
        ],
        "not_tested": [{"subject": "Load", "reason": "not run"}],
        "side_effects": {
            "members": 2,
            "changed": 1,
            "points": 5,
            "operations": [{"operation": "add", "title": "Add points", "done": 2, "unknown": 1}],
        },
        **changes,
    }

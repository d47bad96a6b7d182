"""How a dossier is put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.dossier.build import dossier
from harness.dossier.questions import Sources
from harness.model.result import RunSummary
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked, Outcome
from tests.auditor.build import attempt, inferring_vendor, moot, recorded
from tests.dossier.results import part, row

RUN = RunSummary("r1", "harness onboard acme", "", "", 1, "ci", "", "", "")
ROWS = (
    row("ACME-IDEM-1", "pass"),
    row("ACME-IDEM-2", "fail", "inferred"),
    row("ACME-IDEM-3", "fail", "published"),
    row("LAW-FLOOR", "pass", "law"),
    row("ACME-ODD-1", "inapplicable", reason="no bulk"),
)


def made(
    engines: tuple[str, ...] = ("property", "scenario"),
    checked: Iterable[Checked] = (),
) -> dict[str, Any]:
    """Return the dossier of a made-up run."""
    attempts = [
        attempt("a", operation="add_points"),
        attempt("b", operation="add_points", status=409, outcome=Outcome.REFUSED),
    ]
    header = RunHeader(declarations="d1", base_url="http://127.0.0.1:1", engines=engines)
    run = recorded(attempts, headers=[header], checked=checked)
    document = part(ROWS)
    return dossier(RUN, Sources(inferring_vendor(), document, run))


def test_requirements_are_counted_by_basis() -> None:
    """Documented, published and example ones are all stated; laws and inferred ones stand apart."""
    assert made()["by_basis"] == {
        "stated": {"pass": 1, "fail": 1, "inapplicable": 1},
        "law": {"pass": 1},
        "inferred": {"fail": 1},
    }


def test_requirements_are_grouped_by_capability_with_the_stated_ones_first() -> None:
    """The second word of an id names the capability; an unknown one comes last."""
    groups = {g["title"]: [r["id"] for r in g["rows"]] for g in made()["capabilities"]}
    assert groups == {
        "Idempotency": ["ACME-IDEM-1", "ACME-IDEM-3", "ACME-IDEM-2"],
        "Laws of every points ledger": ["LAW-FLOOR"],
        "Further requirements": ["ACME-ODD-1"],
    }


def test_what_was_not_tested_has_a_reason() -> None:
    """Requirements, operations, scenarios by their common reason, load, and unknown outcomes."""
    checked = [moot("scenario:bulk.a", "no bulk"), moot("scenario:bulk.b#p", "no bulk")]
    open_ = {row["subject"]: row["reason"] for row in made(checked=checked)["not_tested"]}
    assert open_ == {
        "ACME-ODD-1: Title of ACME-ODD-1": "no bulk",
        "Operation read_account": "no request was sent",
        "Scenarios bulk.a, bulk.b": "no bulk",
        "Load": "an onboarding run generates no load; see harness load",
        "1 request": "their outcome is unknown",
    }


def test_load_is_not_listed_when_it_ran() -> None:
    """An earlier run of everything has tested it."""
    subjects = [r["subject"] for r in made(("scenario", "load"))["not_tested"]]
    assert "Load" not in subjects


def test_stated_parts_come_with_their_source_and_inferred_ones_do_not() -> None:
    """The vendor sees what was taken from its documents, and from where."""
    stated = {one["name"]: (one["basis"], one["source"]) for one in made()["stated"]}
    assert stated == {
        "query page (read_account)": ("documented", "page 4"),
        "Change": ("published", "page 3"),
    }


def test_operations_tell_their_statuses_and_the_run_its_declarations() -> None:
    """Each status with its count; what the journal's header says is taken over."""
    found = made()
    operations = {one["operation"]: one for one in found["operations"]}
    assert operations["add_points"]["statuses"] == [
        {"status": "200", "count": 1},
        {"status": "409", "count": 1},
    ]
    assert operations["read_account"]["statuses"] == []
    assert operations["read_account"]["confidence"] == "low"
    assert (found["run"]["declarations"], found["address"]) == ("d1", "http://127.0.0.1:1")

"""Which questions a vendor is asked, and what is said to have been observed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import pytest

from harness.dossier.questions import Sources, questions
from harness.model.history import Attempt
from harness.model.result import FindingResult, RequirementResult, VendorResult
from harness.model.verdict import Outcome
from tests.auditor.build import attempt, inferring_vendor, recorded
from tests.dossier.results import observation, part, row


def asked(
    kind: str,
    *,
    attempts: Iterable[Attempt] = (),
    bodies: Iterable[object] = (),
    document: VendorResult | None = None,
    sent: Collection[tuple[str, str]] = (),
) -> dict[str, tuple[str, str]]:
    """Return the questions of one kind in order: statement to comparison and observation."""
    responses = [("add_points", 200, body) for body in bodies]
    sources = Sources(inferring_vendor(), document or part(), recorded(attempts), responses, sent)
    group = next(g for g in questions(sources) if g["kind"] == kind)
    return {q["inferred"]: (q["comparison"], q["observed"]) for q in group["questions"]}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([], ("not-observed", "no request was sent")),
        ([attempt(status=None)], ("not-observed", "no response was received")),
        (
            [attempt(status=404, outcome=Outcome.REFUSED)],
            ("differs", "never succeeded: status 404 1 time"),
        ),
        ([attempt("a"), attempt("b"), attempt("c", status=None)], ("agrees", "succeeded 2 times")),
    ],
    ids=["not called", "no response", "refused", "succeeded"],
)
def test_an_inferred_operation_is_compared_with_its_responses(
    made: list[Attempt], expected: tuple[str, str]
) -> None:
    """A path that was only inferred exists when a request to it has succeeded."""
    attempts = [replace(one, operation="read_account") for one in made]
    assert asked("operation", attempts=attempts) == {"GET /guess (read_account)": expected}


def test_a_request_without_valid_credentials_says_nothing_of_an_operation() -> None:
    """That it was refused is what it was sent for."""
    refused = attempt(operation="read_account", status=401, outcome=Outcome.REFUSED)
    found = asked("operation", attempts=[replace(refused, auth="none")])
    assert found["GET /guess (read_account)"] == ("not-observed", "no response was received")


def test_a_field_of_a_request_is_confirmed_by_a_request_that_succeeded() -> None:
    """The points of an add were sent; the card of a query was not; stated ones are not asked."""
    found = asked("request", sent={("add_points", "points"), ("add_points", "card")})
    assert found == {
        "query card (read_account)": ("not-observed", "not sent in any request that succeeded"),
        "Change/points": ("agrees", "sent in requests that succeeded (add_points)"),
    }


def test_a_generated_request_can_refute_a_field() -> None:
    """An observation about the same field of the same operation goes before success."""
    refuting = observation(
        "property-inferred:rejects-invalid:add_points#type.points",
        "A text was accepted as points",
        "ok",
    )
    found = asked(
        "request",
        document=part(observations=[refuting]),
        sent={("add_points", "points")},
    )
    assert found["Change/points"] == ("differs", "A text was accepted as points")
    assert next(iter(found)) == "Change/points", "what differs comes first"


def test_fields_of_responses_are_compared_with_what_came() -> None:
    """Present, absent although required, absent and optional, never received, undeclared."""
    bodies = [{"kind": "earn", "extra": 1}, {"kind": "earn"}, {"kind": "burn"}]
    found = asked("response", bodies=bodies)
    assert found["Receipt/kind"] == ("agrees", "in 3 of 3 objects, string: burn, earn")
    assert found["Receipt/id"] == ("differs", "in none of 3 objects")
    assert found["Receipt/lines/*/amount"][0] == "not-observed"
    assert found["Receipt/extra: no such field"] == ("differs", "in 1 of 3 objects, integer")
    assert [comparison for comparison, _ in found.values()] == sorted(
        (comparison for comparison, _ in found.values()),
        key=["differs", "not-observed", "agrees"].index,
    )


def test_without_a_response_its_fields_stay_open() -> None:
    """Nothing was received, so nothing differs."""
    found = asked("response")
    assert found["Receipt/id"] == ("not-observed", "no such response was received")


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, ("not-observed", "never received")),
        (1, ("agrees", "received 1 time, for example from add_points")),
        (2, ("agrees", "received 2 times, for example from add_points")),
    ],
)
def test_an_inferred_status_is_confirmed_when_it_comes(
    count: int, expected: tuple[str, str]
) -> None:
    """A shared response counts under every operation and status that refers to it."""
    attempts = [
        attempt(f"c{n}", operation="add_points", status=409, outcome=Outcome.REFUSED)
        for n in range(count)
    ]
    assert asked("response", attempts=attempts)["status 409: Already stored"] == expected


@pytest.mark.parametrize(
    ("made", "observations", "expected"),
    [
        (row("A-1", "pass", "inferred"), [], ("agrees", "confirmed by 1 check")),
        (row("A-1", "pass", "inferred", count=1200), [], ("agrees", "confirmed by 1,200 checks")),
        (row("A-1", "fail", "inferred", reason="r"), [], ("differs", "r")),
        (
            row("A-1", "fail", "inferred", reason="r"),
            [observation("scenario:x", "T", "s", "A-1")],
            ("differs", "T: s"),
        ),
        (row("A-1", "inapplicable", "inferred", reason="no"), [], ("not-observed", "no")),
        (row("A-1", "inconclusive", "inferred"), [], ("not-observed", "not observed")),
    ],
    ids=["once", "often", "failed", "with observation", "inapplicable", "inconclusive"],
)
def test_an_inferred_requirement_is_a_question(
    made: RequirementResult,
    observations: list[FindingResult],
    expected: tuple[str, str],
) -> None:
    """Its verdict is told as a comparison, never as a failure; a stated one is no question."""
    document = part([made, row("A-2", "fail")], observations)
    assert asked("behaviour", document=document) == {"A-1: Title of A-1": expected}


def test_a_question_says_how_sure_the_inference_is_and_where_it_comes_from() -> None:
    """Low confidence is asked first among equals."""
    sources = Sources(inferring_vendor(), part(), recorded([]))
    group = next(g for g in questions(sources) if g["kind"] == "response")
    first = group["questions"][0]
    assert (first["inferred"], first["confidence"], first["source"]) == (
        "Receipt/id",
        "low",
        "by analogy",
    )

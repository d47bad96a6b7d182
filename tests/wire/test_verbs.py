"""Verbs become requests, and requests are read back as verbs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.engine.property.baseline import roles_of
from harness.model.binding import Binding, Promises, Verb
from harness.model.exchange import Row
from harness.model.operation import Specification, only_reads
from harness.wire.intent import distinguishing_fields
from harness.wire.verbs import Speaker, unique_number
from tests.acme import JSON, operation

ADD = Verb(
    "earn",
    "use",
    {"body": {"card": "${member.id}", "sum": "${units}", "action": "add"}},
    {},
    "credit",
)
TAKE = replace(
    ADD, name="burn", send={"body": {**ADD.send["body"], "action": "take"}}, effect="debit"
)
STAMP = Verb("stamp", "use", {"body": {"card": "${member.id}", "stamps": "${units}"}}, {}, "credit")
OTHER = replace(ADD, name="other", operation="other")


def speaker(*verbs: Verb, **samples: Any) -> Speaker:
    """Return a speaker of these verbs."""
    bound = {verb.name: verb for verb in verbs}
    binding = Binding("v", "V", (), (), bound, samples, Promises(), {}, frozenset())
    names = {verb.operation for verb in verbs} | set(samples)
    operations = {name: operation(name, JSON) for name in names}
    return Speaker(binding, Specification(operations, {"components": {}}, "0"), {}, {})


def test_verbs_of_one_operation_are_told_apart_by_their_fixed_values() -> None:
    """A field is distinguishing only where verbs of the same operation differ in it."""
    assert distinguishing_fields([ADD]) == frozenset()
    assert distinguishing_fields([ADD, TAKE]) == {"action"}
    assert distinguishing_fields([ADD, STAMP]) == {"action"}
    assert distinguishing_fields([ADD, replace(ADD, name="again")]) == frozenset()


@pytest.mark.parametrize("verb", [ADD, TAKE, STAMP])
def test_a_request_is_read_back_as_the_verb_that_wrote_it(verb: Verb) -> None:
    """Also where several verbs are one operation with another action."""
    tongue = speaker(ADD, TAKE, STAMP)
    plain, meant = tongue.verb(verb.name, {"id": "7"}, 5)
    assert tongue.intent_of(plain) == meant
    assert meant.rows == (Row("7", 5 * verb.sign, None),)


def test_a_request_with_another_action_is_no_verb() -> None:
    """An action that no verb binds says nothing of points."""
    tongue = speaker(ADD, TAKE)
    plain, _ = tongue.verb("earn", {"id": "7"}, 5)
    odd = replace(plain, body={**plain.body, "action": "expire"})
    assert tongue.intent_of(odd).verb is None
    # The only verb of an operation is known by its account and units, whatever stands beside.
    alone = speaker(OTHER)
    plain, _ = alone.verb("other", {"id": "7"}, 5)
    assert alone.intent_of(replace(plain, body={**plain.body, "action": "x"})).verb == "other"


def test_one_operation_adds_and_takes_by_the_sign_of_the_amount() -> None:
    """Each verb reads its own sign back; an amount that neither writes has no known effect."""
    plus = replace(OTHER, send={"body": {"card": "${member.id}", "sum": "${units}"}}, unit=10)
    minus = replace(plus, name="minus", effect="debit", unit=-10)
    tongue = speaker(minus, plus)
    for verb, amount, signed in ((plus, 50, 5), (minus, -50, -5)):
        plain, meant = tongue.verb(verb.name, {"id": "7"}, 5)
        assert plain.body["sum"] == amount
        assert tongue.intent_of(plain) == meant
        assert meant.rows == (Row("7", signed, None),)
    plain, _ = tongue.verb("minus", {"id": "7"}, 5)
    assert tongue.intent_of(replace(plain, body={**plain.body, "sum": -55})).verb is None
    assert speaker(minus).intent_of(replace(plain, body={**plain.body, "sum": 50})).verb is None


def test_what_tells_verbs_apart_is_not_varied() -> None:
    """A generated request with another action would be another verb."""
    assert ("body", "action") in roles_of(speaker(ADD, TAKE).binding, "use").kept
    assert ("body", "action") not in roles_of(speaker(ADD).binding, "use").kept


def test_a_number_is_as_new_as_its_text() -> None:
    """Twelve digits, the same for the same text, in samples, overlays and single requests."""
    assert unique_number("a") == unique_number("a") != unique_number("b")
    assert all(len(str(unique_number(str(n)))) == 12 for n in range(200))
    tongue = speaker(ADD, join={"body": {"phone": "${number}", "name": "${fresh}"}})
    wanted = unique_number("x1")
    assert tongue.sample("join", None, {"fresh": "x1"}).body == {"phone": wanted, "name": "x1"}
    plain = tongue.sample("join", None, {"fresh": "x0"})
    laid = tongue.overlay(plain, {"body": {"phone": "${number}"}}, (), {"fresh": "x1"})
    assert laid.body == {"phone": wanted, "name": "x0"}
    assert tongue.filled(["${number}"], {"fresh": "x1"}) == [wanted]
    request = tongue.request("join", {"body": {"phone": "${number}"}}, {"fresh": "x1"})
    assert request.body == {"phone": wanted}


@pytest.mark.parametrize(
    ("name", "method", "verbs", "reads"),
    [
        ("use", "POST", (ADD,), False),
        ("use", "GET", (), True),
        ("get_card", "POST", (), True),
        ("listCards", "POST", (), True),
        ("getaway", "POST", (), False),
        ("card_info", "POST", (replace(ADD, name="balance", effect="none"),), True),
    ],
)
def test_what_only_reads_is_known_by_method_verb_or_name(
    name: str, method: str, verbs: tuple[Verb, ...], reads: bool
) -> None:
    """Such requests may be sent again wherever their outcome stays unknown."""
    assert only_reads(replace(operation(name), method=method), verbs) is reads

"""The mock of the signed commands is right by itself and wrong on request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.mock.client import concurrently
from tests.mock.qoin import (
    ACTIONS,
    DATED,
    LINES,
    MOMENT,
    SIGNED,
    Sender,
    failed,
    idempotency_key,
    lines,
    ok,
    served,
)

ROOT = Path(__file__).resolve().parents[2]
SPECIFICATION = yaml.safe_load((ROOT / "specs/qoin/openapi.yaml").read_text("utf-8"))
ENVELOPE = "Subject SubjectType SubjectIdentifier Action ResourceType Resource ResourceId Data"


@pytest.fixture(scope="module")
def clean() -> Iterator[Sender]:
    """A client of a server without defects."""
    with served() as server:
        yield Sender(server)


@pytest.mark.parametrize("action", ACTIONS)
def test_each_response_has_the_route_and_a_ticket(clean: Sender, action: str) -> None:
    """The response repeats the route and tells nothing of points."""
    status, value = clean.send(action)
    ticket = value.pop("TicketId")
    assert status == 200
    assert len(ticket) == 45
    assert value == {
        "Subject": "loyalty",
        "SubjectType": "reward",
        "SubjectIdentifier": "task",
        "Action": action,
        "ResourceType": "data",
        "Resource": "none",
        "ResourceId": "none",
        "Result": None,
        "Status": "success",
        "Message": "Success process data(Success)",
        "StatusCode": 200,
    }


def test_each_start_has_keys_of_its_own() -> None:
    """A signature with the key of another start is refused."""
    with served() as one, served() as other:
        here, there = Sender(one), Sender(other)
        assert here.key.key_size == 1024
        assert here.key.private_numbers() != there.key.private_numbers()
        data = here.data()
        assert ok(here.send(data={**data, "signature": here.sign(data)}))
        assert failed(there.send(data={**data, "signature": here.sign(data)}))


@pytest.mark.parametrize("name", SIGNED)
def test_each_signed_field_is_covered(clean: Sender, name: str) -> None:
    """To change any of them after signing breaks the signature."""
    data = clean.data()
    signature = clean.sign(data)
    other = clean.members[1]
    new: dict[str, Any] = {
        "refference": "another",
        "memberId": int(other["id"]),
        "data": lines({"trxAmount": 5}),
    }
    altered = {**data, "signature": signature, name: new.get(name, 7 if name[-1] in "de" else "x")}
    if not isinstance(altered[name], type(data[name])):
        altered[name] = type(data[name])("7")
    assert altered[name] != data[name]
    assert failed(clean.send(data=altered))
    assert ok(clean.send(data={**data, "signature": signature}))


def test_a_phone_is_not_part_of_what_is_signed(clean: Sender) -> None:
    """The published order of keys does not name it."""
    data = clean.data("registerreferral")
    signature = clean.sign(data)
    sent = {**data, "memberQtagPhone": "Q000001", "signature": signature}
    assert ok(clean.send("registerreferral", sent))


@pytest.mark.parametrize("signature", ["", "sssss", "AAAA", None, 5, ["x"], "ß"])
def test_what_is_no_signature_is_refused(clean: Sender, signature: Any) -> None:
    """Whatever stands in its place, nothing is given."""
    before = clean.points()
    assert failed(clean.send(data={**clean.data(), "signature": signature}))
    assert clean.points() == before


@pytest.mark.parametrize("name", ENVELOPE.split())
def test_the_envelope_is_needed(clean: Sender, name: str) -> None:
    """Each of its fields is."""
    command = clean.command()
    del command[name]
    assert failed(clean.post(command))


@pytest.mark.parametrize("action", ACTIONS)
def test_the_payload_is_needed(clean: Sender, action: str) -> None:
    """Each field of the payload and of its lines is, but for the optional ones."""
    data = clean.data(action)
    for name in set(data) - ({"memberQtagPhone"} if action != "registerreferral" else set()):
        left = {key: value for key, value in data.items() if key != name}
        assert failed(clean.send(action, left)), name
    for name in data["data"][0]:
        line = {key: value for key, value in data["data"][0].items() if key != name}
        assert failed(clean.send(action, {**data, "data": [line]})), name


@pytest.mark.parametrize(
    ("over", "envelope"),
    [
        ({"memberId": 1}, {}),
        ({"trxId": -1}, {}),
        ({"trxId": 1.5}, {}),
        ({"trxId": True}, {}),
        ({"userId": "x"}, {}),
        ({"memberName": 5}, {}),
        ({"data": []}, {}),
        ({"data": ["x"]}, {}),
        ({"data": lines({"trxAmount": -1})}, {}),
        ({"data": lines({"trxAmount": "1,000"})}, {}),
        ({"data": lines({"trxDate": "2024-02-30 10:00:00"})}, {}),
        ({"data": lines({"trxDate": "2024-04-30 10:30-00"})}, {}),
        ({"data": lines({"trxDate": None})}, {}),
        ({}, {"Date": "2024-04-30"}),
        ({}, {"Resource": "x"}),
        ({}, {"ScopeSource": 5}),
        ({}, {"Action": "refferal"}),
        ({}, {"Data": "text"}),
    ],
)
def test_what_is_unfit_is_refused_without_effect(
    clean: Sender, over: dict[str, Any], envelope: dict[str, Any]
) -> None:
    """No points come of it."""
    before = clean.points()
    data = envelope.pop("Data", None) or clean.data(**over)
    assert failed(clean.send(data=data, **envelope))
    assert clean.points() == before


def test_an_unknown_route_is_refused_as_published(clean: Sender) -> None:
    """Status, number, message and an empty Data."""
    for field in ("Subject", "SubjectType", "SubjectIdentifier", "Action"):
        assert clean.send(**{field: "nosuch"}) == (
            400,
            {
                "Status": "failed",
                "StatusCode": 400,
                "Message": "Access route not found",
                "Data": None,
            },
        )


def test_the_idempotency_key_is_that_of_the_body(clean: Sender) -> None:
    """One of another body, or of another day, is refused."""
    command = clean.command()
    assert failed(clean.post(command, idempotency_key(b"another")))
    assert failed(clean.post(command, "0" * 32))
    assert ok(clean.post(command))


def test_json_that_is_none_is_refused(clean: Sender) -> None:
    """Lists and texts are no envelopes."""
    assert failed(clean.post(["x"]))
    assert failed(clean.post("x"))


def test_points_follow_the_scheme_and_a_repeat_gives_none() -> None:
    """What a command gave is kept, though no response tells it."""
    with served() as server:
        sender = Sender(server)
        data = sender.data(refference="once", data=lines({"trxAmount": 2_500}, {}))
        for _ in range(2):
            assert ok(sender.send(data=data))
        assert sender.points() == 3
        for _ in range(2):
            assert ok(sender.send("register"))
            assert ok(sender.send("dailycheckin"))
        assert sender.points() == 3 + 50 + 5
        other = int(sender.members[1]["user_id"])
        assert ok(
            sender.send("registerreferral", sender.data("registerreferral", userIdShare=other))
        )
        assert (sender.points(), sender.points(1)) == (108, 50)
        concurrently(8, lambda _: sender.send(data=sender.data(refference="raced")))
        assert sender.points() == 118


@pytest.mark.parametrize("action", ACTIONS)
def test_dates_phones_and_sources_may_come_along(clean: Sender, action: str) -> None:
    """Optional fields are taken where they are listed, and nowhere asked for."""
    date = {"Date": "2024-04-30 15:02:08.670 WIB"} if action in DATED else {}
    assert ok(clean.send(action, ScopeSource="", **date))
    assert ok(clean.send(action, clean.data(action, memberQtagPhone="Q1")))
    lone = {"trxAmount": "0", "trxDate": "", **LINES.get(action, {})}
    assert ok(clean.send(action, clean.data(action, data=lone)))


def schema_of(action: str, request: bool) -> Any:
    """Return the validator of an action's requests, or of its responses under status 200."""
    operation = SPECIFICATION["paths"][f"/requestin#{action}"]["post"]
    if request:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
    else:
        response = SPECIFICATION["components"]["responses"]["Done"]
        schema = response["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator(
        {"allOf": [schema], "components": SPECIFICATION["components"]}
    )


@pytest.mark.parametrize("action", ACTIONS)
def test_requests_and_responses_fit_the_specification(clean: Sender, action: str) -> None:
    """Requests, successes and refusals satisfy their schemas, and a wrong response does not."""
    command = clean.command(action)
    assert schema_of(action, True).is_valid(command)
    responses = schema_of(action, False)
    for response in (clean.post(command), clean.send(action, Subject="x"), clean.send(action, {})):
        assert responses.is_valid(response[1]), response
    assert not responses.is_valid({**clean.send(action)[1], "StatusCode": "200"})
    assert not schema_of(action, True).is_valid({**command, "Action": "nosuch"})


def test_the_key_is_of_the_kind_that_is_published(clean: Sender) -> None:
    """A signature has 172 characters, as the example in the page has."""
    assert isinstance(clean.key, rsa.RSAPrivateKey)
    assert len(clean.sign(clean.data())) == 172
    assert MOMENT in str(clean.data())

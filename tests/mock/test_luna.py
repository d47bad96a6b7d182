"""The mock of the card company is right by itself and wrong on request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.mock.luna import FAR, PATHS, TEMPLATES, Till, error, served

ROOT = Path(__file__).resolve().parents[2]
SPECIFICATION = yaml.safe_load((ROOT / "specs/luna/openapi.yaml").read_text("utf-8"))
NOBODY = "000000-000-000"


@pytest.fixture(scope="module")
def clean() -> Iterator[Till]:
    """A client of a server without defects."""
    with served() as server:
        yield Till(server)


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_a_card_takes_the_actions_of_its_type_and_no_others(clean: Till, template: str) -> None:
    """Each type knows its own actions; an expiry is taken by all whose template has one."""
    bonuses: dict[str, set[str | None]] = {
        "stamps": {None},
        "biscuits": {None},
        "subscription": {"addStamps"},
        "discount": {"increaseTotalSpentSum"},
        "certificate": {"accruePoints"},
        "coupon": set(),
        "listing": set(),
        "membership": set(),
    }
    known = bonuses.get(template, {"accruePoints", "increaseTotalSpentSum"})
    card = clean.card(template)
    for action in (None, "addStamps", "increaseTotalSpentSum", "accruePoints"):
        done = error(clean.use(card, action, sum=2, numberStumps=2)) == 0
        assert done is (action in known)
    expires = error(clean.use(card, "setExpirationDate", expiryDate=FAR)) == 0
    assert expires is (template != "without_expiry")


def test_a_deleted_card_is_shown_and_not_used(clean: Till) -> None:
    """Nothing is counted on a card that its holder threw away."""
    card = clean.values["deleted_card"]
    assert clean.info(card, "status") == "deleted"
    assert error(clean.use(card, "accruePoints", sum=1)) > 5


def test_rewards_come_again_with_each_round_of_the_card(clean: Till) -> None:
    """Twenty stamps are two rounds: four coffees and two cakes."""
    card = clean.card("stamps")
    clean.use(card, numberStumps=3)
    clean.use(card, numberStumps=17)
    shown = clean.call("get_pass_info", passSerialNumber=card)
    assert (shown["activeStamps"], shown["totalStamps"], shown["unusedRewards"]) == (0, 20, 6)


def test_a_client_has_one_card_of_a_template(clean: Till) -> None:
    """Asking again gives the same card."""
    user = clean.client()["userID"]
    fields = {"idTemplate": TEMPLATES["cashback"], "userID": user}
    first, again = (clean.call("create_pass", **fields)["serialNumber"] for _ in range(2))
    assert first == again


def test_an_update_frees_the_old_phone(clean: Till) -> None:
    """A phone that nobody has any more can be taken."""
    one = clean.client()
    keys = ("sName", "fName", "idTemplate", "userID")
    new = {key: one[key] for key in keys} | {"phone": one["phone"] + 10**10}
    assert error(clean.call("update_client", **new)) == 0
    assert error(clean.client(phone=one["phone"])) == 0


@pytest.mark.parametrize(
    ("operation", "fields", "number"),
    [
        ("create_client", {"sName": 5, "fName": "x", "phone": 1, "idTemplate": 102}, 16),
        ("create_client", {"sName": "x", "fName": "x", "phone": "+4712", "idTemplate": 102}, 16),
        ("create_client", {"sName": "x", "fName": "x", "phone": 1, "idTemplate": 1}, 11),
        ("create_pass", {"idTemplate": 102, "userID": 1}, 12),
        ("search_client", {"idTemplate": 102, "phone": 1}, 12),
        ("use_reward", {"passSerialNumber": NOBODY}, 4),
        ("use_reward", {"passSerialNumber": NOBODY, "numberRewards": 1}, 2),
        ("send_info_push_one", {"pushSegment": "nobody"}, 16),
        ("get_pass_info", ["a list"], 16),
    ],
)
def test_a_refusal_has_its_number(clean: Till, operation: str, fields: Any, number: int) -> None:
    """What is missing is told before the card is looked for; other faults have numbers above 5."""
    status, _, body = clean.send(operation, fields)
    assert (status, yaml.safe_load(body)) == (200, {"error": number})


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of each operation and the schema of its response."""
    for item in SPECIFICATION["paths"].values():
        operation = item["post"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        yield operation["operationId"], {**schema, "components": SPECIFICATION["components"]}


def responses(till: Till) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield responses of every operation: those that did something, and refusals."""
    one = till.client()
    phone, email, user = one["phone"], one["email"], one["userID"]
    template = {"idTemplate": TEMPLATES["cashback"]}
    names = {"sName": "x", "fName": "y"}
    yield "create_client", till.call("create_client", **names, **template, phone=phone)
    yield "create_client", till.call("create_client", **names, **template, phone=phone + 10**9)
    yield "create_pass", till.call("create_pass", **template, userID=user)
    serials = [till.card(name) for name in TEMPLATES]
    for serial in (*serials, NOBODY, till.values["foreign_card"]):
        card = {"passSerialNumber": serial}
        yield "get_pass_info", till.call("get_pass_info", **card)
        yield "get_client_info", till.call("get_client_info", **card)
        yield "use_pass", till.call("use_pass", **card, action="accruePoints", sum=5)
        yield "get_pass_operations", till.call("get_pass_operations", **card)
        yield "use_reward", till.call("use_reward", **card, numberRewards=1)
    installed = {"passSerialNumber": till.values["card_with_fields"], "messageText": "hello"}
    one_client = {"pushSegment": "oneClient", **installed}
    yield "send_info_push_one", till.call("send_info_push_one", **one_client)
    yield "get_info_push_list", till.call("get_info_push_list", **installed)
    yield "get_client_info", till.call("get_client_info", **installed)
    all_clients = {"pushSegment": "allClients", "messageText": "hello", "idTemplate": 121}
    yield "send_info_push_all", till.call("send_info_push_all", **all_clients, page=1)
    for mode in ("PassNotCreated", "PassInstalled", "passNotInstalled", "passDeleted", "other"):
        fields = {"idTemplate": TEMPLATES["listing"], "selectionMode": mode}
        yield "get_template_client_passes", till.call("get_template_client_passes", **fields)
    yield "get_templates", till.call("get_templates")
    yield "get_clients_list", till.call("get_clients_list", **template)
    for name in ("search_client", "check_pass_exists_by_phone", "get_pass_info_by_phone"):
        yield name, till.call(name, **template, phone=phone)
    update = {**names, **template, "userID": user, "phone": phone}
    yield "update_client", till.call("update_client", **update)
    yield "get_client_passes_by_phone", till.call("get_client_passes_by_phone", phone=phone)
    yield "get_client_passes_by_email", till.call("get_client_passes_by_email", email=email)
    for name in PATHS:
        if name != "send_info_push":
            yield name, till.call(name, passSerialNumber=NOBODY)
            yield name, yaml.safe_load(till.send(name, {}, token="wrong")[2])


def test_every_response_fits_the_specification(clean: Till) -> None:
    """Successes and refusals of all nineteen operations satisfy their schemas."""
    validators = {name: jsonschema_rs.validator_for(schema) for name, schema in schemas()}
    seen = set()
    for operation, value in responses(clean):
        errors = [str(one) for one in validators[operation].iter_errors(value)]
        assert not errors, (operation, value, errors)
        seen.add(operation)
    assert seen == set(validators)
    assert len(seen) == 19


def test_a_wrong_response_does_not_fit() -> None:
    """The validators used above can fail: a stamp card without its stamps does."""
    validator = jsonschema_rs.validator_for(dict(schemas())["get_pass_info"])
    common = {"status": "installed", "serialNumber": "1"}
    assert validator.is_valid({**common, "type": 3})
    assert not validator.is_valid({**common, "type": 0})
    assert not validator.is_valid({"error": "no"})


def test_known_values_are_what_they_say(clean: Till) -> None:
    """The cards and templates that the ready line names are in the state their names tell."""
    values = clean.values
    for name in ("stamps", "cashback", "subscription", "discount"):
        assert clean.info(values[f"installed_{name}_card"], "status") == "installed"
    assert clean.info(values["push_uninstalled_card"], "status") == "not installed"
    assert len(clean.installed("push")) == 25
    assert len(clean.installed("push_even")) == 20
    assert clean.server.service.members == []

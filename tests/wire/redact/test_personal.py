"""Of a personal number the last digits are shown, and of another personal value nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.auditor.judge import vendor_result
from harness.model.binding import Binding
from harness.model.run_header import RunHeader
from harness.model.target import Target
from harness.wire.redact.needle import masked
from harness.wire.redact.personal import personal_names, personal_values
from harness.wire.redact.redactor import Redactor, redactor_of
from tests.acme import binding
from tests.auditor.build import attempt, failed, recorded, vendor

MEMBER = {"id": "700001", "phone": "081-234-5678", "name": "Ann Lee", "type": "gold"}


def bound(*sensitive: str) -> Binding:
    """Return a binding with fields of a member in a body, a path and the rows of a bulk."""
    earn = binding().verbs["earn"]
    send: dict[str, Any] = {
        "path": {"account": "${member.id}"},
        "body": {
            "who": {"tel": "${member.phone}", "names": ["${member.name}"]},
            "n": "${value.guest}",
        },
    }
    verbs = {"earn": replace(earn, send=send), "bulk_earn": binding().verbs["bulk_earn"]}
    return replace(
        binding(), verbs=verbs, samples={}, auth=(), enroll=None, sensitive=frozenset(sensitive)
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("700001", "***01"),
        ("081-234-5678", "***678"),
        ("1547921000002", "***0002"),
        ("M123456", "***56"),
        ("12", "***"),
        ("Ann Lee", "***"),
        ("ann99@shop.example", "***"),
    ],
)
def test_a_third_of_the_digits_is_shown(value: str, shown: str) -> None:
    """Four at most, and none of a text that does not end in them."""
    assert masked(value) == shown


def test_what_fills_a_hidden_field_is_personal() -> None:
    """However deep it stands; also a value of the target, and the member of a row."""
    assert personal_names(bound()) == frozenset()
    assert personal_names(bound("tel")) == {"member.phone"}
    assert personal_names(bound("who", "n")) == {
        "member.id",  # of the rows
        "member.phone",
        "member.name",
        "value.guest",
    }
    target = Target(
        "ours", "staging", members=(MEMBER, {"id": "2"}), values={"guest": "0900000001"}
    )
    assert personal_values(bound("tel", "n"), target) == ["081-234-5678", "0900000001"]


def test_a_personal_value_is_masked_wherever_it_stands() -> None:
    """In a path, in a text, escaped; by its name and by its value, which agree."""
    redact = Redactor([], ["tel"], ["081-234-5678", "700001", "Ann Lee"]).text
    assert redact("/members/700001?x=Ann%20Lee") == "/members/***01?x=***"
    assert redact("no such phone: 081-234-5678.") == "no such phone: ***678."
    assert redact('{"tel": "081-234-5678", "id": 700001}') == '{"tel": "***678", "id": "***01"}'
    assert redact("tel=081-234-5678&n=17000012") == "tel=***678&n=17000012"
    assert redact('{"tel": "0811111111"}') == '{"tel": "***"}'


def test_a_secret_is_not_masked_like_a_number() -> None:
    """Where a personal value is a secret too, nothing of it is shown."""
    redact = redactor_of(bound("tel"), ["081-234-5678"], ["081-234-5678"]).text
    assert redact("081-234-5678") == "***"


@pytest.mark.parametrize(("sensitive", "shown"), [("account", "***01"), ("tel", "700001")])
def test_a_report_masks_accounts_whose_field_is_hidden(sensitive: str, shown: str) -> None:
    """In every text; where the binding does not hide the field, the account is shown."""
    finding = failed(
        "invariant:floor",
        "700001",
        "The balance of 700001 fell below 0",
        detail=("700001/visits and 700001 burnt 17000011",),
        curl=("curl -X GET /members/700001",),
    )
    known = replace(vendor(), binding=bound(sensitive))
    run = recorded([attempt(account="700001"), attempt(account="700001/visits")])
    (one,) = vendor_result(known, run, [finding], RunHeader(target="t", kind="mock")).findings
    assert one.subject == shown
    assert one.title == f"The balance of {shown} fell below 0"
    assert one.detail[0].endswith(f"{shown} burnt 17000011")
    assert one.curl == (f"curl -X GET /members/{shown}",)

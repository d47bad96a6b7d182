"""What a request of the vendor announces, as the binding reads it."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.document.messages import Problem
from harness.model.binding import AnnouncedEvent, Webhook, WebhookAuth
from harness.model.exchange import WHOLE, AmountFormat, Request
from harness.model.history import CHANGE, OTHER, Announcement
from harness.model.run_header import RunHeader
from harness.wire.attempt import json_line
from harness.wire.journal.reader import read_journal
from harness.wire.journal.writer import Writer
from harness.wire.redact.redactor import Redactor
from harness.wire.webhook.announcement import announcement_line, reader_of
from tests.acme import binding

HOOK = Webhook(
    events=(
        AnnouncedEvent({"body": "/type", "equals": "added"}, "credit"),
        AnnouncedEvent({"body": "/type", "equals": "taken"}, "debit"),
        AnnouncedEvent({"header": {"x-event": {"equals": "points"}}}),
        AnnouncedEvent({"body": "/type", "equals": "joined"}, "none"),
    ),
    extract={
        "reference": {"header": "x-reference"},
        "entry": "/id",
        "member": "/who",
        "amount": "/points",
        "balance": "/left",
    },
    verbs=("earn",),
)
SECRETS = {"hook": "a-secret"}


def read(
    hook: Webhook,
    value: Any,
    headers: dict[str, str] | None = None,
    amounts: AmountFormat = WHOLE,
) -> Announcement:
    """Return what a request with this body announces."""
    vendor = replace(binding(), amounts=amounts)
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    request = Request("POST", "/", tuple((headers or {}).items()), body)
    return reader_of(vendor, hook, {}, SECRETS).read("w1", request, 5, "")


@pytest.mark.parametrize(
    ("value", "headers", "units"),
    [
        ({"type": "added", "points": 5}, {}, 5),
        ({"type": "taken", "points": 5}, {}, -5),
        ({"points": -5}, {"X-Event": "points"}, -5),
    ],
)
def test_an_event_says_what_an_amount_does(
    value: dict[str, Any], headers: dict[str, str], units: int
) -> None:
    """It adds, it takes, or its sign says which."""
    found = read(HOOK, {**value, "left": 9, "id": 7, "who": "m"}, {**headers, "X-Reference": "r"})
    assert found == Announcement(
        "w1", 5, event=CHANGE, reference="r", entry="7", member="m", units=units, balance=9
    )


def test_what_is_no_change_is_told_apart() -> None:
    """A known event that changes nothing, and one that nobody has declared."""
    assert read(HOOK, {"type": "joined"}).event == OTHER
    assert read(HOOK, {"type": "moved"}).event == ""


def test_units_are_those_of_the_webhook() -> None:
    """With decimal places where the binding declares them; what does not fit is named."""
    hundred = replace(HOOK, unit=100)
    assert read(hundred, {"type": "added", "points": 500, "left": 0}).units == 5
    found = read(hundred, {"type": "added", "points": 550, "left": 0})
    assert (found.units, found.unread) == (Decimal("5.5"), "")
    third = read(replace(HOOK, unit=3), {"type": "added", "points": 4, "left": 0})
    assert (third.units, third.unread) == (None, "the amount at /points is 4")
    assert read(HOOK, {"type": "added", "points": "1,5", "left": 0}).units is None
    comma = AmountFormat(decimals=1, decimal_separator=",")
    found = read(HOOK, {"type": "added", "points": "1,5", "left": 0}, amounts=comma)
    assert found.units == Decimal("1.5")


@pytest.mark.parametrize("body", [b"points=5", b"\xff"])
def test_a_body_that_is_not_json_is_named(body: bytes) -> None:
    """It is kept, and tells of nothing."""
    found = read(HOOK, body)
    assert (found.event, found.unread) == ("", "its body is not JSON")


BODY = {"type": "added", "points": 5, "left": 5}
TEXT = json.dumps(BODY).encode()
SIGNATURE = hmac.digest(b"a-secret", TEXT, "sha256")


@pytest.mark.parametrize(
    ("auth", "right"),
    [
        (WebhookAuth("Authorization", "Bearer ${secret.hook}"), "Bearer a-secret"),
        (
            WebhookAuth("X-Sign", "v1=${signature}", "hmac-sha256-hex", "${secret.hook}"),
            f"v1={SIGNATURE.hex()}",
        ),
        (
            WebhookAuth("X-Sign", "${signature}", "hmac-sha256-base64", "${secret.hook}"),
            b64encode(SIGNATURE).decode(),
        ),
    ],
    ids=["token", "hex", "base64"],
)
def test_a_header_proves_whose_a_request_is(auth: WebhookAuth, right: str) -> None:
    """A token, or a signature of the body."""
    hook = replace(HOOK, auth=auth)
    assert read(hook, TEXT, {auth.header: right}).auth == "valid"
    assert read(hook, TEXT, {auth.header: f"{right}x"}).auth == "wrong"
    assert read(hook, TEXT, {auth.header: "ป"}).auth == "wrong"
    assert read(hook, TEXT).auth == "missing"


def test_a_proof_needs_its_secret() -> None:
    """Without it nothing can be said, which is known before the run."""
    auth = WebhookAuth("X-Sign", "${signature}", "hmac-sha256-hex", "${secret.other}")
    with pytest.raises(Problem, match="other"):
        reader_of(binding(), replace(HOOK, auth=auth), {}, SECRETS).require()


def test_the_journal_gives_back_what_was_heard(tmp_path: Path) -> None:
    """Redacted as everything; without an end, nothing is known of the time after the last one."""
    redactor = Redactor(["a-secret"], ["phone"])
    journal = Writer(tmp_path / "webhook.ndjson", RunHeader(), redactor.text)
    listen = {"event": "listen", "since_ns": 3, "url": "http://h", "declared": True}
    journal.append(json_line(listen))
    body = b'{"phone":"0812345678","token":"a-secret"}'
    found = replace(read(HOOK, BODY), units=Decimal("5.5"))
    journal.append(announcement_line(found, Request("POST", "/", (), body), redactor.text))
    journal.append(json_line({"event": "unresponded", "id": "w1"}))
    reception = read_journal(tmp_path).history.reception
    assert reception is not None
    (one,) = reception.announcements
    assert one.request == ("POST", "/", '{"phone":"***","token":"***"}')
    assert replace(one, request=()) == replace(found, responded=False)
    assert (reception.since_ns, reception.until_ns, reception.declared) == (3, 5, True)
    journal.append(json_line({"event": "listened", "until_ns": 9, "stalled_ns": 2}))
    ended = read_journal(tmp_path).history.reception
    assert ended is not None
    assert (ended.until_ns, ended.stalled_ns) == (9, 2)

"""What a request of the vendor announces, and its line in the journal."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from harness.check.conformance import NOT_JSON, decode
from harness.check.extraction import described, extracted
from harness.check.outcome import Classifier
from harness.check.values import json_text, read_amount
from harness.document.pointer import MISSING
from harness.document.template import fill
from harness.model.binding import Binding, OutcomeRule, Webhook, WebhookAuth
from harness.model.exchange import Amount, AmountFormat, Request, Response
from harness.model.history import CHANGE, OTHER, Announcement
from harness.model.verdict import Outcome
from harness.wire.attempt import Redact, body_text, json_line
from harness.wire.message.headers import headers_of
from harness.wire.signing import ALGORITHMS


@dataclass(frozen=True)
class AnnouncementReader:
    """Reads the requests that a webhook receives.

    `scope` holds the target's values and secrets.
    """

    webhook: Webhook
    amounts: AmountFormat
    scope: Mapping[str, Any] = field(repr=False)
    classifier: Classifier

    def require(self) -> None:
        """Raise Problem where the proof needs a secret or value that the target does not name."""
        if (auth := self.webhook.auth) is not None:
            self._proof(auth, Response(200, {auth.header.lower(): ""}, b""))

    def read(self, name: str, request: Request, received_ns: int, unread: str) -> Announcement:
        """Return what a request announces; `unread` says what kept its body from being read."""
        shown = Response(200, headers_of(request.headers), request.body)
        value = decode(shown)
        if unread or value is NOT_JSON:
            return Announcement(name, received_ns, unread=unread or "its body is not JSON")
        outcome, number = self.classifier.classify(shown, None, value)
        auth = "" if self.webhook.auth is None else self._proof(self.webhook.auth, shown)
        if outcome is not Outcome.OK:
            return Announcement(name, received_ns, auth=auth)
        event = self.webhook.events[int(number or 0)]
        if event.effect == "none":
            return Announcement(name, received_ns, event=OTHER, auth=auth)
        found = {
            key: extracted(source, shown, value) for key, source in self.webhook.extract.items()
        }
        amount, balance = (self._units(found.get(key)) for key in ("amount", "balance"))
        sign = -1 if event.effect == "debit" else 1
        return Announcement(
            name,
            received_ns,
            event=CHANGE,
            reference=_text(found.get("reference")),
            entry=_text(found.get("entry")),
            member=_text(found.get("member")),
            units=None if amount is None else sign * amount,
            balance=balance,
            auth=auth,
            unread=self._unread(found),
        )

    def _units(self, value: Any) -> Amount | None:
        """Return the units of an amount, None where there is none or no whole number of them."""
        amount, unit = read_amount(value, self.amounts), self.webhook.unit
        if amount is None or unit == 1:
            return amount
        units = Decimal(amount) / unit
        if units * unit != amount:
            return None
        return int(units) if units == int(units) else units

    def _unread(self, found: Mapping[str, Any]) -> str:
        """Return which amount or balance is declared and cannot be read, empty for none."""
        for name in ("amount", "balance"):
            if name in found and self._units(found[name]) is None:
                where = described(self.webhook.extract[name])
                return f"the {name} at {where} is {json_text(found[name])}"
        return ""

    def _proof(self, auth: WebhookAuth, shown: Response) -> str:
        given = shown.headers.get(auth.header.lower())
        if given is None:
            return "missing"
        scope = self.scope
        if auth.algorithm:
            key = str(fill(auth.key, scope))
            scope = {**scope, "signature": ALGORITHMS[auth.algorithm].sign(shown.body, key)}
        wanted = str(fill(auth.value, scope))
        return "valid" if hmac.compare_digest(given.encode(), wanted.encode()) else "wrong"


def reader_of(
    binding: Binding, webhook: Webhook, values: Mapping[str, str], secrets: Mapping[str, str]
) -> AnnouncementReader:
    """Return what reads the requests of a webhook at one target."""
    rules = [
        OutcomeRule(event.when, Outcome.OK, str(index))
        for index, event in enumerate(webhook.events)
    ]
    scope = {"value": values, "secret": secrets}
    classifier = Classifier(rules, text_as_number=binding.text_as_number)
    return AnnouncementReader(webhook, binding.amounts, scope, classifier)


def announcement_line(announcement: Announcement, request: Request, redact: Redact) -> bytes:
    """Return the journal's line of what was announced; what is null or empty is left out.

    `request` is [method, path, body], redacted.
    """
    body = body_text(request.body, redact)
    seen = {
        name: getattr(announcement, name)
        for name in ("event", "reference", "entry", "member", "units", "balance", "auth")
    }
    fields = {
        "event": "announce",
        "id": announcement.id,
        "received_ns": announcement.received_ns,
        "request": [request.method, redact(request.path), body],
        "seen": {name: value for name, value in seen.items() if value not in (None, "")},
    }
    if announcement.unread:
        fields["unread"] = redact(announcement.unread)
    return json_line(fields)


def _text(value: Any) -> str | None:
    named = isinstance(value, str | int) and not isinstance(value, bool) and value is not MISSING
    return str(value) if named else None

"""Wrong behaviours of an API of signed commands that return a ticket."""

from __future__ import annotations

from harness.mock.defects import Defect

_EARN, _ANY = ("earn",), ("any",)

COMMANDS = (
    Defect(
        "ticket-repeats",
        "response",
        "One command in 100 gets the ticket of the one before",
        _EARN,
        "load",
    ),
    Defect(
        "ticket-race",
        "response",
        "Concurrent commands share a ticket, as it is counted up too late",
        _EARN,
        "concurrent",
    ),
    Defect(
        "ticket-counter-per-action",
        "response",
        "Each action counts its tickets apart, so that two actions give the same ones",
        _EARN,
    ),
    Defect("signature-ignored", "access", "Any text is accepted as a signature", _ANY),
    Defect(
        "signature-replayable",
        "access",
        "A signature that was valid once is valid for any other command",
        _ANY,
    ),
    Defect(
        "signature-keys-unsorted",
        "access",
        "The signature is held against the keys in the order they come in",
        _ANY,
    ),
    Defect(
        "idempotency-key-optional",
        "access",
        "A command without its Idempotency-Key is processed",
        _ANY,
        "single",
    ),
    Defect(
        "numeric-text-refused",
        "limit",
        "A number that is written as text is refused",
        _EARN,
        "single",
        "partly",
    ),
    Defect(
        "hyphened-time-refused",
        "limit",
        "A time of day written with hyphens is refused",
        _EARN,
        "single",
        "partly",
    ),
    Defect("empty-date-refused", "limit", "An empty date is refused", _EARN, "single", "partly"),
    Defect(
        "zone-name-refused",
        "limit",
        "A date with milliseconds and the name of its zone is refused",
        _EARN,
        "single",
        "partly",
    ),
    Defect("zero-amount-refused", "limit", "An amount of 0 is refused", _EARN, "single", "partly"),
    Defect(
        "single-line-refused",
        "bulk",
        "A single object in place of a list of lines is refused",
        _EARN,
        "single",
        "partly",
    ),
    Defect("second-line-refused", "bulk", "A command with two lines is refused", _EARN, "single"),
    Defect(
        "number-as-idempotency-key",
        "repeat",
        "The transaction number serves as the key of repeats, so the second 0 is refused",
        _EARN,
    ),
    Defect(
        "specific-fields-refused",
        "limit",
        "A field that only some commands have is refused as unknown",
        _EARN,
        "single",
        "partly",
    ),
    Defect(
        "date-required", "limit", "A date that may be absent is demanded", _EARN, "single", "partly"
    ),
    Defect(
        "envelope-not-checked",
        "limit",
        "A required field of the envelope may be absent",
        _ANY,
        "single",
        "yes",
    ),
    Defect(
        "unknown-route-accepted",
        "limit",
        "A command that does not exist is processed like the simplest one",
        _ANY,
        "single",
        "yes",
    ),
    Defect(
        "action-not-echoed", "response", "Every response names the simplest action", _EARN, "single"
    ),
    Defect(
        "resource-echoed",
        "response",
        "The response sends back the resource of the request",
        _EARN,
        "single",
        "yes",
    ),
    Defect(
        "result-filled",
        "response",
        "The result of a response shows points",
        _EARN,
        "single",
        "yes",
    ),
    Defect(
        "code-as-text", "response", "The response's number is sent as text", _ANY, "single", "yes"
    ),
)

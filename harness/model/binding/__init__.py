"""A vendor as a value: auth steps, outcome rules, verbs, promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.binding.auth import (
    AUTH_MODES,
    DIGESTS,
    AuthStep,
    JsonPart,
    Place,
    SignAuth,
    Source,
    StaticAuth,
    TextPart,
    TokenAuth,
)
from harness.model.binding.enroll import Enrollment, EnrollStep
from harness.model.binding.promises import Promises
from harness.model.binding.verb import (
    READING_VERBS,
    REFERENCE,
    Effect,
    EntryKey,
    OutcomeRule,
    RowResults,
    RowsForm,
    Verb,
    reads_balance,
)
from harness.model.binding.webhook import CHANGE_NAMES, AnnouncedEvent, Webhook, WebhookAuth
from harness.model.exchange import WHOLE, AmountFormat
from harness.model.target import Inputs

__all__ = [
    "AUTH_MODES",
    "AnnouncedEvent",
    "AuthStep",
    "Binding",
    "CHANGE_NAMES",
    "DIGESTS",
    "Effect",
    "EnrollStep",
    "Enrollment",
    "EntryKey",
    "JsonPart",
    "OutcomeRule",
    "Place",
    "Promises",
    "READING_VERBS",
    "REFERENCE",
    "RowResults",
    "RowsForm",
    "SignAuth",
    "Source",
    "StaticAuth",
    "TextPart",
    "TokenAuth",
    "Verb",
    "Webhook",
    "WebhookAuth",
    "reads_balance",
]


@dataclass(frozen=True, slots=True)
class Binding:
    """The declared facts that let the engines speak to one vendor.

    `outcomes`: the table that turns a response into an outcome; the last rule always holds.
    `samples`: a minimal correct request of an operation that no verb binds.
    `nonexistent`: values that exist nowhere, by kind (member, …).
    `sensitive`: fields whose values are hidden wherever they stand.
    `opaque`: fields and parameters whose values only the server makes.
    `text_as_number`: whether a number that is asked for also matches the text that writes it.
    `inputs`: what a target is told of its secrets, values and members, by name; None where nothing
    is described.
    `amounts`: how responses write amounts and balances.
    `webhook`: how the vendor announces changes; None where it does not.
    """

    vendor: str
    title: str
    auth: tuple[AuthStep, ...]
    outcomes: tuple[OutcomeRule, ...]
    verbs: Mapping[str, Verb]
    samples: Mapping[str, Mapping[str, Any]]
    promises: Promises
    nonexistent: Mapping[str, Mapping[str, str]]
    sensitive: frozenset[str]
    opaque: frozenset[str] = frozenset()
    enroll: Enrollment | None = None
    utc_offset: str = "+00:00"
    text_as_number: bool = False
    inputs: Inputs | None = None
    amounts: AmountFormat = WHOLE
    webhook: Webhook | None = None

    def verbs_of(self, operation: str) -> tuple[Verb, ...]:
        """Return the verbs that bind an operation, in declared order."""
        return tuple(verb for verb in self.verbs.values() if verb.operation == operation)

    def reader_of(self, wallet: str) -> str | None:
        """Return the verb that reads the balance of a wallet, None where none does."""
        return self._of_wallet(wallet, lambda verb: reads_balance(verb.name))

    def earner_of(self, wallet: str) -> str | None:
        """Return the verb that earns into a wallet, None where none does."""
        return self._of_wallet(wallet, lambda verb: verb.sign > 0 and verb.rows is None)

    def _of_wallet(self, wallet: str, fits: Callable[[Verb], bool]) -> str | None:
        usual = {"earn", "balance"}
        found = [v.name for v in self.verbs.values() if v.wallet == wallet and fits(v)]
        named = (name for name in found if wallet or name in usual)
        return next(named, None)

"""Personal account numbers, of which a report shows nothing but the last digits."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.binding import Binding
from harness.model.record import with_texts
from harness.model.result import VendorResult
from harness.wire.redact.personal import ACCOUNT, personal_names
from harness.wire.redact.redactor import Redactor


def masked_result(result: VendorResult, binding: Binding, accounts: Iterable[str]) -> VendorResult:
    """Return the result with the accounts masked, if the binding hides the field they stand in.

    The journal keeps them, as the audit needs them.
    """
    if ACCOUNT not in personal_names(binding):
        return result
    wallets = {f"/{verb.wallet}" for verb in binding.verbs.values() if verb.wallet}
    numbers = dict.fromkeys(accounts)
    for wallet in wallets:
        numbers |= {account.removesuffix(wallet): None for account in accounts}
    masked: VendorResult = with_texts(result, Redactor((), (), numbers).text)
    return masked

"""Read and fund the balances of a scenario's members, before and after its steps."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import ceil

from harness.check.expectations.record import BalanceChange, wallet_key
from harness.check.outcome import explained
from harness.document.messages import Problem, counted
from harness.engine.members.enrollment import default_kind, member_kind
from harness.engine.scenario.context import (
    Context,
    ScenarioInapplicable,
    ScenarioInconclusive,
    require_sent,
    unknown_after,
)
from harness.model.exchange import Amount, Exchange, as_amount
from harness.model.scenario import BALANCE, PRICES, Scenario
from harness.model.target import Member
from harness.model.verdict import Outcome
from harness.wire.retry import ONCE, OutcomeUnknown, Retry

# So many responses without a balance are no accident.
READING = Retry(attempts=10, responses=3)
FUNDING = Retry(attempts=8)


@dataclass(frozen=True, slots=True)
class BalanceRead:
    """A balance in units, and the id of the exchange that showed it."""

    units: Amount
    exchange: str


def read_balance(context: Context, member: Member, wallet: str = "") -> BalanceRead:
    """Return the balance of a member's wallet; the empty name is the points wallet.

    Raises ScenarioInapplicable if no verb reads it, ScenarioInconclusive if the vendor refuses or
    shows no balance, and OutcomeUnknown if it stays unknown.
    """
    verb = context.binding.reader_of(wallet)
    if verb is None:
        raise ScenarioInapplicable(f"no verb reads the balance of the wallet {wallet}")
    tries = READING.tries()
    for _ in tries:
        exchange = require_sent(context.client.verb(verb, member=member, source=context.source))
        if exchange.outcome is Outcome.REFUSED:
            text = f"the balance of a member cannot be read: {exchange.intent.operation} "
            text += explained(exchange)
            raise ScenarioInconclusive(text)
        units = as_amount(exchange.seen.get("balance"))
        if units is not None:
            return BalanceRead(units, exchange.id)
        tries.unknown(responded=exchange.outcome is Outcome.OK)
    if tries.responses_spent:
        response = f"the response of {exchange.intent.operation}"
        why = f": {exchange.unread}" if exchange.unread else ""
        raise ScenarioInconclusive(f"no balance can be read in {response}{why}")
    raise unknown_after("no read of the balance got a known outcome", exchange)


def _fund(context: Context, member: Member, least: int | None) -> BalanceRead:
    """Return the balance of a member, raised to `least` units if it is below; None: any will do.

    Raises what `read_balance` raises, and ScenarioInconclusive if the vendor refuses to add units.
    """
    read = read_balance(context, member)
    if least is None or read.units >= least:
        return read
    needed = f"the scenario needs a balance of {counted(least, 'unit')}"
    if "earn" not in context.binding.verbs:
        raise ScenarioInapplicable(f"{needed}, and no verb earns units")
    missing = ceil(least - read.units)
    most = context.binding.promises.units_max or missing
    for given in range(0, missing, most):
        units = min(most, missing - given)
        exchange = _earn(context, member, units)
        if exchange.outcome is Outcome.REFUSED:
            text = f"a member could not earn {counted(units, 'unit')}: {explained(exchange)}"
            raise ScenarioInconclusive(f"{needed}, and {text}; give the target such members")
        if exchange.outcome is Outcome.UNKNOWN:
            raise unknown_after("funding a member had no known outcome", exchange)
    return read_balance(context, member)


def _earn(context: Context, member: Member, units: int) -> Exchange:
    """Add units to a member; a request of unknown outcome is sent again where that is safe."""
    reference, client = context.fresh(), context.client
    policy = ONCE if context.binding.promises.repeat == "none" else FUNDING
    return policy.until_known(
        lambda: require_sent(
            client.verb("earn", member=member, units=units, reference=reference, source="setup")
        )
    )


def read_before(scenario: Scenario, context: Context) -> dict[str, BalanceRead]:
    """Return the balances that members and wallets have before the steps, each by `wallet_key`.

    Members get the balance that the scenario asks for. Raises what reading and funding raise.
    """
    reads = {
        name: _fund(context, context.members[name], _least(scenario, name, context))
        for name in _readable(context)
    }
    for name, wallet in wallets_of(scenario):
        if context.binding.reader_of(wallet) is not None:
            read = read_balance(context, context.members[name], wallet)
            reads[wallet_key(name, wallet)] = read
    return reads


def _least(scenario: Scenario, name: str, context: Context) -> int | None:
    """Return the balance that a member needs at the start, None for any."""
    least = scenario.members[name]
    if least != PRICES:
        return None if least is None else int(least)
    verbs, speaker = context.binding.verbs, context.client.speaker
    steps = [step for step in scenario.steps if step.member == name and step.verb in verbs]
    bought = [(step.concurrent, verbs[str(step.verb)]) for step in steps]
    try:
        return sum(times * speaker.price_of(verb) for times, verb in bought if verb.price)
    except Problem as error:
        raise ScenarioInapplicable(str(error)) from None


def read_after(before: Mapping[str, BalanceRead], context: Context) -> dict[str, BalanceChange]:
    """Return how the balances changed that were read before the steps."""
    changes = {}
    for key, start in before.items():
        name, _, wallet = key.partition("/")
        end = read_balance(context, context.members[name], wallet)
        changes[key] = BalanceChange(start.units, end.units, (start.exchange, end.exchange))
    return changes


def read_last(context: Context) -> None:
    """Read the balances once more, because no later scenario may lease these members."""
    for name in _readable(context):
        with suppress(OutcomeUnknown, ScenarioInapplicable):
            read_balance(context, context.members[name])


def _readable(context: Context) -> list[str]:
    """Return the members whose balance the verbs read."""
    if "balance" not in context.binding.verbs:
        return []
    usual = default_kind(context.binding)
    return [name for name, m in context.members.items() if member_kind(m, usual) == usual]


def wallets_of(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the wallets that the scenario expects balances of, each with the member's name."""
    listed = (e.terms for e in scenario.expectations if e.name == BALANCE)
    terms = [term for each in listed for term in (each if isinstance(each, list) else [each])]
    return [(term["member"], term["wallet"]) for term in terms if "wallet" in term]

"""Luna's operations on cards: making, showing, moving counters, using rewards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.mock.ledger import BURN, EARN, Order
from harness.mock.message import Refused
from harness.mock.vendors.luna.company import (
    CASHBACK,
    CERTIFICATE,
    COUPON,
    DELETED,
    DISCOUNT,
    INSTALLED,
    MEMBERSHIP,
    NOT_INSTALLED,
    STAMPS,
    SUBSCRIPTION,
    Card,
    Company,
    Reward,
)
from harness.mock.vendors.luna.field import maybe_text, text, whole
from harness.mock.vendors.luna.page import page_of

OPERATIONS_A_PAGE = 50
CLIENTS_A_PAGE = 100
EXPIRE = "setExpirationDate"

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """What an action does: it adds to or takes from a counter as much as its parameter says."""

    parameter: str
    counter: str
    kind: str


_POINTS = {
    "accruePoints": Move("sum", "points", EARN),
    "spendPoints": Move("sum", "points", BURN),
}
_SPENT = {
    "increaseTotalSpentSum": Move("sum", "spent", EARN),
    "reduceTotalSpentSum": Move("sum", "spent", BURN),
}
MOVES: Mapping[int, Mapping[str, Move]] = {
    STAMPS: {},
    CASHBACK: {**_POINTS, **_SPENT},
    SUBSCRIPTION: {
        "addStamps": Move("numberStumps", "visits", EARN),
        "takeStamps": Move("numberStumps", "visits", BURN),
        "spendPoints": Move("sum", "scores", BURN),
    },
    COUPON: {},
    DISCOUNT: _SPENT,
    CERTIFICATE: _POINTS,
    MEMBERSHIP: {},
}
# Per cent by money spent: the last line whose money is reached holds.
_PER_CENT = ((0, 3), (10_000, 5), (100_000, 7))


async def create_pass(company: Company, fields: Fields) -> dict[str, Any]:
    """Make the card of a client; one who has it already is given the same again."""
    number, user = whole(fields, "idTemplate"), whole(fields, "userID")
    template, client = company.template(number), company.client(user)
    if client.template is not template:
        raise Refused("unknown_client", "the client is of another template")
    card = company.card_of(client) or company.issue(client)
    address = f"https://app.lunaloyaltycards.com/install/{card.serial}"
    return {"serialNumber": card.serial, "installURL": address}


async def get_pass_info(company: Company, fields: Fields) -> dict[str, Any]:
    """Show a card."""
    return shown(company, company.card(text(fields, "passSerialNumber")))


async def check_pass_exists_by_phone(company: Company, fields: Fields) -> dict[str, Any]:
    """Say whether a phone has a card of a template."""
    return {"result": int(_by_phone(company, fields) is not None or _always(company))}


async def get_pass_info_by_phone(company: Company, fields: Fields) -> dict[str, Any]:
    """Show the card that a phone has of a template."""
    card = _by_phone(company, fields)
    if card is None:
        raise Refused("unknown_card", "no card of this phone")
    return shown(company, card)


async def get_client_passes_by_phone(company: Company, fields: Fields) -> dict[str, Any]:
    """Show all cards of a phone."""
    phone = whole(fields, "phone")
    return {"rows": [shown(company, card) for card in company.cards_with(phone)]}


async def get_client_passes_by_email(company: Company, fields: Fields) -> dict[str, Any]:
    """Show all cards of an e-mail."""
    email = text(fields, "email")
    return {"rows": [shown(company, card) for card in company.cards_with(email)]}


async def get_template_client_passes(company: Company, fields: Fields) -> dict[str, Any]:
    """List the clients of a template whose cards are in one state, a hundred a page."""
    number, mode = whole(fields, "idTemplate"), text(fields, "selectionMode").lower()
    if mode not in _STATES:
        raise Refused("invalid", "selectionMode is none of the four")
    clients = company.clients_of(company.template(number))
    with_cards = [(client, company.card_of(client)) for client in clients]
    chosen = [pair for pair in with_cards if _is_in(company, pair[1], mode)]
    rows = [
        {
            "id": client.id,
            "sName": client.sname,
            "fName": client.fname,
            "phone": client.phone,
            "serialNumber": None if card is None else card.serial,
            "status": None if card is None else card.status,
        }
        for client, card in page_of(company, fields, chosen, CLIENTS_A_PAGE)
    ]
    return {"rows": rows}


async def get_pass_operations(company: Company, fields: Fields) -> dict[str, Any]:
    """List what was done on a card, the latest first, fifty a page."""
    card = company.card(text(fields, "passSerialNumber"))
    latest = card.operations if company.switches.has("oldest-first") else card.operations[::-1]
    return {"rows": list(page_of(company, fields, latest, OPERATIONS_A_PAGE))}


async def use_pass(company: Company, fields: Fields) -> dict[str, Any]:
    """Move a counter of a card, or set when it ends."""
    card = company.card(text(fields, "passSerialNumber"))
    action = maybe_text(fields, "action")
    if card.status == DELETED:
        raise Refused("deleted", "the card was deleted")
    if action == EXPIRE:
        amount = _expire(company, card, fields)
    elif card.template.type == STAMPS:
        if action is not None:
            raise Refused("wrong_action", "a stamp card takes no action")
        amount = _stamp(company, card, whole(fields, "numberStumps"))
    else:
        amount = await _move(company, card, action, fields)
    card.operations.append({**company.stamp(), "action": action or "stamps", "amount": amount})
    return {"result": 1}


async def use_reward(company: Company, fields: Fields) -> dict[str, Any]:
    """Write rewards of a stamp card off, the oldest first."""
    serial, number = text(fields, "passSerialNumber"), whole(fields, "numberRewards")
    card = company.card(serial)
    switches = company.switches
    if card.template.type != STAMPS:
        if switches.has("reward-on-any-card"):
            return {"result": 1}
        raise Refused("wrong_action", "only stamp cards have rewards")
    if card.status == DELETED:
        raise Refused("deleted", "the card was deleted")
    left = card.unused[number:]
    if number > len(card.unused) and not switches.has("rewards-overdrawn"):
        raise Refused("not_enough_points", "not so many rewards")
    if switches.has("reward-race"):
        await switches.pause()
    if not switches.has("reward-not-written-off"):
        card.unused = left
    if switches.has("lifetime-stamps-fall"):
        card.taken += min(number, card.stamps - card.taken)
    card.operations.append({**company.stamp(), "action": "reward", "amount": number})
    return {"result": 1}


def shown(company: Company, card: Card) -> dict[str, Any]:
    """Return a card as responses show it: what all have, and the counters of its type."""
    template = card.template
    common = {"type": template.type, "status": card.status, "serialNumber": card.serial}
    stamps = {"maxStamps": template.stamps_most, "image": f"https://luna.example/{card.serial}.png"}
    if template.type == STAMPS:
        return {
            **common,
            **stamps,
            "activeStamps": card.stamps % template.stamps_most,
            "totalStamps": card.stamps - card.taken,
            "unusedRewards": len(card.unused),
            "rewards": [_told(reward) for reward in template.rewards],
        }
    if template.type == SUBSCRIPTION:
        visits, scores = counted(company, card, "visits"), counted(company, card, "scores")
        return {**common, **stamps, "activeStamps": visits, "numberScores": scores}
    if template.type == CERTIFICATE:
        return {**common, "amountMoneyBonus": counted(company, card, "points")}
    if template.type in (COUPON, MEMBERSHIP):
        return common
    money = {
        "amountMoneySpentTotal": counted(company, card, "spent"),
        "currentPersentBonus": per_cent(company, card),
    }
    if template.type == DISCOUNT:
        return {**common, **money}
    return {**common, **money, "amountMoneyBonus": counted(company, card, "points")}


def counted(company: Company, card: Card, counter: str) -> int:
    """Return a counter of a card as a reader is shown it."""
    return company.processor.look(company.books[counter], card.serial)


def per_cent(company: Company, card: Card) -> int:
    """Return the per cent that the money spent has earned."""
    spent = counted(company, card, "spent")
    return [rate for least, rate in _PER_CENT if spent >= least or least == 0][-1]


def _told(reward: Reward) -> dict[str, Any]:
    at = ",".join(map(str, reward.at))
    return {"name": reward.name, "stamps": at, "autoUse": int(reward.used_by_itself)}


def _always(company: Company) -> bool:
    return company.switches.has("existence-always-true")


def _by_phone(company: Company, fields: Fields) -> Card | None:
    number, phone = whole(fields, "idTemplate"), whole(fields, "phone")
    client = company.holder(company.template(number), phone)
    return None if client is None else company.card_of(client)


_STATES: Mapping[str, str | None] = {
    "passnotcreated": None,
    "passinstalled": INSTALLED,
    "passnotinstalled": NOT_INSTALLED,
    "passdeleted": DELETED,
}


def _is_in(company: Company, card: Card | None, mode: str) -> bool:
    state = _STATES[mode]
    if card is None or state is None:
        return card is None and state is None
    if state != INSTALLED:
        return card.status == state
    if card.status == DELETED and company.switches.has("states-overlap"):
        return True
    return card.status == INSTALLED and (card.valid or company.switches.has("expiry-ignored"))


def _expire(company: Company, card: Card, fields: Fields) -> int:
    moment = whole(fields, "expiryDate", least=0)
    coupon = card.template.type in (COUPON, MEMBERSHIP)
    if coupon and company.switches.has("expiry-refused-on-coupons"):
        raise Refused("wrong_action", "this card takes no action")
    if not card.template.expires:
        raise Refused("wrong_action", "cards of this template do not expire")
    card.ends_at = moment
    return moment


def _stamp(company: Company, card: Card, number: int) -> int:
    """Credit stamps one by one, with the rewards they reach; used ones go at the next visit."""
    switches = company.switches
    if not switches.has("auto-reward-stays"):
        card.unused = [reward for reward in card.unused if not reward.used_by_itself]
    count = 2 * number if switches.has("stamps-doubled") else number
    if not switches.has("reward-not-credited"):
        early = card.template.rewards[:1] if switches.has("reward-for-any-stamp") else ()
        card.unused += _reached(card, count) or early
    card.stamps += count
    return number


def _reached(card: Card, count: int) -> list[Reward]:
    """Return the rewards that so many more stamps reach; whole rounds are counted in one step."""
    most, reached = card.template.stamps_most, []
    for reward in card.template.rewards:
        for at in reward.at:
            before = (card.stamps - at) // most + 1
            after = (card.stamps + count - at) // most + 1
            # A card with more rewards than anyone could use is not worth its memory.
            reached += [reward] * min(max(0, after) - max(0, before), 1_000)
    return reached


async def _move(company: Company, card: Card, action: str | None, fields: Fields) -> int:
    moves = MOVES[card.template.type]
    if action is None:
        raise Refused("missing", "action is required")
    if action not in moves:
        raise Refused("wrong_action", "the card does not know this action")
    move = moves[action]
    least = company.books[move.counter].limits.amount_least
    amount = whole(fields, move.parameter, least=least)
    switches, book = company.switches, company.books[move.counter]
    order = Order(card.serial, move.kind, amount, note=action)
    idle = (action == "reduceTotalSpentSum" and switches.has("total-only-rises")) or (
        action == "takeStamps" and switches.has("visit-not-deducted")
    )
    if not idle:
        await company.processor.move(book, order)
    gift = card.template.points_a_visit * amount
    if action == "addStamps" and gift > 0 and not switches.has("visit-without-points"):
        company.books["scores"].append(Order(card.serial, EARN, gift))
    return amount

"""Loga's operations on the helpdesk, for a customer and for the merchant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from harness.mock.message import Fields, Refused, Reply
from harness.mock.vendors.loga.desk import OTHER, STAFF_NAME, STAFF_UID, Board, Message
from harness.mock.vendors.loga.number import whole
from harness.mock.vendors.loga.shop import MERCHANT, Shop

LIMIT = 10
_SUCCESS = "Success"


async def checkinvalidapp(shop: Shop, fields: Fields) -> str:
    """Tell whether the card has a helpdesk, to anyone."""
    card = shop.cards.get(fields.need("card_id"))
    return "1" if card is not None and card.merchant == MERCHANT else "0"


async def getmsg(shop: Shop, fields: Fields) -> list[dict[str, Any]]:
    """List a board's messages, newest first, and so read them."""
    side = _side(fields)
    since, first, last = (_moment(fields, name) for name in ("lastupdate", "from", "to"))
    most = _limit(fields)
    status = _choice(fields, "board_status", ("N", "C"))
    board = _board(shop, fields, side)
    if board is None or (status and board.status != status and not _blind(shop)):
        return []
    shop.desk.read(board, side)
    switches = shop.switches
    found = [
        message
        for message in reversed(board.messages)
        if (since is None or message.timestamp > since or switches.has("lastupdate-ignored"))
        and (first is None or message.timestamp > first)
        and (last is None or message.timestamp < last)
    ]
    if switches.has("list-without-default-limit") and fields.get("limit") is None:
        most = len(found)
    return [_message(board, message) for message in found[:most]]


async def postmsg(shop: Shop, fields: Fields) -> str:
    """Write a message as the customer, who gets a board, or as the merchant, who names one."""
    card = shop.card(fields)
    text, side = fields.need("msg"), _side(fields)
    if side == "M":
        board = _board(shop, fields, side)
        if board is None or board.card_id != card.id or str(board.uid) != fields.need("board_uid"):
            raise Refused("unknown_board", "no such board")
    else:
        board = shop.desk.of_customer(card.id, STAFF_UID)
        if board is None:
            board = shop.desk.open(card.id, STAFF_UID, STAFF_NAME, ())
    image = f"/image/{len(board.messages)}" if fields.files.get("image") else ""
    shop.desk.say(board, side, STAFF_UID, STAFF_NAME, text, image)
    return _SUCCESS


async def removemsg(shop: Shop, fields: Fields) -> str:
    """Take a message away."""
    found = shop.desk.message(whole(fields.need("msg_id"), "msg_id", least=1))
    if found is None:
        raise Refused("unknown_message", "no such message")
    board, message = found
    board.messages.remove(message)
    return _SUCCESS


async def checknewmsg(shop: Shop, fields: Fields) -> str:
    """Count the messages of the other side that nobody has read."""
    side, since = _side(fields), _moment(fields, "lastupdate")
    boards = [*_scope(shop, fields)]
    if side == "C":
        boards = [board for board in boards if board.uid == STAFF_UID]
    if since is not None and not shop.switches.has("lastupdate-ignored"):
        return str(sum(_is_new(m, side, since) for board in boards for m in board.messages))
    return str(sum(board.unread_by(side) for board in boards))


async def checkreadmsg(shop: Shop, fields: Fields) -> list[dict[str, Any]]:
    """List the messages of one's own side that the other has read."""
    card = shop.card(fields)
    side, since = _side(fields), _moment(fields, "lastupdate")
    named = fields.get("board_id")
    boards: Iterable[Board] = shop.desk.on_cards({card.id})
    if named is not None:
        boards = [_named(shop, named)]
    elif side == "C":
        boards = [board for board in boards if board.uid == STAFF_UID]
    ignored = since is None or shop.switches.has("lastupdate-ignored")
    return [
        {"msg_id": m.id, "board_id": board.id, "read_timestamp": m.read_at}
        for board in boards
        for m in board.messages
        if m.side == side and m.read_at and (ignored or m.read_at > (since or 0))
    ]


async def getallboard(shop: Shop, fields: Fields) -> Reply:
    """List a card's boards page by page: the latest first, or those with unread messages."""
    card, switches = shop.card(fields), shop.switches
    since, most = _moment(fields, "lastupdate"), _limit(fields)
    status = _choice(fields, "board_status", ("N", "C"))
    order = _choice(fields, "orderby", ("unread",))
    start = whole(fields.get("page_handle") or "0", "page_handle", least=0)
    boards = sorted(shop.desk.on_cards({card.id}), key=_newest_first)
    if order and not switches.has("unread-order-ignored"):
        boards.sort(key=lambda one: one.unread_by("M") == 0)
    words = "" if switches.has("search-ignored") else fields.get("search") or ""
    by_marks = not switches.has("search-by-user-only")
    fitting = [
        board
        for board in boards
        if (since is None or board.updated > since or switches.has("lastupdate-ignored"))
        and (not status or board.status == status or _blind(shop))
        and board.responses_to(words, by_marks=by_marks)
    ]
    page, end = fitting[start : start + most], start + most
    more = end < len(fitting)
    step = switches.has("next-page-skips-one") - switches.has("next-page-overlaps")
    handle = str(max(1, end + step)) if more else ""
    value = {
        "result_code": 200,
        "next_page": handle,
        "has_more": more or switches.has("has-more-always-true"),
        "result": [_row(board) for board in page],
    }
    return Reply(value)


async def updatestatusmsg(shop: Shop, fields: Fields) -> str:
    """Close a board or open it again."""
    status = _choice(fields, "status", ("N", "C"))
    if not status:
        raise Refused("missing", "status is required")
    _named(shop, fields.need("board_id")).status = status
    return _SUCCESS


def _newest_first(board: Board) -> tuple[int, int]:
    # Within one second the message written last decides.
    return -board.updated, -board.messages[-1].id if board.messages else 0


def _blind(shop: Shop) -> bool:
    return shop.switches.has("board-status-ignored")


def _side(fields: Fields) -> str:
    return _choice(fields, "user_type", ("C", "M")) or "C"


def _choice(fields: Fields, name: str, options: Sequence[str]) -> str:
    text = fields.get(name) or ""
    if text and text not in options:
        raise Refused("invalid", f"{name} must be one of {', '.join(options)}")
    return text


def _moment(fields: Fields, name: str) -> int | None:
    text = fields.get(name)
    return None if text is None else whole(text, name, least=0)


def _limit(fields: Fields) -> int:
    return whole(fields.get("limit") or str(LIMIT), "limit", least=1)


def _board(shop: Shop, fields: Fields, side: str) -> Board | None:
    """Return the board a caller means: a customer's own one, or the one the merchant names."""
    if side == "C":
        return shop.desk.of_customer(shop.card(fields).id, STAFF_UID)
    if fields.get("board_id") is None and shop.switches.has("board-optional"):
        return next(iter(shop.desk.boards.values()))
    return _named(shop, fields.need("board_id"))


def _named(shop: Shop, text: str) -> Board:
    board = shop.desk.boards.get(whole(text, "board_id", least=1))
    if board is None:
        raise Refused("unknown_board", "no such board")
    return board


def _scope(shop: Shop, fields: Fields) -> Iterable[Board]:
    """Return the boards a count is about: one, those of a card, or those of all cards."""
    board_id, mid = fields.get("board_id"), fields.get("mid")
    if board_id is not None:
        return [_named(shop, board_id)]
    if mid is not None and mid != MERCHANT:
        raise Refused("unknown_merchant", "no such merchant")
    cards = {card.id for card in shop.cards.values() if card.merchant == MERCHANT}
    if mid is None and fields.get("card_id") is not None:
        cards = {shop.card(fields).id}
    elif mid is not None and shop.switches.has("merchant-count-of-one-card"):
        cards = {min(cards)}
    return shop.desk.on_cards(cards)


def _is_new(message: Message, side: str, since: int) -> bool:
    return message.side == OTHER[side] and not message.read_at and message.timestamp > since


def _message(board: Board, message: Message) -> dict[str, Any]:
    return {
        "msg_id": message.id,
        "board_id": board.id,
        "msg": message.text,
        "image": message.image,
        "uid": message.uid,
        "username": message.username,
        "user_type": message.side,
        "status": "R" if message.read_at else "N",
        "timestamp": message.timestamp,
        "read_timestamp": message.read_at,
    }


def _row(board: Board) -> dict[str, Any]:
    unread = board.unread_by("M")
    last = board.messages[-1] if board.messages else None
    status = "N" if unread else "R"
    return {
        "board_id": board.id,
        "card_id": int(board.card_id),
        "status": status,
        "merchant_uid": STAFF_UID,
        "created": board.created,
        "updated": board.updated,
        "priority": "",
        "recent_msg": last.text if last else "",
        "recent_image": last.image if last else "",
        "recent_msg_uid": last.uid if last else 0,
        "recent_msg_status": "N" if last and not last.read_at else "R",
        "recent_msg_username": last.username if last else "",
        "recent_msg_timestamp": last.timestamp if last else 0,
        "customer_uid": board.uid,
        "customer_username": board.username,
        "read_msg_status": status,
        "num_unread": unread,
    }

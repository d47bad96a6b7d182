"""The helpdesk: boards on which customers and the merchant write to each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.mock.clock import Clock
from harness.mock.defects.switches import Switches

STAFF_UID, STAFF_NAME = 9_001, "staff"
OTHER = {"C": "M", "M": "C"}


@dataclass(slots=True, eq=False)
class Message:
    """One message; `side` is C for a customer's and M for the merchant's, `read_at` 0 if unread."""

    id: int
    side: str
    uid: int
    username: str
    text: str
    image: str
    timestamp: int
    read_at: int = 0


@dataclass(slots=True, eq=False)
class Board:
    """The board of one customer on one card; `status` is N while it is open and C once closed.

    `marks` are what it is searched by besides the user id and the user name.
    """

    id: int
    card_id: str
    uid: int
    username: str
    marks: tuple[str, ...]
    created: int
    updated: int
    status: str = "N"
    messages: list[Message] = field(default_factory=list)

    def unread_by(self, side: str) -> int:
        """Return how many messages of the other side this one has not read."""
        return sum(m.side != side and not m.read_at for m in self.messages)

    def responses_to(self, words: str, *, by_marks: bool = True) -> bool:
        """Tell whether a search for the words finds the board."""
        known = (str(self.uid), self.username, *(self.marks if by_marks else ()))
        return any(words.casefold() in mark.casefold() for mark in known)


class Desk:
    """All boards of a merchant."""

    def __init__(self, switches: Switches, clock: Clock) -> None:
        self._switches = switches
        self._clock = clock
        self._board_numbers = itertools.count(6_001)
        self._message_numbers = itertools.count(60_001)
        self.boards: dict[int, Board] = {}

    def now(self) -> int:
        """Return unix seconds."""
        return int(self._clock.now())

    def open(self, card_id: str, uid: int, username: str, marks: tuple[str, ...]) -> Board:
        """Open a board for a customer."""
        now = self.now()
        board = Board(next(self._board_numbers), card_id, uid, username, marks, now, now)
        self.boards[board.id] = board
        return board

    def of_customer(self, card_id: str, uid: int) -> Board | None:
        """Return the board a customer has on a card, None before the first message."""
        own = (b for b in self.boards.values() if (b.card_id, b.uid) == (card_id, uid))
        return next(own, None)

    def say(
        self, board: Board, side: str, uid: int, username: str, text: str, image: str = ""
    ) -> Message:
        """Write a message on a board."""
        now = self.now()
        made = Message(next(self._message_numbers), side, uid, username, text, image, now)
        board.messages.append(made)
        board.updated = now
        return made

    def read(self, board: Board, side: str) -> None:
        """Mark what the other side wrote as read."""
        if self._switches.has("message-stays-unread"):
            return
        for message in board.messages:
            if message.side != side and not message.read_at:
                message.read_at = self.now()

    def message(self, number: int) -> tuple[Board, Message] | None:
        """Return a message and the board it stands on."""
        for board in self.boards.values():
            for message in board.messages:
                if message.id == number:
                    return board, message
        return None

    def on_cards(self, cards: set[str]) -> Iterator[Board]:
        """Yield the boards on these cards."""
        return (board for board in self.boards.values() if board.card_id in cards)

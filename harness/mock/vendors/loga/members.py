"""Who holds a card: members, online or plastic, and the plastic cards themselves."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = {1: "Member", 2: "Silver", 3: "Gold"}
GENDERS = ("M", "F")


@dataclass(slots=True, eq=False)
class Member:
    """One customer: online ones have a user id, plastic ones a card; the other is 0.

    `updated` is unix seconds, 0 for a profile that nobody has edited.
    """

    fname: str
    lname: str
    tel: str
    gender: str
    level: int
    created: int
    uid: int = 0
    pcard_id: int = 0
    birthday: str = ""
    address: str = ""
    remark: str = ""
    updated: int = 0

    @property
    def account(self) -> str:
        """The name of the member's account in the ledger."""
        return str(self.uid) if self.uid else f"plastic {self.pcard_id}"

    @property
    def level_text(self) -> str:
        """The name of the member's level."""
        return LEVELS[self.level]

    @property
    def username(self) -> str:
        """The name an online member goes by, empty for a plastic one."""
        return f"user{self.uid}" if self.uid else ""


@dataclass(slots=True, eq=False)
class Plastic:
    """One plastic card.

    `member` is the plastic member it was given to, `bound_to` the online member it is bound to.
    """

    id: int
    serial: str
    barcode: str
    member: Member | None = None
    bound_to: Member | None = None

    @property
    def holder(self) -> Member | None:
        """The holder of the card, None while it is not bound."""
        return self.bound_to or self.member

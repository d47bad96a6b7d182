"""What stands in the places of a template for one arrival of a load plan."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model.binding import Verb
from harness.model.target import Member
from harness.model.workload import Arrival
from harness.wire.fast.byte_template import Encoded, Texts, needs_no_encoding
from harness.wire.intent import BulkRow


class ArrivalValues:
    """The members of a load by their numbers, and the values that each arrival needs of them.

    The last member, whose number is NONEXISTENT, is one that the vendor does not know.
    """

    def __init__(self, members: Sequence[Member], nonexistent: Member) -> None:
        self.members = members = [*members, nonexistent]
        self._texts = [
            {f"member.{field}": str(value) for field, value in member.items()} for member in members
        ]
        self._encoded = [
            {name: text.encode() for name, text in texts.items()} for texts in self._texts
        ]
        self._plain = [all(map(needs_no_encoding, texts.values())) for texts in self._texts]
        shared = {frozenset(member): frozenset(member) for member in members}
        self._fields = [shared[frozenset(member)] for member in members]

    def fields(self, arrival: Arrival) -> frozenset[str]:
        """Return the names of the fields that the arrival's member has."""
        return self._fields[arrival.member]

    def are_alike(self, arrival: Arrival) -> bool:
        """Say whether the members of all rows have the same fields as the arrival's own."""
        fields = self._fields[arrival.member]
        return all(self._fields[row[0]] is fields for row in arrival.rows)

    def need_no_encoding(self, arrival: Arrival) -> bool:
        """Say whether every value of the arrival is written alike in every place."""
        plain = self._plain
        if not arrival.rows:
            texts = (arrival.reference or "none", arrival.entry or "none")
            return plain[arrival.member] and all(map(needs_no_encoding, texts))
        return all(plain[row[0]] and needs_no_encoding(row[2] or "none") for row in arrival.rows)

    def rows(self, arrival: Arrival) -> list[BulkRow] | None:
        """Return the rows of a bulk with their members, None for any other arrival."""
        return [(self.members[member], units, ref) for member, units, ref in arrival.rows] or None

    def texts(
        self,
        verb: Verb,
        member: int,
        units: int,
        reference: str | None,
        fresh: str,
        entry: str | None = None,
    ) -> Texts:
        """Return the values of one request or row, by the names of their placeholders."""
        return {
            **self._texts[member],
            "units": str(units * verb.unit),
            "amount": str(units),
            "reference": reference or "",
            "fresh": fresh,
            "entry": entry or "",
        }

    def encoded(
        self,
        verb: Verb,
        member: int,
        units: int,
        reference: str | None,
        fresh: str,
        entry: str | None = None,
    ) -> Encoded:
        """Return the same, quickly, where they need no encoding."""
        return {
            **self._encoded[member],
            "units": b"%d" % (units * verb.unit),
            "amount": b"%d" % units,
            "reference": (reference or "").encode(),
            "fresh": fresh.encode(),
            "entry": (entry or "").encode(),
        }

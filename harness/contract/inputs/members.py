"""Whether the members of a target are enough, and have the fields that requests need."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from harness.contract.inputs.names import POINTS, names_of_verbs
from harness.contract.inputs.need import (
    POINTS_LOST,
    Need,
    enough_members,
    lost_without,
    members_needed,
)
from harness.contract.vendor import Vendor
from harness.document.messages import counted, guess
from harness.document.reader import Problem
from harness.model.binding import Binding
from harness.model.target import Member, Target

_MEMBER = "member."


def fields_of_points(binding: Binding) -> frozenset[str]:
    """Return the fields that the verbs of points need of each member."""
    names = names_of_verbs(POINTS, binding)
    return frozenset(name.removeprefix(_MEMBER) for name in names if name.startswith(_MEMBER))


def needs_members(vendor: Vendor) -> bool:
    """Say whether a target must name members: where the harness enrolls some it need not."""
    return vendor.binding.enroll is None and bool(members_needed(vendor))


@dataclass(frozen=True, slots=True)
class MemberCheck:
    """The members of one target; messages show none of their values."""

    vendor: Vendor
    target: Target
    needs: Mapping[str, Need]

    def faults(self) -> Iterator[Problem]:
        """Yield that there are none, or the fields without which points cannot be tested."""
        if self.target.members:
            for field, lacking in self._lacking(fields_of_points(self.vendor.binding)).items():
                yield self._without(field, lacking, POINTS_LOST)
        elif needs_members(self.vendor):
            inputs = self.vendor.binding.inputs
            who = f" ({inputs.members.strip().rstrip('.')})" if inputs and inputs.members else ""
            message = f"the target {self.target.name}: no members{who}; the scenarios need"
            message += f" {counted(self._enough, 'member')}"
            yield Problem(message, self.target.place_of("members"), self._hint())

    def notes(self) -> Iterator[Problem]:
        """Yield what fewer scenarios are played for: fields, and members, that are missing."""
        known = {name.removeprefix(_MEMBER) for name in self.needs if name.startswith(_MEMBER)}
        for field, lacking in self._lacking(known - fields_of_points(self.vendor.binding)).items():
            if lost := lost_without(self.needs[f"{_MEMBER}{field}"]):
                yield self._without(field, lacking, f"without it {lost}")
        given = len(self._usual())
        if given and needs_members(self.vendor) and given < self._enough:
            message = f"the target {self.target.name}: {counted(given, 'member')}"
            message += f"; some scenarios need {self._enough}"
            yield Problem(message, self.target.place_of("members"))

    @property
    def _enough(self) -> int:
        return enough_members(members_needed(self.vendor).get("", 1))

    def _hint(self) -> str:
        described = self.vendor.binding.inputs
        known = {} if described is None else described.known
        fields = ["id", *sorted(fields_of_points(self.vendor.binding) - {"id"})]
        examples = [known.get(f"{_MEMBER}{field}") for field in fields]
        shown = [one.example if one and one.example else "…" for one in examples]
        pairs = ", ".join(f'{field}: "{text}"' for field, text in zip(fields, shown, strict=True))
        return f"add them, such as {{{pairs}}}"

    def _usual(self) -> list[tuple[int, Member]]:
        enroll = self.vendor.binding.enroll
        usual = next(iter(enroll.kinds)) if enroll is not None else ""
        members = enumerate(self.target.members)
        return [(i, member) for i, member in members if member.get("kind", usual) in ("", usual)]

    def _lacking(self, fields: Collection[str]) -> dict[str, list[int]]:
        """Return the fields that some usual members lack, with the indexes of those members."""
        usual = self._usual()
        found = {
            field: [index for index, member in usual if not member.get(field)]
            for field in sorted(fields)
        }
        return {field: indexes for field, indexes in found.items() if indexes}

    def _without(self, field: str, lacking: list[int], lost: str) -> Problem:
        of_all = len(lacking) == len(self._usual())
        place = self.target.place_of("members" if of_all else f"members.{lacking[0]}")
        more = f" and {counted(len(lacking) - 1, 'other')}" if len(lacking) > 1 else ""
        which = f"this member{more} {'have' if more else 'has'} no field"
        message = f"{'no member has the field' if of_all else which} '{field}'"
        message = f"the target {self.target.name}: {message}"
        inputs = self.vendor.binding.inputs
        known = inputs.known.get(f"{_MEMBER}{field}") if inputs is not None else None
        what = f" ({known.description.strip().rstrip('.')})" if known is not None else ""
        given = {name for member in self.target.members for name in member}
        used = {name.removeprefix(_MEMBER) for name in self.needs}
        unused = guess(field, given - used - {"id", "kind"})
        return Problem(f"{message}{what}; {lost}", place, unused)

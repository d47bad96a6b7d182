"""On whose behalf a run acts: who may be touched by generated requests, scenarios and load."""

from __future__ import annotations

from dataclasses import dataclass

from harness.engine.members.enrollment import Enroller, default_kind, has_default_kind, member_kind
from harness.engine.members.pool import Pool
from harness.model.binding import Binding
from harness.model.target import Member

_PROPERTY_SHARE = 8
_PROPERTY_MEMBERS = 6


@dataclass(frozen=True, slots=True)
class Allocation:
    """On whose behalf a run may act: the target's members, and who makes more, if anybody can."""

    members: tuple[Member, ...]
    enroller: Enroller | None

    def for_properties(self, binding: Binding) -> tuple[Member, ...]:
        """Return the members that generated requests may touch; raises NotEnrolled."""
        own, _ = self._parted(binding)
        if self.enroller is not None and not own:
            return self.enroller.enough((), _PROPERTY_MEMBERS)
        return own

    def for_scenarios(self, binding: Binding) -> Pool:
        """Return the members that scenarios lease."""
        others = tuple(m for m in self.members if not has_default_kind(m, binding))
        return Pool(
            (*self._parted(binding)[1], *others),
            lambda member: member_kind(member, binding),
            default_kind(binding),
            None if self.enroller is None else self.enroller.one,
        )

    def for_load(self, binding: Binding, count: int) -> tuple[Member, ...]:
        """Return who shares the traffic, `count` where more can be made; raises NotEnrolled."""
        _, members = self._parted(binding)
        return members if self.enroller is None else self.enroller.enough(members, count)

    def _parted(self, binding: Binding) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
        """Return the usual members for generated requests, and those for all else.

        A generated request may move points in ways that no ledger rule can read, so its members are
        kept apart: as long as there are enough, or by making others for it.
        """
        usual = tuple(member for member in self.members if has_default_kind(member, binding))
        if len(usual) >= _PROPERTY_SHARE:
            return usual[:2], usual[2:]
        return (usual[:1] if self.enroller is None else ()), usual

"""Allocate members to generated requests, scenarios and load."""

from __future__ import annotations

from dataclasses import dataclass

from harness.engine.members.enrollment import Enroller, default_kind, member_kind
from harness.engine.members.pool import Pool
from harness.model.binding import Binding
from harness.model.target import Member

# With fewer members than this, generated requests take at most one of them.
_SHARED_LEAST = 8
_GENERATED_MEMBERS = 6


@dataclass(frozen=True, slots=True)
class Allocation:
    """The members that a run may act for: those of the target, and an enroller if there is one."""

    members: tuple[Member, ...]
    enroller: Enroller | None

    def for_properties(self, binding: Binding) -> tuple[Member, ...]:
        """Return the members that generated requests may touch; raises NotEnrolled."""
        own, _, _ = self._divided(binding)
        if self.enroller is not None and not own:
            return self.enroller.enough((), _GENERATED_MEMBERS)
        return own

    def for_scenarios(self, binding: Binding) -> Pool:
        """Return the pool of members that scenarios lease."""
        _, usual, others = self._divided(binding)
        enroll = None if self.enroller is None else self.enroller.one
        return Pool((*usual, *others), default_kind(binding), enroll)

    def for_load(self, binding: Binding, count: int) -> tuple[Member, ...]:
        """Return the members that share the load, `count` if more can be made.

        Raises NotEnrolled.
        """
        _, usual, _ = self._divided(binding)
        return usual if self.enroller is None else self.enroller.enough(usual, count)

    def _divided(self, binding: Binding) -> tuple[tuple[Member, ...], ...]:
        """Return the default members for generated requests, those for all else, and the others.

        A generated request may move points in a way that no invariant can follow, so its members
        are kept apart if there are enough of them or more can be made.
        """
        kind = default_kind(binding)
        usual = tuple(m for m in self.members if member_kind(m, kind) == kind)
        others = tuple(m for m in self.members if member_kind(m, kind) != kind)
        if len(usual) >= _SHARED_LEAST:
            return usual[:2], usual[2:], others
        return (usual[:1] if self.enroller is None else ()), usual, others

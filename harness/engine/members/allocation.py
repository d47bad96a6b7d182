"""Allocate members to generated requests, scenarios and load."""

from __future__ import annotations

from dataclasses import dataclass

from harness.engine.members.enrollment import (
    Enroller,
    default_kind,
    has_default_kind,
    member_kind,
)
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
        own, _ = self._divided(binding)
        if self.enroller is not None and not own:
            return self.enroller.enough((), _GENERATED_MEMBERS)
        return own

    def for_scenarios(self, binding: Binding) -> Pool:
        """Return the pool of members that scenarios lease."""
        others = tuple(m for m in self.members if not has_default_kind(m, binding))
        return Pool(
            (*self._divided(binding)[1], *others),
            lambda member: member_kind(member, binding),
            default_kind(binding),
            None if self.enroller is None else self.enroller.one,
        )

    def for_load(self, binding: Binding, count: int) -> tuple[Member, ...]:
        """Return the members that share the load, `count` if more can be made.

        Raises NotEnrolled.
        """
        _, members = self._divided(binding)
        return members if self.enroller is None else self.enroller.enough(members, count)

    def _divided(self, binding: Binding) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
        """Return the default members for generated requests, and those for all else.

        A generated request may move points in a way that no invariant can follow, so its members
        are kept apart if there are enough of them or more can be made.
        """
        default = tuple(member for member in self.members if has_default_kind(member, binding))
        if len(default) >= _SHARED_LEAST:
            return default[:2], default[2:]
        return (default[:1] if self.enroller is None else ()), default

"""Divide the members of a run among its engines, and lease them to its scenarios."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

from harness.document.messages import counted
from harness.engine.members.enrollment import Enroller, default_kind, member_kind
from harness.model.binding import Binding
from harness.model.scenario import Wanted
from harness.model.target import Member
from harness.wire.retry import OutcomeUnknown

# How long after its scenario a request with an unknown outcome may still take effect.
_DOUBT_SECONDS = 60.0
# With fewer members than this, generated requests take at most one of them.
_SHARED_LEAST = 8
_GENERATED_MEMBERS = 6


class TooFewMembers(Exception):
    """A scenario needs more members than the target has."""


class Pool:
    """The members of a target; each is leased by one scenario at a time. Thread-safe.

    `default` is the kind that is meant where none is named. `enroll` makes a new member of a kind
    if there are too few; None: no member can be made.
    """

    def __init__(
        self,
        members: Sequence[Member],
        default: str = "",
        enroll: Callable[[str], Member] | None = None,
    ) -> None:
        self._default = default
        self._enroll = enroll
        self._free = deque(members)
        self._sizes = Counter(member_kind(member, default) for member in members)
        self._condition = Condition()
        self._doubted: dict[str, float] = {}

    @contextmanager
    def lease(self, wanted: Sequence[Wanted]) -> Iterator[tuple[Member, ...]]:
        """Lease members as they are wanted, least recently used first; wait until they are free.

        Raises TooFewMembers if there can never be enough, and what `enroll` raises. If the block
        raises OutcomeUnknown and new members can be made, its members are not leased again: the
        request may still take effect, and the next scenario would see it.
        """
        taken = self._take(wanted)
        back = True
        try:
            yield taken
        except OutcomeUnknown:
            back = self._enroll is None
            late = time.monotonic() + _DOUBT_SECONDS
            self._doubted |= {member["id"]: late for member in taken}
            raise
        finally:
            if back:
                self._give_back(taken)

    def in_doubt(self, members: Sequence[Member]) -> bool:
        """Return whether a request of an earlier scenario may still take effect on one of them."""
        now = time.monotonic()
        return any(self._doubted.get(member["id"], 0.0) > now for member in members)

    def _take(self, wanted: Sequence[Wanted]) -> tuple[Member, ...]:
        with self._condition:
            while None in (picked := self._picks(wanted)) and self._enroll is None:
                self._require_possible(wanted)
                self._condition.wait()
            for member in filter(None, picked):
                self._free.remove(member)
        try:
            for place, each in enumerate(wanted):
                if picked[place] is None and self._enroll is not None:
                    picked[place] = self._enroll(each.kind or self._default)
        except BaseException:
            self._give_back(filter(None, picked))
            raise
        return tuple(filter(None, picked))

    def _picks(self, wanted: Sequence[Wanted]) -> list[Member | None]:
        """Return a free member for each that is wanted, None if there is none."""
        left: dict[str, list[Member]] = {}
        for member in self._free:
            left.setdefault(member_kind(member, self._default), []).append(member)
        fitting = ([] if e.new else left.get(e.kind or self._default, []) for e in wanted)
        return [members.pop(0) if members else None for members in fitting]

    def _require_possible(self, wanted: Sequence[Wanted]) -> None:
        needed = Counter(each.kind or self._default for each in wanted)
        for kind, count in needed.items():
            if count > self._sizes[kind]:
                needs = counted(count, "member") + (f" of the kind {kind}" if kind else "")
                raise TooFewMembers(
                    f"the scenario needs {needs}; the target has {self._sizes[kind]}"
                )
        if any(each.new for each in wanted):
            raise TooFewMembers("the scenario needs a new member; the binding does not enroll any")

    def _give_back(self, taken: Iterable[Member]) -> None:
        with self._condition:
            self._free.extend(taken)
            self._condition.notify_all()


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
        """Return the members that share the load, `count` if possible; raises NotEnrolled."""
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

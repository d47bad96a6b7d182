"""A pool that leases members, so that each scenario owns the balances it reads."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Condition

from harness.document.messages import counted
from harness.model.scenario import Wanted
from harness.model.target import Member
from harness.wire.retry import OutcomeUnknown

# How long after its scenario a request with an unknown outcome may still take effect.
_DOUBT_SECONDS = 60.0


class TooFewMembers(Exception):
    """A scenario needs more members than the target has."""


class Pool:
    """The members of a target; each is leased by one scenario at a time. Thread-safe.

    `member_kind` returns the kind of a member; `default` is the kind that is meant where none is
    named. `enroll` makes a new member of a kind if there are too few; None: no member can be made.
    """

    def __init__(
        self,
        members: Sequence[Member],
        member_kind: Callable[[Member], str] = lambda member: "",
        default: str = "",
        enroll: Callable[[str], Member] | None = None,
    ) -> None:
        self._kind_of = member_kind
        self._default = default
        self._enroll = enroll
        self._free = deque(members)
        self._sizes = Counter(map(member_kind, members))
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
            picked = self._picks(wanted)
            while self._enroll is None and None in picked:
                self._require_possible(wanted)
                self._condition.wait()
                picked = self._picks(wanted)
            for member in picked:
                if member is not None:
                    self._free.remove(member)
        taken = [member for member in picked if member is not None]
        if self._enroll is None:
            return tuple(taken)
        try:
            filled: list[Member] = []
            for member, each in zip(picked, wanted, strict=True):
                if member is None:
                    member = self._enroll(each.kind or self._default)
                    taken.append(member)
                filled.append(member)
        except BaseException:
            self._give_back(taken)
            raise
        return tuple(filled)

    def _picks(self, wanted: Sequence[Wanted]) -> list[Member | None]:
        """Return a free member for each that is wanted, None if there is none."""
        left = list(self._free)
        picked: list[Member | None] = []
        for each in wanted:
            kind = each.kind or self._default
            fitting = (m for m in left if not each.new and self._kind_of(m) == kind)
            found = next(fitting, None)
            if found is not None:
                left.remove(found)
            picked.append(found)
        return picked

    def _require_possible(self, wanted: Sequence[Wanted]) -> None:
        needed = Counter(each.kind or self._default for each in wanted)
        for kind, count in needed.items():
            if count > self._sizes[kind]:
                noun = f"member of the kind {kind}" if kind else "member"
                plural = f"members of the kind {kind}" if kind else ""
                needs = counted(count, noun, plural)
                raise TooFewMembers(
                    f"the scenario needs {needs}; the target has {self._sizes[kind]}"
                )
        if any(each.new for each in wanted):
            raise TooFewMembers("the scenario needs a new member; the binding does not enroll any")

    def _give_back(self, taken: Sequence[Member]) -> None:
        with self._condition:
            self._free.extend(taken)
            self._condition.notify_all()

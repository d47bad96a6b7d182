"""A pool that leases members, so that each scenario owns the balances it reads."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Condition

from harness.document.messages import counted
from harness.engine.members.enrollment import member_kind
from harness.model.scenario import Wanted
from harness.model.target import Member
from harness.wire.retry import OutcomeUnknown

# How long after its scenario a request with an unknown outcome may still take effect.
_DOUBT_SECONDS = 60.0


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
            picked = self._picks(wanted)
            while self._enroll is None and None in picked:
                self._require_possible(wanted)
                self._condition.wait()
                picked = self._picks(wanted)
            taken = [member for member in picked if member is not None]
            for member in taken:
                self._free.remove(member)
        if self._enroll is None:
            return tuple(taken)
        filled: list[Member] = []
        try:
            for found, each in zip(picked, wanted, strict=True):
                member = found or self._enroll(each.kind or self._default)
                filled.append(member)
                if found is None:
                    taken.append(member)
        except BaseException:
            self._give_back(taken)
            raise
        return tuple(filled)

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

    def _give_back(self, taken: Sequence[Member]) -> None:
        with self._condition:
            self._free.extend(taken)
            self._condition.notify_all()

"""Which defects are on in one start of the mock, and when a rare one strikes."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterable
from random import Random

from harness.mock.defects.catalogue import DEFECTS

PAUSE_SECONDS = 0.004


class Switches:
    """The defects that are on in one start of the mock; an unknown id is a ValueError."""

    def __init__(self, ids: Iterable[str] = (), seed: int = 0) -> None:
        self.active = frozenset(ids)
        for unknown in sorted(self.active - DEFECTS.keys()):
            close = difflib.get_close_matches(unknown, DEFECTS, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"no such defect {unknown!r}{hint}")
        self._random = Random(f"switches {seed}")
        self._left: dict[str, int] = {}

    def has(self, defect: str) -> bool:
        """Tell whether a defect is on."""
        return defect in self.active

    def strikes(self, defect: str, every: int) -> bool:
        """Tell whether a rare defect affects this change: one in `every`, the first by seed."""
        if defect not in self.active:
            return False
        left = self._left.get(defect)
        if left is None:
            left = self._random.randrange(every)
        self._left[defect] = every - 1 if left == 0 else left - 1
        return left == 0

    async def pause(self, batch: int = 0) -> None:
        """Let other requests in where a correct server would not; briefly in a bulk request."""
        await asyncio.sleep(0 if batch else PAUSE_SECONDS)

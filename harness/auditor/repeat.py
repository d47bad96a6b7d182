"""How a reader repeats a finding: the command of the harness, and what its curl lines need."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from harness.model.history import Attempt, Recorded
from harness.model.result import FindingResult
from harness.model.run_header import LoadHeader, RunHeader
from harness.wire.journal.curl import variables_in

_KEPT = frozenset({"--target", "--targets", "--root", "--profile", "--defect", "--fault"})
"""The options of a run without which another one would not show the same."""
_SCENARIO, _LOAD, _WAIVER = "scenario", "load", "waiver"


def lines_that_repeat(
    entry: FindingResult, recorded: Recorded, header: RunHeader
) -> tuple[str, ...]:
    """Return the lines of a shell that repeat a finding before its curl lines.

    First the command of the harness, which repeats races and sequences too; then a line for each
    variable that the curl lines read. A waiver that is wrong is repeated by nothing.
    """
    if entry.check.kind == _WAIVER:
        return ()
    attempts = recorded.history.by_id
    behind = [attempts[name] for name in entry.attempts if name in attempts]
    loads = [one.load for one in recorded.headers if one.load is not None]
    command = _command(entry, behind, loads, header)
    read = dict.fromkeys(name for line in entry.curl for name in variables_in(line))
    return (command, *_settings(tuple(read), header.variables))


def _settings(read: Sequence[str], variables: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that set variables, those first that others read."""
    told: set[str] = set()

    def tell(name: str) -> Iterator[str]:
        if name in told or name not in variables:
            return
        told.add(name)
        line = variables[name]
        if not line.startswith("#"):
            for other in variables_in(line):
                yield from tell(other)
        yield line

    for name in read:
        yield from tell(name)


def _command(
    entry: FindingResult,
    behind: Sequence[Attempt],
    loads: Sequence[LoadHeader],
    header: RunHeader,
) -> str:
    if entry.check.kind == _SCENARIO:
        return _written(("check", header.vendor, "--only", entry.check.name), header.seed, header)
    # What moves points tells more of where a finding comes from than a read does.
    sources = Counter(one.source for one in behind if one.rows) or Counter(
        one.source for one in behind
    )
    source = next(iter(sources), "")
    kind, _, name = source.partition(":")
    if kind == _SCENARIO:
        return _written(("check", header.vendor, "--only", name), header.seed, header)
    if kind == _LOAD or (loads and not behind):
        known = {one.workload: one.seed for one in loads}
        if len(known) == 1:
            ((workload, seed),) = known.items()
            return _written(("load", header.vendor, workload), seed, header)
        return _written(("load", header.vendor), None, header)
    return _written(("check", header.vendor), header.seed, header)


def _written(words: Sequence[str], seed: int | None, header: RunHeader) -> str:
    seeded = () if seed is None else ("--seed", str(seed))
    return shlex.join(("harness", *words, *seeded, *_options(header)))


def _options(header: RunHeader) -> Iterator[str]:
    """Yield the options that the repeated run must have, from the command of the run."""
    try:
        words = shlex.split(header.command)
    except ValueError:
        words = []
    named = False
    for word, following in pairwise((*words, "")):
        option, joined, _ = word.partition("=")
        if option not in _KEPT:
            continue
        named = named or option in ("--target", "--targets")
        yield from (word,) if joined else (word, following)
    if not named and header.kind != "mock" and header.target:
        yield from ("--target", header.target)

"""How many steps an engine that backtracks may take at the most for a regular expression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from harness.document.automaton import Automaton, Unreadable, automaton_of

STEPS_MAX = 200_000_000
"""The most steps for one text: a few seconds."""

LENGTH_MIN = 100
"""The length of text that every expression must be fit for."""

LENGTH_MAX = 8_192
"""The longest text that is made up for an expression."""

_PAIRS_MAX = 200_000
_ALIKE_MAX = 1_500
_TOLD_MAX = 10**12
_NESTED = "a repeat in it can read one text in very many ways, which may keep an engine for ever"
_HINT = "let no repeat hold another that reads the same, such as (a+)+, or two alternatives that do"


@lru_cache(maxsize=4096)
def fault_of_pattern(pattern: str, length: int = LENGTH_MIN) -> tuple[str, str]:
    """Return why an expression could keep an engine too long, and a hint; empty where it could not.

    The engines that generate requests try one way after another to match a text. With a repeat
    that can read some text in two ways, such as (a+)+ or (a|aa)+, the ways double with every
    character of it. Where no repeat can, the ways are at most a power of the length: one factor for
    each two repeats that follow each other and read the same, such as .*.*, and one for the places
    where a search may begin. `length`: of the longest text that is expected.

    Method: a repeat can read a text in two ways if, in the automaton of the expression, two ways
    lead from one position back to it by the same characters (exponential ambiguity: Weber and
    Seidl, 1991; Allauzen, Mohri and Rastogi, 2008). The steps are those of the worst text, or
    more: characters outside ASCII are told apart by blocks of 128 alone.
    """
    try:
        made = automaton_of(pattern)
        length = min(max(length, made.width, LENGTH_MIN), LENGTH_MAX)
        if made.width > LENGTH_MAX:
            return f"no text of up to {LENGTH_MAX:,} characters matches it", "lower its counts"
        steps = steps_of(pattern, length)
    except Unreadable as error:
        return f"how long it takes cannot be told: {error}", "write a simpler one"
    if steps is None:
        return _NESTED, _HINT
    if steps > STEPS_MAX:
        most = f"{steps:,}" if steps < _TOLD_MAX else f"more than {_TOLD_MAX:,}"
        return f"it may take {most} steps on a text of {length:,} characters", _HINT
    return "", ""


def steps_of(pattern: str, length: int) -> int | None:
    """Return the most steps on a text of that length, None where the ways grow with each character.

    They are those of a search and of a match of the whole text. Raises `Unreadable` for what is no
    expression or takes too long to tell.
    """
    search = automaton_of(pattern)
    if search.asserts:
        return _steps(search, length)
    for position in search.last:  # the first match ends the search
        search.follow.pop(position, None)
    both = (_steps(search, length), _steps(automaton_of(pattern, whole=True), length))
    return None if None in both else max(steps or 0 for steps in both)


def _steps(made: Automaton, length: int) -> int | None:
    parts = _components(made)
    if any(_is_ambiguous(made, part.members) for part in parts if part.loops):
        return None
    return length * _ways(made, parts, length)


@dataclass(frozen=True, slots=True)
class _Component:
    """Positions each of which leads to each of the others; `loops`: whether any leads to itself."""

    members: Set[int]
    loops: bool


def _components(made: Automaton) -> list[_Component]:
    """Return the strongly connected components, those that others lead to first (Tarjan, 1972)."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    held: set[int] = set()
    found: list[_Component] = []
    for root in made.start:
        work = [(root, iter((root,)))]  # what leads to the root, for the first step
        while work:
            at, rest = work[-1]
            following = next((one for one in rest if one not in order or one in held), None)
            if following is not None and following not in order:
                order[following] = low[following] = len(order)
                stack.append(following)
                held.add(following)
                work.append((following, iter(tuple(made.follow[following]))))
            elif following is not None:
                low[at] = min(low[at], order[following])
            else:
                work.pop()
                if not work:
                    break
                before = work[-1][0]
                low[before] = min(low[before], low[at])
                if low[at] == order[at] and at in held:
                    members = set[int]()
                    while at not in members:
                        members.add(stack.pop())
                    held -= members
                    found.append(_Component(members, len(members) > 1 or at in made.follow[at]))
    return found


def _is_ambiguous(made: Automaton, members: Set[int]) -> bool:
    """Say whether two ways by the same characters lead from one of the positions back to it."""
    inner = {at: [to for to in made.follow[at] if to in members] for at in members}
    if any(made.follow[at][to] > 1 for at, following in inner.items() for to in following):
        return True
    seen: set[tuple[int, int]] = set()
    apart = [
        (one, other)
        for following in inner.values()
        for one, other in _pairs(made, following, following)
        if one != other
    ]
    while apart:
        pair = apart.pop()
        if pair in seen:
            continue
        seen.add(pair)
        if len(seen) > _PAIRS_MAX:
            raise Unreadable("it is too large")
        for one, other in _pairs(made, inner[pair[0]], inner[pair[1]]):
            if one == other:
                return True
            apart.append((one, other))
    return False


def _pairs(
    made: Automaton, some: Sequence[int], others: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of positions that may read the same character, each in one order."""
    for one in some:
        for other in others:
            if made.sets[one] & made.sets[other]:
                yield (one, other) if one <= other else (other, one)


def _ways(made: Automaton, parts: Sequence[_Component], length: int) -> int:
    """Return the most ways to read some text from its beginning.

    `plain`, `looping`: the most ways on from a component, without and with a repeat on them. Where
    what leads from a repeat to the next one may read what the repeat itself does, it can be left at
    each character. The last repeat of a way cannot: it ends where what is read so far does.
    """
    owner = {at: number for number, part in enumerate(parts) for at in part.members}
    plain: list[int] = []
    looping: list[int] = []
    for part in parts:
        out = _leaving(made, part)
        places = _places(made, part, parts, owner, length) if part.loops else {}
        spread = len(part.members) if part.loops and _is_spread(made, part) else 1
        here = _most_alike(made, out) * spread
        after = {owner[to] for to in out}
        on_plain = max((plain[one] for one in after), default=1) or 1
        on_looping = max((looping[one] * places.get(one, 1) for one in after), default=0)
        plain.append(0 if part.loops else here * on_plain)
        looping.append(here * max(on_looping, on_plain if part.loops else 0))
    begins = [max(plain[owner[at]], looping[owner[at]]) for at in made.start]
    return _most_alike(made, made.start) * max(begins, default=1)


def _places(
    made: Automaton,
    part: _Component,
    parts: Sequence[_Component],
    owner: Mapping[int, int],
    length: int,
) -> Mapping[int, int]:
    """Return at how many places a repeat can be left for a component, if another repeat follows."""
    read = 0
    for at in part.members:
        read |= made.sets[at]
    ways = {at for at in _leaving(made, part) if made.sets[at] & read}
    waiting = [*ways]
    while waiting:
        at = waiting.pop()
        if not parts[owner[at]].loops:
            after = {to for to in made.follow[at] if made.sets[to] & read} - ways
            ways |= after
            waiting += after
    places: dict[int, int] = {}
    # Those that others lead to come first.
    for at in sorted(ways, key=owner.__getitem__):
        number = owner[at]
        further = max((places.get(owner[to], 1) for to in made.follow[at]), default=1)
        places[number] = length if parts[number].loops else min(1 + further, length)
    return places


def _leaving(made: Automaton, part: _Component) -> dict[int, int]:
    """Return the positions to which a component leads, each with the number of ways."""
    out: dict[int, int] = {}
    for at in part.members:
        for to, ways in made.follow[at].items():
            if to not in part.members:
                out[to] = out.get(to, 0) + ways
    return out


def _is_spread(made: Automaton, part: _Component) -> bool:
    """Say whether a character may lead to several positions of a component."""
    for at in part.members:
        following = [to for to in made.follow[at] if to in part.members]
        if any(one != other for one, other in _pairs(made, following, following)):
            return True
    return False


def _most_alike(made: Automaton, weights: Mapping[int, int]) -> int:
    """Return in how many ways one character may be read by some of the positions, at the most."""
    if len(weights) > _ALIKE_MAX:
        raise Unreadable("it has too many alternatives")
    return max(
        (
            sum(ways for other, ways in weights.items() if made.sets[other] & made.sets[one])
            for one in weights
        ),
        default=1,
    )

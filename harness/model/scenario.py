"""A scenario: its members, its steps and what must hold of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Pages:
    """A walk through a list: `send` is the query value or body field of the page's number.

    `items` points at the list of a page or at the number of what it holds; a page with fewer than
    `full` is the last. From page to page the number, at first `first`, grows by `by`: more than 1
    where it counts items.
    """

    send: str
    items: str
    full: int
    first: int = 1
    by: int = 1


@dataclass(frozen=True, slots=True)
class Tampering:
    """What a forger changes in a request that was signed: values laid over it, fields taken out."""

    send: Mapping[str, Any]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a scenario: a verb or an operation, with what it sends.

    `name` is how `expect` speaks of it. One of `verb`, `operation`, `advance` is set (`operation`
    may be `every`: each operation that needs a token). `units` is a number or one of the words
    whole_balance, over_balance, at_max, over_max. `reference` is a name local to the scenario,
    `each` for a fresh one per copy, or None for none. `auth` is normal, none, wrong, foreign,
    ended. `concurrent` more than 1 goes through a barrier, and so do all steps of one `group`.
    `entry` is the earlier step whose effect a void takes back, or whose coupon is used.
    `raw_units` go on the wire as they are, whether or not they are a number. `extract` maps names
    for later steps to pointers into the response. `pages` repeats the step page by page until one
    is not full. `idempotent` says that the step may be sent again where its outcome stays
    unknown. `advance` sends nothing: so many seconds pass on the server. `tamper` changes the
    request after it was signed.
    """

    name: str
    verb: str | None = None
    operation: str | None = None
    member: str | None = None
    units: int | str | None = None
    reference: str | None = None
    rows: tuple[Mapping[str, Any], ...] | Mapping[str, Any] | None = None
    send: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    auth: str = "normal"
    concurrent: int = 1
    entry: str | None = None
    place: str = ""
    extract: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    raw_units: str | int | float | None = None
    pages: Pages | None = None
    idempotent: bool = False
    tamper: Tampering | None = None
    advance: float | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold of one step, or of a balance; the check is `scenario:<id>#<name>`."""

    name: str
    terms: Mapping[str, Any]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a member of a scenario must be: of a kind (empty: the usual one), and `new` or any."""

    kind: str = ""
    new: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """An ordered scenario with what it needs and what must hold after it.

    `needs` are verbs and promises; a scenario whose needs the binding lacks is inapplicable.
    `members` maps a local name to the funds it must have at the start, None for any; `wanted` maps
    it to what else is asked of the member, if anything is. `case` names the line of the scenario's
    table that is filled in here; scenarios that differ in their case alone share their id.
    """

    id: str
    title: str
    needs: tuple[str, ...]
    members: Mapping[str, int | None]
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...]
    place: str
    wanted: Mapping[str, Wanted] = field(default_factory=dict)
    case: str = ""

    @property
    def races(self) -> bool:
        """Whether some of its requests leave at once."""
        return any(step.concurrent > 1 or step.group is not None for step in self.steps)

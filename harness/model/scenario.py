"""A scenario: its members, its steps and what must hold of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.model.binding import Source

BALANCE = "balance"
"""The name of the expectations that speak of balances instead of a step."""

PRICES = "prices"
"""The least balance of a member that can pay for all that the steps buy for it."""

LEFT_OUT = "left_out"
"""The reference of a step whose request has no field for one."""

UNTIL = "until"
"""The term of an expectation that holds the terms a step waited for."""

OBSERVE = "observe"
"""The term of an expectation that reports what a step did and asks nothing of it."""


@dataclass(frozen=True, slots=True)
class Pagination:
    """How a step requests the pages of a list, until one is not full or names no next one.

    parameter   the query parameter or body field with the number of the page, or what names it
    items       a pointer to the list of a page, or to the number of its items
    page_size   how many items a full page has
    first       the number of the first page
    step        by how much the number grows: more than 1 where it counts items
    next        where a page says what the parameter of the next one is; None where pages count
    """

    parameter: str
    items: str = ""
    page_size: int = 0
    first: int = 1
    step: int = 1
    next: Source | None = None


@dataclass(frozen=True, slots=True)
class Tampering:
    """What a forger changes in a request that was signed: values laid over it, fields taken out."""

    send: Mapping[str, Any]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a scenario: what is sent, how often, and what is taken from the response.

    name          the id, by which checks and later steps name it
    verb          the verb of the binding to send; one of `verb`, `operation` and `advance` is set
    operation     an operationId, or `every` for each operation that needs a token
    member        a local name of `Scenario.members`
    units         a number, or whole_balance, over_balance, at_max or over_max
    units_from    the variable that holds the units, such as a price that a step has extracted
    reference     a name local to the scenario, `fresh` for a new one per request, LEFT_OUT for a
                  request without the field of one, None for none
    rows          the rows of a bulk: a list, or a rule for many
    send          values laid over the request; the fields of `without` are taken out of it
    auth          one of AUTH_MODES or a variant of the token
    concurrent    how many requests of the step leave at the same moment, as do steps of one `group`
    entry         the earlier step whose effect a void takes back, or whose coupon is used
    extract       variables for later steps, and where their values stand in the response
    raw_units     units sent as they are, whether or not they are a number
    idempotent    the step may be sent again when its outcome stays unknown
    advance       seconds that pass on the server; nothing is sent
    until         terms of an expectation: the step is sent again until its response meets them
    within        for how many seconds at most it is sent again
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
    extract: Mapping[str, Source] = field(default_factory=dict)
    group: str | None = None
    raw_units: str | int | float | None = None
    pagination: Pagination | None = None
    idempotent: bool = False
    tamper: Tampering | None = None
    advance: float | None = None
    units_from: str | None = None
    until: Mapping[str, Any] = field(default_factory=dict)
    within: float = 0.0


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
    """Steps that are played in order, what they need and what must hold of them.

    needs           verbs, promises and other needs; without one the scenario is inapplicable
    members         local names, and the least balance each has at the start: a number, PRICES for
                    the prices of what its steps buy, None for any
    expectations    those of steps in their order, then those of balances
    wanted          what else is asked of a member, by local name
    case            the case of the table that is filled in; scenarios that differ in it share an id
    """

    id: str
    title: str
    needs: tuple[str, ...]
    members: Mapping[str, int | str | None]
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...]
    place: str
    wanted: Mapping[str, Wanted] = field(default_factory=dict)
    case: str = ""

    @property
    def waits(self) -> bool:
        """Whether a step is sent until something has come to pass, so that effects come later."""
        return any(step.until for step in self.steps)

    @property
    def races(self) -> bool:
        """Whether some of its requests are concurrent."""
        return any(step.concurrent > 1 or step.group is not None for step in self.steps)

    @property
    def together(self) -> int:
        """The most of its requests that leave at the same moment."""
        sizes: Counter[str | int] = Counter()
        for index, step in enumerate(self.steps):
            sizes[step.group or index] += step.concurrent
        return max(sizes.values())

"""A vendor as a value: auth steps, outcome rules, verbs, promises."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.model.exchange import WHOLE, AmountFormat
from harness.model.target import Inputs
from harness.model.verdict import Outcome

Source = str | Mapping[str, str]
"""Where a value of a response stands: a pointer into the body, or a mapping that names a `header`
(with what it `matches`), a `cookie` or a `link` (with a `parameter` of its query)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an auth step puts a value.

    `where`: header, query, cookie, body or basic.
    `name`: the header, query parameter, cookie or body field, or a pointer into a JSON body.
    `value`: a template; for basic it is `user:password`.
    """

    where: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class StaticAuth:
    """Put values known from the start into every request but those of `exempt` operations."""

    places: tuple[Place, ...]
    exempt: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TokenAuth:
    """Ask an operation for a token, place it on every request, renew it when it ends.

    `extract`: names of values, each with where it stands in the response.
    `lifetime`: where the seconds that the token lasts stand; None where no clock ends it.
    `renew_on`: reasons of refusal after which a new token is asked for.
    `bound_to`: names of target values that the token is tied to.
    `variants`: other tokens by name, each with what its request sends otherwise than `send`.
    `optional_for`: operations that are sent with the token although nothing says they need it.
    """

    operation: str
    send: Mapping[str, Any]
    extract: Mapping[str, Source]
    places: tuple[Place, ...]
    lifetime: Source | None = None
    renew_on: frozenset[str] = frozenset()
    bound_to: tuple[str, ...] = ()
    end: str | None = None
    exempt: frozenset[str] = frozenset()
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    optional_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JsonPart:
    """A value of the JSON body, written as compact JSON.

    `at`: a pointer into the body.
    `keys`: the only keys that are written, in their order; empty for the value as it is.
    """

    at: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text that is not part of the request, as a template."""

    text: str


@dataclass(frozen=True, slots=True)
class SignAuth:
    """Sign a canonical string of the request and place the signature.

    `algorithm`: one of those of `wire.signing`; DIGESTS need no key and prove nothing.
    `parts`: what is signed, with `join` between; a text is a name of the list in `wire.signing`.
    `key`: a template, usually a secret; empty for a digest.
    `lifetime`: for how many seconds a signed request is accepted; None where nothing is known.
    """

    algorithm: str
    parts: tuple[str | JsonPart | TextPart, ...]
    key: str
    places: tuple[Place, ...]
    exempt: frozenset[str] = frozenset()
    join: str = "\n"
    lifetime: float | None = None


AuthStep = StaticAuth | TokenAuth | SignAuth

DIGESTS = frozenset({"md5-hex", "sha256-hex"})
"""The algorithms of a sign step that take no key."""

AUTH_MODES = ("normal", "none", "wrong", "foreign", "ended", "expired")
"""Which credentials a request may carry with every vendor; the rest are variants of a token."""


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """A line of the table from conditions on a response to its outcome; the first match decides."""

    when: Mapping[str, Any]
    then: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RowsForm:
    """How the rows of a bulk are written: in `columns`, or as a list at `at`.

    `columns`: body fields that repeat row by row, each with its template.
    `at`: a pointer to the list of rows.
    `each`: the template of one row of that list.
    """

    columns: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""
    each: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowResults:
    """Where the response to a bulk says what came of each row.

    `list`: a pointer to the results, one for each row in the order of the request.
    `outcomes`: what a result means, the result standing for the body; the last rule always holds.
    """

    list: str
    outcomes: tuple[OutcomeRule, ...]


REFERENCE = "reference"
"""What a later request may name an entry by besides what a response shows: the caller's own key."""


@dataclass(frozen=True, slots=True)
class EntryKey:
    """Which entries a void or a use may name, and by what.

    `of`: the verbs that make such entries, the usual one first.
    `by`: REFERENCE, or a name of their `extract`.
    """

    of: tuple[str, ...]
    by: str


Effect = Literal["credit", "debit", "none"]
"""What a verb does to the balance of its account."""

_WHOLE = re.compile("-?[0-9]{1,18}", re.ASCII)

READING_VERBS = frozenset({"balance", "entries", "check_coupon"})
"""Verbs that change nothing, in any binding."""


def reads_balance(verb: str | None) -> bool:
    """Say whether a verb of this name reads a balance: of points, or of a wallet of its own."""
    return verb is not None and (verb == "balance" or verb.endswith("_balance"))


@dataclass(frozen=True, slots=True)
class Verb:
    """A loyalty action bound to an operation.

    `extract`: balance, entry, fail_index and so on, each with where it stands in the response; a
    balance may be a mapping that says which item of a list holds it.
    `unit`: how much one unit is in the request; negative where the sign says the effect.
    `balance_unit`: how much one unit is in a balance of the response; None for the size of `unit`.
    `entry`: what `${entry}` stands for; None where the verb names no entry.
    `wallet`: what the verb reads or moves besides points, such as one kind of credit.
    `unit_templates`: `unit` and `balance_unit` as far as values of the target give them, which
    `contract.inputs.units` puts in their place once a target is chosen.
    `row_results`: where the response says what came of each row; None where it does not.
    `price`: what every request costs where the vendor sets it, as a template; empty elsewhere.
    """

    name: str
    operation: str
    send: Mapping[str, Any]
    extract: Mapping[str, Any]
    effect: Effect
    unit: int = 1
    rows: RowsForm | None = None
    balance_unit: int | None = None
    entry: EntryKey | None = None
    wallet: str = ""
    unit_templates: Mapping[str, str] = field(default_factory=dict)
    row_results: RowResults | None = None
    price: str = ""

    @property
    def sign(self) -> int:
        """The effect as a factor: 1, -1 or 0."""
        return {"credit": 1, "debit": -1, "none": 0}[self.effect]

    def units_of(self, amount: object) -> int | None:
        """Return the signed units of an amount in a request, None where the verb writes no such."""
        text = str(amount)
        units, rest = divmod(int(text), self.unit) if _WHOLE.fullmatch(text) else (-1, 0)
        return None if rest or units < 0 else self.sign * units

    def account_of(self, member_id: str) -> str:
        """Return the account of a member that the verb reads or moves; a wallet is one apart."""
        return f"{member_id}/{self.wallet}" if self.wallet else member_id

    @property
    def writes(self) -> bool:
        """Whether the verb moves points, or changes what an earlier request has made."""
        changes = self.entry is not None and self.name not in READING_VERBS
        return self.effect != "none" or changes

    @property
    def undoes(self) -> bool:
        """Whether the verb takes back what an earlier request did: void, void_earn and so on."""
        return self.name.split("_")[0] == "void"


@dataclass(frozen=True, slots=True)
class EnrollStep:
    """One request of an enrolment; `extract` names values and where they stand in its response."""

    operation: str
    send: Mapping[str, Any]
    extract: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Enrollment:
    """How a member is made.

    `kinds`: kinds of members, each with what templates know as `${kind.…}`; there is at least one,
    and the first is the usual one, of which the verbs speak.
    """

    steps: tuple[EnrollStep, ...]
    member: Mapping[str, str]
    kinds: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Promises:
    """What the vendor promises of its ledger; an invariant judges no further than this.

    `repeat`: the response to a repeated reference: same, ignored, refused or unspecified; none
    where references are not deduplicated.
    `bulk_limit`: the most rows of a bulk; None without limit.
    `bulk_failure`: what a bulk with a refused row does: atomic nothing, prefix the rows before it,
    each all the others.
    `index_base`: the index of the first row in a response.
    `floor`: the lowest balance; None where it may fall without limit.
    `units_max`: the most units of one earn; None without limit.
    `consistency`: the level promised for reads: conservation, serial, session or linearizable.
    `void_repeat`: the response to a second void of one entry: refused or unspecified.
    `neutral`: verbs without effect that surely move no points.
    `entry_scope`: within what the number of an entry is unique: operation or vendor.
    `balance_lag`: for how many seconds after its response a change may be missing from balances.
    `reference_lifetime`: for how many seconds a reference is remembered; None for ever.
    `repeat_stored`: whether a repeat gets the very body of the first response.
    `repeat_in_flight`, `repeat_changed`, `reference_required`: the status that refuses a repeat of
    a request under way, one of another request, a request without reference; None: no promise.
    """

    repeat: str = "none"
    bulk_limit: int | None = None
    bulk_failure: str = "prefix"
    index_base: int = 0
    floor: int | None = 0
    units_max: int | None = None
    consistency: str = "linearizable"
    void_repeat: str = "refused"
    neutral: tuple[str, ...] = ()
    entry_scope: str = "operation"
    balance_lag: float = 0.0
    reference_lifetime: float | None = None
    repeat_stored: bool = False
    repeat_in_flight: int | None = None
    repeat_changed: int | None = None
    reference_required: int | None = None

    @property
    def balance_lag_ns(self) -> int:
        """`balance_lag` in nanoseconds."""
        return int(self.balance_lag * 1e9)


@dataclass(frozen=True, slots=True)
class Binding:
    """The declared facts that let the engines speak to one vendor.

    `outcomes`: the table that turns a response into an outcome; the last rule always holds.
    `samples`: a minimal correct request of an operation that no verb binds.
    `nonexistent`: values that exist nowhere, by kind (member, …).
    `sensitive`: fields whose values never leave the process.
    `opaque`: fields and parameters whose values only the server makes.
    `text_as_number`: whether a number that is asked for also matches the text that writes it.
    `inputs`: what a target is told of its secrets, values and members, by name; None where nothing
    is described.
    `amounts`: how responses write amounts and balances.
    """

    vendor: str
    title: str
    auth: tuple[AuthStep, ...]
    outcomes: tuple[OutcomeRule, ...]
    verbs: Mapping[str, Verb]
    samples: Mapping[str, Mapping[str, Any]]
    promises: Promises
    nonexistent: Mapping[str, Mapping[str, str]]
    sensitive: frozenset[str]
    opaque: frozenset[str] = frozenset()
    enroll: Enrollment | None = None
    utc_offset: str = "+00:00"
    text_as_number: bool = False
    inputs: Inputs | None = None
    amounts: AmountFormat = WHOLE

    def verbs_of(self, operation: str) -> tuple[Verb, ...]:
        """Return the verbs that bind an operation, in declared order."""
        return tuple(verb for verb in self.verbs.values() if verb.operation == operation)

    def reader_of(self, wallet: str) -> str | None:
        """Return the verb that reads the balance of a wallet, None where none does."""
        return self._of_wallet(wallet, lambda verb: reads_balance(verb.name))

    def earner_of(self, wallet: str) -> str | None:
        """Return the verb that earns into a wallet, None where none does."""
        return self._of_wallet(wallet, lambda verb: verb.sign > 0 and verb.rows is None)

    def _of_wallet(self, wallet: str, fits: Callable[[Verb], bool]) -> str | None:
        usual = {"earn", "balance"}
        found = [v.name for v in self.verbs.values() if v.wallet == wallet and fits(v)]
        named = (name for name in found if wallet or name in usual)
        return next(named, None)

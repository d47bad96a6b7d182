"""A vendor as a value: auth steps, outcome rules, verbs, promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.model.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Place:
    """Where an auth step puts a value: header, query, body field or basic.

    The name of a body field may be a pointer into a JSON body.
    """

    where: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class StaticAuth:
    """Put values known from the start into every request."""

    places: tuple[Place, ...]
    exempt: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TokenAuth:
    """Call an operation for a token, place it on every request, renew it when it ends.

    `send` is the request of the token operation; `capture` maps names to pointers into its
    response; `lifetime` points at seconds of life, None when it ends by no clock. `renew_on` are
    reasons of refusal that call for a new token. `bound_to` names the target values the token is
    tied to, `end` the operation that ends it. `exempt` operations are sent without it; `offered`
    ones are sent with it although nothing says they need it. `variants` are other tokens that
    scenarios ask for by name, each with what its request has otherwise than `send`.
    """

    operation: str
    send: Mapping[str, Any]
    capture: Mapping[str, str]
    places: tuple[Place, ...]
    lifetime: str | None = None
    renew_on: frozenset[str] = frozenset()
    bound_to: tuple[str, ...] = ()
    end: str | None = None
    exempt: frozenset[str] = frozenset()
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    offered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JsonPart:
    """A member of the JSON body as compact JSON: of its keys only those listed, in their order.

    `at` is a pointer into the body. Without keys the member is written as it is.
    """

    at: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text that is no part of the request, as a template."""

    text: str


@dataclass(frozen=True, slots=True)
class SignAuth:
    """Sign a canonical string of the request by a named algorithm and place the signature.

    The string is the `parts` with `join` between them; a part that is a text is a name of the
    closed list in `wire.signing`. `key` is a template, usually a secret. Without a key it is a
    digest that anyone can make, and no credential.
    """

    algorithm: str
    parts: tuple[str | JsonPart | TextPart, ...]
    key: str
    places: tuple[Place, ...]
    exempt: frozenset[str] = frozenset()
    join: str = "\n"


AuthStep = StaticAuth | TokenAuth | SignAuth

DIGESTS = frozenset({"md5-hex", "sha256-hex"})
"""The algorithms of a sign step that take no key."""

AUTH_MODES = ("normal", "none", "wrong", "foreign", "ended", "expired")
"""Which credentials a call may carry, whoever the vendor is; the rest are variants of a token."""


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """If `when` holds, the call had this outcome for this reason; the first match decides."""

    when: Mapping[str, Any]
    then: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RowsForm:
    """How the rows of a bulk are written: as parallel `columns`, or as a list of `each` at `at`."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""
    each: Mapping[str, Any] = field(default_factory=dict)


REFERENCE = "reference"
"""What a later call may name an effect by besides what a response shows: the caller's own key."""


@dataclass(frozen=True, slots=True)
class ActsOn:
    """Which effects a void or a use may name, and by what.

    `verbs` are those whose effects it takes; `by` is REFERENCE or a name of their `see`.
    """

    verbs: tuple[str, ...]
    by: str


READING_VERBS = frozenset({"balance", "entries", "check_coupon"})
"""Verbs that change nothing, whoever binds them."""


def reads_balance(verb: str | None) -> bool:
    """Say whether a verb of this name reads a balance: of points, or of a wallet of its own."""
    return verb is not None and (verb == "balance" or verb.endswith("_balance"))


@dataclass(frozen=True, slots=True)
class Verb:
    """A loyalty action bound to an operation.

    `send` maps path, query, header and body to templates. `see` maps balance, entry, fail_index and
    so on to pointers into the response, a balance also to the item of a list that holds it. `sign`
    is +1 for earning, -1 for burning, 0 for neither. `unit` is how much one unit is on the wire,
    `balance_unit` how much it is in a balance that the response shows (None: the same). `acts_on`
    says what `${target}` is, None without one. `wallet` is what it reads or moves besides points,
    such as one kind of credit; empty for points.
    """

    name: str
    operation: str
    send: Mapping[str, Any]
    see: Mapping[str, Any]
    sign: int
    unit: int = 1
    rows: RowsForm | None = None
    balance_unit: int | None = None
    acts_on: ActsOn | None = None
    wallet: str = ""

    def account_of(self, member_id: str) -> str:
        """Return the account of a member that the verb reads or moves; a wallet is one apart."""
        return f"{member_id}/{self.wallet}" if self.wallet else member_id

    @property
    def writes(self) -> bool:
        """Whether the verb moves points, or changes what an earlier call has made."""
        acts = self.acts_on is not None and self.name not in READING_VERBS
        return self.sign != 0 or acts

    @property
    def undoes(self) -> bool:
        """Whether the verb takes back what an earlier call has done: void, void_earn and so on."""
        return self.name.split("_")[0] == "void"


@dataclass(frozen=True, slots=True)
class EnrollCall:
    """One call of an enrolment; `capture` maps names for what follows to pointers."""

    operation: str
    send: Mapping[str, Any]
    capture: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Enrollment:
    """How a member is made: its calls in order, and templates of the member's own fields.

    `kinds` maps a kind of member to what its templates know as `${kind.…}`; the first is the usual
    one, of which the verbs speak. There is at least one.
    """

    calls: tuple[EnrollCall, ...]
    member: Mapping[str, str]
    kinds: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Promises:
    """What the vendor promises of its ledger; an invariant judges no further than this.

    `repeat` is how a repeated reference answers: same, ignored, refused, unspecified, or none when
    references are not deduplicated. `bulk_limit` rows a call, None without limit. `bulk_failure` is
    prefix or atomic. `index_base` is the index of the first row in a response. `floor` is the
    lowest balance, None when it may fall without end. `units_max` is the most units of one earn.
    `consistency` is the level promised for reads: conservation, serial, session or linearizable.
    `void_repeat` is how a second void of one entry answers: refused, or unspecified. `still` are
    verbs of sign 0 that move no points, whatever the usual ones of their name do. `entry_scope` is
    within what an entry's number stands for it alone: operation, or vendor.
    """

    repeat: str = "none"
    bulk_limit: int | None = None
    bulk_failure: str = "prefix"
    index_base: int = 0
    floor: int | None = 0
    units_max: int | None = None
    consistency: str = "linearizable"
    void_repeat: str = "refused"
    still: tuple[str, ...] = ()
    entry_scope: str = "operation"


@dataclass(frozen=True, slots=True)
class Binding:
    """The declared facts that let the engines speak to one vendor.

    `samples` maps an operation to a minimal correct request. `unknown` maps a kind (member, ...) to
    values that name nobody. `sensitive` are field names whose values never leave the process.
    `enroll` says how members are made, None where they cannot be. `utc_offset` is how far the
    vendor's clock is from UTC, for the moments a template writes.
    """

    vendor: str
    title: str
    auth: tuple[AuthStep, ...]
    outcomes: tuple[OutcomeRule, ...]
    verbs: Mapping[str, Verb]
    samples: Mapping[str, Mapping[str, Any]]
    promises: Promises
    unknown: Mapping[str, Mapping[str, str]]
    sensitive: frozenset[str]
    enroll: Enrollment | None = None
    utc_offset: str = "+00:00"

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

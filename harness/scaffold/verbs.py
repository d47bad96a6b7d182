"""Which operations most likely earn, burn, void, read a balance and make a member."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.scaffold.fields import (
    MEMBERS,
    UNITS,
    Schema,
    fields_of,
    is_id,
    names_entry,
    names_member,
    type_of,
    word_set,
    words,
)
from harness.scaffold.outline import Outline, inputs

_WORDS: Mapping[str, frozenset[str]] = {
    "earn": word_set("accrual accrue accumulate add award collect credit earn grant issue"),
    "burn": word_set("burn debit deduct pay redeem redemption spend use withdraw"),
    "void": word_set("cancel refund reversal reverse revert rollback undo void"),
    "balance": word_set("account balance balances card get member points read wallet"),
    "enroll": word_set("create enrol enroll join make new post register registration"),
}
_BULK = word_set("bulk batch many multiple")
_OF_CLIENTS = word_set(
    "client external idempotency idempotent nonce order partner ref reference request"
)
_VOIDED = word_set("accrual earn entry event point purchase redemption reward transaction")
_LOCATION = {"header": "Location", "matches": "([^/]+)/?$"}
_STRONG = 4
"""How much more a word of the name counts than one of the summary."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A verb, its most likely operation, why, and the other operations that might be meant."""

    verb: str
    operation: Outline
    why: str
    extract: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()


def guess_verbs(found: Sequence[Outline], root: Schema) -> dict[str, Guess]:
    """Return the guesses by verb; a verb for which no operation is likely is left out.

    An operation is guessed for one verb only. A bulk is never guessed.
    """
    made: dict[str, Guess] = {}
    taken: set[str] = set()
    for verb, fits in _FITS.items():
        ranked = sorted(
            (
                (_score(verb, one), -len(one.path), one)
                for one in found
                if one.id not in taken and not _BULK & one.words and fits(one, root)
            ),
            key=lambda row: row[:2],
            reverse=True,
        )
        ranked = [row for row in ranked if row[0] > 0]
        if not ranked or (verb == "void" and not {"earn", "burn"} & made.keys()):
            continue
        best = ranked[0][2]
        taken.add(best.id)
        made[verb] = Guess(
            verb,
            best,
            _why(verb, best),
            dict(_extract(verb, best, root)),
            tuple(row[2].id for row in ranked[1:] if row[0] >= _STRONG),
        )
    return made


def _score(verb: str, one: Outline) -> int:
    return _STRONG * len(_WORDS[verb] & one.named()) + len(_WORDS[verb] & set(words(one.title)))


def _why(verb: str, one: Outline) -> str:
    shown = sorted(_WORDS[verb] & one.words)
    return f"{one.method} {one.path}, by {', '.join(shown)}"


def units_field(one: Outline, root: Schema) -> str | None:
    """Return the name of the field of a request that most likely holds the units."""
    numbers = [
        name for _, name, schema in inputs(one, root) if type_of(schema) in ("integer", "number")
    ]
    for word in UNITS:
        for name in numbers:
            if word in words(name) and not is_id(name):
                return name
    return None


def _writes(one: Outline) -> bool:
    return one.method in ("POST", "PUT", "PATCH")


def _moves(one: Outline, root: Schema) -> bool:
    voids = bool(_WORDS["void"] & one.named())
    return _writes(one) and not voids and units_field(one, root) is not None


def _voids(one: Outline, root: Schema) -> bool:
    named = [name for _, name, _ in inputs(one, root)]
    in_path = [p["name"] for p in one.parameters if p.get("in") == "path"]
    about = {word.removesuffix("s") for word in words(f"{one.id} {one.path}")}
    return (_writes(one) or one.method == "DELETE") and (
        any(names_entry(name) for name in named)
        or (bool(_VOIDED & about) and any(is_id(name) for name in in_path))
    )


def _reads(one: Outline, root: Schema) -> bool:
    return one.method == "GET" and balance_pointer(one, root) is not None


def _enrolls(one: Outline, root: Schema) -> bool:
    about = MEMBERS & set(words(one.path.rstrip("/").rpartition("/")[2]))
    return one.method == "POST" and bool(about) and member_source(one, root) is not None


_FITS: Mapping[str, Callable[[Outline, Schema], bool]] = {
    "balance": _reads,
    "burn": _moves,
    "earn": _moves,
    "void": _voids,
    "enroll": _enrolls,
}


def balance_pointer(one: Outline, root: Schema, *, plain: bool = True) -> str | None:
    """Return where a response most likely shows a balance; `plain` allows a field called points."""
    numbers = [
        (pointer, name)
        for pointer, name, schema, listed in fields_of(one.success, root)
        if not listed and type_of(schema) in ("integer", "number")
    ]
    for likely in ("balance", "available", "current", *(UNITS[:5] if plain else ())):
        for pointer, name in numbers:
            if likely in words(name) and not {"lifetime", "total", "pending"} & set(words(name)):
                return pointer
        if likely == "balance" and not plain:
            return None
    return None


def member_source(one: Outline, root: Schema) -> str | dict[str, str] | None:
    """Return where a response most likely shows the id of a member: in its body, or in Location."""
    found = [
        (pointer, name)
        for pointer, name, _, listed in fields_of(one.success, root)
        if not listed and is_id(name)
    ]
    plain = [pointer for pointer, name in found if words(name) == ("id",)]
    about = [pointer for pointer in plain if MEMBERS & set(words(pointer))]
    likely = [pointer for pointer, name in found if names_member(name)]
    found_at = next(iter([*about, *likely, *plain]), None)
    return {**_LOCATION} if found_at is None and one.located else found_at


def entry_pointer(one: Outline, root: Schema) -> str | None:
    """Return where a response most likely shows the vendor's id of what was done."""
    found = [
        (pointer, name)
        for pointer, name, _, _ in fields_of(one.success, root)
        if is_id(name) and not names_member(name) and not _OF_CLIENTS & set(words(name))
    ]
    about = [p for p, name in found if words(name) == ("id",) and names_entry(p.replace("/", " "))]
    likely = [p for p, name in found if names_entry(name)]
    return min([*about, *likely], key=lambda pointer: pointer.count("/"), default=None)


def _extract(verb: str, one: Outline, root: Schema) -> Iterator[tuple[str, str]]:
    if verb == "balance":
        pointer = balance_pointer(one, root)
    elif verb in ("earn", "burn"):
        entry = entry_pointer(one, root)
        if entry is not None:
            yield "entry", entry
        pointer = balance_pointer(one, root, plain=False)
    else:
        pointer = None
    if pointer is not None:
        yield "balance", pointer


def unguessed(guesses: Iterable[str]) -> tuple[str, ...]:
    """Return the verbs for which no operation was found."""
    return tuple(verb for verb in ("earn", "burn", "void", "balance") if verb not in {*guesses})

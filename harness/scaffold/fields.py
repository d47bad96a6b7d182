"""What the fields of a request or response most likely are, by their names."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from harness.document.pointer import find

Schema = Mapping[str, Any]

_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_DEPTH = 8
_FIELDS_MOST = 2_000
"""How many fields are looked at; what a guess looks for is among the nearest."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text that are separated by spaces."""
    return frozenset(text.split())


MEMBERS = word_set(
    "account accounts card cards consumer customer customers loyalty member members "
    "membership profile subscriber user users wallet wallets"
)
_ABOVE_MEMBERS = word_set(
    "application campaign group organization program programme promotion scheme tier type"
)
_PERSONAL = word_set(
    "address birth birthday dob email fax mobile msisdn passport password phone pin secret ssn"
)
_IDS = word_set("id ids identifier key no number code uuid guid ref")
_OTHER_NUMBERS = word_set("phone mobile fax zip postal country currency language status error tax")
_REFERENCES = word_set("idempotency idempotent reference ref nonce dedupe")
_REQUESTS = word_set("request transaction external client order receipt partner message")
_ENTRIES = word_set("entry event original redemption reward transaction txn")
UNITS = ("points", "point", "units", "miles", "stars", "coins", "quantity", "amount", "value")
"""Names of the field with the units, the likeliest first."""


def words(text: str) -> tuple[str, ...]:
    """Return the words of a name such as `RedeemLoyaltyPoints`, `redeem_points` or a path."""
    return tuple(part.lower() for part in _PARTS.findall(text))


def is_id(name: str) -> bool:
    """Say whether a field names something by an id."""
    found = words(name)
    return bool(_IDS & set(found[-1:])) and not _OTHER_NUMBERS & set(found)


def names_member(name: str) -> bool:
    """Say whether a field most likely holds the id of a member."""
    found = set(words(name))
    return is_id(name) and bool(MEMBERS & found) and not _ABOVE_MEMBERS & found


def is_personal(name: str) -> bool:
    """Say whether the values of a field are most likely of no concern to readers of a report."""
    return bool(_PERSONAL & set(words(name)))


def names_request(name: str) -> bool:
    """Say whether a field most likely holds a reference that the client makes."""
    found = set(words(name))
    return bool(_REFERENCES & found) or (is_id(name) and bool(_REQUESTS & found))


def names_entry(name: str) -> bool:
    """Say whether a field most likely names an entry of the ledger."""
    singular = {word.removesuffix("s") for word in words(name)}
    return is_id(name) and bool(_ENTRIES & singular)


def promises_one_effect(name: str) -> bool:
    """Say whether a field is called what clients call an idempotency key."""
    return any(word.startswith("idempot") for word in words(name))


def flat(schema: Any, root: Schema) -> dict[str, Any]:
    """Return a schema without references and compositions: one object that fits it.

    Of alternatives the first that is not null counts.
    """
    made: dict[str, Any] = {}
    node: Any = schema
    for _ in range(_DEPTH):
        if not isinstance(node, Mapping):
            return made
        made = _merged({key: item for key, item in node.items() if key != "$ref"}, made)
        if "$ref" not in node:
            break
        node = find(root, str(node["$ref"])[1:], {})
    for branch in made.pop("allOf", ()):
        made = _merged(flat(branch, root), made)
    for key in ("oneOf", "anyOf"):
        branches = [flat(branch, root) for branch in made.pop(key, ())]
        kept = [branch for branch in branches if branch.get("type") != "null"]
        made = _merged(kept[0], made) if kept else made
    return made


def field_and_below(name: str, schema: Any, root: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield a field and those of the objects below it, with their flat schemas, each once."""
    waiting: list[tuple[str, Any]] = [(name, schema)]
    seen: set[tuple[str, int]] = set()
    while waiting:
        field, inner = waiting.pop()
        if (field, id(inner)) not in seen:
            seen.add((field, id(inner)))
            node = flat(inner, root)
            yield field, node
            waiting += node.get("properties", {}).items()


def origin(schema: Any, root: Schema) -> Any:
    """Return the schema that references lead to, the schema itself without one."""
    for _ in range(_DEPTH):
        if not isinstance(schema, Mapping) or "$ref" not in schema:
            break
        schema = find(root, str(schema["$ref"])[1:], {})
    return schema


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = {**base, **over}
    if "properties" in base and "properties" in over:
        both["properties"] = {**base["properties"], **over["properties"]}
    if "required" in base and "required" in over:
        both["required"] = [*base["required"], *over["required"]]
    return both


def type_of(schema: Schema) -> str:
    """Return the type of a flat schema, guessed from its keywords where it has none."""
    declared = schema.get("type")
    kinds = [declared] if isinstance(declared, str) else list(declared or ())
    kinds = [one for one in kinds if one != "null"]
    if kinds:
        return str(kinds[0])
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else "string" if "pattern" in schema else ""


def fields_of(schema: Any, root: Schema, depth: int = 0) -> Iterator[tuple[str, str, Schema, bool]]:
    """Yield the pointer, the name and the flat schema of each field, the nearest first.

    The last value says whether the field is in a list, whose first item the pointer then names.
    """
    waiting = deque[tuple[str, Schema, bool, int]]([("", flat(schema, root), False, 0)])
    left = _FIELDS_MOST
    while waiting and left > 0:
        pointer, node, listed, depth = waiting.popleft()
        if depth > _DEPTH:
            continue
        left -= len(node.get("properties", {}))
        if type_of(node) == "array":
            waiting.append((f"{pointer}/0", flat(node.get("items"), root), True, depth + 1))
        for name, inner in node.get("properties", {}).items():
            field = flat(inner, root)
            at = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            yield at, name, field, listed
            waiting.append((at, field, listed, depth + 1))

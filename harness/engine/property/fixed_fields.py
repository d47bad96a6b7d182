"""Which values of an operation's minimal request are fixed by the binding, and which are free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.document.template import names
from harness.engine.property.mutation import Path
from harness.model.binding import Binding, TokenAuth
from harness.wire.intent import distinguishing_fields

_PLACES = ("path", "query", "header", "body")


@dataclass(frozen=True, slots=True)
class FieldRoles:
    """What the fields of an operation's minimal request stand for, by the binding's templates.

    `kept` hold an identity or a secret, `secrets` the latter alone; `references` are to be new each
    time, `units` is the amount. `bound` are what a token is tied to, in the request that asks for
    one. `columns` says that lists of the body are rows side by side.
    """

    kept: frozenset[Path]
    secrets: frozenset[Path]
    references: frozenset[Path]
    units: frozenset[Path]
    bound: frozenset[Path]
    columns: bool


def roles_of(binding: Binding, operation: str) -> FieldRoles:
    """Read from the templates of an operation which of its values are more than a value."""
    sends = [binding.samples[operation]] if operation in binding.samples else []
    leaves: list[tuple[Path, frozenset[str]]] = []
    tied: set[str] = set()
    columns = False
    for verb in binding.verbs.values():
        if verb.operation != operation:
            continue
        sends.append(verb.send)
        if verb.rows is not None:
            columns = columns or bool(verb.rows.columns)
            at = tuple(verb.rows.at.strip("/").split("/")) if verb.rows.at else ()
            leaves += _leaves(verb.rows.each, ("body", *at, "*"))
            leaves += [(("body", name, "*"), names(t)) for name, t in verb.rows.columns.items()]
    for send in sends:
        for place in _PLACES:
            leaves += _leaves(send.get(place, {}), (place,))
    for step in binding.auth:
        if isinstance(step, TokenAuth) and step.operation == operation:
            leaves += _leaves(step.send.get("body", {}), ("body",))
            tied.update(f"value.{name}" for name in step.bound_to)

    def having(*heads: str) -> frozenset[Path]:
        return frozenset(p for p, found in leaves for n in found if n.partition(".")[0] in heads)

    own = having("reference", "fresh") | having("units")
    bound = [verb for verb in binding.verbs.values() if verb.operation == operation]
    # With another value the request would be another verb.
    told = frozenset(("body", name) for name in distinguishing_fields(bound))
    return FieldRoles(
        kept=(frozenset(path for path, found in leaves if found) | told) - own,
        secrets=having("secret"),
        references=having("reference", "fresh"),
        units=having("units"),
        bound=frozenset(path for path, found in leaves if found & tied),
        columns=columns,
    )


def _leaves(template: Any, path: Path) -> list[tuple[Path, frozenset[str]]]:
    if isinstance(template, Mapping):
        return [leaf for key, item in template.items() for leaf in _leaves(item, (*path, key))]
    if isinstance(template, list | tuple):
        return [leaf for item in template for leaf in _leaves(item, (*path, "*"))]
    return [(path, names(template) if isinstance(template, str) else frozenset())]

"""The minimal valid request of an operation, what its values stand for, and changes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.document.template import names
from harness.engine.property.mutation import (
    REMOVED,
    Edit,
    Path,
    RepeatItems,
    at,
    edited,
    put,
    value_at,
)
from harness.engine.property.request_schema import RequestSchema
from harness.model.binding import Binding, TokenAuth
from harness.wire.intent import distinguishing_fields
from harness.wire.request import ENCODING, Draft


@dataclass(frozen=True, slots=True)
class Case:
    """A change of the minimal request, and how the vendor must respond to it.

    edits      made in order, after lists were brought to `rows` items (0: as they are)
    positive   whether the request is valid
    judged     false where a vendor may accept or refuse it: it must only get a response
    kind       what is changed, as the generator names it; `what` says it in words
    part       the field in the check's id, `sent` the invalid value as text
    inferred   whether the case rests on an inferred part of the specification
    """

    edits: tuple[Edit, ...]
    rows: int
    positive: bool
    judged: bool
    kind: str
    what: str
    part: str
    sent: str = ""
    inferred: bool = False


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
    verbs = binding.verbs_of(operation)
    leaves = _leaves(binding.samples.get(operation, {}))
    tied: set[str] = set()
    for verb in verbs:
        leaves += _leaves(verb.send)
        if verb.rows is not None:
            keys = tuple(verb.rows.at.strip("/").split("/")) if verb.rows.at else ()
            leaves += _leaves(verb.rows.each, ("body", *keys, "*"))
            leaves += [(("body", name, "*"), names(t)) for name, t in verb.rows.columns.items()]
    for step in binding.auth:
        if isinstance(step, TokenAuth) and step.operation == operation:
            leaves += _leaves(step.send.get("body", {}), ("body",))
            tied.update(f"value.{name}" for name in step.bound_to)

    def having(*heads: str) -> frozenset[Path]:
        return frozenset(p for p, found in leaves for n in found if n.partition(".")[0] in heads)

    references, units = having("reference", "fresh"), having("units")
    # With another value the request would be another verb.
    told = frozenset(("body", name) for name in distinguishing_fields(verbs))
    return FieldRoles(
        kept=(frozenset(path for path, found in leaves if found) | told) - references - units,
        secrets=having("secret"),
        references=references,
        units=units,
        bound=frozenset(path for path, found in leaves if found & tied),
        columns=any(verb.rows is not None and verb.rows.columns for verb in verbs),
    )


def _leaves(template: Any, path: Path = ()) -> list[tuple[Path, frozenset[str]]]:
    """Return where the values of a template stand, each with the names that it asks for."""
    if isinstance(template, Mapping):
        return [leaf for key, item in template.items() for leaf in _leaves(item, (*path, key))]
    if isinstance(template, list | tuple):
        return [leaf for item in template for leaf in _leaves(item, (*path, "*"))]
    return [(path, names(template))]


@dataclass(frozen=True)
class Baseline:
    """The minimal valid request that cases change, and what is known of its fields.

    `auth` are those that credentials fill, `opaque` the names of those whose values only the server
    makes.
    """

    base: Draft
    schema: RequestSchema
    roles: FieldRoles
    auth: frozenset[Path]
    opaque: frozenset[str] = frozenset()

    @cached_property
    def alternatives(self) -> frozenset[Path]:
        """The fields of other ways to write the body, none of which the request uses."""
        return frozenset(p for p in self.schema.alternatives() if self.value_at(p) is REMOVED)

    def value_at(self, path: Path) -> Any:
        """Return the value of the request at the path, REMOVED if there is none."""
        return value_at(self.base, path)

    def is_free(self, path: Path) -> bool:
        """Return whether the value may be any that the operation declares."""
        if path[0] == ENCODING[0] and path[1].lower() == ENCODING[1]:
            return False  # not every server's encodings can be written here
        held = self.roles.kept | self.roles.references | self.auth | self.alternatives
        overlaps = any(mark[: len(path)] == path[: len(mark)] for mark in held)
        return not overlaps and self.schema.declares(path)

    def may_hold(self, path: Path, value: Any) -> bool:
        """Return whether a request may hold a value that is made up at the path.

        What only the server makes, or what names a branch of the body, is no text of ours; a value
        of another type is, where it is not written as a text.
        """
        known = not self.schema.names_a_branch(path) and self.opaque.isdisjoint(path[1:])
        if value is REMOVED or known:
            return True
        declared = self.base.operation.body
        json = path[0] == "body" and declared is not None and "json" in declared.media_type
        return json and (
            value is None or isinstance(value, bool | int | float) or value in ([], {})
        )

    def draft(self, case: Case, base: Draft | None = None) -> Draft:
        """Return the request of a case, made from the base or another one like it.

        Each of several rows gets a reference of its own.
        """
        made = edited(base or self.base, case.edits, case.rows, self.roles.columns)
        return _numbered(made, self.roles.references) if case.rows > 1 else made

    def keeps_meaning(self, case: Case) -> bool:
        """Return whether a request of a verb still is one after the edits.

        An account or a choice that was changed may make it something else, and so may a field that
        the verb does not bind, such as a time of expiry.
        """
        return all(self._is_harmless(path, value) for path, value in case.edits)

    def _is_harmless(self, path: Path, value: Any) -> bool:
        places = {path, (*path, "*")}
        if isinstance(value, RepeatItems):
            return True
        if places & self.roles.kept:
            return False
        if places & (self.roles.units | self.roles.references):
            return True
        texts = value if isinstance(value, list) else [value]
        plain = all(item is REMOVED or isinstance(item, str) for item in texts)
        bound = self.value_at(path) is not REMOVED
        return plain and bound and not self.schema.is_choice(path)


def _numbered(draft: Draft, references: frozenset[Path]) -> Draft:
    edits: list[Edit] = []
    for path in (path for path in references if "*" in path):
        star = path.index("*")
        top, below = path[:star], path[star + 1 :]
        items = value_at(draft, top)
        if isinstance(items, list):
            numbered = [put(o, below, f"{at(o, below)}-{n}") for n, o in enumerate(items)]
            edits.append((top, numbered))
    return edited(draft, edits)

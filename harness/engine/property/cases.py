"""The cases of an operation: small changes of its minimal valid request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.check.values import finite_number
from harness.engine.property.fixed_fields import FieldRoles
from harness.engine.property.generate import MISSING_KINDS, Generated
from harness.engine.property.mutation import (
    REMOVED,
    Edit,
    Path,
    RepeatItems,
    at,
    cycled,
    edited,
    part_of,
    put,
)
from harness.engine.property.request_schema import RequestSchema
from harness.engine.property.values import describe_value, ordinary, part_name, sendable, values
from harness.wire.request import Draft

_UNITS_MOST = 10**9

LONG_ROWS = 20
"""Longer lists are costly; one request of each length is enough."""


@dataclass(frozen=True, slots=True)
class Case:
    """A change of the minimal request, and how the vendor must answer it.

    edits      made in order, after lists were brought to `rows` items (0: as they are)
    positive   whether the request is valid
    judged     false where a vendor may accept or refuse it: it must only get a response
    kind       what is changed, as the generator names it; `what` says it in words
    part       the field in the check's id, `sent` the invalid value as text
    inferred   whether the case rests on an inferred part of the specification
    """

    operation: str
    edits: tuple[Edit, ...]
    rows: int
    positive: bool
    judged: bool
    kind: str
    what: str
    part: str
    sent: str = ""
    inferred: bool = False


@dataclass(frozen=True)
class Baseline:
    """The minimal valid request that cases change, and what is known of its fields.

    base     the request itself
    schema   what the operation declares
    roles    what the values stand for, by the binding's templates
    auth     the fields that credentials fill
    """

    base: Draft
    schema: RequestSchema
    roles: FieldRoles
    auth: frozenset[Path]

    @cached_property
    def alternatives(self) -> frozenset[Path]:
        """The fields of other ways to write the body, none of which the request uses."""
        return frozenset(p for p in self.schema.alternatives() if self.value_at(p) is REMOVED)

    def value_at(self, path: Path) -> Any:
        """Return the value of the request at the path, REMOVED if there is none."""
        return at(part_of(self.base, path[0]), path[1:])

    def is_free(self, path: Path) -> bool:
        """Return whether the value may be any that the operation declares."""
        held = self.roles.kept | self.roles.references | self.auth | self.alternatives
        below = any(mark[: len(path)] == path for mark in held)
        above = any(path[: len(mark)] == mark for mark in held)
        return not below and not above and self.schema.declares(path)

    def draft(self, case: Case, base: Draft | None = None) -> Draft:
        """Return the request of a case, made from the base or another one like it.

        Each of several rows gets a reference of its own.
        """
        base = base or self.base
        made = edited(base, case.edits, case.rows, self.roles.columns)
        return _numbered(made, self.roles.references) if case.rows > 1 else made

    def keeps_meaning(self, case: Case) -> bool:
        """Return whether a request of a verb still is one after the edits.

        An account or a choice that was changed may make it something else, and so may a field that
        the verb does not bind, such as a time of expiry.
        """
        return all(self._is_harmless(path, value) for path, value in case.edits)

    def _is_harmless(self, path: Path, value: Any) -> bool:
        places = [path, (*path, "*")]
        if isinstance(value, RepeatItems):
            return True
        if any(place in self.roles.kept for place in places):
            return False
        if any(place in self.roles.units or place in self.roles.references for place in places):
            return True
        texts = value if isinstance(value, list) else [value]
        plain = all(item is REMOVED or isinstance(item, str) for item in texts)
        bound = self.value_at(path) is not REMOVED
        return plain and bound and not self.schema.is_choice(path)


def _numbered(draft: Draft, references: frozenset[Path]) -> Draft:
    edits: list[Edit] = []
    for path in references:
        if "*" not in path:
            continue
        star = path.index("*")
        top, below = path[:star], path[star + 1 :]
        items = at(part_of(draft, top[0]), top[1:])
        if isinstance(items, list):
            numbered = [put(o, below, f"{at(o, below)}-{n}") for n, o in enumerate(items)]
            edits.append((top, numbered))
    return edited(draft, edits)


def valid_case(baseline: Baseline, item: Generated) -> Case | None:
    """Return the base with the generated values, each only where the whole stays valid."""
    rows = 0
    if baseline.roles.columns and isinstance(item.body, Mapping):
        rows = max((len(v) for v in item.body.values() if isinstance(v, list)), default=0)
    edits: list[Edit] = []
    # Of a long list only its length matters.
    for path, value in () if rows > LONG_ROWS else _offered(baseline, item):
        if baseline.roles.columns and isinstance(value, list) and value:
            value = cycled(value, rows)
        candidate = [*edits, (path, value)]
        draft = edited(baseline.base, candidate, rows, baseline.roles.columns)
        fits = sendable(path, value) and _holdable(baseline, path, value)
        if fits and baseline.schema.is_surely_valid(draft):
            edits = candidate
    if not edits and rows <= 1:
        return None
    fair = all(ordinary(baseline.schema, path, value) for path, value in edits)
    return Case(
        item.operation,
        tuple(edits),
        rows,
        True,
        fair,
        item.kind,
        item.what,
        part_name(item.field),
    )


def _holdable(baseline: Baseline, path: Path, value: Any) -> bool:
    """Return whether a wallet may hold the amount, or a maximum is declared.

    Without a maximum a huge amount tests no requirement, and its effect stays on the account.
    """
    if not any(place in baseline.roles.units for place in (path, (*path, "*"))):
        return True
    amounts = [finite_number(one) for one in (value if isinstance(value, list) else [value])]
    _, high = baseline.schema.bounds(path)
    return high is not None or all(abs(one or 0) <= _UNITS_MOST for one in amounts)


def bound_cases(baseline: Baseline) -> Iterator[Case]:
    """Yield the minimum and maximum of each number of the base, and an amount below zero.

    Generated cases reach a bound that is declared in a branch from outside only.
    """
    operation = baseline.base.operation.id
    for path, value in values(baseline.base.body, ("body",)):
        if not baseline.is_free(path):
            continue
        low, high = baseline.schema.bounds(path)
        for kind, bound in (("minimum_value", low), ("maximum_value", high)):
            edit = (path, [bound] if isinstance(value, list) else bound)
            if bound is not None and baseline.schema.is_surely_valid(edited(baseline.base, [edit])):
                what = f"{part_name(path)}: {kind.replace('_', ' ')}"
                yield Case(operation, (edit,), 0, True, True, kind, what, part_name(path))
    for path in sorted(baseline.roles.units):
        edit, part = (path, -1), part_name(path)
        if baseline.schema.is_surely_invalid(edited(baseline.base, [edit])):
            what = f"{part}: less than zero"
            yield Case(operation, (edit,), 0, False, True, "below_zero", what, part, "-1")


def _offered(baseline: Baseline, item: Generated) -> Iterator[Edit]:
    """Yield where the generated request differs from the base, as far as the fields are free."""
    parts: dict[str, Any] = {"query": item.query, "header": item.headers, "body": item.body}
    for place, part in parts.items():
        for path, value in values(part, (place,)):
            if baseline.is_free(path) and baseline.value_at(path) != value:
                yield path, value
    for path in sorted(baseline.roles.references):
        top = path[:-1] if path[-1] == "*" else path
        if at(parts.get(top[0]), top[1:]) is REMOVED and baseline.value_at(top) is not REMOVED:
            yield top, REMOVED


def invalid_case(baseline: Baseline, item: Generated) -> Case | None:
    """Return the base with the one value that makes the generated request invalid."""
    path = item.field
    if not path or any(path[: len(place)] == place for place in baseline.auth):
        return None
    parts = {"path": item.path, "query": item.query, "header": item.headers, "body": item.body}
    value = at(parts[path[0]], path[1:])
    if (value is REMOVED) != (item.kind in MISSING_KINDS):
        return None
    if item.kind == "object_unexpected_properties" and isinstance(value, Mapping):
        path, value = _undeclared_field(baseline, path, value)
    if not _invalidates_one_field(baseline, path, value):
        return None
    rows, value = _rows(baseline, item, path, value)
    case = Case(
        operation=item.operation,
        edits=((path, value),),
        rows=rows,
        positive=False,
        judged=not any(path[: len(rival)] == rival for rival in baseline.alternatives),
        kind=item.kind,
        what=item.what,
        part=part_name(path),
        sent=describe_value(value),
    )
    # Formats count only where one is changed, as even generated references may not match one.
    formats = item.kind == "invalid_format" and not baseline.schema.is_surely_invalid(
        baseline.base, True
    )
    return case if baseline.schema.is_surely_invalid(baseline.draft(case), formats) else None


def _invalidates_one_field(baseline: Baseline, path: Path, value: Any) -> bool:
    """Return whether the value can be sent and would make just one field invalid."""
    if not sendable(path, value):
        return False
    if len(path) == 1 and not _whole_body_is_free(baseline):
        return False
    base = baseline.value_at(path)
    if value is REMOVED and base is REMOVED and len(path) > 1:
        return False
    if isinstance(value, Mapping) and isinstance(base, Mapping):
        return False
    # A wrong password is refused for being wrong, and may lock the account.
    return path not in baseline.roles.secrets or value in (REMOVED, "", None)


def _undeclared_field(baseline: Baseline, path: Path, value: Mapping[str, Any]) -> Edit:
    """Return the one field of a generated object that its schema does not declare."""
    for name, item in value.items():
        if not baseline.schema.declares((*path, name)):
            return (*path, name), item
    return path, value


def _whole_body_is_free(baseline: Baseline) -> bool:
    declared = baseline.base.operation.body
    in_body = any(place[0] == "body" for place in baseline.auth)
    return declared is not None and "json" in declared.media_type and not in_body


def _rows(baseline: Baseline, item: Generated, path: Path, value: Any) -> tuple[int, Any]:
    """Return how many rows an invalid list makes, and the list, valid but for its length."""
    if not isinstance(value, list) or not value:
        return 0, value
    if item.kind == "array_above_max_items":
        own = baseline.value_at(path)
        valid = isinstance(own, list) and bool(own)
        return len(value), RepeatItems(len(value)) if valid else cycled(value[:1], len(value))
    return len(value), value

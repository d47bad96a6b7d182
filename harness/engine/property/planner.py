"""Plan the cases of an operation as small changes of its minimal correct request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.check.values import finite_number
from harness.engine.property.fixed_fields import Marks
from harness.engine.property.generate import MISSING_KINDS, Generated
from harness.engine.property.mutation import (
    REMOVED,
    Edit,
    Path,
    Repeated,
    at,
    cycled,
    edited,
    part_of,
    put,
)
from harness.engine.property.request_schema import Shape
from harness.engine.property.values import longest, ordinary, part_name, sendable, shown, values
from harness.wire.request import Draft, render

_UNITS_MOST = 10**9

LONG_ROWS = 20
"""Lists longer than this are dear; one request of each length is enough."""


@dataclass(frozen=True, slots=True)
class Case:
    """A change of the minimal request, and what the vendor owes it.

    `edits` are made in order after lists were brought to `rows` items (0: as they are).
    `judged` is false where both acceptance and refusal are fair; what is sent then is only asked
    for a response. `part` names the field in the check, `sent` shows the spoilt value. `inferred`
    says that the case rests on inferred parts of the specification.
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


class Planner:
    """Plans the cases of one operation around its minimal correct request."""

    def __init__(self, base: Draft, shape: Shape, marks: Marks, auth: frozenset[Path]) -> None:
        self.base = base
        self.shape = shape
        self.marks = marks
        self._auth = auth
        self._lengths: set[tuple[bool, int]] = set()
        self._rivals = frozenset(path for path in shape.rivals() if self._in_base(path) is REMOVED)

    def plan(self, generated: Sequence[Generated]) -> tuple[Case, ...]:
        """Return the cases worth sending, each request once.

        The minimal one comes first, then the spoilt ones while the account still has what the
        correct ones will spend.
        """
        operation = self.base.operation.id
        first = Case(operation, (), 0, True, True, "minimal", "The minimal correct request", "")
        found = [first, *self._bounds()]
        for item in map(self._as_bound, generated):
            if self._too_long_again(item):
                continue
            case = self._positive(item) if item.positive else self._negative(item)
            if case is not None:
                found.append(case)
        return self._distinct(sorted(found, key=lambda case: case.positive and case is not first))

    def draft(self, case: Case, base: Draft | None = None) -> Draft:
        """Return the request of a case, around the planner's base or another like it.

        Rows side by side get a reference each.
        """
        base = base or self.base
        made = edited(base, case.edits, case.rows, self.marks.columns)
        return _numbered(made, self.marks.references) if case.rows > 1 else made

    def keeps_meaning(self, case: Case) -> bool:
        """Say whether a call of a verb still means what the verb means, after the edits.

        An account or a choice that was changed may turn it into something else, and so may a field
        that the verb does not bind, such as a moment of expiry.
        """
        return all(self._harmless(path, value) for path, value in case.edits)

    def _harmless(self, path: Path, value: Any) -> bool:
        own = [path, (*path, "*")]
        if isinstance(value, Repeated):
            return True
        if any(place in self.marks.kept for place in own):
            return False
        if any(place in self.marks.units or place in self.marks.references for place in own):
            return True
        texts = value if isinstance(value, list) else [value]
        plain = all(item is REMOVED or isinstance(item, str) for item in texts)
        bound = self._in_base(path) is not REMOVED
        return plain and bound and not self.shape.is_choice(path)

    def _distinct(self, found: Sequence[Case]) -> tuple[Case, ...]:
        seen: set[tuple[str, bytes]] = set()
        kept = []
        for case in found:
            request = render(self.draft(case))
            key = (f"{request.path}\n{request.headers}", request.body)
            if key not in seen:
                seen.add(key)
                kept.append(case)
        return tuple(kept)

    def _as_bound(self, item: Generated) -> Generated:
        """Return the case with headers in the letters of the base, as they are one to the wire."""
        known = {name.lower(): name for name in self.base.headers}
        headers = {known.get(name.lower(), name): value for name, value in item.headers.items()}
        path = item.field
        if path[:1] == ("header",):
            path = ("header", known.get(path[1].lower(), path[1]))
        return replace(item, headers=headers, field=path)

    def _too_long_again(self, item: Generated) -> bool:
        """Say whether a list as long as this one was planned before, when it is a dear one."""
        length = longest(item.body)
        key = (item.positive, length)
        if length <= LONG_ROWS:
            return False
        again = key in self._lengths
        self._lengths.add(key)
        return again

    def _in_base(self, path: Path) -> Any:
        return at(part_of(self.base, path[0]), path[1:])

    def _positive(self, item: Generated) -> Case | None:
        """Lay the generated values over the base, each only where the whole stays right."""
        rows = 0
        if self.marks.columns and isinstance(item.body, Mapping):
            rows = max((len(v) for v in item.body.values() if isinstance(v, list)), default=0)
        edits: list[Edit] = []
        # Of a dear list only its length is of interest.
        for path, value in () if rows > LONG_ROWS else self._offered(item):
            if self.marks.columns and isinstance(value, list) and value:
                value = cycled(value, rows)
            candidate = [*edits, (path, value)]
            draft = edited(self.base, candidate, rows, self.marks.columns)
            fits = sendable(path, value) and self._payable(path, value)
            if fits and self.shape.surely_right(draft):
                edits = candidate
        if not edits and rows <= 1:
            return None
        fair = all(ordinary(self.shape, path, value) for path, value in edits)
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

    def _payable(self, path: Path, value: Any) -> bool:
        """Say whether an amount is one that a wallet may hold, or its largest one is declared.

        Where none is, a huge amount tries no rule, and what it does to a ledger stays there.
        """
        if not any(place in self.marks.units for place in (path, (*path, "*"))):
            return True
        amounts = [finite_number(one) for one in (value if isinstance(value, list) else [value])]
        _, high = self.shape.span(path)
        return high is not None or all(abs(one or 0) <= _UNITS_MOST for one in amounts)

    def _bounds(self) -> Iterator[Case]:
        """Yield the least and the most of each number of the base, and an amount below zero.

        Generated cases reach a bound that stands in a branch only from outside.
        """
        operation = self.base.operation.id
        for path, value in values(self.base.body, ("body",)):
            if not self._free(path):
                continue
            low, high = self.shape.span(path)
            for kind, bound in (("minimum_value", low), ("maximum_value", high)):
                edit = (path, [bound] if isinstance(value, list) else bound)
                if bound is not None and self.shape.surely_right(edited(self.base, [edit])):
                    what = f"{part_name(path)}: {kind.replace('_', ' ')}"
                    yield Case(operation, (edit,), 0, True, True, kind, what, part_name(path))
        for path in sorted(self.marks.units):
            edit, part = (path, -1), part_name(path)
            if self.shape.surely_wrong(edited(self.base, [edit])):
                what = f"{part}: less than zero"
                yield Case(operation, (edit,), 0, False, True, "below_zero", what, part, "-1")

    def _offered(self, item: Generated) -> Iterator[Edit]:
        """Yield what the generated request has otherwise than the base, as far as it is free."""
        parts: dict[str, Any] = {"query": item.query, "header": item.headers, "body": item.body}
        for place, part in parts.items():
            for path, value in values(part, (place,)):
                if self._free(path) and self._in_base(path) != value:
                    yield path, value
        for path in sorted(self.marks.references):
            top = path[:-1] if path[-1] == "*" else path
            if at(parts.get(top[0]), top[1:]) is REMOVED and self._in_base(top) is not REMOVED:
                yield top, REMOVED

    def _free(self, path: Path) -> bool:
        held = self.marks.kept | self.marks.references | self._auth | self._rivals
        below = any(mark[: len(path)] == path for mark in held)
        above = any(path[: len(mark)] == mark for mark in held)
        return not below and not above and self.shape.declares(path)

    def _negative(self, item: Generated) -> Case | None:
        """Spoil one value of the base as the generated request spoils it, nothing else."""
        path = item.field
        if not path or any(path[: len(place)] == place for place in self._auth):
            return None
        parts = {"path": item.path, "query": item.query, "header": item.headers, "body": item.body}
        value = at(parts[path[0]], path[1:])
        if (value is REMOVED) != (item.kind in MISSING_KINDS):
            return None
        if item.kind == "object_unexpected_properties" and isinstance(value, Mapping):
            path, value = self._stranger(path, value)
        if not self._can_spoil(path, value):
            return None
        rows, value = self._rows(item, path, value)
        case = Case(
            operation=item.operation,
            edits=((path, value),),
            rows=rows,
            positive=False,
            judged=not any(path[: len(rival)] == rival for rival in self._rivals),
            kind=item.kind,
            what=item.what,
            part=part_name(path),
            sent=shown(value),
        )
        # Formats count only where they are what is spoilt, for even our own references may
        # not keep to one.
        formats = item.kind == "invalid_format" and not self.shape.surely_wrong(self.base, True)
        return case if self.shape.surely_wrong(self.draft(case), formats) else None

    def _can_spoil(self, path: Path, value: Any) -> bool:
        """Say whether to write the value there would break just one thing, and can be sent."""
        if not sendable(path, value):
            return False
        if len(path) == 1 and not self._whole_body_is_free():
            return False
        base = self._in_base(path)
        if value is REMOVED and base is REMOVED and len(path) > 1:
            return False
        if isinstance(value, Mapping) and isinstance(base, Mapping):
            return False
        # A wrong password is refused for being wrong, and may lock the account.
        return path not in self.marks.secrets or value in (REMOVED, "", None)

    def _stranger(self, path: Path, value: Mapping[str, Any]) -> Edit:
        """Return the one field of a generated object that its schema does not know."""
        for name, item in value.items():
            if not self.shape.declares((*path, name)):
                return (*path, name), item
        return path, value

    def _whole_body_is_free(self) -> bool:
        declared = self.base.operation.body
        in_body = any(place[0] == "body" for place in self._auth)
        return declared is not None and "json" in declared.media_type and not in_body

    def _rows(self, item: Generated, path: Path, value: Any) -> tuple[int, Any]:
        """Give a list that is only too long good items, and the lists beside it as many."""
        if not isinstance(value, list) or not value:
            return 0, value
        if item.kind == "array_above_max_items":
            own = self._in_base(path)
            good = isinstance(own, list) and bool(own)
            return len(value), Repeated(len(value)) if good else cycled(value[:1], len(value))
        return len(value), value

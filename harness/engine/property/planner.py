"""Plans the cases of an operation: small changes of its minimal valid request, each sent once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.check.values import finite_number
from harness.engine.property.baseline import Baseline, Case
from harness.engine.property.generate import MISSING_KINDS, Generated
from harness.engine.property.mutation import (
    REMOVED,
    Edit,
    Path,
    RepeatItems,
    at,
    cycled,
    describe_value,
    edited,
    part_name,
    parts_of,
    values,
)
from harness.engine.property.request_schema import RequestSchema
from harness.model.operation import Specification
from harness.spec.provenance import stated_specification
from harness.wire.request import render

# Longer lists are costly; one request of each length is enough.
_LONG_ROWS = 20
_UNITS_MOST = 10**9
# A number beyond this may be refused for being absurd, whatever its schema says.
_NUMBER_MAX = 1_000_000
_IDENTIFIER = re.compile(
    r"(^|_)(id|ids|code|no|number|ident|uid|userid|sku|token)$|[a-z](Id|Ids|Code|No)$"
)


def plan_cases(baseline: Baseline, generated: Sequence[Generated]) -> tuple[Case, ...]:
    """Return the cases worth sending, each request once, the minimal one first.

    The invalid ones follow while the account still has what the valid ones will spend.
    """
    first = Case((), 0, True, True, "minimal", "The minimal valid request", "")
    found = [first, *_bound_cases(baseline)]
    for item in _worth_sending(_with_declared_headers(baseline, item) for item in generated):
        case = (_valid_case if item.positive else _invalid_case)(baseline, item)
        if case is not None:
            found.append(case)
    ordered = sorted(found, key=lambda case: case.positive and case is not first)
    distinct: dict[tuple[str, bytes], Case] = {}
    for case in ordered:
        request = render(baseline.draft(case))
        distinct.setdefault((f"{request.path}\n{request.headers}", request.body), case)
    return tuple(distinct.values())


def _with_declared_headers(baseline: Baseline, item: Generated) -> Generated:
    """Return the case with header names spelled as in the base, as their case does not matter."""
    known = {name.lower(): name for name in baseline.base.headers}
    headers = {known.get(name.lower(), name): v for name, v in item.parts["header"].items()}
    path = item.field
    if path[:1] == ("header",):
        path = ("header", known.get(path[1].lower(), path[1]))
    return replace(item, parts={**item.parts, "header": headers}, field=path)


def _worth_sending(items: Iterator[Generated]) -> Iterator[Generated]:
    """Yield the items, of those with a long list only one of each length and kind."""
    lengths: set[tuple[bool, int]] = set()
    for item in items:
        key = (item.positive, _longest(item.parts["body"]))
        if key[1] <= _LONG_ROWS or key not in lengths:
            lengths.add(key)
            yield item


def _longest(body: Any) -> int:
    """Return the length of the longest list in a body."""
    if isinstance(body, Mapping):
        return max((_longest(item) for item in body.values()), default=0)
    return len(body) if isinstance(body, list) else 0


def mark_inferred(
    cases: tuple[Case, ...], baseline: Baseline, specification: Specification
) -> tuple[Case, ...]:
    """Return the cases, marked as inferred where the vendor's statements allow another response.

    An invalid request must be refused if it violates what the vendor states, and a valid one must
    be accepted if all its fields are stated.
    """
    known = stated_specification(specification)
    if known is specification:
        return cases
    operation = baseline.base.operation
    stated = RequestSchema(known.operations[operation.id], known)

    def is_inferred(case: Case) -> bool:
        draft = baseline.draft(case)
        if case.positive:
            fields = values(parts_of(draft))
            return any(baseline.schema.is_inferred(path) for path, _ in fields)
        return not stated.is_surely_invalid(draft, case.kind == "invalid_format")

    whole = operation.provenance.inferred
    return tuple(replace(case, inferred=whole or is_inferred(case)) for case in cases)


def _valid_case(baseline: Baseline, item: Generated) -> Case | None:
    """Return the base with the generated values, each only where the whole stays valid."""
    body, columns, rows = item.parts["body"], baseline.roles.columns, 0
    if columns and isinstance(body, Mapping):
        rows = max((len(v) for v in body.values() if isinstance(v, list)), default=0)
    edits: list[Edit] = []
    # Of a long list only its length matters.
    for path, value in () if rows > _LONG_ROWS else _offered(baseline, item):
        if columns and isinstance(value, list) and value:
            value = cycled(value, rows)
        candidate = [*edits, (path, value)]
        draft = edited(baseline.base, candidate, rows, columns)
        fits = _sendable(path, value) and _holdable(baseline, path, value)
        if fits and baseline.schema.is_surely_valid(draft):
            edits = candidate
    if not edits and rows <= 1:
        return None
    fair = all(_ordinary(baseline.schema, path, value) for path, value in edits)
    return Case(tuple(edits), rows, True, fair, item.kind, item.what, part_name(item.field))


def _offered(baseline: Baseline, item: Generated) -> Iterator[Edit]:
    """Yield where the generated request differs from the base, as far as the fields are free."""
    for path, value in values({**item.parts, "path": {}}):
        differs = baseline.is_free(path) and baseline.value_at(path) != value
        if differs and baseline.may_hold(path, value):
            yield path, value
    for path in sorted(baseline.roles.references):
        top = path[:-1] if path[-1] == "*" else path
        if at(item.parts, top) is REMOVED and baseline.value_at(top) is not REMOVED:
            yield top, REMOVED


def _holdable(baseline: Baseline, path: Path, value: Any) -> bool:
    """Return whether a wallet may hold the amount, or a maximum is declared.

    Without a maximum a huge amount tests no requirement, and its effect stays on the account.
    """
    if not {path, (*path, "*")} & baseline.roles.units:
        return True
    amounts = [finite_number(one) for one in (value if isinstance(value, list) else [value])]
    _, high = baseline.schema.bounds(path)
    return high is not None or all(abs(one or 0) <= _UNITS_MOST for one in amounts)


def _bound_cases(baseline: Baseline) -> Iterator[Case]:
    """Yield the minimum and maximum of each number of the base, and an amount below zero.

    Generated cases reach a bound that is declared in a branch from outside only.
    """
    base, schema = baseline.base, baseline.schema
    for path, value in values(base.body, ("body",)):
        if not baseline.is_free(path):
            continue
        part = part_name(path)
        for side, bound in zip(("minimum", "maximum"), schema.bounds(path), strict=True):
            edit = (path, [bound] if isinstance(value, list) else bound)
            if bound is not None and schema.is_surely_valid(edited(base, [edit])):
                yield Case((edit,), 0, True, True, f"{side}_value", f"{part}: {side} value", part)
    for path in sorted(baseline.roles.units):
        edit, part = (path, -1), part_name(path)
        if schema.is_surely_invalid(edited(base, [edit])):
            yield Case((edit,), 0, False, True, "below_zero", f"{part}: less than zero", part, "-1")


def _invalid_case(baseline: Baseline, item: Generated) -> Case | None:
    """Return the base with the one value that makes the generated request invalid."""
    path = item.field
    if not path or any(path[: len(place)] == place for place in baseline.auth):
        return None
    value = at(item.parts, path)
    if (value is REMOVED) != (item.kind in MISSING_KINDS):
        return None
    if item.kind == "object_unexpected_properties" and isinstance(value, Mapping):
        path, value = _undeclared_field(baseline, path, value)
    if not baseline.may_hold(path, value) or not _invalidates_one_field(baseline, path, value):
        return None
    rows = len(value) if isinstance(value, list) else 0
    if rows and item.kind == "array_above_max_items":
        # Valid but for its length.
        own = baseline.value_at(path)
        value = RepeatItems(rows) if isinstance(own, list) and own else cycled(value[:1], rows)
    edit, sent = (path, value), describe_value(value)
    judged = not any(path[: len(rival)] == rival for rival in baseline.alternatives)
    case = Case((edit,), rows, False, judged, item.kind, item.what, part_name(path), sent)
    # Formats count only where one is changed, as even generated references may not match one.
    refuses = baseline.schema.is_surely_invalid
    formats = item.kind == "invalid_format" and not refuses(baseline.base, True)
    return case if refuses(baseline.draft(case), formats) else None


def _undeclared_field(baseline: Baseline, path: Path, value: Mapping[str, Any]) -> Edit:
    """Return the one field of a generated object that its schema does not declare."""
    fields = (((*path, name), item) for name, item in value.items())
    return next((e for e in fields if not baseline.schema.declares(e[0])), (path, value))


def _invalidates_one_field(baseline: Baseline, path: Path, value: Any) -> bool:
    """Return whether the value can be sent and would make just one field invalid."""
    if not _sendable(path, value):
        return False
    base = baseline.value_at(path)
    if len(path) == 1:
        declared = baseline.base.operation.body
        in_body = any(place[0] == "body" for place in baseline.auth)
        if declared is None or "json" not in declared.media_type or in_body:
            return False
    elif value is REMOVED and base is REMOVED:
        return False
    if isinstance(value, Mapping) and isinstance(base, Mapping):
        return False
    # A wrong password is refused for being wrong, and may lock the account.
    return path not in baseline.roles.secrets or value in (REMOVED, "", None)


def _sendable(path: Path, value: Any) -> bool:
    """Return whether a request can carry the value there and still reach its operation."""
    if value is REMOVED:
        return path[0] != "path"
    if not _writable(value):
        return False
    text = str(value)
    if path[0] == "path":
        return text not in ("", ".", "..") and "/" not in text and text.isprintable()
    plain = text.isascii() and text.isprintable() and text == text.strip()
    return path[0] not in ("header", "cookie") or plain


def _writable(value: Any) -> bool:
    """Return whether JSON can carry the value: integers have 64 bits."""
    if isinstance(value, Mapping | list):
        items = value.values() if isinstance(value, Mapping) else value
        return all(_writable(item) for item in items)
    return not isinstance(value, int) or -(2**63) <= value < 2**64


def _ordinary(schema: RequestSchema, path: Path, value: Any) -> bool:
    """Return whether a correct server has no reason of its own to refuse the value.

    A made-up identifier or date names nothing, and some texts and numbers are absurd.
    """
    if isinstance(value, list):
        return all(_ordinary(schema, (*path, "*"), item) for item in value)
    if isinstance(value, Mapping):
        return all(_ordinary(schema, (*path, str(key)), item) for key, item in value.items())
    if value in (REMOVED, None) or isinstance(value, bool) or schema.is_choice(path):
        return True
    if isinstance(value, str):
        name = next((key for key in reversed(path) if key != "*"), "").removesuffix("[]")
        free = not schema.has_format(path) and not _IDENTIFIER.search(name)
        return free and value.isprintable()
    least = 0.01 if isinstance(value, float) else 0
    number = isinstance(value, int | float) and least <= abs(value) <= _NUMBER_MAX
    return number and round(value, 2) == value

"""Units and rows of a step's request, by what the vendor promises and members have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.check.expectations.record import row_index
from harness.engine.scenario.balances import read_balance
from harness.engine.scenario.context import Context, ScenarioInapplicable
from harness.model.scenario import Step
from harness.model.target import Member
from harness.wire.intent import BulkRow


def units_of(step: Step, context: Context, member: Member | None, wallet: str) -> int | str | None:
    """Return the units that a step sends: a number, a text that may be invalid, or none.

    The words `at_max` and `over_max` refer to the vendor's maximum, the others to the balance of
    the member's wallet. Raises ScenarioInapplicable without a promised maximum or a member, and
    what `read_balance` raises.
    """
    if step.raw_units is not None:
        return str(step.raw_units)
    if step.units is None:
        return None
    if isinstance(step.units, int) or step.units in ("at_max", "over_max"):
        return _number(step.units, context)
    if member is None:
        raise ScenarioInapplicable(f"units: {step.units} needs a member")
    return read_balance(context, member, wallet).units + (step.units == "over_balance")


def rows_of(step: Step, context: Context, member: Member | None) -> list[BulkRow]:
    """Return the rows of a bulk step: the listed ones, or so many equal ones, one of them invalid.

    Raises ScenarioInapplicable if the vendor promises no limit that the step refers to.
    """
    form = step.rows
    if not isinstance(form, Mapping):
        return [_listed(row, context) for row in form or ()]
    if member is None:
        raise ScenarioInapplicable("rows need a member")
    count = _row_count(form["count"], context)
    each = form.get("each", {})
    units, series = _number(each.get("units", 1), context), each.get("reference")
    rows: list[BulkRow] = [
        (member, units, _row_reference(series, index, context)) for index in range(count)
    ]
    invalid = form.get("invalid_row")
    if invalid is not None:
        index = row_index(invalid["at"], count)
        rows[index] = _invalid(rows[index], str(invalid["by"]), context)
    return rows


def _listed(row: Mapping[str, Any], context: Context) -> BulkRow:
    member: Member = context.members[row["member"]]
    made: BulkRow = (
        member,
        _number(row.get("units", 1), context),
        context.reference(row.get("reference")),
    )
    return _invalid(made, str(row["invalid"]), context) if "invalid" in row else made


def _number(units: int | str, context: Context) -> int:
    """Return the units that a number or one of the words at_max and over_max stands for."""
    return units if isinstance(units, int) else _units_max(context) + (units == "over_max")


def _units_max(context: Context) -> int:
    maximum = context.binding.promises.units_max
    if maximum is None:
        raise ScenarioInapplicable("the vendor promises no maximum of units")
    return maximum


def _row_count(count: int | str, context: Context) -> int:
    limit = context.binding.promises.bulk_limit
    if isinstance(count, int):
        return count
    if limit is None:
        raise ScenarioInapplicable("the vendor promises no bulk limit")
    return limit + (count == "over_limit")


def _row_reference(series: str | None, index: int, context: Context) -> str | None:
    if series is None or series == "fresh":
        return context.reference(series)
    return f"{context.reference(series)}-{index}"


def _invalid(row: BulkRow, how: str, context: Context) -> BulkRow:
    member, units, reference = row
    if how == "unknown_member":
        nonexistent = context.binding.nonexistent["member"]
        return {**member, **nonexistent}, units, reference
    if how == "over_max":
        return member, _units_max(context) + 1, reference
    return member, read_balance(context, member).units + 1, reference

"""One page of a list, which begins with page 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from harness.mock.message import Refused
from harness.mock.vendors.luna.company import Company
from harness.mock.vendors.luna.field import maybe_whole

Item = TypeVar("Item")


def page_of(
    company: Company, fields: Mapping[str, Any], items: Sequence[Item], most: int
) -> Sequence[Item]:
    """Return the page that is asked for, the first one without a number; empty behind the end."""
    number = maybe_whole(fields, "page", least=0)
    if number is None and company.switches.has("page-required"):
        raise Refused("missing", "page is required")
    begin = (most + company.switches.has("next-page-skips-one")) * (max(number or 1, 1) - 1)
    end = begin + most
    if begin and company.switches.has("customers-page-overlaps"):
        begin -= 1
        end -= 1
    if company.switches.has("page-holds-one-more"):
        end += 1
    return items[begin:end]

"""The templates of the pages, all read in one way: escaped, and strict about what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def page(name: str, filters: Mapping[str, Callable[..., Any]] | None = None) -> Template:
    """Return the template of a page with its own filters."""
    environment = Environment(
        loader=PackageLoader("harness.report.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters or {})
    return environment.get_template(name)

"""The table of terms and the scenario format list the same terms."""

from __future__ import annotations

import json
from importlib.resources import files

from harness.check.expectations.evaluation import OUTCOME_TERMS, TERMS


def test_every_term_of_the_format_is_in_the_table() -> None:
    """A term that the format allows is decided by a function, and none is decided in vain."""
    schemas = files("harness.document") / "schemas"
    schema = json.loads((schemas / "scenarios.schema.json").read_text(encoding="utf-8"))
    assert set(TERMS) == set(schema["$defs"]["terms"]["properties"])
    assert set(TERMS) >= OUTCOME_TERMS

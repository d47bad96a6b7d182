"""The renderings of the examples, word for word."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.report.page import result_html
from tests.report.counts import counts
from tests.report.example import example, hostile, result_of
from tests.report.golden import FOLDER, rendered

# Words that end in s although they are no plural of a noun.
_SINGULAR = frozenset({"harness", "has", "is"})


@pytest.mark.parametrize("name", sorted(rendered()))
def test_rendering_is_as_expected(name: str) -> None:
    """A change of the text is deliberate; `python -m tests.report.golden` writes it anew."""
    assert rendered()[name] == (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("form", [*sorted(rendered()), "report.html"])
def test_counts_agree_with_their_nouns(form: str) -> None:
    """A noun after 1 is singular, after 0 and 2 plural."""
    forms = {**rendered(), "report.html": result_html(result_of(counts()))}
    prose = re.sub(r"<style>.*?</style>", "", forms[form], flags=re.DOTALL)
    ones = set(re.findall(r"(?<![\w.,:/#-])1 ([a-z]+s)\b", prose))
    assert ones <= _SINGULAR
    others = re.findall(
        r"(?<![\w.,:/#-])[02] (request|check|scenario|account|time|finding|requirement)\b", prose
    )
    assert not others


@pytest.mark.parametrize(
    "document", [example(), hostile(), counts()], ids=["one of each", "hostile", "counts"]
)
def test_examples_are_results(document: dict[str, Any]) -> None:
    """The examples that the renderings are tested with fit the schema of results."""
    text = files("harness.document").joinpath("schemas/result.schema.json").read_text("utf-8")
    validator = Draft202012Validator(json.loads(text))
    assert [error.message for error in validator.iter_errors(document)] == []

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from tests.report.example import example, hostile, result_of
from tests.report.golden import FOLDER, RENDERINGS


@pytest.mark.parametrize("name", RENDERINGS)
def test_rendering_is_as_agreed(name: str) -> None:
    """The example renders byte for byte as the golden file says."""
    assert RENDERINGS[name](result_of(example())) == (FOLDER / name).read_text(encoding="utf-8")


def test_example_is_a_result() -> None:
    """The example that the renderings are tested with fits the schema of results."""
    text = files("harness.document").joinpath("schemas/result.schema.json").read_text("utf-8")
    validator = Draft202012Validator(json.loads(text))
    assert [error.message for error in validator.iter_errors(example())] == []
    assert [error.message for error in validator.iter_errors(hostile())] == []

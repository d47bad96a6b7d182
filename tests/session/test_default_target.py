"""Which target a run tests when none is named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from harness.contract.vendor import Vendor
from harness.document.messages import Problem
from harness.session.options import Options
from harness.session.run import run
from harness.session.target import choose
from tests.acme import TREE, vendor

TARGETS = "targets.yaml:"


def with_targets(names: Collection[str], name: str = "acme") -> Vendor:
    """Return the made-up vendor, which has no mock, with these of its targets."""
    kept = {one: target for one, target in vendor().targets.items() if one in names}
    return replace(vendor(), name=name, targets=kept)


@pytest.mark.parametrize("names", [["sandbox"], ["mock", "sandbox"]])
def test_the_only_server_of_a_vendor_without_mock_is_its_default(names: list[str]) -> None:
    """A target of kind mock is no server where the package has no mock."""
    assert choose(with_targets(names), Options()).name == "sandbox"


def test_the_mock_is_the_default_of_a_vendor_that_has_one() -> None:
    """Its servers are tested by name alone."""
    assert choose(with_targets(["mock", "sandbox"], "loga"), Options()).name == "mock"
    assert choose(with_targets(["sandbox"], "loga"), Options()).name == "sandbox"


@pytest.mark.parametrize(
    ("names", "target", "words", "hint"),
    [
        (
            ["sandbox", "staging"],
            "",
            "2 targets and no mock: sandbox and staging",
            "--target sandbox",
        ),
        (["mock"], "", "neither a mock in the package nor a server", "declare a server there"),
        (["mock", "sandbox"], "mock", "no mock of acme", "declare a server there"),
        (["sandbox"], "stagin", "acme has no target 'stagin'", ""),
    ],
)
def test_a_target_that_cannot_be_chosen_is_told_with_the_remedy(
    names: list[str], target: str, words: str, hint: str
) -> None:
    """It is wrong usage, so nothing is sent."""
    with pytest.raises(Problem) as raised:
        choose(with_targets(names), Options(target=target))
    assert words in raised.value.message
    assert hint in raised.value.hint
    assert not hint or TARGETS in raised.value.place


def test_defects_of_a_vendor_without_mock_are_told(tmp_path: Path) -> None:
    """They are seeded in mocks alone."""
    with pytest.raises(Problem, match="work on the mock; sandbox is a"):
        run("acme", root=TREE, target="sandbox", defects=["no-dedupe"], out=tmp_path)

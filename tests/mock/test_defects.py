"""Seeded defects are off by default and can be seen when on, one of each group and vendor.

`harness prove` shows all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from harness import mock
from harness.mock.defects.catalogue import DEFECTS
from harness.mock.defects.switches import Switches
from tests.mock import (
    client,
    loga_probes,
    luna,
    privage,
    privage_probes,
    qoin,
    trueyou,
    trueyou_probes,
)
from tests.mock.client import Served, shows


@dataclass(frozen=True)
class Probed:
    """How the tests speak to one vendor's mock: `serve` starts it, `open` makes a client of it.

    `works` says whether an ordinary change succeeds; a probe returns False when its defect is seen.
    """

    serve: Callable[..., Served]
    open: Callable[[Served], Any]
    works: Callable[[Any], bool]
    probes: Mapping[str, Callable[[Any], bool]]


PROBED: Mapping[str, Probed] = {
    "loga": Probed(
        client.served,
        lambda server: client.Client(server).login(),
        lambda one: loga_probes.ok(one.earn(one.member(), 5, reference="plain")),
        loga_probes.PROBES,
    ),
    "luna": Probed(
        luna.served,
        luna.Till,
        lambda one: luna.error(one.use(one.card(), "accruePoints", sum=5)) == 0,
        luna.PROBES,
    ),
    "privage": Probed(
        privage.served,
        privage.Shop,
        lambda one: privage.ok(one.earn(one.member())),
        privage_probes.PROBES,
    ),
    "qoin": Probed(qoin.served, qoin.Sender, lambda one: qoin.ok(one.send()), qoin.PROBES),
    "trueyou": Probed(
        trueyou.served,
        trueyou.Till,
        lambda one: trueyou.ok(one.earn(one.member())),
        trueyou_probes.PROBES,
    ),
}
CASES = [(vendor, defect) for vendor, one in PROBED.items() for defect in one.probes]


@pytest.mark.parametrize("vendor", mock.vendors())
def test_every_group_of_defects_has_a_probe(vendor: str) -> None:
    """Each group of a vendor's catalogue has exactly one probe."""
    groups = {defect.id: defect.group for defect in mock.catalogue(vendor)}
    probed = [groups[defect] for defect in PROBED[vendor].probes]
    assert sorted(probed) == sorted(set(groups.values()))


def test_every_defect_can_be_shown() -> None:
    """Each defect violates a requirement of some vendor, and no vendor names an unknown defect."""
    shown = {defect.id for name in mock.vendors() for defect in mock.catalogue(name)}
    assert shown == set(DEFECTS)


@pytest.mark.parametrize(("vendor", "defect"), CASES)
def test_a_probe_holds_on_the_correct_mock(vendor: str, defect: str) -> None:
    """What a defect breaks is right without it."""
    probed = PROBED[vendor]
    with probed.serve() as server:
        assert probed.probes[defect](probed.open(server))


@pytest.mark.parametrize(("vendor", "defect"), CASES)
def test_a_defect_shows_and_an_ordinary_change_still_works(vendor: str, defect: str) -> None:
    """With the defect on, its probe fails, and an ordinary change succeeds all the same."""
    probed = PROBED[vendor]
    with probed.serve(defect) as server:
        one = probed.open(server)
        assert probed.works(one)
        assert shows(defect, probed.probes[defect], one)


def test_catalogue_is_complete_and_consistent() -> None:
    """Each defect says how it shows and what a fuzzer sees, in the words agreed on."""
    for defect in mock.catalogue():
        assert defect.shows in {"single", "sequence", "concurrent", "load"}
        assert defect.fuzzer in {"yes", "partly", "no"}
        assert defect.group.isalpha()
        assert defect.group.islower()
        assert defect.verbs
        assert defect.sentence[0].isupper()
        assert not defect.sentence.endswith(".")


def test_rare_defects_strike_at_their_rate_by_seed() -> None:
    """A rare defect strikes once in every so many, and alike for one seed."""
    one, again = Switches(["acked-not-applied"], 5), Switches(["acked-not-applied"], 5)
    strikes = [one.strikes("acked-not-applied", 10) for _ in range(100)]
    assert strikes.count(True) == 10
    assert strikes == [again.strikes("acked-not-applied", 10) for _ in range(100)]
    assert not any(Switches().strikes("acked-not-applied", 1) for _ in range(10))

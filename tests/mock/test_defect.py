"""Each defect is off by default, can be seen when on, and stands alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from harness import mock
from harness.mock.defect_switches import Flaws
from harness.mock.defects.catalogue import DEFECTS
from tests.mock import holder, probes, rare
from tests.mock.client import Client, served, shows

PROBES: Mapping[str, Callable[[Client], bool]] = {
    "no-dedupe": probes.earn_twice,
    "no-dedupe-burn": probes.burn_twice,
    "dedupe-race": probes.earn_twice_at_once,
    "reference-consumed-by-refusal": probes.refuse_then_retry,
    "references-fold-case": probes.near_references("a", "A"),
    "references-cut-short": probes.near_references("-" * 20 + "1", "-" * 20 + "2"),
    "replace-duplicate-adds": probes.replace_earn,
    "replace-duplicate-ignored": probes.replace_earn,
    "equal-requests-merged": probes.equal_requests,
    "replace-ignores-balance": probes.replace_burn_too_high,
    "no-dedupe-in-bulk": probes.same_reference_inside,
    "bulk-forgets-single-references": probes.single_then_bulk,
    "bulk-limit-1001-accepted": probes.thousand_and_one,
    "bulk-limit-999": probes.thousand,
    "bulk-limit-cuts-silently": probes.thousand_and_one,
    "bulk-unequal-arrays-accepted": probes.unequal,
    "bulk-rolls-back": probes.bad_row(2),
    "bulk-continues-after-failure": probes.bad_row(2),
    "bulk-fail-at-off-by-one": probes.bad_row(2),
    "bulk-row-zero-omits-fail-at": probes.bad_row(0),
    "bulk-resend-doubles-prefix": probes.resend,
    "bulk-burn-checks-first-balance": probes.overspend_in_bulk,
    "bulk-applies-out-of-order": probes.bad_row(2),
    "overdraft-allowed": probes.overdraw,
    "overdraft-race": probes.overdraw_at_once,
    "exact-balance-refused": probes.burn_all,
    "refused-burn-applied": probes.overdraw,
    "spurious-refusal": probes.many_burns,
    "lost-update": probes.change_at_once,
    "stale-answer-balance": probes.response_then_read,
    "stale-read": probes.read_own_write,
    "wrong-member-credited": probes.many_earns,
    "acked-not-applied": probes.many_earns,
    "double-apply-1-in-200": probes.many_earns,
    "ticket-moves-points": probes.ticket,
    "ticket-serial-repeats": probes.serials,
    "cap-off-by-one": probes.earn_is(False, 1_000_001),
    "cap-at-999999": probes.earn_is(True, 1_000_000),
    "negative-accepted": probes.earn_is(False, -5),
    "missing-remark-accepted": probes.earn_is(False, 5, remark=None),
    "missing-point-accepted": probes.earn_is(False, None),
    "formula-ignored": probes.by_formula(9, "100", 4),
    "multiplier-ignored": probes.by_formula(None, "100", 4),
    "refusal-without-message": probes.refusal_shape,
    "wrong-envelope-on-error": probes.refusal_shape,
    "error-500-on-missing-field": probes.refusal_shape,
    "use-answers-data": probes.burn_shape,
    "balance-as-text": probes.balance_type,
    "customers-page-overlaps": probes.pages,
    "token-not-bound-to-uuid": probes.other_device,
    "token-survives-logout": probes.after_logout,
    "second-login-ends-first": probes.two_devices,
    "one-operation-without-auth": probes.no_token,
    "wrong-password-accepted": probes.wrong_password,
    "token-ends-after-a-day": probes.next_day,
    **rare.PROBES,
    **holder.PROBES,
}


def test_every_defect_has_a_probe() -> None:
    """The catalogue and the probes name the same defects."""
    assert set(PROBES) == {defect.id for defect in mock.catalogue("loga")}


def test_every_defect_can_be_shown() -> None:
    """Each defect breaks a rule of some vendor, and no vendor names one that there is not."""
    shown = {defect.id for name in mock.vendors() for defect in mock.catalogue(name)}
    assert shown == set(DEFECTS)


@pytest.mark.parametrize("defect", sorted(PROBES))
def test_probe_holds_on_the_clean_mock(clean: Client, defect: str) -> None:
    """What a defect breaks is right without it."""
    assert PROBES[defect](clean)


@pytest.mark.parametrize("defect", sorted(PROBES))
def test_defect_shows(defect: str) -> None:
    """With the defect on, its probe fails."""
    with served(defect) as server:
        client = Client(server).login()
        assert shows(defect, PROBES[defect], client)


@pytest.mark.parametrize("defect", sorted(PROBES))
def test_defect_leaves_the_rest_alone(defect: str) -> None:
    """With any one defect on, an ordinary earn still answers success."""
    with served(defect) as server:
        client = Client(server).login()
        member = client.member()
        assert client.earn(member, 5, reference="plain")["code"] == 200
        assert client.call("get_customer_info", cuid=member)["code"] == 200


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
    one, again = Flaws(["acked-not-applied"], 5), Flaws(["acked-not-applied"], 5)
    strikes = [one.strikes("acked-not-applied", 10) for _ in range(100)]
    assert strikes.count(True) == 10
    assert strikes == [again.strikes("acked-not-applied", 10) for _ in range(100)]
    assert not any(Flaws().strikes("acked-not-applied", 1) for _ in range(10))

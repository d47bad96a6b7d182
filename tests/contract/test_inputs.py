"""What a vendor asks a target for, and whether a target names it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.contract.catalogue import read_catalogue
from harness.contract.inputs.check import faults_of_target, missing_of_target
from harness.contract.inputs.form import Server, blank_form, filled_form
from harness.contract.inputs.names import names_of_scenario, value_needs
from harness.contract.inputs.need import enough_members, members_needed, needs_of
from harness.contract.needs import lacking
from harness.contract.target import read_targets
from harness.contract.vendor import Vendor
from harness.document.reader import Problems
from harness.model.scenario import Scenario
from harness.wire.verbs import of_target
from tests.contract.trees import BINDING, copy_tree, edit

DESCRIBED = """
target:
  secrets:
    user: {description: Name of the till.}
    password: {description: Password of the till.}
  values:
    device: {description: Number of the till., example: d7, used_up: its first login}
    shop: {description: "Shop, not a member's.", example: "007", not_member: id}
  members:
    description: Accounts of Acme.
    fields:
      id: {description: Number of the account., example: "1001"}
promises:"""


def described(folder: Path) -> Path:
    """Copy the made-up vendor, which then says what a target must name."""
    root = copy_tree(folder)
    edit(root, BINDING, "\npromises:", DESCRIBED)
    return root


def vendor_in(root: Path) -> Vendor:
    """Read the made-up vendor of a root."""
    return read_catalogue(root, ("acme",)).vendors["acme"]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Vendor:
    """Return the made-up vendor with two scenarios, one of them of two members and the shop."""
    vendor = vendor_in(described(tmp_path_factory.mktemp("acme")))
    first = next(one for one in vendor.scenarios if one.needs == ("earn", "balance"))
    more = replace(
        first,
        id="shop.two",
        needs=(*first.needs, "value:shop"),
        members={**first.members, "second": None},
    )
    return replace(vendor, scenarios=(first, more))


def told(vendor: Vendor, folder: Path, text: str) -> list[str]:
    """Return the faults of the one target of a file, by line."""
    path = folder / "own.yaml"
    path.write_text(f"format: 1\ntargets:\n  own:\n    kind: sandbox\n{text}", "utf-8")
    (target,) = read_targets(path, vendor.name).values()
    return [str(fault).removeprefix(f"{path}:") for fault in faults_of_target(vendor, target)]


WHOLE = """\
    base_url: http://127.0.0.1:1
    secrets: {user: "env:A", password: "env:B"}
    values: {device: d7}
    members: [{id: "1"}, {id: "2"}, {id: "3"}]
"""


def test_a_name_is_needed_or_unlocks(acme: Vendor) -> None:
    """The credentials and the verbs of points need some names, other requests need others."""
    needs = needs_of(acme)
    assert [name for name, need in needs.items() if need.needed] == [
        "secret.user",
        "secret.password",
        "value.device",
        "member.id",
    ]
    shop = needs["value.shop"]
    assert "add_many" in shop.operations
    assert shop.scenarios == ("shop.two",)


def test_an_address_for_no_announcements_is_a_fault(acme: Vendor, tmp_path: Path) -> None:
    """The vendor announces nothing, so the target is of another one, or the binding lacks it."""
    (fault,) = told(acme, tmp_path, f"{WHOLE}    webhook: {{listen: 127.0.0.1}}\n")
    assert fault == (
        "9: the target own: it has a webhook, and the binding declares none; "
        "remove it, or declare one"
    )


def test_a_whole_target_has_no_faults(acme: Vendor, tmp_path: Path) -> None:
    """What only unlocks something is no fault of a target that does not name it."""
    assert told(acme, tmp_path, WHOLE) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "{device: d7}",
            '{shop: "7"}',
            "7: the target own: no value 'device' (Number of the till); every run needs it; "
            'add device: "d7" to values',
        ),
        (
            "{device: d7}",
            '{device: ""}',
            "7: the target own: the value 'device' is empty (Number of the till); every run needs "
            'it; add device: "d7" to values',
        ),
        (
            "{device: d7}",
            "{device: d7, shpo: x}",
            "7: the target own: nothing uses the value 'shpo'; did you mean 'shop'?",
        ),
        (
            ', password: "env:B"',
            "",
            "6: the target own: no secret 'password' (Password of the till); every run needs it; "
            'add password: "env:ACME_PASSWORD" to secrets',
        ),
        (
            '[{id: "1"}, {id: "2"}, {id: "3"}]',
            "[]",
            "8: the target own: no members (Accounts of Acme); the scenarios need 2 members; "
            'add them, such as {id: "1001"}',
        ),
        (
            "{device: d7}",
            '{device: d7, shop: "2"}',
            "7: the target own: the value 'shop' is the id of a member; expected one of no member",
        ),
    ],
    ids=["missing", "empty", "misspelt", "secret", "members", "of-a-member"],
)
def test_a_fault_is_told_with_its_line(
    acme: Vendor, tmp_path: Path, old: str, new: str, says: str
) -> None:
    """Each is told once, with the remedy."""
    assert WHOLE.count(old) == 1
    assert told(acme, tmp_path, WHOLE.replace(old, new)) == [says]


def test_a_field_that_members_lack_is_told(tmp_path: Path) -> None:
    """It is told at the first member without it, or once where none has it."""
    root = described(tmp_path)
    edit(root, BINDING, 'body: {who: "${member.id}"', 'body: {who: "${member.card}"')
    edit(root, BINDING, "    fields:\n", "    fields:\n      card: {description: Card.}\n")
    vendor = vendor_in(root)
    none = told(vendor, tmp_path, WHOLE)
    assert none == [
        "8: the target own: no member has the field 'card' (Card); every run needs it",
    ]
    rows = WHOLE.replace('{id: "2"}', '{id: "2", card: x}')
    some = told(vendor, tmp_path, rows)
    assert some == [
        "8: the target own: this member and 1 other have no field 'card' (Card); every run needs it"
    ]


def test_what_is_missing_is_told_with_what_it_unlocks(acme: Vendor, tmp_path: Path) -> None:
    """A target can do without it, so it is no fault."""
    told(acme, tmp_path, WHOLE)
    (target,) = read_targets(tmp_path / "own.yaml", "acme").values()
    notes = [note.message for note in missing_of_target(acme, target)]
    assert len(notes) == 1
    assert notes[0].startswith("the target own: no value 'shop' (Shop, not a member's); without it")
    assert "add_many cannot be requested" in notes[0]
    few = replace(target, members=target.members[:1], values={**target.values, "shop": "9"})
    assert [note.message for note in missing_of_target(acme, few)] == [
        "the target own: 1 member; some scenarios need 2"
    ]
    slow = replace(target, rate=2.0, values={**target.values, "shop": "9"})
    (note,) = missing_of_target(acme, slow)
    says = r"it allows 2 requests a second, too few for \d+ scenarios that send up to 16 together"
    assert re.search(says, note.message)


def test_a_blank_form_lists_all_that_is_to_be_filled_in(acme: Vendor, tmp_path: Path) -> None:
    """As written it is a targets file, and lint tells what is still empty."""
    bare = replace(acme, targets={})
    path = tmp_path / "form.yaml"
    path.write_text(blank_form(bare), "utf-8")
    text = path.read_text("utf-8")
    assert 'device: "" # such as "d7"' in text
    assert '# shop: "007"' in text
    assert "One run uses up its first login." in text
    assert "It must not be the id of a member named below." in text
    assert '# - {id: "1001"}' in text
    (target,) = read_targets(path, "acme").values()
    faults = [fault.message for fault in faults_of_target(bare, target)]
    assert len(faults) == 2
    assert "the value 'device' is empty" in faults[0]
    assert "no members" in faults[1]


def test_a_filled_form_has_no_faults(acme: Vendor, tmp_path: Path) -> None:
    """A secret stands in it as a reference to the environment alone."""
    server = Server("http://127.0.0.1:1", {"device": "d", "shop": "9", "x": "y"}, [{"id": "1"}] * 1)
    path = tmp_path / "form.yaml"
    path.write_text(filled_form(acme, server), "utf-8")
    (target,) = read_targets(path, "acme").values()
    assert list(faults_of_target(acme, target)) == []
    assert target.values == {"device": "d", "shop": "9"}
    assert target.secrets == {"user": "env:ACME_USER", "password": "env:ACME_PASSWORD"}


def test_a_scenario_needs_the_values_that_its_requests_write(acme: Vendor) -> None:
    """So it is inapplicable to a target without them, whether or not its needs list them."""
    playing = next(one for one in read_bulks(acme) if "bulk_earn" in one.needs)
    asked = tuple(value_needs(names_of_scenario(playing, acme.binding), playing.needs))
    assert asked == ("value:shop",)
    assert lacking(asked, acme.binding, {"device": "d"}) == ("value:shop",)
    step = replace(playing.steps[0], send={"body": {"x": "${value.till} ${m.card} ${value.y?}"}})
    written = replace(playing, needs=("earn",), steps=(step,), members={"m": None})
    assert {"value.till", "member.card"} <= names_of_scenario(written, acme.binding)
    assert "value.y" not in names_of_scenario(written, acme.binding)


def read_bulks(acme: Vendor) -> tuple[Scenario, ...]:
    """Return all scenarios of the made-up vendor, as its files have them."""
    return vendor_in(acme.root).scenarios


def test_members_are_counted_by_the_scenarios(acme: Vendor) -> None:
    """With eight or more, two are taken for generated requests."""
    assert members_needed(acme) == {"": 2}
    assert [enough_members(most) for most in (2, 5, 6, 7)] == [2, 5, 8, 9]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    shop:", "    shpo:", "nothing describes ${value.shop}"),
        ("    shop:", "    shpo:", "nothing uses ${value.shpo}"),
        ("      id: {", "      card: {", "nothing uses ${member.card}"),
        ("not_member: id", "not_member: ident", "members have no field 'ident'"),
    ],
)
def test_what_is_described_is_what_is_used(tmp_path: Path, old: str, new: str, says: str) -> None:
    """A binding that describes anything describes all that is used, and nothing else."""
    root = described(tmp_path)
    vendor_in(root)
    edit(root, BINDING, old, new)
    with pytest.raises(Problems, match=r"binding\.yaml:\d+: target: ") as raised:
        vendor_in(root)
    assert says in str(raised.value)


def test_a_unit_may_be_a_value_of_the_target(tmp_path: Path) -> None:
    """It is a fact of one programme: a run needs it, and it must be a whole number."""
    root = copy_tree(tmp_path)
    edit(
        root,
        BINDING,
        "    effect: credit\n    send:\n      body: {who",
        '    effect: credit\n    unit: "${value.cents}"\n    send:\n      body: {who',
    )
    vendor = vendor_in(root)
    assert needs_of(vendor)["value.cents"].needed
    bound = of_target(vendor.binding, {"cents": "25"}).verbs["earn"]
    assert (bound.unit, bound.balance_unit) == (25, None)
    for wrong in ("0", "2.5", "x", "-1"):
        with pytest.raises(Exception, match="whole number"):
            of_target(vendor.binding, {"cents": wrong})
    with pytest.raises(Exception, match="cents"):
        of_target(vendor.binding, {})

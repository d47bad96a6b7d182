"""What the files of the made-up vendor become as records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.contract.binding import ALWAYS, read_binding
from harness.contract.needs import lacking
from harness.contract.requirement import read_laws, read_requirements, read_waivers
from harness.contract.scenario import read_scenario_file, read_scenarios
from harness.document.reader import Problems
from harness.model.binding import (
    JsonPart,
    OutcomeRule,
    Place,
    Promises,
    RowsForm,
    SignAuth,
    StaticAuth,
    TextPart,
    TokenAuth,
)
from harness.model.scenario import Expectation, Tampering
from harness.model.verdict import Outcome
from harness.spec.openapi import read_specification
from tests.acme import TREE
from tests.contract.trees import (
    BINDING,
    COMMON,
    LAWS,
    REQUIREMENTS,
    SPECIFICATION,
    WAIVERS,
    copy_tree,
    edit,
)

SPECIFIED = read_specification(TREE / SPECIFICATION)
CLUB = ("join", "issue", "use_card", "read_card", "list_cards")


def test_a_binding_becomes_records() -> None:
    """Auth, rules, verbs and promises keep what the file says and have defaults elsewhere."""
    binding = read_binding(TREE / BINDING, SPECIFIED)
    assert binding.auth == (
        TokenAuth(
            operation="login",
            send={
                "body": {
                    "user": "${secret.user}",
                    "pass": "${secret.password|md5-hex}",
                    "device": "${value.device}",
                }
            },
            extract={"token": "/data/token"},
            places=(
                Place("header", "x-token", "${token}"),
                Place("header", "x-device", "${value.device}"),
            ),
            renew_on=frozenset({"unauthorised"}),
            bound_to=("device",),
            end="logout",
            exempt=frozenset({"login", "read_hours", *CLUB}),
        ),
    )
    assert binding.outcomes[2] == OutcomeRule({"status": [401]}, Outcome.REFUSED, "unauthorised")
    assert binding.outcomes[-1] == OutcomeRule(ALWAYS, Outcome.UNKNOWN, "unreadable")
    assert binding.verbs["bulk_earn"].rows == RowsForm(
        columns={
            "who[]": "${member.id}",
            "amount[]": "${units}",
            "reference[]": "${reference?}",
        }
    )
    earn = binding.verbs["earn"]
    assert (earn.name, earn.sign, earn.unit) == ("earn", 1, 1)
    assert earn.extract == {"balance": "/data/now", "entry": "/data/entry"}
    assert binding.promises == Promises("same", 3, "prefix", 0, 0, 1000, "linearizable")
    assert binding.nonexistent == {"member": {"id": "nobody"}}
    assert binding.sensitive == {"pass", "token", "tel"}


def test_the_other_kinds_of_auth_become_records(tmp_path: Path) -> None:
    """Static values and signatures are read; basic auth needs no name."""
    root = copy_tree(tmp_path)
    text = (root / BINDING).read_text("utf-8")
    head, _, tail = text.partition("  - token:\n")
    auth = """\
  - static:
      places: [{in: basic, value: "${secret.user}:${secret.password}"}]
      exempt: [login]
  - sign:
      algorithm: hmac-sha256-hex
      parts: [method, path, body]
      key: "${secret.key}"
      places: [{in: header, name: x-sign, value: "${signature}"}]
"""
    text = (head + auth + "outcomes:" + tail.partition("outcomes:")[2]).replace("auth: []", "auth:")
    (root / BINDING).write_text(text, "utf-8")
    assert read_binding(root / BINDING, SPECIFIED).auth == (
        StaticAuth(
            (Place("basic", "", "${secret.user}:${secret.password}"),), frozenset({"login"})
        ),
        SignAuth(
            "hmac-sha256-hex",
            ("method", "path", "body"),
            "${secret.key}",
            (Place("header", "x-sign", "${signature}"),),
        ),
    )


def test_parts_of_a_signature_become_records(tmp_path: Path) -> None:
    """A member of the body, a text and what joins them are read; a digest has no key."""
    root = copy_tree(tmp_path)
    edit(
        root,
        BINDING,
        "outcomes:\n",
        """\
  - sign:
      algorithm: rsa-sha256-base64
      parts: [{json: /data, keys: [b, a]}, {json: /more}]
      key: "${secret.key}"
      places: [{in: body, name: /data/sign, value: "${signature}"}]
  - sign:
      algorithm: md5-hex
      parts: [body, {text: "${now|date}"}]
      lifetime: 5m
      join: "-"
      places: [{in: header, name: x-once, value: "${signature}"}]
utc_offset: "+07:00"
outcomes:
""",
    )
    binding = read_binding(root / BINDING, SPECIFIED)
    assert binding.auth[1:] == (
        SignAuth(
            "rsa-sha256-base64",
            (JsonPart("/data", ("b", "a")), JsonPart("/more")),
            "${secret.key}",
            (Place("body", "/data/sign", "${signature}"),),
        ),
        SignAuth(
            "md5-hex",
            ("body", TextPart("${now|date}")),
            "",
            (Place("header", "x-once", "${signature}"),),
            join="-",
            lifetime=300.0,
        ),
    )
    assert binding.utc_offset == "+07:00"
    assert read_binding(TREE / BINDING, SPECIFIED).utc_offset == "+00:00"


def test_tampering_becomes_a_record(tmp_path: Path) -> None:
    """What a forger changes stands apart from what the sender sends."""
    path = tmp_path / "scenario.yaml"
    path.write_text("""\
format: 1
scenarios:
  - id: tampered
    title: A request that was changed after it was signed is refused
    needs: [earn]
    members: {m: {}}
    steps:
      - id: tampered
        verb: earn
        member: m
        units: 1
        tamper: {send: {body: {n: 9}}, without: [/data/sign]}
        expect: {outcome: refused}
""")
    (scenario,) = read_scenario_file(path)
    assert scenario.steps[0].send == {}
    assert scenario.steps[0].tamper == Tampering({"body": {"n": 9}}, ("/data/sign",))


def test_scenarios_become_records() -> None:
    """Steps keep their order, and each of several balances is an expectation."""
    once, race = read_scenarios((TREE / COMMON).parent)
    assert once.members == {"m": 10}
    assert once.needs == ("earn", "balance")
    assert once.place.endswith(f"{COMMON}:3")
    first = once.steps[0]
    assert (first.name, first.verb, first.member, first.units, first.reference) == (
        "earn",
        "earn",
        "m",
        5,
        "a",
    )
    assert (first.concurrent, first.auth, first.group, first.raw_units) == (1, "normal", None, None)
    assert race.members == {"m": None, "n": None}
    assert [step.group for step in race.steps] == ["all", "all"]
    assert [(each.name, each.terms) for each in race.expectations] == [
        ("one", {"outcome": "decided"}),
        ("balance", {"member": "m", "at_least": 0}),
        ("balance", {"member": "n", "change": 0}),
    ]
    assert isinstance(race.expectations[1], Expectation)
    assert race.expectations[2].place.endswith(f"{COMMON}:25")


def test_a_step_may_hold_everything(tmp_path: Path) -> None:
    """Each key of a step reaches its field."""
    text = """\
format: 1
scenarios:
  - id: a.b
    title: t
    needs: [earn, void, bulk_earn, "sample:login"]
    members: {m: {}, n: {}}
    steps:
      - {id: x, verb: earn, member: m, raw_units: "-5", concurrent: 3, extract: {serial: /s}}
      - {id: y, verb: void, entry: x, send: {body: {why: "${serial}"}}, without: [remark]}
      - id: z
        verb: bulk_earn
        rows: [{member: n, units: at_max, reference: a, invalid: over_max}]
      - id: w
        verb: bulk_earn
        member: m
        rows:
          count: over_limit
          each: {units: 1, reference: s}
          invalid_row: {at: 2, by: over_max}
      - {id: u, advance: 1.5m}
      - {id: v, operation: every, auth: foreign, expect: {unique: /s}}
"""
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    (scenario,) = read_scenarios(tmp_path)
    x, y, z, w, u, v = scenario.steps
    assert (x.raw_units, x.concurrent, x.extract) == ("-5", 3, {"serial": "/s"})
    assert (y.entry, y.send, y.without) == ("x", {"body": {"why": "${serial}"}}, ("remark",))
    assert z.rows == ({"member": "n", "units": "at_max", "reference": "a", "invalid": "over_max"},)
    assert w.rows == {
        "count": "over_limit",
        "each": {"units": 1, "reference": "s"},
        "invalid_row": {"at": 2, "by": "over_max"},
    }
    assert u.advance == 90
    assert (v.verb, v.operation, v.auth) == (None, "every", "foreign")


def test_scenarios_of_a_folder_come_in_order_and_have_ids_of_their_own(tmp_path: Path) -> None:
    """Files are read by name; an id of two files and a file of another ending are told."""
    steps = "[{id: x, operation: every, expect: {outcome: ok}}]"
    scenario = f"{{format: 1, scenarios: [{{id: %s, title: t, steps: {steps}}}]}}\n"
    (tmp_path / "b.yaml").write_text(scenario % "z.z", "utf-8")
    (tmp_path / "a.yaml").write_text(scenario % "y.y", "utf-8")
    assert [each.id for each in read_scenarios(tmp_path)] == ["y.y", "z.z"]
    assert read_scenarios(tmp_path / "nowhere") == ()
    (tmp_path / "c.yaml").write_text(scenario % "y.y", "utf-8")
    (tmp_path / "d.yml").write_text(scenario % "x.x", "utf-8")
    with pytest.raises(Problems) as raised:
        read_scenarios(tmp_path)
    assert [problem.message.partition(";")[0] for problem in raised.value.problems] == [
        "duplicate scenario 'y.y'",
        "a scenario file must end in .yaml",
    ]


def test_rules_laws_and_waivers_become_records() -> None:
    """Rows keep their checks or excuse and their place; a missing file has none."""
    earn, login, paper = read_requirements(TREE / REQUIREMENTS)
    assert earn.checks == ("scenario:earn.once", "response:add_points")
    assert (login.level, login.basis, login.source) == ("should", "inferred", "page 1")
    assert (paper.checks, paper.excuse) == ((), "The harness has no paper.")
    assert paper.place.endswith(f"{REQUIREMENTS}:18")
    laws = read_laws(TREE / LAWS)
    assert [(law.requirement.id, law.needs) for law in laws] == [
        ("LAW-SUM", ("balance",)),
        ("LAW-OVERSPENT", ("burn", "promise:floor")),
    ]
    (waiver,) = read_waivers(TREE / WAIVERS)
    assert (waiver.requirement, waiver.expires) == ("ACME-LOGIN-1", "2031-01-31")
    assert waiver.place.endswith(f"{WAIVERS}:3")
    assert read_waivers(TREE / "none.yaml") == ()
    assert read_laws(TREE / "none.yaml") == ()


@pytest.mark.parametrize(
    ("needs", "missing"),
    [
        (["earn", "balance"], []),
        (["earn", "bulk_burn", "burn", "check_coupon"], ["bulk_burn", "check_coupon"]),
        (["promise:repeat", "promise:bulk_limit", "promise:floor", "promise:units_max"], []),
        (["promise:bulk_atomic", "promise:bulk_prefix"], ["promise:bulk_atomic"]),
        (["promise:luck"], ["promise:luck"]),
        (["sample:login", "sample:add_points", "sample:nothing"], ["sample:nothing"]),
    ],
)
def test_needs_are_verbs_promises_and_samples(needs: list[str], missing: list[str]) -> None:
    """What the binding does not have is lacking, in the order it is needed."""
    binding = read_binding(TREE / BINDING, SPECIFIED)
    assert lacking(needs, binding) == tuple(missing)


@pytest.mark.parametrize(
    ("repeat", "missing"),
    [
        ("same", []),
        ("unspecified", []),
        ("refused", ["promise:repeat_skipped"]),
        ("none", ["promise:repeat", "promise:repeat_skipped"]),
    ],
)
def test_a_row_whose_reference_is_known_is_not_skipped_where_repeats_are_refused(
    repeat: str, missing: list[str]
) -> None:
    """Laws about skipped rows concern only vendors that do not refuse a repeat."""
    acme = read_binding(TREE / BINDING, SPECIFIED)
    binding = replace(acme, promises=replace(acme.promises, repeat=repeat))
    assert lacking(["promise:repeat", "promise:repeat_skipped"], binding) == tuple(missing)

"""The property engine finds what is wrong, and only that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.contract.vendor import Vendor
from harness.engine.property import runner as engine
from harness.invariant.registry import judge_history
from harness.model.history import Recorded
from harness.model.verdict import Checked, Outcome, Verdict
from harness.wire.connection.route import Route
from harness.wire.journal.reader import read_journal
from harness.wire.transport import Transport
from tests.acme import MEMBERS, SECRETS, Server, binding, open_acme, served, specification, target
from tests.acme import vendor as acme

OPERATIONS = (
    *("login", "read_account", "add_points", "use_points"),
    *("void_points", "read_hours", "logout"),
)


def declared_operations() -> Vendor:
    """Return the vendor with the operations that move points one by one, and the session's."""
    return replace(acme(), specification=specification(*OPERATIONS))


def play(folder: Path, *defects: str, seed: int = 1, fuzz: int = 6) -> tuple[Recorded, Server]:
    """Run the engine against the API with these defects and read the journal back."""
    declared = declared_operations()
    with served(*defects) as (base_url, server):
        transport = Transport(Route(base_url), 5.0)
        client = open_acme(transport, folder / "j", at=target(base_url))
        engine.run_properties(client, declared, MEMBERS, seed, fuzz, lambda *progress: None)
        client.journal.close()
        transport.close()
    return read_journal(folder / "j"), server


def failures(recorded: Recorded) -> Mapping[str, Checked]:
    """Return the failed checks by their subject."""
    return {
        f"{checked.check} {checked.subject}": checked
        for checked in recorded.checked
        if checked.verdict is Verdict.FAIL
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_correct_server_is_not_blamed(tmp_path: Path, seed: int) -> None:
    """Every check of a correct server passes, and so do the invariants over the attempts."""
    recorded, _ = play(tmp_path, seed=seed)
    assert {checked.verdict for checked in recorded.checked} == {Verdict.PASS}
    checks = {checked.check for checked in recorded.checked}
    assert {
        "property:responds:add_points",
        "property:accepts-valid:add_points",
        "property:accepts-valid:read_account",
        "property:rejects-invalid:add_points#remark",
        "property:rejects-invalid:add_points#amount",
        "property:rejects-invalid:use_points#detail.amount",
        "property:rejects-invalid:read_account#limit",
        "property:rejects-invalid:login#device",
    } <= checks
    assert recorded.violations == ()
    invariants = list(judge_history(recorded.history, binding().promises))
    assert not [found for found in invariants if found.verdict is Verdict.FAIL]
    assert any(found.check == "invariant:conservation" for found in invariants)


def test_a_missing_field_that_is_accepted_is_found(tmp_path: Path) -> None:
    """A server that does without a required field fails the check of that field alone."""
    recorded, _ = play(tmp_path, "needs-no-remark")
    found = failures(recorded)
    assert {checked.check for checked in found.values()} == {
        "property:rejects-invalid:add_points#remark"
    }
    missing = found[
        "property:rejects-invalid:add_points#remark remark: object_missing_required_property"
    ]
    assert missing.finding is not None
    assert missing.finding.title == "add_points accepts a request without remark"
    call = next(c for c in recorded.history.attempts if c.id in missing.finding.attempts)
    assert "remark" not in call.curl
    assert call.source == "property:add_points"


def test_a_value_beyond_its_bound_that_is_accepted_is_found(tmp_path: Path) -> None:
    """One point more than the maximum is invalid, the maximum itself is valid."""
    recorded, _ = play(tmp_path, "accepts-one-too-many")
    assert set(failures(recorded)) == {
        "property:rejects-invalid:add_points#amount amount: value_above_maximum"
    }


def test_a_bound_that_is_refused_is_found(tmp_path: Path) -> None:
    """A server that refuses the most points of an earn refuses a correct request."""
    recorded, _ = play(tmp_path, "refuses-most")
    assert set(failures(recorded)) == {"property:accepts-valid:add_points add_points"}


def test_a_wrong_type_in_json_is_found(tmp_path: Path) -> None:
    """A text where JSON needs a number must be refused."""
    recorded, _ = play(tmp_path, "accepts-text-amounts")
    assert set(failures(recorded)) == {
        "property:rejects-invalid:use_points#detail.amount detail.amount: incorrect_type"
    }


def test_a_crash_on_some_text_is_found(tmp_path: Path) -> None:
    """Status 500 on every request with such text is the vendor's response, and no verdict."""
    recorded, _ = play(tmp_path, "crashes-on-unicode", fuzz=15)
    found = failures(recorded)
    assert set(found) == {"property:responds:add_points status 500"}
    finding = found["property:responds:add_points status 500"].finding
    assert finding is not None
    assert "returns status 500" in finding.title


def test_a_failure_now_and_then_is_not_the_vendors_response(tmp_path: Path) -> None:
    """A request that succeeds when it is made again is no finding here."""
    recorded, _ = play(tmp_path, "fails-now-and-then")
    assert not failures(recorded)
    assert any(call.status == 500 for call in recorded.history.attempts)


def test_the_runs_own_token_is_not_disturbed(tmp_path: Path) -> None:
    """Logins name another device, and nobody logs out."""
    recorded, server = play(tmp_path)
    logins = [c for c in recorded.history.attempts if c.source == "property:login"]
    assert logins
    own = server.asked("login")
    assert [fields["device"] for fields in own[:1]] == ["d1"]
    devices = [fields.get("device") for fields in own[1:]]
    later = {device for device in devices if device and isinstance(device, str)}
    assert later == {"d1-property"}
    assert not server.asked("logout")


def test_members_stay_and_references_do_not_repeat(tmp_path: Path) -> None:
    """What is correct names a real member, and each write has a reference of its own."""
    _, server = play(tmp_path)
    earns = server.asked("add_points")
    members = [fields.get("who") for fields in earns]
    named = {member for member in members if member and isinstance(member, str)}
    assert named <= {member["id"] for member in MEMBERS}
    assert not [fields for fields in earns if "card" in fields and "who" not in fields]
    sent = [fields.get("reference") for fields in earns]
    keys = [key for key in sent if key and isinstance(key, str)]
    burns = [call.headers for call in server.requests if call.operation == "use_points"]
    keys += [names["x-key"] for names in burns if len(names.get("x-key", "")) > 3]
    assert len(keys) == len(set(keys)) > 10


def test_a_void_gets_an_entry_of_its_own(tmp_path: Path) -> None:
    """Each correct void names an entry made for it, so none is refused for being used up."""
    recorded, _ = play(tmp_path)
    voids = [call for call in recorded.history.attempts if call.verb == "void"]
    accepted = [call.entry for call in voids if call.outcome is Outcome.OK]
    assert len(accepted) == len(set(accepted)) > 1
    assert {call.account for call in voids} <= {member["id"] for member in MEMBERS}
    assert "property:rejects-invalid:void_points#entry" in {
        checked.check for checked in recorded.checked
    }


def test_balances_are_read_around_each_batch_that_moves_points(tmp_path: Path) -> None:
    """The first and the last request of such a batch read the balance."""
    recorded, _ = play(tmp_path)
    for operation in ("add_points", "use_points"):
        batch = [c for c in recorded.history.attempts if c.source == f"property:{operation}"]
        assert batch[0].verb == "balance"
        assert batch[-1].verb == "balance"


def test_secrets_do_not_reach_the_journal(tmp_path: Path) -> None:
    """Neither the password nor a token stands in the journal."""
    _, server = play(tmp_path)
    text = (tmp_path / "j" / "c.ndjson").read_text(encoding="utf-8")
    assert SECRETS["password"] not in text
    assert not [token for token in server.ledger.tokens if f'"{token}"' in text]


def test_without_members_nothing_is_sent(tmp_path: Path) -> None:
    """A target without members is told in a note and left alone."""
    declared = declared_operations()
    with served() as (base_url, server):
        transport = Transport(Route(base_url), 5.0)
        client = open_acme(transport, tmp_path / "j", at=target(base_url))
        engine.run_properties(client, declared, (), 1, 5, lambda *progress: None)
        client.journal.close()
        transport.close()
    assert server.requests == []
    assert [about for about, _ in read_journal(tmp_path / "j").notes] == ["property"]

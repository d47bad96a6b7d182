"""The property engine finds what is wrong, and only that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.engine.property import runner as engine
from harness.invariant.registry import judge_history
from harness.model.history import Recorded
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked, Outcome, Verdict
from harness.wire.client import open_client
from harness.wire.journal.reader import read_journal
from harness.wire.transport import Transport
from tests.engine.property.api import BINDING, MEMBERS, SECRET, Server, served, target, vendor


def play(folder: Path, *defects: str, seed: int = 1, fuzz: int = 6) -> tuple[Recorded, Server]:
    """Run the engine against the API with these defects and read the journal back."""
    declared = vendor(folder)
    with served(*defects) as (base_url, server):
        transport = Transport(base_url, 5.0)
        client = open_client(
            declared.binding,
            declared.specification,
            target(base_url),
            {"password": SECRET},
            transport,
            folder / "j" / "a.ndjson",
            "p",
            RunHeader(),
        )
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
    """Every check of a correct server passes, and so do the invariants over the calls."""
    recorded, _ = play(tmp_path, seed=seed)
    assert {checked.verdict for checked in recorded.checked} == {Verdict.PASS}
    checks = {checked.check for checked in recorded.checked}
    assert {
        "property:responds:earn",
        "property:accepts-valid:earn",
        "property:accepts-valid:get_balance",
        "property:rejects-invalid:earn#remark",
        "property:rejects-invalid:earn#points",
        "property:rejects-invalid:burn#detail.points",
        "property:rejects-invalid:get_balance#limit",
        "property:rejects-invalid:login#device",
    } <= checks
    assert recorded.violations == ()
    invariants = list(judge_history(recorded.history, BINDING.promises))
    assert not [found for found in invariants if found.verdict is Verdict.FAIL]
    assert any(found.check == "invariant:conservation" for found in invariants)


def test_a_missing_field_that_is_accepted_is_found(tmp_path: Path) -> None:
    """A server that does without a required field fails the check of that field alone."""
    recorded, _ = play(tmp_path, "remark-optional")
    found = failures(recorded)
    assert {checked.check for checked in found.values()} == {"property:rejects-invalid:earn#remark"}
    missing = found["property:rejects-invalid:earn#remark remark: object_missing_required_property"]
    assert missing.finding is not None
    assert missing.finding.title == "earn accepts a request without remark"
    call = next(c for c in recorded.history.attempts if c.id in missing.finding.attempts)
    assert "remark" not in call.curl
    assert call.source == "property:earn"


def test_a_value_beyond_its_bound_that_is_accepted_is_found(tmp_path: Path) -> None:
    """One point more than the maximum is invalid, the maximum itself is valid."""
    recorded, _ = play(tmp_path, "one-too-many")
    assert set(failures(recorded)) == {
        "property:rejects-invalid:earn#points points: value_above_maximum"
    }


def test_a_bound_that_is_refused_is_found(tmp_path: Path) -> None:
    """A server that refuses the most points of an earn refuses a correct request."""
    recorded, _ = play(tmp_path, "refuses-most")
    assert set(failures(recorded)) == {"property:accepts-valid:earn earn"}


def test_a_wrong_type_in_json_is_found(tmp_path: Path) -> None:
    """A text where JSON needs a number must be refused."""
    recorded, _ = play(tmp_path, "text-points")
    assert set(failures(recorded)) == {
        "property:rejects-invalid:burn#detail.points detail.points: incorrect_type"
    }


def test_a_crash_on_some_text_is_found(tmp_path: Path) -> None:
    """Status 500 on every request with such text is the vendor's response, and no verdict."""
    recorded, _ = play(tmp_path, "crash-on-unicode", fuzz=15)
    found = failures(recorded)
    assert set(found) == {"property:responds:earn status 500"}
    finding = found["property:responds:earn status 500"].finding
    assert finding is not None
    assert "answers status 500" in finding.title


def test_a_failure_now_and_then_is_not_the_vendors_answer(tmp_path: Path) -> None:
    """A request that succeeds when it is made again is no finding here."""
    recorded, _ = play(tmp_path, "hiccup")
    assert not failures(recorded)
    assert any(call.status == 500 for call in recorded.history.attempts)


def test_the_runs_own_token_is_not_disturbed(tmp_path: Path) -> None:
    """Logins name another device, and nobody logs out."""
    recorded, server = play(tmp_path)
    logins = [c for c in recorded.history.attempts if c.source == "property:login"]
    assert logins
    own = [fields for path, fields in server.asked if path == "/login"]
    assert [fields["device"] for fields in own[:2]] == ["d1", "d1"]
    later = {fields.get("device") for fields in own[2:] if fields.get("device")}
    assert later == {"d1-property"}
    assert not [path for path, _ in server.asked if path == "/logout"]


def test_members_stay_and_references_do_not_repeat(tmp_path: Path) -> None:
    """What is correct names a real member, and each write has a reference of its own."""
    _, server = play(tmp_path)
    earns = [fields for path, fields in server.asked if path == "/earn"]
    named = {fields["member"] for fields in earns if fields.get("member")}
    assert named <= {member["id"] for member in MEMBERS}
    assert not [fields for fields in earns if "card" in fields and "member" not in fields]
    keys = [fields["reference"] for fields in earns if fields.get("reference")]
    keys += [f["key"] for path, f in server.asked if path == "/burn" and len(f["key"] or "") > 3]
    assert len(keys) == len(set(keys)) > 10


def test_a_void_gets_an_entry_of_its_own(tmp_path: Path) -> None:
    """Each correct void names an entry made for it, so none is refused for being used up."""
    recorded, _ = play(tmp_path)
    voids = [call for call in recorded.history.attempts if call.verb == "void"]
    accepted = [call.entry for call in voids if call.outcome is Outcome.OK]
    assert len(accepted) == len(set(accepted)) > 1
    assert {call.account for call in voids} <= {member["id"] for member in MEMBERS}
    assert "property:rejects-invalid:void#entry" in {checked.check for checked in recorded.checked}


def test_balances_are_read_around_each_batch_that_moves_points(tmp_path: Path) -> None:
    """The first and the last call of such a batch read the balance."""
    recorded, _ = play(tmp_path)
    for operation in ("earn", "burn"):
        batch = [c for c in recorded.history.attempts if c.source == f"property:{operation}"]
        assert batch[0].verb == "balance"
        assert batch[-1].verb == "balance"


def test_secrets_do_not_reach_the_journal(tmp_path: Path) -> None:
    """Neither the password nor a token stands in the journal."""
    _, server = play(tmp_path)
    text = (tmp_path / "j" / "a.ndjson").read_text(encoding="utf-8")
    assert SECRET not in text
    assert not [token for token in server.tokens if f'"{token}"' in text]


def test_without_members_nothing_is_sent(tmp_path: Path) -> None:
    """A target without members is told in a note and left alone."""
    declared = vendor(tmp_path)
    with served() as (base_url, server):
        transport = Transport(base_url, 5.0)
        client = open_client(
            declared.binding,
            declared.specification,
            target(base_url),
            {"password": SECRET},
            transport,
            tmp_path / "j" / "a.ndjson",
            "p",
            RunHeader(),
        )
        engine.run_properties(client, declared, (), 1, 5, lambda *progress: None)
        client.journal.close()
        transport.close()
    assert server.asked == []
    assert [about for about, _ in read_journal(tmp_path / "j").notes] == ["property"]

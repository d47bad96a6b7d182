from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from harness.document.reader import read_document
from harness.document.schema import validate
from harness.report.result import read_result
from tests.cli.running import ROOT, foreign_server, harness, result_of
from tests.report.comparison import comparable


def seed_of_load(out: Path) -> int:
    """Return the random seed of a run's load, as its journal tells it."""
    journal = (out / "journal" / "loga" / "load-earn-burn-0.ndjson").read_text("utf-8")
    header: dict[str, Any] = json.loads(journal.partition("\n")[0])
    return int(header["load"]["seed"])


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a check of the clean mock; the whole gate is a job of its own."""
    out = tmp_path_factory.mktemp("clean") / "run"
    done = harness("check", "loga", "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_the_clean_mock_passes_without_a_finding(clean: Path) -> None:
    """Every scenario and every operation was played, without a finding."""
    result = result_of(clean)
    vendor = result["vendors"][0]
    assert result["exit"] == 0
    assert vendor["findings"] == []
    assert vendor["observations"] == []
    assert vendor["counts"]["scenarios"] >= 40
    assert vendor["accounts"]["violated"] == vendor["accounts"]["inconclusive"] == 0
    assert vendor["accounts"]["consistent"] > 20
    assert all(entry["requests"] for entry in vendor["coverage"]), (
        "an operation was never requested"
    )


def test_the_reports_are_all_there_and_the_result_keeps_its_schema(clean: Path) -> None:
    """A build server and a person each find their file."""
    for name in ("report.html", "junit.xml", "findings.sarif", "summary.md", "README"):
        assert (clean / name).stat().st_size > 100
    validate(read_document(clean / "result.json"), "result")


def test_the_journal_judged_again_gives_the_same_verdict(clean: Path, tmp_path: Path) -> None:
    """The audit needs nothing but the journal, and says the same."""
    done = harness("audit", str(clean), "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert comparable(read_result(tmp_path)) == comparable(read_result(clean))


def test_no_secret_and_no_personal_value_is_written(tmp_path: Path) -> None:
    """Neither the credentials nor a member's mobile number reach any file or the screen."""
    with foreign_server() as server:
        path, env = targets_file(tmp_path, server)
        out = tmp_path / "run"
        words = ["check", "loga", "--only", "points", "--targets", str(path)]
        done = harness(*words, "--out", str(out), env=env)
    files = [file.read_text("utf-8") for file in out.rglob("*") if file.is_file()]
    written = "".join(files) + done.stdout + done.stderr
    assert '"login"' in written, "the login itself is in the journal"
    for secret in server["secrets"].values():
        digest = hashlib.md5(secret.encode()).hexdigest()
        for form in (secret, quote(secret), quote_plus(secret), digest):
            assert form not in written
    assert "0800000000" not in written, "a mobile number of the fixture"


def targets_file(folder: Path, server: dict[str, Any]) -> tuple[Path, dict[str, str]]:
    """Write a private targets file for a server and return it with the environment it needs."""
    declared = {
        "format": 1,
        "targets": {
            "ours": {
                "kind": "staging",
                "base_url": server["base_url"],
                "secrets": {name: f"env:SHOP_{name.upper()}" for name in server["secrets"]},
                "values": {name: server["values"][name] for name in ("uuid", "card_id")},
                "members": server["members"],
                "load": "allow",
            }
        },
    }
    path = folder / "ours.yaml"
    path.write_text(json.dumps(declared))
    return path, {f"SHOP_{name.upper()}": text for name, text in server["secrets"].items()}


def test_a_foreign_server_is_gated_by_its_address_alone(tmp_path: Path) -> None:
    """Any server that speaks the API passes the same scenarios and the same load."""
    with foreign_server() as server:
        path, env = targets_file(tmp_path, server)
        out = tmp_path / "run"
        words = ["check", "loga", "--only", "bulk", "--targets", str(path)]
        done = harness(*words, "--out", str(tmp_path / "scenarios"), env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        words = ["load", "loga", "earn-burn", "--targets", str(path)]
        done = harness(*words, "--out", str(out), env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    vendor = result_of(out)["vendors"][0]
    assert vendor["kind"] == "staging"
    assert vendor["findings"] == []
    assert vendor["loads"][0]["arrivals"] > 1000
    assert seed_of_load(out) == 7, "none was given, so the workload has its own"


@pytest.mark.parametrize(
    ("defect", "scenario", "requirement"),
    [
        ("no-dedupe", "idempotency", "LOGA-IDEM-1"),
        ("bulk-limit-1001-accepted", "bulk.earn-limit", "LOGA-BULK-7"),
        ("bulk-continues-after-failure", "bulk.earn-stops", "LOGA-BULK-6"),
        ("overdraft-race", "race", "LOGA-BAL-3"),
        ("lost-update", "race", "LOGA-BAL-13"),
        ("token-survives-logout", "access", "LOGA-AUTH-3"),
        ("use-returns-data", "points.responses", "LOGA-ERR-7"),
    ],
)
def test_a_defect_is_found_and_its_rule_is_named(
    tmp_path: Path, defect: str, scenario: str, requirement: str
) -> None:
    """The verdict is a violation of that requirement, with a curl line and without a secret."""
    out = str(tmp_path / "run")
    done = harness("check", "loga", "--only", scenario, "--defect", defect, "--out", out)
    assert done.returncode == 1, done.stdout + done.stderr
    findings = result_of(tmp_path / "run")["vendors"][0]["findings"]
    named = {row["id"] for finding in findings for row in finding["requirements"]}
    assert requirement in named
    assert any("curl -sS" in line for finding in findings for line in finding["curl"])


def test_a_rare_defect_is_found_under_load(tmp_path: Path) -> None:
    """One acknowledged earn in three hundred that never happens does not escape the audit."""
    words = ["load", "loga", "earn-burn", "--seed", "1", "--defect", "acked-not-applied"]
    done = harness(*words, "--out", str(tmp_path / "run"))
    assert done.returncode == 1, done.stdout + done.stderr
    checks = {finding["check"] for finding in result_of(tmp_path / "run")["vendors"][0]["findings"]}
    assert any(check.startswith("invariant:") for check in checks)
    assert seed_of_load(tmp_path / "run") == 1


@pytest.mark.parametrize("fault", ["reset-before", "reset-after", "gateway-after", "truncate"])
def test_a_correct_server_has_no_false_positive_under_network_faults(
    tmp_path: Path, fault: str
) -> None:
    """Lost responses are unknown outcomes; the scenarios settle them or start over."""
    words = ["check", "loga", "--only", "ledger", "--fault", f"{fault}=0.1"]
    done = harness(*words, "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stdout + done.stderr
    vendor = result_of(tmp_path / "run")["vendors"][0]
    assert vendor["findings"] == []
    assert vendor["counts"]["unknown"] > 0, "the fault has struck"


def test_a_killed_run_leaves_a_journal_that_can_be_judged(tmp_path: Path) -> None:
    """Kill -9 in the middle of the load: every attempt before it is judged, none is lost."""
    out = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "load", "loga", "earn-burn", "--out", str(out)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    journal = out / "journal" / "loga"
    until = time.monotonic() + 60
    while time.monotonic() < until and _arrivals(journal) < 300:
        time.sleep(0.2)
    sent = _arrivals(journal)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert sent >= 300, "the load did not begin"
    time.sleep(1)
    done = harness("audit", str(out), "--json")
    assert done.returncode == 5, done.stdout + done.stderr
    vendor = json.loads(done.stdout)["vendors"][0]
    assert vendor["findings"] == []
    assert vendor["counts"]["requests"] >= 300
    assert vendor["accounts"]["consistent"] > 0


def _arrivals(journal: Path) -> int:
    files = journal.glob("load-*.ndjson")
    return sum(path.read_bytes().count(b'"source":"load:') for path in files)

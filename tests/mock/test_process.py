"""The mock as a process: how it starts, what it prints, and what ends it."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from harness import mock
from harness.mock.__main__ import main


@contextmanager
def running(
    command: list[str], **options: Any
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """Start a mock, wait for its ready line, and end it at last."""
    options = {"stdin": subprocess.PIPE, **options}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait(5)
        process.stdout.close()
        if process.stdin is not None:
            process.stdin.close()


def test_it_serves_within_a_second_and_says_how_to_reach_it() -> None:
    """The ready line comes fast and holds what a client must know."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with running(mock.command("loga", members=3)) as (process, ready):
        assert ready["ready"] is True
        assert ready["pid"] == process.pid
        assert set(ready["secrets"]) == {"user", "password"}
        assert {"uuid", "card_id"} <= set(ready["values"])
        assert ready["members"] == [{"id": "100001"}, {"id": "100002"}, {"id": "100003"}]
        card = ready["values"]["card_id"]
        with urllib.request.urlopen(
            f"{ready['base_url']}/main/get_rewards?card_id={card}", timeout=5
        ) as response:
            assert json.load(response)["code"] == 200
    # Processor time, because the wall clock of a shared machine proves nothing.
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1


def test_credentials_differ_from_start_to_start_and_data_does_not() -> None:
    """Two starts of one seed share members and balances, but no secret."""
    with running(mock.command("loga")) as (_, one), running(mock.command("loga")) as (_, two):
        assert one["members"] == two["members"]
        assert len(one["members"]) == 256
        for name in ("user", "password"):
            assert one["secrets"][name] != two["secrets"][name]


def test_it_stops_when_its_standard_input_closes() -> None:
    """A mock whose starter has gone does not go on running, even with a client connected."""
    with running(mock.command("loga")) as (process, ready):
        with urllib.request.urlopen(f"{ready['base_url']}/main/get_rewards?card_id=1001"):
            pass
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_a_signal(number: signal.Signals) -> None:
    """SIGTERM and SIGINT end it in good order."""
    with running(mock.command("loga")) as (process, _):
        process.send_signal(number)
        assert process.wait(30) == 0


def test_it_runs_on_without_an_input_that_can_close() -> None:
    """With /dev/null as input, or in the foreground, only a signal ends it."""
    commands = (
        (mock.command("loga"), subprocess.DEVNULL),
        (mock.command("loga", foreground=True), subprocess.PIPE),
    )
    for command, stdin in commands:
        with running(command, stdin=stdin) as (process, _):
            if process.stdin is not None:
                process.stdin.close()
            time.sleep(0.3)
            assert process.poll() is None
            process.terminate()
            assert process.wait(30) == 0


def test_it_listens_where_it_is_told() -> None:
    """A port that is given is used; a second mock on it fails with a message."""
    with running(mock.command("loga")) as (_, ready):
        port = int(ready["base_url"].split(":")[2].split("/")[0])
        second = subprocess.run(
            mock.command("loga", port=port), capture_output=True, stdin=subprocess.PIPE, check=False
        )
        assert second.returncode == 2
        assert b"cannot serve" in second.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody"], "invalid choice"),
        (["loga", "--defect", "no-dedup"], "did you mean no-dedupe"),
        (["loga", "--fault", "slow"], "must be a number"),
        (["loga", "--members", "0"], "invalid"),
    ],
)
def test_a_wrong_command_line_is_explained(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A usage error exits with 2 and says what was meant."""
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert words in capsys.readouterr().err


def test_command_carries_every_setting() -> None:
    """The command names interpreter, vendor and each setting that is given."""
    command = mock.command(
        "loga", port=1, defects=["no-dedupe"], faults={"slow": 0.5}, seed=7, members=9
    )
    assert command[:4] == [sys.executable, "-m", "harness.mock", "loga"]
    text = " ".join(command)
    for part in ("--port 1", "--defect no-dedupe", "--fault slow=0.5", "--seed 7", "--members 9"):
        assert part in text


def test_vendors_and_catalogue_name_what_there_is() -> None:
    """Vendors are found by module; each defect names the requirements it breaks."""
    assert "loga" in mock.vendors()
    defects = {defect.id: defect for defect in mock.catalogue("loga")}
    assert "LOGA-IDEM-1" in defects["no-dedupe"].requirements
    assert all(defect.requirements for defect in defects.values())
    assert set(defects) <= {defect.id for defect in mock.catalogue()}
    with pytest.raises(ValueError, match="no mock"):
        mock.catalogue("nobody")


def test_the_mock_imports_nothing_of_the_harness() -> None:
    """Importing the mock and a vendor loads no other package of the harness."""
    probe = (
        "import sys, harness.mock.__main__; from harness.mock.vendors import loga;"
        "print([n for n in sys.modules if n.startswith('harness.') and"
        " not n.startswith('harness.mock')])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"

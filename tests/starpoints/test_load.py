"""Load on servers that stand still, close connections or have many members."""

from __future__ import annotations

from tests.starpoints.project import BINDING, TARGETS, VENDOR, WORKLOAD, Project

MEMBERS = 3000
USED = 2000


def test_a_server_that_stands_still_misses_its_percentile(project: Project) -> None:
    """29: for 1.5 s of 3 s; the arrivals go on, so that p(90) shows it."""
    project.edit(WORKLOAD, '"p(90)<=3000"', '"p(90)<=300"')
    project.serve(freeze_after=130)
    run = project.load()
    assert run.exit == 3, run.output
    (load,) = run.result["loads"]
    (missed,) = [one for one in load["thresholds"] if one["verdict"] == "fail"]
    assert missed["figure"] == "response_ms_p90"
    assert missed["value"] > 300


def test_a_csv_of_a_spreadsheet_names_the_members(project: Project) -> None:
    """30: 3,000 members with a BOM, CRLF, quotes, Thai names and an empty last line."""
    data = project.root / f"contracts/{VENDOR}/data"
    data.mkdir()
    rows = [f'acc-{number:04d},"สมชาย, คนที่ {number}"' for number in range(MEMBERS)]
    text = "\r\n".join(["id,name", *rows, "", ""])
    (data / "members.csv").write_bytes(text.encode("utf-8-sig"))
    project.edit(TARGETS, "members: []", "members_file: data/members.csv")
    project.cut(BINDING, "enroll:", "promises:")
    members = "{count: 12, initial_balance: 500}"
    project.edit(WORKLOAD, members, f"{{count: {USED}, initial_balance: 50}}")
    project.edit(WORKLOAD, "duration: 3s, rate: 60", "duration: 3s, rate: 120")
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve()
    run = project.load()
    run.passed()
    # One of them is read before the load begins, whether the load uses it or not.
    accounts = {line["account"] for line in run.lines() if "account" in line}
    assert len(accounts) in (USED, USED + 1)


def test_a_members_file_that_is_not_there_is_named(project: Project) -> None:
    """30: a path as Windows writes it is no file elsewhere; lint says where it stands."""
    data = project.root / f"contracts/{VENDOR}/data"
    data.mkdir()
    (data / "members.csv").write_text("id\nacc-001\n", "utf-8")
    project.edit(TARGETS, "members: []", "members_file: data\\members.csv")
    lint = project.lint()
    assert lint.exit == 2
    (message,) = lint.output.strip().splitlines()
    assert "targets.yaml:" in message
    assert "members_file" in message


def test_a_connection_that_is_closed_when_idle_loses_nothing(project: Project) -> None:
    """31: a balancer closes it after 50 ms, without a word."""
    project.edit(WORKLOAD, "from: 10, to: 60", "from: 10, to: 20")
    project.edit(WORKLOAD, "duration: 3s, rate: 60", "duration: 5s, rate: 20")
    project.serve("idle-close")
    for run in (project.check(), project.load()):
        run.passed()
        # The server may close a connection in the very moment in which a request leaves.
        counts = run.result["counts"]
        assert counts["unknown"] < 0.1 * counts["requests"]

"""The same seed sends the same requests, up to what no two runs can have in common."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from tests.starpoints.project import Ended, Project

# A run's own tag and the number after it keep references apart; accounts are named by the server.
OWN = re.compile(r"\b[a-z]{0,2}[0-9a-f]{6}[a-z0-9-]*|acc-[0-9a-f]{12}|[0-9T:.+-]{19,}Z?")


def requests_of(run: Ended) -> Counter[str]:
    """Return what was sent by whom, without the values of this run alone."""
    sent = (line for line in run.lines() if line["event"] == "invoke")
    return Counter(
        f"{line['source']} {line['operation']} " + OWN.sub("OWN", json.dumps(line["request"]))
        for line in sent
    )


@pytest.mark.parametrize("engine", ["check", "load"])
def test_the_same_seed_gives_the_same_traffic_and_verdict(project: Project, engine: str) -> None:
    """Of each engine, on a fresh server each time."""
    runs = []
    for _ in range(2):
        project.serve()
        runs.append(getattr(project, engine)("--seed", "5"))
    first, second = map(requests_of, runs)
    assert first
    assert first == second
    assert [run.exit for run in runs] == [0, 0]
    assert runs[0].result["headline"] == runs[1].result["headline"]

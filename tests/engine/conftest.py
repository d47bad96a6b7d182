"""The made-up club and its enroller."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.engine.members.enrollment import Enroller, enroller_of
from harness.engine.scenario.context import unique_texts
from harness.wire.client import Client
from tests.engine.club import Club, open_club


@pytest.fixture
def club() -> Club:
    """A club without members."""
    return Club()


@pytest.fixture
def client(club: Club, tmp_path: Path) -> Client:
    """A client of the club."""
    return open_club(club, tmp_path / "j")


@pytest.fixture
def enroller(client: Client) -> Enroller:
    """The enroller of the club."""
    found = enroller_of(client, unique_texts("t"))
    assert found is not None
    return found

"""The made-up vendor's server, and an enroller of its club."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.engine.members.enrollment import Enroller, enroller_of
from harness.engine.scenario.context import unique_texts
from harness.wire.client import Client
from tests.acme import Server, club_binding, open_acme


@pytest.fixture
def server() -> Server:
    """A server without members."""
    return Server()


@pytest.fixture
def client(server: Server, tmp_path: Path) -> Client:
    """A client of the club."""
    return open_acme(server, tmp_path / "j", club_binding())


@pytest.fixture
def enroller(client: Client) -> Enroller:
    """The enroller of the club."""
    found = enroller_of(client, unique_texts("t"))
    assert found is not None
    return found

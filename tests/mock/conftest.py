"""One clean server for all tests of a worker; a test that needs another starts its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mock.client import Client, served


@pytest.fixture(scope="session")
def clean() -> Iterator[Client]:
    """A logged-in client of a server without defects or faults."""
    with served(members=400) as server:
        yield Client(server).login()

"""Credentials are renewed once for all requests that were refused at one time."""

from __future__ import annotations

from pathlib import Path

from harness.wire.fast.credentials import Credentials
from tests.acme import MEMBERS, Server, open_acme


def test_many_refused_together_renew_once(tmp_path: Path) -> None:
    """Calls refused with the same old token ask for one new token between them."""
    server, changes = Server(), []
    credentials = Credentials(
        open_acme(server, tmp_path), ["earn"], MEMBERS[0], lambda: changes.append(1)
    )
    credentials.freshen()
    old = credentials.generation
    assert (len(server.asked("login")), len(changes)) == (1, 1)
    assert [credentials.renew("unauthorised", old) for _ in range(5)] == [True] * 5
    assert (len(server.asked("login")), len(changes)) == (2, 2)
    assert credentials.generation == old + 1


def test_another_refusal_renews_nothing(tmp_path: Path) -> None:
    """Too few points are no matter of credentials."""
    server = Server()
    credentials = Credentials(open_acme(server, tmp_path), ["earn"], MEMBERS[0], lambda: None)
    credentials.freshen()
    assert not credentials.renew("not_enough_points", credentials.generation)
    assert len(server.asked("login")) == 1


def test_looking_often_costs_nothing(tmp_path: Path) -> None:
    """As long as the token holds, nothing is asked and nothing is written anew."""
    server, changes = Server(), []
    credentials = Credentials(
        open_acme(server, tmp_path), ["earn", "bulk_earn"], MEMBERS[0], lambda: changes.append(1)
    )
    for _ in range(100):
        credentials.freshen()
    assert (len(server.asked("login")), len(changes)) == (1, 1)

"""Tokens that end by a clock are renewed in time, and others are had for the scenarios that ask."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from harness.model.binding import Place, TokenAuth
from harness.model.exchange import Response
from harness.wire.auth import AuthFailed, Session, Tokens
from harness.wire.request import Draft, draft, render
from tests.acme import binding, specification

SPECIFICATION = specification()
TOKEN = TokenAuth(
    operation="login",
    send={"body": {"grant": "client", "scope": "all"}},
    extract={"token": "/token"},
    places=(Place("header", "authorization", "Bearer ${token}"),),
    lifetime="/life",
    exempt=frozenset({"login"}),
    variants={"narrow": {"body": {"scope": "read"}}},
)


class Clock:
    """Time that passes only when the code sleeps or a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.slept.append(seconds)
        self.now += seconds


class Vendor:
    """Hands out numbered tokens that live as long as it says."""

    def __init__(self, life: float | None) -> None:
        self.life = life
        self.asked: list[Any] = []

    def ask(self, plain: Draft, closing: bool) -> Response:
        """Respond to a request for a token."""
        self.asked.append(plain.body)
        value = {"token": f"t{len(self.asked)}", "life": self.life}
        cookie = f"session=s{len(self.asked)}; HttpOnly"
        return Response(200, {"set-cookie": cookie}, json.dumps(value).encode())

    def session(self, login: TokenAuth = TOKEN) -> Session:
        """Return a session with this vendor."""
        known = replace(binding(), auth=(login,))
        scope: dict[str, Any] = {"value": {}, "secret": {}}
        return Session(Tokens(known, SPECIFICATION, scope, self.ask, lambda texts: None))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock in the place of the machine's."""
    made = Clock()
    monkeypatch.setattr(time, "monotonic", made.monotonic)
    monkeypatch.setattr(time, "sleep", made.sleep)
    return made


def sent(session: Session, mode: str = "normal") -> str:
    """Return the token that goes along with an earn."""
    plain = draft(SPECIFICATION.operations["add_points"], {}, {})
    return str(session.apply(plain, mode).headers["authorization"]).removeprefix("Bearer ")


def test_a_token_is_renewed_before_it_ends(clock: Clock) -> None:
    """It is kept for most of its life and replaced some seconds before the end."""
    session = Vendor(60).session()
    assert [sent(session), sent(session)] == ["t1", "t1"]
    clock.now += 54
    assert sent(session) == "t1"
    clock.now += 2
    assert sent(session) == "t2"


def test_a_short_life_is_not_asked_for_again_with_every_request(clock: Clock) -> None:
    """A token that lives for less than the margin still serves for a while."""
    session = Vendor(3).session()
    assert [sent(session) for _ in range(5)] == ["t1"] * 5
    clock.now += 1.1
    assert sent(session) == "t2"


def test_an_expired_token_is_the_oldest_one_when_its_time_is_over(clock: Clock) -> None:
    """The scenario waits as long as the token lives, and the run's own lives on."""
    vendor = Vendor(8)
    session = vendor.session()
    assert sent(session) == "t1"
    clock.now += 4
    assert sent(session) == "t2"
    assert session.supports("expired")
    assert sent(session, "expired") == "t1"
    assert sum(clock.slept) == pytest.approx(4.5)
    assert sent(session, "expired") == "t1"
    assert sum(clock.slept) == pytest.approx(4.5), "it has waited already"


@pytest.mark.parametrize("life", [599, None])
def test_nobody_waits_for_the_end_of_a_long_life(clock: Clock, life: float | None) -> None:
    """Where tokens live long or for ever there are no expired ones."""
    session = Vendor(life).session()
    assert not session.supports("expired")
    assert not clock.slept


def test_a_variant_is_a_token_of_its_own(clock: Clock) -> None:
    """It is asked for with what the binding says, kept, renewed, and replaces nothing."""
    vendor = Vendor(60)
    session = vendor.session()
    assert session.supports("narrow")
    assert not session.supports("wide")
    assert [sent(session), sent(session, "narrow"), sent(session, "narrow")] == ["t1", "t2", "t2"]
    assert vendor.asked == [
        {"grant": "client", "scope": "all"},
        {"grant": "client", "scope": "read"},
    ]
    clock.now += 56
    assert [sent(session, "narrow"), sent(session)] == ["t3", "t4"]


def test_only_tokens_can_be_expired_or_varied(clock: Clock) -> None:
    """The operation that gives the token has none that could."""
    session = Vendor(8).session()
    assert session.guarded("add_points", "expired")
    assert not session.guarded("login", "expired")


def test_a_login_may_set_a_cookie(clock: Clock) -> None:
    """It goes into the one header Cookie with those of the request, and is invalid when asked."""
    place = Place("cookie", "session", "${session}")
    login = replace(TOKEN, extract={"session": {"cookie": "session"}}, places=(place,))
    session = Vendor(60).session(login)
    plain = draft(SPECIFICATION.operations["add_points"], {"cookie": {"shop": "a"}}, {})
    assert dict(render(session.apply(plain)).headers)["cookie"] == "shop=a; session=s1"
    assert session.apply(plain, "wrong").cookies["session"] not in ("s1", "")
    assert session.apply(plain, "none").cookies == {"shop": "a"}


def test_what_a_login_does_not_give_is_named(clock: Clock) -> None:
    """With where it should have stood."""
    login = replace(TOKEN, extract={"token": {"header": "X-Token"}})
    with pytest.raises(AuthFailed, match="the response of login has no header X-Token"):
        sent(Vendor(60).session(login))

"""Where a run listens for announcements, or why it does not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from harness.contract.vendor import Vendor
from harness.model.binding import AnnouncedEvent, EnrollStep, Webhook
from harness.model.target import Listening, Target
from harness.session.target import Opened
from harness.session.webhook import OpenedWebhook, open_webhook
from tests.acme import binding
from tests.acme import vendor as acme

TELLING = Webhook(
    events=(AnnouncedEvent({"always": True}),),
    extract={"reference": "/reference"},
    verbs=("earn",),
    register=(EnrollStep("login", {"body": {"url": "${webhook.url}"}}, {}),),
)
HERE = Target("own", "staging", base_url="http://127.0.0.1:8080/api")
THERE = replace(HERE, base_url="https://sandbox.example.com")
TOLD_THERE = Listening("127.0.0.1:0", "https://hooks.example.com/points")


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    """Close what a test has opened."""
    with ExitStack() as stack:
        yield stack


def opened(
    closing: ExitStack, webhook: Webhook | None, target: Target
) -> tuple[OpenedWebhook, str]:
    """Return where a run on the target listens, and the address that it tells."""
    vendor: Vendor = replace(acme(), binding=replace(binding(), webhook=webhook))
    hook, found = open_webhook(vendor, Opened(target, {}))
    closing.callback(hook.close)
    return hook, "" if found.target.webhook is None else found.target.webhook.url


@pytest.mark.parametrize(
    ("target", "begins", "declared"),
    [
        (HERE, "http://127.0.0.1:", False),
        (replace(HERE, base_url="http://localhost:8080"), "http://127.0.0.1:", False),
        (replace(HERE, base_url="http://[::1]:8080"), "http://[::1]:", False),
        (replace(HERE, webhook=Listening("127.0.0.1")), "http://127.0.0.1:", True),
        (replace(THERE, webhook=TOLD_THERE), "https://hooks.example.com/points", True),
    ],
    ids=["here", "by-name", "ipv6", "declared", "tunnel"],
)
def test_a_run_listens_where_the_vendor_can_come(
    closing: ExitStack, target: Target, begins: str, declared: bool
) -> None:
    """On this machine for a server on it, elsewhere where the target says so."""
    hook, url = opened(closing, TELLING, target)
    assert url.startswith(begins)
    assert (hook.reason, hook.declared) == ("", declared)


@pytest.mark.parametrize(
    ("webhook", "target", "says"),
    [
        (TELLING, THERE, "the target own is on another machine and says no address"),
        (replace(TELLING, register=()), HERE, "no request has ${webhook.url}"),
    ],
    ids=["elsewhere", "untold"],
)
def test_a_vendor_that_cannot_come_is_not_listened_for(
    closing: ExitStack, webhook: Webhook, target: Target, says: str
) -> None:
    """With the reason, and no address for any template."""
    hook, url = opened(closing, webhook, target)
    assert says in hook.reason
    assert (hook.listener, url) == (None, "")


def test_a_fixed_port_is_known_to_the_vendor_without_being_told(closing: ExitStack) -> None:
    """The target says where; a port that is taken is the reason not to listen."""
    silent = replace(TELLING, register=())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        fixed = replace(HERE, webhook=Listening(f"127.0.0.1:{port}"))
        hook, _ = opened(closing, silent, fixed)
        assert hook.reason.startswith(f"cannot listen at 127.0.0.1:{port}: ")
    hook, url = opened(closing, silent, fixed)
    assert (hook.reason, url) == ("", f"http://127.0.0.1:{port}")


def test_a_vendor_without_a_webhook_is_not_listened_for(closing: ExitStack) -> None:
    """Whatever its target says; nothing is told of it."""
    hook, url = opened(closing, None, replace(HERE, webhook=Listening()))
    assert hook == OpenedWebhook()
    assert url == ""

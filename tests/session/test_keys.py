"""A secret that cannot sign is told before anything is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.contract.vendor import Vendor
from harness.document.messages import Problems
from harness.model.binding import SignAuth
from harness.model.target import Target
from harness.session.target import faults_of_keys, require_whole
from tests.acme import binding, target, vendor

SIGN = SignAuth("rsa-sha256-base64", ("body",), "${secret.key}", ())
PLACES = {"secrets.key": "targets.yaml:5"}


def ours() -> Target:
    """Return a target that takes its key from the environment."""
    return replace(target(), kind="sandbox", secrets={"key": "env:ACME_KEY"}, places=PLACES)


def signing() -> Vendor:
    """Return the made-up vendor, whose requests are signed."""
    return replace(vendor(), binding=replace(binding(), auth=(SIGN,)))


def test_a_text_that_is_no_key_is_a_mistake_of_ours() -> None:
    """The variable is named, and not the key; any text is the key of an HMAC."""
    (fault,) = faults_of_keys(signing().binding, ours(), {"key": "hunter2"})
    assert str(fault).startswith("targets.yaml:5: ACME_KEY in the environment: ")
    assert "no RSA private key in PEM" in str(fault)
    assert "hunter2" not in str(fault)
    hashed = replace(binding(), auth=(replace(SIGN, algorithm="hmac-sha256-hex"),))
    assert list(faults_of_keys(hashed, ours(), {"key": "hunter2"})) == []
    assert list(faults_of_keys(signing().binding, ours(), {})) == []


def test_a_target_with_such_a_key_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told with all else that the target lacks."""
    monkeypatch.setenv("ACME_KEY", "hunter2")
    with pytest.raises(Problems) as told:
        require_whole(signing(), replace(ours(), members=()))
    assert "ACME_KEY in the environment" in str(told.value)
    assert "no members" in str(told.value)

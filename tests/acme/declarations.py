"""The records of the made-up vendor, read from its files by the readers of the harness."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from harness.contract.binding import read_binding
from harness.contract.catalogue import read_catalogue
from harness.contract.target import read_targets
from harness.contract.vendor import Vendor
from harness.model.binding import Binding, Place, TokenAuth
from harness.model.operation import Body, Operation, Specification
from harness.model.run_header import RunHeader
from harness.model.target import Target
from harness.spec.openapi import read_specification
from harness.wire.client import Client, open_client
from harness.wire.transport import Sender

TREE = Path(__file__).parent / "tree"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
SECRETS = {"user": "tester", "password": "correct-horse-battery"}


@cache
def vendor() -> Vendor:
    """Return the vendor as the catalogue reads it."""
    return read_catalogue(TREE).vendors["acme"]


def binding() -> Binding:
    """Return how to speak to the vendor: one token, and points that move under references."""
    return vendor().binding


def token_in_body() -> Binding:
    """Return the binding with the token and its device as fields of the body, not as headers."""
    places = (Place("body", "token", "${token}"), Place("body", "device", "${value.device}"))
    (step,) = binding().auth
    assert isinstance(step, TokenAuth)
    return replace(binding(), auth=(replace(step, places=places),))


@cache
def club_binding() -> Binding:
    """Return how to speak to the vendor's club, whose members must be enrolled.

    Gold cards have points and silver ones visits, and no change has a reference.
    """
    return read_binding(Path(__file__).parent / "club.yaml", vendor().specification)


@cache
def inferred_specification() -> Specification:
    """Return a specification of the vendor that marks parts of itself as inferred."""
    return read_specification(Path(__file__).parent / "inferred.yaml")


def target(base_url: str = "") -> Target:
    """Return the vendor's local target, at an address if it is served."""
    found = read_targets(TREE / "contracts/acme/targets.yaml", "acme")["local"]
    return replace(found, base_url=base_url)


VALUES = target().values
MEMBERS = target().members


def operation(name: str, media_type: str = FORM, path: str = "") -> Operation:
    """Return an operation with the vendor's usual response and any body of this media type."""
    return replace(
        vendor().specification.operations["add_points"],
        id=name,
        title=name,
        path=path or f"/{name}",
        parameters=(),
        body=Body(media_type, True, {"type": "object"}),
    )


def specification(*names: str) -> Specification:
    """Return the vendor's specification, or only these operations of it."""
    whole = vendor().specification
    kept = {name: whole.operations[name] for name in names or whole.operations}
    return replace(whole, operations=kept)


def open_acme(
    sender: Sender, folder: Path, declared: Binding | None = None, at: Target | None = None
) -> Client:
    """Return a client of the vendor that sends to `sender` and journals below the folder."""
    return open_client(
        declared or binding(),
        vendor().specification,
        at or target(),
        SECRETS,
        sender,
        folder / "c.ndjson",
        "c",
        RunHeader(),
    )

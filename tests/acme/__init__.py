"""The made-up vendor of the tests: its files, the records read from them, and its server."""

from tests.acme.declarations import (
    FORM,
    JSON,
    MEMBERS,
    SECRETS,
    TREE,
    VALUES,
    binding,
    club_binding,
    inferred_specification,
    open_acme,
    operation,
    specification,
    target,
    token_in_body,
    vendor,
)
from tests.acme.server import NetworkFault, Server, served

__all__ = [
    "FORM",
    "JSON",
    "MEMBERS",
    "SECRETS",
    "TREE",
    "VALUES",
    "NetworkFault",
    "Server",
    "binding",
    "club_binding",
    "inferred_specification",
    "open_acme",
    "operation",
    "served",
    "specification",
    "target",
    "token_in_body",
    "vendor",
]

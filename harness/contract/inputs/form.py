"""The text of a targets file: a form to fill in, or filled in with what a server says of itself."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.contract.inputs.check import variable_of
from harness.contract.inputs.members import fields_of_points, needs_members
from harness.contract.inputs.need import (
    Need,
    enough_members,
    lost_without,
    members_needed,
    needs_of,
)
from harness.contract.vendor import Vendor
from harness.document.messages import counted
from harness.model.target import Input, Inputs, Member, Target

_WIDTH = 96
_NOTHING = Inputs({})
_ADDRESS = "https://sandbox.invalid"
_RATE = 16
"""Requests a second; the usual races have so many."""


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of a server: its address, its public facts and its members.

    `load`: refuse, probe or allow, as in a targets file.
    """

    base_url: str
    values: Mapping[str, str]
    members: Sequence[Member] = ()
    load: str = "refuse"
    limits: Mapping[str, object] = field(default_factory=dict)


def blank_form(vendor: Vendor) -> str:
    """Return a targets file to fill in, with what the vendor's own targets say already.

    What has to be filled in is an empty text; what only unlocks something is commented out.
    """
    known = next((one for one in vendor.targets.values() if one.kind != "mock"), None)
    base_url = known.base_url if known is not None else _server_of(vendor)
    values = known.values if known is not None else {}
    rate = f"{_RATE} # a second; a scenario that sends more together is not played"
    limits = {"rate": rate, "budget": 5000}
    return "\n".join(_Form(vendor, Server(base_url, values, limits=limits)).lines()) + "\n"


def filled_form(vendor: Vendor, server: Server) -> str:
    """Return the targets file of a server of which everything is known but secrets."""
    return "\n".join(_Form(vendor, server).lines()) + "\n"


def variables_of(vendor: Vendor) -> Mapping[str, str]:
    """Return the environment variable of each secret that a form names."""
    known = next((one for one in vendor.targets.values() if one.secrets), Target("", ""))
    names = [name.partition(".")[2] for name in needs_of(vendor) if name.startswith("secret.")]
    given = {name: text.removeprefix("env:") for name, text in known.secrets.items()}
    return {name: given.get(name, variable_of(vendor.name, name)) for name in names}


def _server_of(vendor: Vendor) -> str:
    servers = vendor.specification.document.get("servers") or [{}]
    url = str(servers[0].get("url", ""))
    return (
        url.rstrip("/") if url.startswith(("http://", "https://")) and "{" not in url else _ADDRESS
    )


@dataclass(frozen=True, slots=True)
class _Form:
    vendor: Vendor
    server: Server

    @property
    def inputs(self) -> Inputs:
        return self.vendor.binding.inputs or _NOTHING

    def lines(self) -> Iterator[str]:
        needs = needs_of(self.vendor)
        yield from _comment(f"A target of {self.vendor.title}.", 0)
        yield from _comment(f"Check it with: harness lint {self.vendor.name} --targets FILE", 0)
        yield "format: 1"
        yield f"vendor: {self.vendor.name}"
        yield "targets:"
        yield "  own:"
        yield "    kind: sandbox"
        yield f"    base_url: {_quoted(self.server.base_url)}"
        yield from self._secrets()
        yield from self._values([n for name, n in needs.items() if name.startswith("value.")])
        yield from self._members(needs)
        for key, value in self.server.limits.items():
            yield f"    {key}: {value}"
        yield f"    load: {self.server.load}"

    def _secrets(self) -> Iterator[str]:
        variables = variables_of(self.vendor)
        if variables:
            yield "    secrets: # references to the environment; a file never holds a secret"
        for name, variable in variables.items():
            yield from self._described(f"secret.{name}")
            yield f"      {name}: {_quoted(f'env:{variable}')}"

    def _values(self, needs: Sequence[Need]) -> Iterator[str]:
        if not needs:
            return
        given = self.server.values
        named = [need for need in needs if need.needed or given.get(_field(need))]
        yield "    values:" if named else "    values: {} # with the lines below, take away the {}"
        for need in sorted(needs, key=lambda one: one not in named):
            name = _field(need)
            yield from self._described(need.name, "" if need.needed else lost_without(need))
            known = self.inputs.known.get(need.name)
            example = known.example if known is not None else ""
            if need in named:
                hint = f" # such as {_quoted(example)}" if example and not given.get(name) else ""
                yield f"      {name}: {_quoted(given.get(name, ''))}{hint}"
            else:
                yield f"      # {name}: {_quoted(example or '…')}"

    def _members(self, needs: Mapping[str, Need]) -> Iterator[str]:
        if self.vendor.binding.enroll is not None and not self.server.members:
            yield from _comment("Members are enrolled by the harness; none need to be named.", 4)
            yield "    members: []"
            return
        if self.server.members:
            yield "    members:"
            yield from (f"      - {_member(member)}" for member in self.server.members)
            return
        if needs_members(self.vendor):
            most = enough_members(members_needed(self.vendor).get("", 1))
            text = f"{self.inputs.members.strip()} {_number(most)}".strip()
            yield from _comment(text, 4)
        fields = ["id", *sorted(_fields(needs) - {"id"})]
        needed = fields_of_points(self.vendor.binding) | {"id"}
        for name in fields:
            known = self.inputs.known.get(f"member.{name}")
            need = needs.get(f"member.{name}")
            lost = "" if name in needed or need is None else lost_without(need)
            if known is not None or lost:
                text = known.description.strip() if known is not None else ""
                yield from _comment(f"{name}: {text}{_without(lost)}", 4)
        yield "    members: [] # with the lines below, take away the []"
        example = {name: self._example(f"member.{name}") for name in fields}
        yield f"    # - {_member(example)}"

    def _example(self, name: str) -> str:
        known = self.inputs.known.get(name)
        return known.example if known is not None and known.example else "…"

    def _described(self, name: str, lost: str = "") -> Iterator[str]:
        known = self.inputs.known.get(name)
        text = "" if known is None else _words(known)
        yield from _comment(f"{text}{_without(lost)}".strip(), 6)


def _words(known: Input) -> str:
    text = known.description.strip()
    if known.used_up:
        text += f" One run uses up {known.used_up.strip().rstrip('.')}."
    if known.not_member:
        text += f" It must not be the {known.not_member} of a member named below."
    return text


def _without(lost: str) -> str:
    return f" Without it {lost}." if lost else ""


def _number(most: int) -> str:
    return f"Some scenarios need {counted(most, 'member')}."


def _fields(needs: Mapping[str, Need]) -> frozenset[str]:
    return frozenset(n.partition(".")[2] for n in needs if n.startswith("member."))


def _field(need: Need) -> str:
    return need.name.partition(".")[2]


def _comment(text: str, indent: int) -> Iterator[str]:
    margin = " " * indent + "# "
    yield from textwrap.wrap(text, _WIDTH, initial_indent=margin, subsequent_indent=margin)


def _member(member: Member) -> str:
    return "{" + ", ".join(f"{name}: {_quoted(text)}" for name, text in member.items()) + "}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

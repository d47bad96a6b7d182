"""Whether a target names what the tests of its vendor need, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.contract.inputs.members import MemberCheck
from harness.contract.inputs.names import names_in
from harness.contract.inputs.need import POINTS_LOST, Need, lost_without, needs_of
from harness.contract.vendor import Vendor
from harness.document.messages import near
from harness.document.reader import Problem
from harness.model.target import Input, Target

_PARTS: Mapping[str, str] = {"secret": "secrets", "value": "values"}


def faults_of_target(vendor: Vendor, target: Target) -> Iterator[Problem]:
    """Yield what a target lacks without which no run on it can succeed, and what is misspelt.

    No value of a secret or member is shown. A mock names everything itself, and has no faults.
    """
    if target.kind == "mock":
        return
    check = _NamesCheck(vendor, target, needs_of(vendor))
    yield from check.missing()
    yield from check.misspelt()
    yield from check.of_members()
    yield from check.of_prices()
    yield from MemberCheck(vendor, target, check.needs).faults()


def missing_of_target(vendor: Vendor, target: Target) -> Iterator[Problem]:
    """Yield what a target does not name and can do without, with what is then not tested."""
    check = _NamesCheck(vendor, target, needs_of(vendor))
    yield from check.unnamed()
    yield from MemberCheck(vendor, target, check.needs).notes()


def variable_of(vendor: str, secret: str) -> str:
    """Return the usual name of the environment variable of a vendor's secret."""
    return f"{vendor}_{secret}".replace("-", "_").upper()


@dataclass(frozen=True, slots=True)
class _NamesCheck:
    """The secrets and values of one target."""

    vendor: Vendor
    target: Target
    needs: Mapping[str, Need]

    def missing(self) -> Iterator[Problem]:
        """Yield the secrets and values without which nothing about points can be tested."""
        for name, need in self.needs.items():
            if need.needed and self._is_missing(name):
                kind, _, field = name.partition(".")
                empty = field in self._given(kind)
                lacks = f"the {kind} '{field}' is empty" if empty else f"no {kind} '{field}'"
                message = f"the target {self.target.name}: {lacks}{self._what(name)}; {POINTS_LOST}"
                yield Problem(message, self._place(kind, field), self._hint(kind, field))

    def unnamed(self) -> Iterator[Problem]:
        """Yield the secrets and values that a target can do without, and what is lost."""
        for name, need in self.needs.items():
            if not need.needed and self._is_missing(name) and (lost := lost_without(need)):
                kind, _, field = name.partition(".")
                message = f"the target {self.target.name}: no {kind} '{field}'{self._what(name)}"
                yield Problem(f"{message}; without it {lost}", self._place(kind, field))

    def misspelt(self) -> Iterator[Problem]:
        """Yield the secrets and values that nothing uses, where their names are near misses."""
        for kind in _PARTS:
            names = {name.partition(".")[2] for name in self.needs if name.startswith(f"{kind}.")}
            given = self._given(kind)
            for field in given:
                meant = near(field, names - set(given))
                if field not in names and meant is not None:
                    message = f"the target {self.target.name}: nothing uses the {kind} '{field}'"
                    yield Problem(message, self._place(kind, field), f"did you mean '{meant}'?")

    def of_members(self) -> Iterator[Problem]:
        """Yield the values that are a member's although they must not be."""
        for name, known in self._described().items():
            kind, _, field = name.partition(".")
            value = self.target.values.get(field) if kind == "value" else None
            taken = {member.get(known.not_member) for member in self.target.members}
            if known.not_member and value and value in taken:
                message = f"the target {self.target.name}: the value '{field}' is"
                message += f" the {known.not_member} of a member; expected one of no member"
                yield Problem(message, self._place(kind, field))

    def of_prices(self) -> Iterator[Problem]:
        """Yield the prices that are no number of units."""
        for verb, template in self.vendor.binding.promises.prices.items():
            (name,) = names_in(template)
            field = name.partition(".")[2]
            value = self.target.values.get(field, "")
            if value and not (value.isascii() and value.isdigit() and int(value)):
                message = f"the target {self.target.name}: the value '{field}' is the price of"
                message += f" {verb}; expected a whole number of 1 or more"
                yield Problem(message, self._place("value", field))

    def _is_missing(self, name: str) -> bool:
        kind, _, field = name.partition(".")
        return kind in _PARTS and not self._given(kind).get(field)

    def _given(self, kind: str) -> Mapping[str, str]:
        return self.target.secrets if kind == "secret" else self.target.values

    def _described(self) -> Mapping[str, Input]:
        inputs = self.vendor.binding.inputs
        return {} if inputs is None else inputs.known

    def _place(self, kind: str, field: str) -> str:
        return self.target.place_of(f"{_PARTS[kind]}.{field}")

    def _what(self, name: str) -> str:
        """Return the description of a name in brackets, empty where there is none."""
        known = self._described().get(name)
        return f" ({known.description.strip().rstrip('.')})" if known is not None else ""

    def _hint(self, kind: str, field: str) -> str:
        unused = {name for name in self._given(kind) if f"{kind}.{name}" not in self.needs}
        if meant := near(field, unused):
            return f"'{meant}' is not used: did you mean '{field}' there?"
        known = self._described().get(f"{kind}.{field}")
        example = known.example if known is not None and known.example else "…"
        example = f"env:{variable_of(self.vendor.name, field)}" if kind == "secret" else example
        return f'add {field}: "{example}" to {_PARTS[kind]}'

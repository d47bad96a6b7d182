"""Whether a target names what the tests of its vendor need, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.contract.inputs.members import faults_of_members, notes_on_members
from harness.contract.inputs.names import names_in
from harness.contract.inputs.need import POINTS_LOST, TargetNeeds, lost_without, needs_of_target
from harness.contract.vendor import Vendor
from harness.document.messages import Problem, counted, near
from harness.model.target import Target

_PARTS: Mapping[str, str] = {"secret": "secrets", "value": "values"}


def faults_of_target(vendor: Vendor, target: Target) -> Iterator[Problem]:
    """Yield what a target lacks without which no run on it can succeed, and what is misspelt.

    No value of a secret or member is shown. A mock names everything itself, and has no faults.
    """
    if target.kind == "mock":
        return
    asked = needs_of_target(vendor, target)
    yield from _missing(asked)
    yield from _misspelt(asked)
    yield from _of_members(asked)
    yield from _prices(asked)
    yield from _webhook(asked)
    yield from faults_of_members(asked)


def missing_of_target(vendor: Vendor, target: Target) -> Iterator[Problem]:
    """Yield what a target does not name and can do without, with what is then not tested."""
    asked = needs_of_target(vendor, target)
    yield from _unnamed(asked)
    yield from _too_slow(asked)
    yield from notes_on_members(asked)


def variable_of(vendor: str, secret: str) -> str:
    """Return the usual name of the environment variable of a vendor's secret."""
    return f"{vendor}_{secret}".replace("-", "_").upper()


def _missing(asked: TargetNeeds) -> Iterator[Problem]:
    """Yield the secrets and values without which nothing about points can be tested."""
    for name, need in asked.needs.items():
        if need.needed and _is_missing(asked.target, name):
            kind, _, field = name.partition(".")
            empty = field in _given(asked.target, kind)
            lacks = f"the {kind} '{field}' is empty" if empty else f"no {kind} '{field}'"
            text = f"{lacks}{asked.what(name)}; {POINTS_LOST}"
            yield asked.problem(text, _place(asked.target, name), _hint(asked, kind, field))


def _unnamed(asked: TargetNeeds) -> Iterator[Problem]:
    """Yield the secrets and values that a target can do without, and what is lost."""
    for name, need in asked.needs.items():
        if not need.needed and _is_missing(asked.target, name) and (lost := lost_without(need)):
            kind, _, field = name.partition(".")
            text = f"no {kind} '{field}'{asked.what(name)}; without it {lost}"
            yield asked.problem(text, _place(asked.target, name))


def _too_slow(asked: TargetNeeds) -> Iterator[Problem]:
    """Yield how many scenarios send more requests together than the target allows in a second."""
    target = asked.target
    if (most := target.together) is None:
        return
    needed = {one.id: one.together for one in asked.vendor.scenarios if one.together > most}
    if needed:
        text = f"it allows {target.rate:g} requests a second, too few for"
        text += (
            f" {counted(len(needed), 'scenario')} that send up to {max(needed.values())} together"
        )
        yield asked.problem(text, target.place_of("rate"))


def _misspelt(asked: TargetNeeds) -> Iterator[Problem]:
    """Yield the secrets and values that nothing uses, where their names are near misses."""
    for kind in _PARTS:
        names = {name.partition(".")[2] for name in asked.needs if name.startswith(f"{kind}.")}
        given = _given(asked.target, kind)
        for field in given:
            meant = near(field, names - set(given))
            if field not in names and meant is not None:
                place = _place(asked.target, f"{kind}.{field}")
                text = f"nothing uses the {kind} '{field}'"
                yield asked.problem(text, place, f"did you mean '{meant}'?")


def _of_members(asked: TargetNeeds) -> Iterator[Problem]:
    """Yield the values that are a member's although they must not be."""
    inputs, target = asked.vendor.binding.inputs, asked.target
    for name, known in inputs.known.items() if inputs is not None else ():
        kind, _, field = name.partition(".")
        value = target.values.get(field) if kind == "value" else None
        taken = {member.get(known.not_member) for member in target.members}
        if known.not_member and value and value in taken:
            text = f"the value '{field}' is the {known.not_member} of a member"
            yield asked.problem(f"{text}; expected one of no member", _place(target, name))


def _prices(asked: TargetNeeds) -> Iterator[Problem]:
    """Yield the prices that are no number of units."""
    for verb, template in asked.vendor.binding.promises.prices.items():
        (name,) = names_in(template)
        field = name.partition(".")[2]
        value = asked.target.values.get(field, "")
        if value and not (value.isascii() and value.isdigit() and int(value)):
            text = f"the value '{field}' is the price of {verb}"
            text += "; expected a whole number of 1 or more"
            yield asked.problem(text, _place(asked.target, name))


def _webhook(asked: TargetNeeds) -> Iterator[Problem]:
    """Yield that the vendor announces nothing at the address that the target names."""
    if asked.target.webhook is not None and asked.vendor.binding.webhook is None:
        text = "it has a webhook, and the binding declares none"
        yield asked.problem(text, asked.target.place_of("webhook"), "remove it, or declare one")


def _is_missing(target: Target, name: str) -> bool:
    kind, _, field = name.partition(".")
    return kind in _PARTS and not _given(target, kind).get(field)


def _given(target: Target, kind: str) -> Mapping[str, str]:
    return target.secrets if kind == "secret" else target.values


def _place(target: Target, name: str) -> str:
    kind, _, field = name.partition(".")
    return target.place_of(f"{_PARTS[kind]}.{field}")


def _hint(asked: TargetNeeds, kind: str, field: str) -> str:
    unused = {name for name in _given(asked.target, kind) if f"{kind}.{name}" not in asked.needs}
    if meant := near(field, unused):
        return f"'{meant}' is not used: did you mean '{field}' there?"
    known = asked.described(f"{kind}.{field}")
    example = known.example if known is not None and known.example else "…"
    example = f"env:{variable_of(asked.vendor.name, field)}" if kind == "secret" else example
    return f'add {field}: "{example}" to {_PARTS[kind]}'

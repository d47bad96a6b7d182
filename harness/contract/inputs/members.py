"""Whether the members of a target are enough, and have the fields that requests need."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from harness.contract.inputs.names import POINTS, names_of_verbs
from harness.contract.inputs.need import (
    POINTS_LOST,
    TargetNeeds,
    enough_members,
    in_brackets,
    lost_without,
    members_needed,
)
from harness.contract.vendor import Vendor
from harness.document.messages import Problem, counted, guess
from harness.model.binding import Binding
from harness.model.target import Member

_MEMBER = "member."


def fields_of_points(binding: Binding) -> frozenset[str]:
    """Return the fields that the verbs of points need of each member."""
    names = names_of_verbs(POINTS, binding)
    return frozenset(name.removeprefix(_MEMBER) for name in names if name.startswith(_MEMBER))


def needs_members(vendor: Vendor) -> bool:
    """Say whether a target must name members: where the harness enrolls some it need not."""
    return vendor.binding.enroll is None and bool(members_needed(vendor))


def faults_of_members(asked: TargetNeeds) -> Iterator[Problem]:
    """Yield that a target has no members, or lacks fields without which points are not tested.

    No value of a member is shown.
    """
    vendor, target = asked.vendor, asked.target
    if target.members:
        for field, lacking in _lacking(asked, fields_of_points(vendor.binding)).items():
            yield _without(asked, field, lacking, POINTS_LOST)
    elif needs_members(vendor):
        inputs = vendor.binding.inputs
        who = "" if inputs is None else in_brackets(inputs.members)
        text = f"no members{who}; the scenarios need {counted(_enough(vendor), 'member')}"
        yield asked.problem(text, target.place_of("members"), _hint(asked))


def notes_on_members(asked: TargetNeeds) -> Iterator[Problem]:
    """Yield what fewer scenarios are played for: fields, and members, that are missing."""
    vendor, needs = asked.vendor, asked.needs
    known = {name.removeprefix(_MEMBER) for name in needs if name.startswith(_MEMBER)}
    for field, lacking in _lacking(asked, known - fields_of_points(vendor.binding)).items():
        if lost := lost_without(needs[f"{_MEMBER}{field}"]):
            yield _without(asked, field, lacking, f"without it {lost}")
    given, enough = len(_usual(asked)), _enough(vendor)
    if given and needs_members(vendor) and given < enough:
        text = f"{counted(given, 'member')}; some scenarios need {enough}"
        yield asked.problem(text, asked.target.place_of("members"))


def _enough(vendor: Vendor) -> int:
    return enough_members(members_needed(vendor).get("", 1))


def _hint(asked: TargetNeeds) -> str:
    fields = ["id", *sorted(fields_of_points(asked.vendor.binding) - {"id"})]
    examples = [asked.described(f"{_MEMBER}{field}") for field in fields]
    shown = [one.example if one and one.example else "…" for one in examples]
    pairs = ", ".join(f'{field}: "{text}"' for field, text in zip(fields, shown, strict=True))
    return f"add them, such as {{{pairs}}}"


def _usual(asked: TargetNeeds) -> list[tuple[int, Member]]:
    enroll = asked.vendor.binding.enroll
    usual = next(iter(enroll.kinds)) if enroll is not None else ""
    members = enumerate(asked.target.members)
    return [(i, member) for i, member in members if member.get("kind", usual) in ("", usual)]


def _lacking(asked: TargetNeeds, fields: Collection[str]) -> dict[str, list[int]]:
    """Return the fields that some usual members lack, with the indexes of those members."""
    usual = _usual(asked)
    found = {
        field: [index for index, member in usual if not member.get(field)]
        for field in sorted(fields)
    }
    return {field: indexes for field, indexes in found.items() if indexes}


def _without(asked: TargetNeeds, field: str, lacking: list[int], lost: str) -> Problem:
    target, of_all = asked.target, len(lacking) == len(_usual(asked))
    place = target.place_of("members" if of_all else f"members.{lacking[0]}")
    more = f" and {counted(len(lacking) - 1, 'other')}" if len(lacking) > 1 else ""
    which = f"this member{more} {'have' if more else 'has'} no field"
    text = f"{'no member has the field' if of_all else which} '{field}'"
    given = {name for member in target.members for name in member}
    used = {name.removeprefix(_MEMBER) for name in asked.needs}
    unused = guess(field, given - used - {"id", "kind"})
    return asked.problem(f"{text}{asked.what(_MEMBER + field)}; {lost}", place, unused)

"""Write docs/vendors/*.md: what a target of each vendor must name, from the vendor's own files.

`python docs/build.py` runs it with the other pages. A test compares the pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.contract.catalogue import read_catalogue
from harness.contract.inputs.form import variables_of
from harness.contract.inputs.members import fields_of_points, needs_members
from harness.contract.inputs.need import (
    OWN_LEAST,
    POINTS_LOST,
    Need,
    enough_members,
    lost_without,
    members_needed,
    needs_of,
)
from harness.contract.inputs.stated import Stated, stated_places
from harness.contract.vendor import Vendor
from harness.document.messages import counted
from harness.model.target import Input, Inputs

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / "vendors"
_NOTHING = Inputs({})
_PLACES_MAX = 2

_Rows = Iterator[Sequence[str]]


def build() -> dict[str, str]:
    """Return the pages by the names of their files."""
    vendors = read_catalogue(ROOT).vendors
    pages = {f"{name}.md": page(vendor) for name, vendor in vendors.items()}
    lines = [
        "# What a target of each vendor must name",
        "",
        "A target is a server to test; [its format](../formats/targets.md) is the same for every",
        "vendor. `harness target new VENDOR` writes one to fill in with all that stands on these",
        "pages, and `harness lint --targets FILE` checks it before anything is sent.",
        "",
        *(f"- [{vendor.title}]({name}.md)" for name, vendor in vendors.items()),
    ]
    return {**pages, "README.md": "\n".join(lines) + "\n"}


def page(vendor: Vendor) -> str:
    """Return the page of one vendor."""
    needs, places = needs_of(vendor), stated_places(vendor)
    described = vendor.binding.inputs or _NOTHING
    parts = [
        f"# Targets of {vendor.title}",
        "",
        f"`harness target new {vendor.name} --out FILE` writes a file to fill in, and",
        "`harness lint --targets FILE` checks it before anything is sent.",
        f"`harness mock {vendor.name} --targets-out FILE` writes one of a mock that is running.",
        f"The descriptions come from `contracts/{vendor.name}/binding.yaml`, the counts from the",
        "scenarios and requirements, the places from the specification.",
        *_section("Secrets", ("secret", "what it is"), _secrets(vendor, described)),
        *_section(
            "Values",
            ("value", "what it is", "without it", "where it is sent, and what the vendor says"),
            _named("value", needs, described, places),
        ),
        *_members(vendor, needs, described, places),
    ]
    return "\n".join(parts) + "\n"


def _section(title: str, head: Sequence[str], rows: _Rows) -> Iterator[str]:
    made = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    if made:
        yield from (
            "",
            f"## {title}",
            "",
            f"| {' | '.join(head)} |",
            "|---" * len(head) + "|",
            *made,
        )


def _secrets(vendor: Vendor, described: Inputs) -> _Rows:
    for name, variable in variables_of(vendor).items():
        known = described.known.get(f"secret.{name}")
        words = known.description.strip() if known is not None else ""
        if known is not None and known.pem:
            words += " The variable holds the PEM text itself, not the name of a file."
        yield f"`{name}` (usually in `{variable}`)", words


def _named(
    kind: str,
    needs: Mapping[str, Need],
    described: Inputs,
    places: Mapping[str, Sequence[Stated]],
    needed: frozenset[str] = frozenset(),
) -> _Rows:
    for name, need in needs.items():
        root, _, field = name.partition(".")
        if root == kind:
            lost = lost_without(need)
            lost = POINTS_LOST if field in needed else lost
            yield f"`{field}`", _words(described.known.get(name)), lost, _said(places.get(name, ()))


def _words(known: Input | None) -> str:
    if known is None:
        return ""
    words = known.description.strip()
    if known.example:
        words += f" Example: `{known.example}`."
    if known.used_up:
        words += f" **One run uses up** {known.used_up.strip().rstrip('.')}."
    if known.not_member:
        words += f" It must not be the `{known.not_member}` of a member of the target."
    return words


def _said(places: Sequence[Stated]) -> str:
    """Return where a name is sent: places with the vendor's words first, those alike once."""
    once: dict[tuple[str, str], Stated] = {}
    for place in sorted(places, key=lambda one: not one.words):
        once.setdefault((place.field, place.words), place)
    parts = [_place(place) for place in list(once.values())[:_PLACES_MAX]]
    more = len({one.operation for one in places}) - len(parts)
    return "; ".join(parts) + (f"; and {counted(more, 'more operation')}" if more > 0 else "")


def _place(place: Stated) -> str:
    words = f": “{place.words.rstrip('.')}”" if place.words else ""
    source = place.source.partition(";")[0].strip()
    return f"`{place.field}` of {place.operation}{words}" + (f" ({source})" if source else "")


def _members(
    vendor: Vendor,
    needs: Mapping[str, Need],
    described: Inputs,
    places: Mapping[str, Sequence[Stated]],
) -> Iterator[str]:
    yield from ("", "## Members", "")
    most = members_needed(vendor)
    if vendor.binding.enroll is not None:
        kinds = [f"`{kind}`" for kind in vendor.binding.enroll.kinds]
        yield f"A target names none: the harness enrolls members of the kinds {', '.join(kinds)}."
        return
    if not needs_members(vendor):
        yield "A target need not name any."
        return
    if described.members:
        yield f"{described.members.strip()}\n"
    usual = most.get("", 1)
    yield f"At least {counted(enough_members(usual), 'member')}: one scenario plays with {usual}."
    yield f"With {OWN_LEAST} or more, generated requests get two of their own."
    yield f"A load uses the others, at most {_loaded(vendor)}."
    for kind, number in most.items():
        if kind:
            yield f"Of the kind `{kind}`: {number}."
    fields = fields_of_points(vendor.binding) | {"id"}
    wanted = {"member.id": Need("member.id", True, (), (), ()), **needs}
    ordered = {name: wanted[name] for name in sorted(wanted, key=lambda one: one != "member.id")}
    rows = _named("member", ordered, described, places, fields)
    head = ("field", "what it is", "without it", "where it is sent, and what the vendor says")
    yield from _section("Fields of a member", head, rows)


def _loaded(vendor: Vendor) -> int:
    return max((one.workload.members for one in vendor.workloads.values()), default=0)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in build().items():
        (FOLDER / file).write_text(text, "utf-8")

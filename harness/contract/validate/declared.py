"""Everything declared about one vendor, to be compared with itself."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.binding import Binding
from harness.model.operation import Specification
from harness.model.requirement import Requirement, Waiver
from harness.model.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared about one vendor.

    `specification`, `binding`, `waivers`: as their files say.
    `requirements`, `laws`: what is asked of it alone, and the laws that concern it.
    `common`, `own`: the scenarios shared by all vendors, and its own.
    """

    specification: Specification
    binding: Binding
    requirements: tuple[Requirement, ...]
    laws: tuple[Requirement, ...]
    common: tuple[Scenario, ...]
    own: tuple[Scenario, ...]
    waivers: tuple[Waiver, ...]

    @property
    def asked(self) -> tuple[Requirement, ...]:
        """The vendor's own requirements, then the laws."""
        return (*self.requirements, *self.laws)

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The common scenarios, then the vendor's own."""
        return (*self.common, *self.own)

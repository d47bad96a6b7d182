"""What the audit needs to know of a vendor, whoever read it from files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from harness.model.binding import Binding
from harness.model.operation import Specification
from harness.model.requirement import Requirement, Waiver


class Audited(Protocol):
    """A vendor with the declarations it is judged by; a catalogue's vendor fits as it is."""

    @property
    def name(self) -> str:
        """The vendor's folder name."""

    @property
    def title(self) -> str:
        """The vendor's name in messages and reports."""

    @property
    def specification(self) -> Specification:
        """The operations and the document they came from."""

    @property
    def binding(self) -> Binding:
        """How the vendor is spoken to, with what it promises."""

    @property
    def requirements(self) -> Sequence[Requirement]:
        """Every rule, the laws included."""

    @property
    def waivers(self) -> Sequence[Waiver]:
        """The accepted deviations."""

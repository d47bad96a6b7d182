"""How a member is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.binding.auth import Source


@dataclass(frozen=True, slots=True)
class EnrollStep:
    """One request of an enrolment, or one that tells the vendor where to announce.

    `extract` names values and where they stand in its response.
    """

    operation: str
    send: Mapping[str, Any]
    extract: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Enrollment:
    """How a member is made.

    `kinds`: kinds of members, each with what templates know as `${kind.…}`; there is at least one,
    and the first is the usual one, of which the verbs speak.
    """

    steps: tuple[EnrollStep, ...]
    member: Mapping[str, str]
    kinds: Mapping[str, Mapping[str, str]]

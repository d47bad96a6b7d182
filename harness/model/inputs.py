"""What a vendor's files say of the secrets, values and members that a target must name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Input:
    """What is known of a secret, a value or a field of members that a target must name.

    `description`: what it is, what it must cost, how much of it there must be.
    `example`: a value as the vendor writes it; secrets have none.
    `used_up`: what one run uses up of it, empty for nothing.
    `not_member`: the field of members that must not have this value, empty for any may.
    `pem`: whether it is a key as PEM text.
    """

    description: str
    example: str = ""
    used_up: str = ""
    not_member: str = ""
    pem: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a target must name: `known` by name as templates write it, such as `value.shop`.

    `members`: who the members are, empty where nothing is said.
    """

    known: Mapping[str, Input]
    members: str = ""
    place: str = ""

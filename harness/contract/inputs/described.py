"""What a binding says of the secrets, values and members of a target, and whether it says all."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.inputs.need import needs_of
from harness.contract.vendor import Vendor
from harness.document.messages import guess
from harness.document.reader import Problem

ALWAYS = "member.id"
"""What every member has, whether or not a template names it."""


def faults_of_inputs(vendor: Vendor) -> Iterator[Problem]:
    """Yield the names that a vendor uses and does not describe, or describes and does not use.

    A binding that describes nothing is left alone.
    """
    inputs = vendor.binding.inputs
    if inputs is None:
        return
    used = needs_of(vendor)
    made = vendor.binding.enroll.member if vendor.binding.enroll is not None else {}
    for name, need in used.items():
        if name not in inputs.known and name != ALWAYS:
            users = [*need.operations[:1], *need.scenarios[:1]] or ["the credentials"]
            message = f"target: nothing describes ${{{name}}}, which {users[0]} uses"
            hint = guess(name, set(inputs.known) - set(used))
            yield Problem(message, inputs.place, hint or "describe it under target")
    for name, known in inputs.known.items():
        field = name.partition(".")[2]
        if (
            name not in used
            and name != ALWAYS
            and not (name.startswith("member.") and field in made)
        ):
            message = f"target: nothing uses ${{{name}}}"
            hint = guess(name, set(used) - set(inputs.known)) or "remove it"
            yield Problem(message, known.place, hint)
        fields = {n.partition(".")[2] for n in (*used, *inputs.known) if n.startswith("member.")}
        fields |= {"id", *made}
        if known.not_member and known.not_member not in fields:
            message = f"target: members have no field '{known.not_member}'"
            yield Problem(message, known.place, guess(known.not_member, fields))
